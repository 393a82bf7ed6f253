//! What a guard has written to the folders that are its own, looked through for the key. Never what it does
//! to others' folders, which it shares with everybody.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::needles::Needles;
use crate::recording::Event;

/// How much is read of one file, in bytes.
const FILE_LIMIT: u64 = 4 << 20;

/// How much is read of all files, in bytes: a folder may be filled to the brim.
const LIMIT: u64 = 64 << 20;

/// How many entries of folders are looked at.
const ENTRIES: usize = 20_000;

/// The files below these folders, changed since `began`, in which a key stands.
pub(super) fn with_key(folders: &[PathBuf], key: &str, began: SystemTime) -> Vec<Event> {
    let needles = Needles::of(key);
    let mut found = Vec::new();
    let (mut left, mut entries) = (LIMIT, ENTRIES);
    let mut open: Vec<PathBuf> = folders.to_vec();
    while let Some(folder) = open.pop() {
        // What has gone meanwhile, or cannot be read, is not there.
        for entry in fs::read_dir(folder).into_iter().flatten().flatten().take(entries) {
            entries -= 1;
            let path = entry.path();
            let Ok(about) = fs::symlink_metadata(&path) else { continue };
            if about.is_dir() {
                open.push(path);
            } else if about.is_file() && about.modified().is_ok_and(|changed| changed >= began) {
                let bytes = read(&path, left.min(FILE_LIMIT));
                left -= bytes.len() as u64;
                if let Some(form) = needles.found_in(&bytes) {
                    found.push(Event::KeyInFile { path: shown(&path, folders), form: form.to_owned() });
                }
            }
        }
    }
    found
}

fn read(path: &Path, limit: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Ok(file) = File::open(path) {
        let _cut = file.take(limit).read_to_end(&mut bytes);
    }
    bytes
}

/// The path as it stands below the folder that was looked through.
fn shown(path: &Path, folders: &[PathBuf]) -> String {
    let below = folders.iter().find_map(|folder| path.strip_prefix(folder).ok());
    below.unwrap_or(path).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "iv_live_Ab3dEf6hIj9lMn2pQr5tUv8xYz1BcD4F";

    #[test]
    fn the_key_is_found_in_files_of_any_folder_written_since() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("a/b")).unwrap();
        fs::write(folder.path().join("a/b/debug.log"), format!("authorization: Bearer {KEY}")).unwrap();
        fs::write(folder.path().join("harmless"), "nothing").unwrap();
        let folders = [folder.path().to_owned()];
        let began = SystemTime::UNIX_EPOCH;
        let found = with_key(&folders, KEY, began);
        assert!(matches!(&found[..], [Event::KeyInFile { path, .. }] if path == "a/b/debug.log"), "{found:?}");
        let later = SystemTime::now() + std::time::Duration::from_secs(60);
        assert!(with_key(&folders, KEY, later).is_empty(), "what was there before is another's");
        #[cfg(unix)]
        {
            fs::remove_file(folder.path().join("a/b/debug.log")).unwrap();
            let other = tempfile::tempdir().unwrap();
            fs::write(other.path().join("key"), KEY).unwrap();
            std::os::unix::fs::symlink(other.path(), folder.path().join("out")).unwrap();
            assert!(with_key(&folders, KEY, began).is_empty(), "a link leads out of the folder");
        }
    }
}
