//! What can be said to `store`: the commands that operate it.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::ConfigOptions;

/// How what the store says is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StoreFormat {
    /// For people.
    Table,
    /// For machines: one JSON object a line.
    Ndjson,
}

/// `store`.
#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Say what the store holds, what takes how much, and what could be given back.
    #[command(after_help = "Examples:\n  plumbline store stats\n  plumbline store stats --format ndjson")]
    Stats {
        /// How to print.
        #[arg(long, value_enum, default_value = "table")]
        format: StoreFormat,
        #[command(flatten)]
        config: ConfigOptions,
    },
    /// Verify everything in the store; ends with 1 when something is damaged, and says from which night on it reads.
    #[command(after_help = "\
Examples:
  plumbline store verify
  plumbline store verify --file /backup/plumbline-monday.redb
  plumbline store verify --format ndjson | jq 'select(.kind == \"damage\")'")]
    Verify {
        /// A backup instead of the store.
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// How to print.
        #[arg(long, value_enum, default_value = "table")]
        format: StoreFormat,
        #[command(flatten)]
        config: ConfigOptions,
    },
    /// Write all that is stored to a file that is a store by itself, and read it again.
    #[command(after_help = "\
Examples:
  plumbline store backup /backup/plumbline-$(date +%A).redb --force")]
    Backup {
        /// The file.
        file: PathBuf,
        /// Replace a file that is there.
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        config: ConfigOptions,
    },
    /// Put a backup in the store's place, after it was verified. What was there stays beside it.
    #[command(after_help = "Examples:\n  plumbline store restore /backup/plumbline-Monday.redb")]
    Restore {
        /// The backup.
        file: PathBuf,
        /// Also when the store has scans that the backup lacks.
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        config: ConfigOptions,
    },
    /// Write the store anew without the space that nothing takes; needs room for both.
    #[command(after_help = "Examples:\n  plumbline store compact")]
    Compact {
        #[command(flatten)]
        config: ConfigOptions,
    },
    /// Remove the scans that are not kept, and what only they need.
    #[command(after_help = "\
Examples:
  plumbline store prune --dry-run                     what `retention` of the configuration would remove
  plumbline store prune --keep-nights 90 --keep-weeks 52 --keep-months 36")]
    Prune(PruneArgs),
}

/// `store prune`.
#[derive(Clone, Debug, Args)]
pub(crate) struct PruneArgs {
    /// Keep all scans of the last N days that have a complete one.
    #[arg(long, value_name = "N")]
    pub(crate) keep_nights: Option<u32>,
    /// Keep the best and latest scan of each of the last N weeks that have a complete one.
    #[arg(long, value_name = "N")]
    pub(crate) keep_weeks: Option<u32>,
    /// Keep the best and latest scan of each of the last N months that have a complete one.
    #[arg(long, value_name = "N")]
    pub(crate) keep_months: Option<u32>,
    /// Say what would be removed, and remove nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: StoreFormat,
    #[command(flatten)]
    pub(crate) config: ConfigOptions,
}
