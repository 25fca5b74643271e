//! What can be said to `plumbline handbook` and `plumbline explain`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{GovernanceOptions, PackOptions};

/// Examples of `handbook`.
pub(super) const HELP: &str = "\
Examples:
  plumbline handbook                                  list the processes and guides
  plumbline handbook show cloudtrail-organization-trail
  plumbline handbook --output ./handbook              write the site; open ./handbook/index.html
  plumbline handbook --output ./handbook --scan latest     with where each account stands beside each step";

/// Examples of `explain`.
pub(super) const EXPLAIN_HELP: &str = "\
Examples:
  plumbline explain load balancer logs
  plumbline explain 'who changed it'
  plumbline explain s3 public access --limit 3";

/// `handbook`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct HandbookArgs {
    #[command(subcommand)]
    pub(crate) command: Option<HandbookCommand>,
    /// Write the handbook as a static site into this directory.
    #[arg(long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Show beside each step where the accounts of this stored scan stand: an id, or `latest`.
    #[arg(long, value_name = "SCAN", requires = "output")]
    pub(crate) scan: Option<String>,
    #[command(flatten)]
    pub(crate) governance: GovernanceOptions,
    #[command(flatten)]
    pub(crate) pack: PackOptions,
}

/// Commands on the handbook.
#[derive(Debug, Subcommand)]
pub(crate) enum HandbookCommand {
    /// Print a process or a guide.
    #[command(
        after_help = "Examples:\n  plumbline handbook show cloudtrail-organization-trail\n  plumbline handbook show who-changed-it"
    )]
    Show {
        /// The process, or the guide.
        id: String,
        #[command(flatten)]
        pack: PackOptions,
    },
}

/// `explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Words to look for.
    #[arg(required = true, value_name = "WORD")]
    pub(crate) words: Vec<String>,
    /// At most so many.
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) limit: u16,
    #[command(flatten)]
    pub(crate) pack: PackOptions,
}
