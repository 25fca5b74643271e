//! `plumbline governance`: checks the folder, and shows what holds in an account.

mod check;
mod show;

use std::path::PathBuf;

use crate::args::GovernanceCommand;
use crate::exit::Outcome;
use crate::failure::Result;

/// Runs one of the commands.
pub(crate) fn run(command: GovernanceCommand, data_dir: Option<PathBuf>) -> Result<Outcome> {
    match command {
        GovernanceCommand::Check(args) => check::run(args, data_dir),
        GovernanceCommand::Show(args) => show::run(args, data_dir),
    }
}
