//! YAML that people write, read into values; an error shows the place in the file. Only the form:
//! never a file system, and never what a value means.

use serde::de::DeserializeOwned;

/// Why a text is not what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{report}")]
pub struct YamlError {
    /// Line of the fault, from 1; 0 when it has no place.
    pub line: u64,
    /// Column of the fault, from 1; 0 when it has no place.
    pub column: u64,
    /// Line, column, what was expected, and the lines around the fault.
    pub report: String,
}

/// Reads one value; `file` names the text in errors. Only `true` and `false` are booleans.
///
/// # Errors
/// A text that is not YAML, or no `T`.
pub fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, YamlError> {
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let (line, column) = error.location().map_or((0, 0), |place| (place.line(), place.column()));
        let report = error.render_with_options(serde_saphyr::render_options! {
            formatter: &serde_saphyr::UserMessageFormatter,
            source_name: Some(file),
        });
        let report = report.strip_prefix("error: ").unwrap_or(&report).to_owned();
        YamlError { line, column, report }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_its_place_and_shows_it() {
        let error = parse::<Vec<bool>>("mine.yaml", "- true\n- yes\n").unwrap_err();
        assert_eq!((error.line, error.column), (2, 3));
        let shown = error.to_string();
        assert!(shown.starts_with("line 2 column 3: ") && shown.contains("mine.yaml:2:3"), "{shown}");
        assert!(shown.contains("2 | - yes\n"), "{shown}");
        assert_eq!(parse("mine.yaml", "[true, false]"), Ok(vec![true, false]));
    }
}
