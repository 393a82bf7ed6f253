//! Reads the YAML files that people write, and says what is wrong with them: file, line, column,
//! snippet, what was expected. Never what the files mean.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

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
    /// The text is not what the format asks for. `report` starts with `file:line:column`.
    #[error("{report}")]
    Malformed {
        /// Place, reason and snippet.
        report: String,
    },
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

/// Reads a value from YAML text; `file` names the text in errors.
///
/// # Errors
/// [`BadInput::Malformed`] when the text is not YAML, or not a `T`.
pub fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, BadInput> {
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let report = error.render_with_options(serde_saphyr::render_options! { source_name: Some(file) });
        BadInput::Malformed { report: report.trim_start_matches("error: ").to_owned() }
    })
}

/// Reads a whole file as text.
///
/// # Errors
/// [`BadInput::Unreadable`] when the file does not exist, cannot be read, or is not UTF-8.
pub fn read(path: &Path) -> Result<String, BadInput> {
    std::fs::read_to_string(path).map_err(|source| BadInput::Unreadable { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[expect(dead_code, reason = "only its name matters here")]
        why: String,
    }

    #[test]
    fn an_unknown_key_is_shown_where_it_stands() {
        let error = parse::<Sample>("cases/a.yaml", "why: because\nwhen: never\n").unwrap_err();
        insta::assert_snapshot!(error);
    }
}
