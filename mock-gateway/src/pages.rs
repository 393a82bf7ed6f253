//! The command's options as shell completions and man pages. Never what the options do.

use std::io;
use std::path::Path;

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::Arguments;

/// What lets a shell complete the command's words.
pub(crate) fn completions(shell: Shell) -> String {
    // Into memory, because the generator panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "mock-gateway", &mut script);
    // The generator (4.6) takes the hyphen of the name for the border of a subcommand in some places of what it
    // writes for bash, and not in others; with both alike, subcommands are completed.
    String::from_utf8_lossy(&script).replace("mock__subcmd__gateway", "mock__gateway")
}

/// Writes the man pages into a folder, which is made.
pub(crate) fn man(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    clap_mangen::generate_to(Arguments::command(), folder)
}
