//! One file a command. This one only picks.

mod agent;
mod completions;
mod controls;
mod coordinator;
mod demo;
mod findings;
mod plan;
mod policy;
mod report;
mod scan;
mod snapshot;

use std::future::Future;

use crate::args::{Arguments, Command};
use crate::exit::Outcome;
use crate::failure::{OrFail, Result};

/// Runs the command that was asked for.
///
/// # Errors
/// What the command could not do.
pub(crate) fn run(arguments: Arguments) -> Result<Outcome> {
    let data_dir = arguments.data_dir;
    match arguments.command {
        Command::Scan(args) => block_on(scan::run(args, data_dir)),
        Command::Demo(args) => block_on(demo::run(args, data_dir)),
        Command::Plan(args) => block_on(plan::run(args, data_dir)),
        Command::Coordinator(args) => block_on(coordinator::run(args, data_dir)),
        Command::Agent(args) => block_on(agent::run(args, data_dir)),
        Command::Findings(args) => findings::run(args, data_dir),
        Command::Report(args) => report::run(&args, data_dir),
        Command::Completions { shell } => completions::run(shell),
        Command::Snapshot(args) => block_on(snapshot::run(args, data_dir)),
        Command::Controls(command) => controls::run(command),
        Command::Policy(args) => policy::run(&args),
    }
}

/// Runs an async command. What is still running when it ends is not waited for.
fn block_on(command: impl Future<Output = Result<Outcome>>) -> Result<Outcome> {
    let runtime =
        tokio::runtime::Runtime::new().or_fail("start the runtime", "check the limits on threads (ulimit -u)")?;
    let result = runtime.block_on(command);
    runtime.shutdown_background();
    result
}
