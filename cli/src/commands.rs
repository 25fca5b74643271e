//! One file a command. This one only picks.

mod agent;
mod agents;
mod attest;
mod audit;
mod causes;
mod completions;
mod controls;
mod coordinator;
mod demo;
mod diff;
mod exceptions;
mod explain;
mod findings;
mod fix;
mod frameworks;
mod governance;
mod handbook;
mod history;
mod iam;
mod init;
mod joined;
mod members;
mod operators;
mod plan;
mod policy;
mod replay;
mod report;
mod resource_types;
mod resources;
mod scan;
mod scans;
mod schedules;
mod schema;
mod snapshot;
mod store;

use std::sync::Arc;

use plumbline_telemetry::Registry;

use crate::args::{Arguments, Command};
use crate::exit::Outcome;
use crate::failure::{OrFail, Result};
use crate::signals::Signals;

/// Runs the command that was asked for. What is still running when it ends is not waited for.
///
/// # Errors
/// What the command could not do.
pub(crate) fn run(arguments: Arguments, registry: Arc<Registry>) -> Result<Outcome> {
    let runtime =
        tokio::runtime::Runtime::new().or_fail("start the runtime", "check the limits on threads (ulimit -u)")?;
    let result = runtime.block_on(async {
        let signals =
            Signals::listen().or_fail("listen for signals", "check the limits of this process (ulimit -a)")?;
        dispatch(arguments, &signals, registry).await
    });
    runtime.shutdown_background();
    result
}

async fn dispatch(arguments: Arguments, signals: &Signals, registry: Arc<Registry>) -> Result<Outcome> {
    let data_dir = arguments.data_dir;
    match arguments.command {
        Command::Scan(args) => scan::run(args, data_dir, signals).await,
        Command::Demo(args) => demo::run(args, data_dir, signals).await,
        Command::Plan(args) => plan::run(args, data_dir).await,
        Command::Coordinator(args) => coordinator::run(args, data_dir, signals, registry).await,
        Command::Agents(command) => agents::run(command, data_dir).await,
        Command::Operators(command) => operators::run(command, data_dir).await,
        Command::Audit(args) => audit::run(args, data_dir),
        Command::Agent(args) => agent::run(args, data_dir, signals, &registry).await,
        Command::Findings(args) => findings::run(args, data_dir),
        Command::Report(args) => report::run(args, data_dir),
        Command::Causes(args) => causes::run(args, data_dir),
        Command::Fix(args) => fix::run(args, data_dir),
        Command::Scans(args) => scans::run(args, data_dir, signals).await,
        Command::Schedules(args) => schedules::run(args, data_dir, signals).await,
        Command::Resources(args) => resources::run(args, data_dir),
        Command::Diff(args) => Ok(diff::run(args, data_dir)),
        Command::History(args) => history::run(args, data_dir),
        Command::Store(command) => store::run(command, data_dir).await,
        Command::Schema { file } => schema::run(&file),
        Command::Completions { shell } => completions::run(shell),
        Command::Snapshot(args) => snapshot::run(args, data_dir).await,
        Command::Replay(args) => Ok(replay::run(args, data_dir)),
        Command::Handbook(args) => handbook::run(args, data_dir),
        Command::Explain(args) => explain::run(args),
        Command::Governance(command) => governance::run(command, data_dir),
        Command::Exceptions(command) => exceptions::run(command, data_dir),
        Command::Attest(args) => attest::run(args, data_dir),
        Command::Controls(command) => controls::run(command),
        Command::Types(args) => resource_types::run(args),
        Command::Frameworks(command) => frameworks::run(command),
        Command::Policy(args) => policy::run(args),
        Command::Iam(command) => iam::run(command),
    }
}
