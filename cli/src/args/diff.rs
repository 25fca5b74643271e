//! What can be said to `plumbline diff`.

use clap::{Args, ValueEnum};

use super::{ConfigOptions, GovernanceOptions};

/// Examples, and what the exit codes are.
pub(super) const HELP: &str = "\
Examples:
  plumbline diff                                      the last two complete scans
  plumbline diff 01JD2Q                               from that one to the latest
  plumbline diff 01JD2Q 01JD5X --only findings
  plumbline diff --accounts 111111111111 --format ndjson | jq 'select(.change == \"new\")'
Exit codes are those of diff(1): 0 no difference, 1 differences, 2 trouble.";

/// `diff`.
#[derive(Clone, Debug, Args)]
pub(crate) struct DiffArgs {
    /// The scans: `latest`, or beginnings of ids. With one, from that to the latest [default: the last two that are
    /// complete and of the same selection].
    #[arg(value_name = "SCAN", num_args = 0..=2)]
    pub(crate) scans: Vec<String>,
    /// Only these accounts.
    #[arg(long, alias = "account", value_delimiter = ',', value_name = "ID,…")]
    pub(crate) accounts: Vec<String>,
    /// Only these Regions; `aws-global` names what belongs to no Region.
    #[arg(long, alias = "region", value_delimiter = ',', value_name = "REGION,…")]
    pub(crate) regions: Vec<String>,
    /// Only findings of these controls, and no resources; `*` matches any text.
    #[arg(long, alias = "control", value_delimiter = ',', value_name = "ID,…")]
    pub(crate) controls: Vec<String>,
    /// Only the findings, or only the resources.
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) only: Option<Only>,
    /// Also rows that appear or go without having failed, such as those of a new resource that pass.
    #[arg(long)]
    pub(crate) all: bool,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: ChangesFormat,
    #[command(flatten)]
    pub(crate) governance: GovernanceOptions,
    #[command(flatten)]
    pub(crate) config: ConfigOptions,
}

/// A part of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Only {
    /// How controls stand.
    Findings,
    /// What resources are.
    Resources,
}

/// Formats of what changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ChangesFormat {
    /// For people.
    Table,
    /// For machines: one JSON object a line.
    Ndjson,
}
