//! Reads the YAML files that people write, and says what is wrong with them: file, line, column,
//! snippet, what was expected. Never what the files mean.

use std::path::{Path, PathBuf};

use mock_gateway::yaml::YamlError;
pub use mock_gateway::yaml::parse;

/// A file that could not be used. Displayed as several lines: what, where, and the place in the text.
#[derive(Debug, thiserror::Error)]
pub enum BadInput {
    /// The file could not be read at all.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The text is not what the format asks for: place, reason and snippet.
    #[error(transparent)]
    Malformed(#[from] YamlError),
    /// The text is well formed, but says something that cannot be.
    #[error("{file}: {what}")]
    Contradiction {
        /// Which file.
        file: String,
        /// What cannot be, and what to write instead.
        what: String,
    },
}

impl BadInput {
    /// A well-formed text that cannot be meant.
    pub(crate) fn contradiction(file: &str, what: impl Into<String>) -> Self {
        Self::Contradiction { file: file.to_owned(), what: what.into() }
    }
}

/// Reads a whole file as text.
///
/// # Errors
/// [`BadInput::Unreadable`] when the file does not exist, cannot be read, or is not UTF-8.
pub fn read(path: &Path) -> Result<String, BadInput> {
    std::fs::read_to_string(path).map_err(|source| BadInput::Unreadable { path: path.to_owned(), source })
}
