//! What the words of a command say: what to call the guard, and which of them are paths. Never what is started.

use std::path::Path;

/// Programs that start the guard rather than being it.
const LAUNCHERS: &[&str] = &["bash", "bun", "deno", "env", "node", "npx", "python", "python3", "sh", "uv", "uvx"];

/// What to call a guard of which only the command is known: its first word that is neither a launcher
/// nor a flag, without its path.
pub(super) fn name(command: &[String]) -> String {
    let stem = |word: &String| Path::new(word).file_name().map(|name| name.to_string_lossy().into_owned());
    let says_something = |word: &String| !LAUNCHERS.contains(&word.as_str()) && !word.starts_with('-');
    command.iter().filter_map(stem).find(says_something).or_else(|| command.first().cloned()).unwrap_or_default()
}

/// Makes relative paths absolute, because the guard runs in a folder of its own: the program when it
/// has a separator, an argument when it names a file that is there.
pub(super) fn resolve(command: &[String], directory: &Path) -> Vec<String> {
    command
        .iter()
        .enumerate()
        .map(|(index, word)| {
            let path = Path::new(word);
            let looks_like_path = word.contains(['/', '\\']) || (index > 0 && word.contains('.'));
            let is_path = path.is_relative() && looks_like_path && (index == 0 || directory.join(path).is_file());
            if is_path { directory.join(path).to_string_lossy().into_owned() } else { word.clone() }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_absolute_and_other_words_stay() {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR"));
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let resolved = resolve(&words(&["target/guard", "Cargo.toml", "missing.py", "--flag", "src"]), directory);
        let inside = |name: &str| directory.join(name).to_string_lossy().into_owned();
        assert_eq!(
            resolved,
            [inside("target/guard"), inside("Cargo.toml"), "missing.py".into(), "--flag".into(), "src".into()]
        );
        assert_eq!(resolve(&words(&["npx", "-y"]), directory), ["npx", "-y"]);
    }
}
