//! What can be said to `schedules`.

use clap::{Args, Subcommand};

use super::{ConfigOptions, LineFormat};

/// `schedules`.
#[derive(Debug, Args)]
pub(crate) struct SchedulesArgs {
    #[command(subcommand)]
    pub(crate) command: Option<SchedulesCommand>,
    #[command(flatten)]
    pub(crate) list: ListSchedules,
}

/// `schedules list`, and `schedules` alone.
#[derive(Debug, Args)]
pub(crate) struct ListSchedules {
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: LineFormat,
    /// How many of its last fires are shown of each.
    #[arg(long, default_value_t = 3, value_name = "N")]
    pub(crate) fires: usize,
    #[command(flatten)]
    pub(crate) config: ConfigOptions,
}

/// The commands on schedules.
#[derive(Debug, Subcommand)]
pub(crate) enum SchedulesCommand {
    /// List the schedules that the coordinator knows: when each fires next, and what became of its last fires.
    #[command(
        after_help = "Examples:\n  plumbline schedules list\n  plumbline schedules list --fires 20 --format ndjson"
    )]
    List(ListSchedules),
    /// Start the scan of a schedule now.
    #[command(after_help = "Examples:\n  plumbline schedules run nightly")]
    Run(ScheduleName),
    /// Let a schedule pause: what is due meanwhile is on record, and starts nothing.
    #[command(after_help = "Examples:\n  plumbline schedules pause nightly")]
    Pause(ScheduleName),
    /// Let a schedule go on. What was due while it was paused is not made up for.
    #[command(after_help = "Examples:\n  plumbline schedules resume nightly")]
    Resume(ScheduleName),
}

/// A schedule, and whose.
#[derive(Debug, Args)]
pub(crate) struct ScheduleName {
    /// The schedule, as the configuration names it.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) config: ConfigOptions,
}
