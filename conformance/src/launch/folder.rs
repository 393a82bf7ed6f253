//! The folders of a run: made, and removed whatever a guard has made of them. Never what is put there.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};

use super::LaunchError;

/// A short, private place for the sockets and folders of one run; removed when it is dropped.
#[derive(Debug)]
pub struct Workplace(PathBuf);

impl Workplace {
    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        // What the system does not let go of stays; nobody is left to be told.
        let _kept = remove(&self.0);
    }
}

/// Makes the place of one run.
///
/// # Errors
/// When the system's folder for temporary files cannot be used.
pub fn workplace() -> Result<Workplace, LaunchError> {
    tempfile::Builder::new()
        .prefix("gc")
        .tempdir()
        .map(|folder| Workplace(folder.keep()))
        .map_err(|error| LaunchError::Harness(format!("make a temporary folder: {error}")))
}

/// Makes the folder of one play.
///
/// # Errors
/// When it cannot be made.
pub fn folder(workplace: &Path, name: &str) -> Result<PathBuf, LaunchError> {
    let folder = workplace.join(name);
    fs::create_dir_all(&folder).map_err(|error| LaunchError::Harness(format!("make {}: {error}", folder.display())))?;
    Ok(folder)
}

/// Removes a folder, whatever a guard that has ended made of it: locked, linked elsewhere, or nested
/// deeper than a path may be long and a process may open files.
///
/// # Errors
/// When something in it cannot be removed, such as a file system that was mounted there.
pub fn remove(folder: &Path) -> io::Result<()> {
    if !fs::symlink_metadata(folder)?.is_dir() {
        // A link that was put in its place is removed, and where it leads is not followed.
        return fs::remove_file(folder);
    }
    unlock(folder);
    let mut lift = Lift { top: folder, count: 0 };
    loop {
        let mut nested = false;
        for entry in fs::read_dir(folder)? {
            nested |= lift.empty(&entry?)?;
        }
        if !nested {
            return fs::remove_dir(folder);
        }
    }
}

/// Takes nested folders up to the top before they are emptied, so that no path grows with the depth.
struct Lift<'a> {
    top: &'a Path,
    count: u64,
}

impl Lift<'_> {
    /// Removes what stands at the top; tells whether there were folders in it, which stand there now.
    fn empty(&mut self, entry: &DirEntry) -> io::Result<bool> {
        let path = entry.path();
        if !entry.file_type()?.is_dir() {
            fs::remove_file(path)?;
            return Ok(false);
        }
        unlock(&path);
        let mut nested = false;
        for inner in fs::read_dir(&path)? {
            let inner = inner?;
            if inner.file_type()?.is_dir() {
                // To be moved elsewhere a folder must itself be writable.
                unlock(&inner.path());
                fs::rename(inner.path(), self.place())?;
                nested = true;
            } else {
                fs::remove_file(inner.path())?;
            }
        }
        fs::remove_dir(path)?;
        Ok(nested)
    }

    /// A place at the top where nothing is.
    fn place(&mut self) -> PathBuf {
        loop {
            self.count += 1;
            let place = self.top.join(format!(".lifted-{}", self.count));
            if fs::symlink_metadata(&place).is_err() {
                return place;
            }
        }
    }
}

/// Lets its owner into a folder, which is known to be one and no link.
fn unlock(folder: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Whose rights these are not cannot change them; that shows when it cannot be removed.
        let _foreign = fs::set_permissions(folder, fs::Permissions::from_mode(0o700));
    }
    #[cfg(not(unix))]
    let _without_rights = folder;
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_removed_whatever_is_in_it_and_nothing_else() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let place = tempfile::tempdir().unwrap();
        let (outside, inside) = (place.path().join("outside"), place.path().join("inside"));
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("kept"), "").unwrap();
        fs::create_dir_all(inside.join("a/b/c")).unwrap();
        fs::create_dir_all(inside.join(".lifted-1/d")).unwrap();
        fs::write(inside.join("a/b/c/file"), "").unwrap();
        symlink(&outside, inside.join("a/link")).unwrap();
        symlink(&outside, inside.join("link")).unwrap();
        symlink("nowhere", inside.join("a/b/loose")).unwrap();
        for locked in ["a/b/c", "a/b", "a", ""] {
            fs::set_permissions(inside.join(locked), fs::Permissions::from_mode(0o000)).unwrap();
        }
        remove(&inside).unwrap();
        assert!(!inside.exists());
        symlink(&outside, &inside).unwrap();
        remove(&inside).unwrap();
        assert!(fs::symlink_metadata(&inside).is_err());
        assert!(outside.join("kept").exists());
    }
}
