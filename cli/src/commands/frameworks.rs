//! `plumbline frameworks`: what frameworks ask for, and what of it the controls answer.

mod list;
mod show;

use plumbline_baseline::pack::framework::Answered;

use crate::args::FrameworksCommand;
use crate::config::Basics;
use crate::exit::Outcome;
use crate::failure::Result;
use crate::pack::Pack;

/// Runs one of the commands on frameworks.
pub(crate) fn run(command: FrameworksCommand) -> Result<Outcome> {
    let (FrameworksCommand::List { pack, .. } | FrameworksCommand::Show { pack, .. }) = &command;
    let loaded = Pack::load(&Basics::resolve(&pack.config, None, pack.pack.clone())?.pack)?;
    match command {
        FrameworksCommand::List { format, .. } => list::run(&loaded, format),
        FrameworksCommand::Show { id, version, unanswered, format, .. } => {
            show::run(&loaded, &id, version.as_deref(), unanswered, format)
        }
    }
}

/// Whether a requirement is answered, in words.
fn words(answered: Answered) -> &'static str {
    match answered {
        Answered::Whole => "answered",
        Answered::Part => "answered in part",
        Answered::Person => "left to a person",
        Answered::No => "not answered",
    }
}
