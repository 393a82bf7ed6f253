//! Writes what fuzz targets begin with into a folder, one folder for each: the corpus, and what stands
//! in our own cases, scenarios, manifests and guards. `cargo run -p guard-fuzz --bin seeds -- FOLDER`.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use guard_fuzz::property;
use guard_fuzz::seeds::seeds;

fn main() -> io::Result<()> {
    let folder = env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.ok_or_else(|| io::Error::other("name the folder to write to"))?;
    for property in property::ALL {
        let folder = folder.join(property.name);
        fs::create_dir_all(&folder)?;
        for (number, text) in seeds(property.input).into_iter().enumerate() {
            write(&folder, number, &text)?;
        }
    }
    Ok(())
}

fn write(folder: &Path, number: usize, text: &[u8]) -> io::Result<()> {
    fs::write(folder.join(format!("seed-{number:04}")), text)
}
