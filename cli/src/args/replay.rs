//! What can be said to `replay`: which night or nights, which controls, and how it is printed.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{ConfigOptions, LATEST};

/// `replay`.
#[derive(Clone, Debug, Args)]
pub(crate) struct ReplayArgs {
    /// The scan: `latest` (complete, full, of a real organization, where there is one), or the beginning of its id.
    #[arg(long, value_name = "ID", default_value = LATEST, conflicts_with_all = ["at", "since"])]
    pub(crate) scan: String,
    /// The last scan that had begun at the end of this day, or at this moment (RFC 3339), in UTC.
    #[arg(long, value_name = "DATE", conflicts_with = "since")]
    pub(crate) at: Option<String>,
    /// All nights from this day on: since when the controls have failed, and on what.
    #[arg(long, value_name = "DATE", requires = "controls")]
    pub(crate) since: Option<String>,
    /// Only these controls; `*` matches any text.
    #[arg(long, alias = "control", env = "PLUMBLINE_CONTROLS", value_delimiter = ',', value_name = "ID,…")]
    pub(crate) controls: Vec<String>,
    /// None of these controls; `*` matches any text.
    #[arg(long, env = "PLUMBLINE_EXCLUDE_CONTROLS", value_delimiter = ',', value_name = "ID,…")]
    pub(crate) exclude_controls: Vec<String>,
    /// Directories with controls and collectors that add to the built-in ones, or override them.
    #[arg(long, env = "PLUMBLINE_PACK", value_delimiter = ',', value_name = "DIR")]
    pub(crate) pack: Vec<PathBuf>,
    /// Print what is the same, too: what a PASS rests on is not stored, and is found again so.
    #[arg(long, conflicts_with = "since")]
    pub(crate) all: bool,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: ReplayFormat,
    #[command(flatten)]
    pub(crate) config: ConfigOptions,
}

/// Formats of what replay says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReplayFormat {
    /// For people.
    Table,
    /// For machines: one JSON object a line.
    Ndjson,
}
