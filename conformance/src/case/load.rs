//! Where cases come from: the embedded ones, or a folder in their place. Never what stands in one.

use std::path::Path;

use super::{Case, parse};
use crate::requirement::Requirements;
use crate::yaml::{self, BadInput};

/// Loads the embedded cases, or those of a folder in their place, sorted by id.
///
/// # Errors
/// The first file that is malformed, names an unknown requirement or a future edition, or has
/// neither steps nor a standing check, or both.
pub fn load(folder: Option<&Path>, requirements: &Requirements) -> Result<Vec<Case>, BadInput> {
    let mut cases = match folder {
        None => guard_fixtures::cases()
            .into_iter()
            .map(|(path, text)| parse(&format!("fixtures/cases/{path}"), path, text, requirements))
            .collect::<Result<Vec<_>, _>>()?,
        Some(folder) => {
            let mut cases = Vec::new();
            load_folder(folder, folder, requirements, &mut cases)?;
            cases
        }
    };
    cases.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(cases)
}

fn load_folder(root: &Path, folder: &Path, requirements: &Requirements, cases: &mut Vec<Case>) -> Result<(), BadInput> {
    let unreadable = |source| BadInput::Unreadable { path: folder.to_owned(), source };
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            load_folder(root, &path, requirements, cases)?;
        } else if path.extension().is_some_and(|end| end == "yaml") {
            let inner = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            cases.push(parse(&path.display().to_string(), &inner, &yaml::read(&path)?, requirements)?);
        }
    }
    Ok(())
}
