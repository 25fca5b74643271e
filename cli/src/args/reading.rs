//! What can be said to the commands that read stored scans: which scan, which rows of it, and how they are printed.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use plumbline_baseline::{Severity, Status};

use super::{ConfigOptions, GovernanceOptions};

/// Formats of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowFormat {
    /// For people.
    Table,
    /// For spreadsheets.
    Csv,
    /// For machines: one JSON object a line.
    Ndjson,
}

/// Formats of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For the terminal.
    Table,
    /// One self-contained page.
    Html,
    /// For spreadsheets.
    Csv,
    /// For machines: one JSON object a line.
    Ndjson,
    /// For machines: the scan as a whole, one JSON object.
    Summary,
}

/// Which rows of a scan are wanted. What is not given asks nothing; all that is given must hold.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct FilterOptions {
    /// Only at least this severe: critical, high, medium or low.
    #[arg(long, value_name = "SEVERITY")]
    pub(crate) severity: Option<Severity>,
    /// Only these accounts.
    #[arg(long, alias = "account", value_delimiter = ',', value_name = "ID,…")]
    pub(crate) accounts: Vec<String>,
    /// None of these accounts.
    #[arg(long, value_delimiter = ',', value_name = "ID,…")]
    pub(crate) exclude_accounts: Vec<String>,
    /// Only accounts at or below these OU paths (Root/Workloads).
    #[arg(long, value_delimiter = ',', value_name = "PATH,…")]
    pub(crate) ou: Vec<String>,
    /// No account at or below these OU paths.
    #[arg(long, value_delimiter = ',', value_name = "PATH,…")]
    pub(crate) exclude_ou: Vec<String>,
    /// Only these Regions; `aws-global` names what belongs to no Region.
    #[arg(long, alias = "region", value_delimiter = ',', value_name = "REGION,…")]
    pub(crate) regions: Vec<String>,
    /// None of these Regions.
    #[arg(long, value_delimiter = ',', value_name = "REGION,…")]
    pub(crate) exclude_regions: Vec<String>,
    /// Only these controls; `*` matches any text.
    #[arg(long, alias = "control", value_delimiter = ',', value_name = "ID,…")]
    pub(crate) controls: Vec<String>,
    /// None of these controls; `*` matches any text.
    #[arg(long, value_delimiter = ',', value_name = "ID,…")]
    pub(crate) exclude_controls: Vec<String>,
    /// Only controls that these frameworks ask for: an id, or an id and a version (cis-aws-foundations:3.0.0).
    #[arg(long, value_delimiter = ',', value_name = "FRAMEWORK,…")]
    pub(crate) framework: Vec<String>,
    /// Only controls of these maturity levels: 1, 2 or 3.
    #[arg(long, value_delimiter = ',', value_name = "LEVEL,…", value_parser = clap::value_parser!(u8).range(1..=3))]
    pub(crate) level: Vec<u8>,
    /// Only resources whose ARN matches; `*` matches any text.
    #[arg(long, value_delimiter = ',', value_name = "ARN,…")]
    pub(crate) resource: Vec<String>,
    /// Only what these own; `*` matches any text.
    #[arg(long, value_delimiter = ',', value_name = "NAME,…")]
    pub(crate) owner: Vec<String>,
    /// Only failures that an exception accepts.
    #[arg(long, conflicts_with = "no_accepted")]
    pub(crate) accepted: bool,
    /// No failure that an exception accepts.
    #[arg(long)]
    pub(crate) no_accepted: bool,
}

/// Orders of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SortKey {
    /// The worst first.
    Severity,
    /// By account id.
    Account,
    /// By Region.
    Region,
    /// By control id.
    Control,
    /// By ARN.
    Resource,
}

/// `findings`.
#[derive(Clone, Debug, Args)]
pub(crate) struct FindingsArgs {
    /// Only these statuses: PASS, FAIL, UNKNOWN, NOT_APPLICABLE, MANUAL [default: FAIL].
    #[arg(long, value_delimiter = ',', value_name = "STATUS,…")]
    pub(crate) status: Vec<Status>,
    #[command(flatten)]
    pub(crate) filter: FilterOptions,
    /// Order of the rows [default: by account and Region, as they are stored]. Matching rows are held in memory for it.
    #[arg(long, value_enum, value_name = "KEY")]
    pub(crate) sort: Option<SortKey>,
    /// At most this many rows.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: Option<u32>,
    #[command(flatten)]
    pub(crate) scan: StoredScanOptions,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: RowFormat,
}

/// Which stored scan is meant, and where it is.
#[derive(Clone, Debug, Args)]
pub(crate) struct StoredScanOptions {
    /// The scan: `latest` (complete, full, of a real organization, where there is one), or the beginning of its id.
    #[arg(long, value_name = "ID", default_value = LATEST)]
    pub(crate) scan: String,
    #[command(flatten)]
    pub(crate) governance: GovernanceOptions,
    #[command(flatten)]
    pub(crate) config: ConfigOptions,
}

/// `report`.
#[derive(Clone, Debug, Args)]
pub(crate) struct ReportArgs {
    /// How to render.
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: ReportFormat,
    /// A file instead of standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) filter: FilterOptions,
    #[command(flatten)]
    pub(crate) scan: StoredScanOptions,
    /// Directories with controls, for the documentation of custom controls.
    #[arg(long, env = "PLUMBLINE_PACK", value_delimiter = ',', value_name = "DIR")]
    pub(crate) pack: Vec<PathBuf>,
}

/// `scans`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct ScansArgs {
    #[command(subcommand)]
    pub(crate) command: Option<ScansCommand>,
    #[command(flatten)]
    pub(crate) list: ListArgs,
}

/// `scans list`, and `scans` alone.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: LineFormat,
    #[command(flatten)]
    pub(crate) config: ConfigOptions,
}

/// The commands on scans.
#[derive(Debug, Subcommand)]
pub(crate) enum ScansCommand {
    /// List the stored scans, the newest first: what each covers, how it ended, what it counted.
    #[command(after_help = "Examples:\n  plumbline scans list\n  plumbline scans list --format ndjson")]
    List(ListArgs),
    /// Show one scan as a whole: its summary, and what became of its jobs.
    #[command(after_help = "\
Examples:
  plumbline scans show | jq .coverage
  plumbline scans show 01JD2Q --format table
  plumbline scans show | jq .jobs.given_up")]
    Show {
        /// The scan: `latest`, or the beginning of its id.
        #[arg(default_value = LATEST)]
        scan: String,
        /// How to print.
        #[arg(long, value_enum, default_value = "summary")]
        format: ScanFormat,
        #[command(flatten)]
        governance: GovernanceOptions,
        #[command(flatten)]
        config: ConfigOptions,
    },
    /// Start a scan in the coordinator that runs on the data directory.
    #[command(after_help = "\
Examples:
  plumbline scans start --watch
  plumbline scans start --ou Root/Workloads --controls 's3-*'")]
    Start(Box<super::StartArgs>),
    /// Watch a scan that runs until it ends.
    #[command(after_help = "Examples:\n  plumbline scans watch\n  plumbline scans watch 01JD2Q")]
    Watch(super::RunningScan),
    /// Give up what has not ended of a scan that runs: its rows say so.
    #[command(after_help = "Examples:\n  plumbline scans cancel 01JD2Q")]
    Cancel(super::RunningScan),
}

/// Formats of one scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScanFormat {
    /// For machines: the fields of summary.json, and `jobs`.
    Summary,
    /// For people.
    Table,
}

/// Formats of lists that machines read line by line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LineFormat {
    /// For people.
    #[default]
    Table,
    /// For machines: one JSON object a line.
    Ndjson,
}

/// The word for the latest complete, full scan of a real organization.
pub(crate) const LATEST: &str = "latest";
