//! `plumbline controls`: what is checked, why, and whether the checks themselves are right.

mod lint;
mod list;
mod show;
mod test;
mod trial;

use crate::args::ControlsCommand;
use crate::exit::Outcome;
use crate::failure::Result;

/// Runs one of the commands on controls.
pub(crate) fn run(command: ControlsCommand) -> Result<Outcome> {
    match command {
        ControlsCommand::List { ids, format, pack } => list::run(&ids, format, &pack.pack),
        ControlsCommand::Show { id, pack } => show::run(&id, &pack.pack),
        ControlsCommand::Lint { pack } => lint::run(&pack.pack),
        ControlsCommand::Test { ids, pack } => test::run(&ids, &pack.pack),
        ControlsCommand::Try { file, snapshot, pack } => trial::run(&file, &snapshot, &pack.pack),
    }
}
