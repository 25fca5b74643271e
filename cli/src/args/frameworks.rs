//! What can be said to `plumbline frameworks`.

use clap::{Subcommand, ValueEnum};

use super::{PackOptions, RowFormat};

/// `frameworks`.
#[derive(Debug, Subcommand)]
pub(crate) enum FrameworksCommand {
    /// List frameworks and versions: how many requirements are answered whole, in part, by a person, or not at all.
    #[command(after_help = "Examples:\n  plumbline frameworks list\n  plumbline frameworks list --format csv")]
    List {
        /// How to print.
        #[arg(long, value_enum, default_value = "table")]
        format: RowFormat,
        #[command(flatten)]
        pack: PackOptions,
    },
    /// Show every requirement of a framework: what it asks, who decides it, which controls answer it.
    #[command(after_help = "\
Examples:
  plumbline frameworks show cis-aws-foundations
  plumbline frameworks show cis-aws-foundations --version 3.0.0 --unanswered
  plumbline frameworks show aws-fsbp --format json | jq '.requirements[] | select(.answered == \"part\")'")]
    Show {
        /// The framework.
        id: String,
        /// The version [default: the newest].
        #[arg(long, value_name = "VERSION")]
        version: Option<String>,
        /// Only what no control answers: what is left to a person, and what is not answered.
        #[arg(long)]
        unanswered: bool,
        /// How to print.
        #[arg(long, value_enum, default_value = "text")]
        format: RequirementFormat,
        #[command(flatten)]
        pack: PackOptions,
    },
}

/// Formats of requirements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RequirementFormat {
    /// For people.
    Text,
    /// For spreadsheets.
    Csv,
    /// For machines: one object.
    Json,
}
