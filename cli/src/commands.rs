//! One file a command. This one only picks.

mod completions;

use crate::args::{Arguments, Command};
use crate::exit::Outcome;
use crate::failure::{Failure, Result};

/// Runs the command that was asked for.
///
/// # Errors
/// What the command could not do.
pub(crate) fn run(arguments: Arguments) -> Result<Outcome> {
    match arguments.command {
        Command::Completions { shell } => completions::run(shell),
        _ => Err(Failure::new("run this command", "it is not part of this build", "use a newer build")),
    }
}
