//! `plumbline schedules`, and what `plumbline scans` asks of a coordinator that runs.

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

/// `scans start`.
#[derive(Debug, Args)]
pub(crate) struct StartArgs {
    /// Only these accounts.
    #[arg(long, value_delimiter = ',', value_name = "ID,…")]
    pub(crate) accounts: Vec<String>,
    /// Not these accounts.
    #[arg(long, value_delimiter = ',', value_name = "ID,…")]
    pub(crate) exclude_accounts: Vec<String>,
    /// Only accounts below these organizational units (id, or path such as Root/Workloads).
    #[arg(long, value_delimiter = ',', value_name = "OU,…")]
    pub(crate) ou: Vec<String>,
    /// No accounts below these organizational units.
    #[arg(long, value_delimiter = ',', value_name = "OU,…")]
    pub(crate) exclude_ou: Vec<String>,
    /// Only these Regions.
    #[arg(long, value_delimiter = ',', value_name = "REGION,…")]
    pub(crate) regions: Vec<String>,
    /// Not these Regions.
    #[arg(long, value_delimiter = ',', value_name = "REGION,…")]
    pub(crate) exclude_regions: Vec<String>,
    /// Leave out what belongs to an account as a whole.
    #[arg(long)]
    pub(crate) no_global: bool,
    /// Only these controls; `*` matches any text.
    #[arg(long, value_delimiter = ',', value_name = "ID,…")]
    pub(crate) controls: Vec<String>,
    /// None of these controls; `*` matches any text.
    #[arg(long, value_delimiter = ',', value_name = "ID,…")]
    pub(crate) exclude_controls: Vec<String>,
    /// Documents of resources stay in their accounts.
    #[arg(long)]
    pub(crate) no_documents: bool,
    /// Ask AWS anew for what was learned earlier on the same day.
    #[arg(long)]
    pub(crate) refresh: bool,
    /// Go on although more than a tenth of the accounts of the last scan are not in the organization any more.
    #[arg(long)]
    pub(crate) accept_fewer_accounts: bool,
    /// Stay and watch until it ends.
    #[arg(long)]
    pub(crate) watch: bool,
    #[command(flatten)]
    pub(crate) config: ConfigOptions,
}

/// A scan that runs.
#[derive(Debug, Args)]
pub(crate) struct RunningScan {
    /// The scan: the beginning of its id; the newest that runs without one.
    #[arg(default_value = "", hide_default_value = true)]
    pub(crate) scan: String,
    #[command(flatten)]
    pub(crate) config: ConfigOptions,
}
