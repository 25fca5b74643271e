//! What can be said to `plumbline roadmap`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::StoredScanOptions;

/// Examples.
pub(super) const HELP: &str = "\
Examples:
  plumbline roadmap                                   the organization: its level, and what comes next
  plumbline roadmap --account 111111111111
  plumbline roadmap --ou Root/Workloads
  plumbline roadmap --nights                          how it went, over the scans that are kept
  plumbline roadmap --format ndjson | jq 'select(.kind == \"account\" and .level == 0) | .id'";

/// `roadmap`.
#[derive(Clone, Debug, Args)]
pub(crate) struct RoadmapArgs {
    /// Only this account: its id, or its name.
    #[arg(long, value_name = "ID|NAME")]
    pub(crate) account: Option<String>,
    /// Only the accounts at or below this OU path (Root/Workloads).
    #[arg(long, value_name = "PATH", conflicts_with = "account")]
    pub(crate) ou: Option<String>,
    /// How much was done when each of the scans ended that are kept and can be compared.
    #[arg(long, conflicts_with_all = ["account", "ou"])]
    pub(crate) nights: bool,
    #[command(flatten)]
    pub(crate) scan: StoredScanOptions,
    /// Directories with controls and processes that add to the built-in ones, or override them.
    #[arg(long, env = "PLUMBLINE_PACK", value_delimiter = ',', value_name = "DIR")]
    pub(crate) pack: Vec<PathBuf>,
    /// How to print.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: RoadmapFormat,
}

/// Formats of the roadmap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoadmapFormat {
    /// For people.
    Text,
    /// For machines: one JSON document.
    Json,
    /// For machines: one JSON object a line, for the organization, each unit and each account.
    Ndjson,
}
