//! `plumbline`: holds an AWS organization against a written baseline.
//!
//! Reads arguments, runs one command, maps its outcome to an exit code. Everything else is in `commands`.

mod actor;
mod agent_id;
mod args;
mod asking;
mod clock;
mod cloud;
mod commands;
mod config;
mod counted_calls;
mod discovering;
mod documents;
mod elsewhere;
mod endpoints;
mod exit;
mod failure;
mod finish;
mod frameworks;
mod governance;
mod governed;
mod governing;
mod hints;
mod joining;
mod judgement;
mod keeping;
mod kept;
mod listening;
mod membership;
mod operator;
mod pack;
mod preflight;
mod prepare;
mod progress;
mod redaction_key;
mod reports;
mod results;
mod resume;
mod rows;
mod run;
mod serve;
mod signals;
mod snapshot_lines;
mod terminal;
mod whole_file;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Arc;

use exit::Outcome;
use plumbline_telemetry::Registry;

fn main() -> ExitCode {
    // A mistake of ours ends with a documented exit code, too; its place has been printed by then.
    catch_unwind(AssertUnwindSafe(run)).unwrap_or(Outcome::Failed).into()
}

fn run() -> Outcome {
    let arguments = match args::parse() {
        Ok(arguments) => arguments,
        Err(error) => return terminal::say_usage(&error),
    };
    let registry = Arc::new(Registry::new());
    // Nobody else counts anything.
    let counts = matches!(arguments.command, args::Command::Coordinator(_) | args::Command::Agent(_));
    let counted = counts.then_some(&registry);
    let _telemetry = match terminal::start_logging(arguments.verbose, arguments.log_format, counted) {
        Ok(telemetry) => telemetry,
        Err(failure) => return terminal::say_failure(&failure),
    };
    if let Err(error) = plumbline_aws::descriptors::raise_limit() {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
    commands::run(arguments, registry).unwrap_or_else(|failure| terminal::say_failure(&failure))
}
