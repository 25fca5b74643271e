//! `plumbline completions`: prints the completion script of a shell.

use std::io::Write;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Arguments;
use crate::exit::Outcome;
use crate::failure::Result;
use crate::terminal;

/// Prints the script.
pub(crate) fn run(shell: Shell) -> Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "plumbline", &mut script);
    terminal::print(|out| out.write_all(&script))?;
    Ok(Outcome::Done)
}
