//! `plumbline controls`: what is checked, why, and whether the checks themselves are right.

mod lint;
mod list;
mod show;
mod test;
mod trial;

use std::path::PathBuf;

use crate::args::{ControlsCommand, PackOptions};
use crate::config::Basics;
use crate::exit::Outcome;
use crate::failure::Result;

/// Runs one of the commands on controls.
pub(crate) fn run(command: ControlsCommand) -> Result<Outcome> {
    match command {
        ControlsCommand::List { ids, format, pack } => list::run(&ids, format, &directories(pack)?),
        ControlsCommand::Show { id, pack } => show::run(&id, &directories(pack)?),
        ControlsCommand::Lint { pack } => lint::run(&directories(pack)?),
        ControlsCommand::Test { ids, pack } => test::run(&ids, &directories(pack)?),
        ControlsCommand::Try { file, snapshot, pack } => trial::run(&file, &snapshot, &directories(pack)?),
    }
}

fn directories(options: PackOptions) -> Result<Vec<PathBuf>> {
    Ok(Basics::resolve(&options.config, None, options.pack)?.pack)
}
