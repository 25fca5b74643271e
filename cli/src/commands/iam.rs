//! `plumbline iam`: questions to IAM policies, answered without a call.

mod answer;
mod batch;
mod caller;
mod can;
mod files;
mod question;

use crate::args::IamCommand;
use crate::exit::Outcome;
use crate::failure::Result;

/// Runs one of the commands on IAM policies.
pub(crate) fn run(command: IamCommand) -> Result<Outcome> {
    match command {
        IamCommand::Can(args) => match &args.batch {
            Some(file) => batch::run(file),
            None => can::run(&args),
        },
    }
}
