//! `plumbline`: holds an AWS organization against a written baseline.
//!
//! Reads arguments, runs one command, maps its outcome to an exit code. Everything else is in `commands`.

mod args;
mod cloud;
mod commands;
mod config;
mod exit;
mod failure;
mod pack;
mod progress;
mod results;
mod run;
mod signals;
mod snapshot_lines;
mod terminal;
mod whole_file;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = args::Arguments::parse();
    terminal::start_logging(arguments.verbose);
    match commands::run(arguments) {
        Ok(outcome) => outcome.into(),
        Err(failure) => failure.report(),
    }
}
