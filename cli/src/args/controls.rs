//! What can be said of controls.

use std::path::PathBuf;

use clap::Subcommand;

use super::{PackOptions, RowFormat};

/// `controls`.
#[derive(Debug, Subcommand)]
pub(crate) enum ControlsCommand {
    /// List the controls.
    #[command(after_help = "Examples:\n  plumbline controls list\n  plumbline controls list 's3-*' --format ndjson")]
    List {
        /// Only ids that match; `*` matches any text.
        ids: Vec<String>,
        /// How to print.
        #[arg(long, value_enum, default_value = "table")]
        format: RowFormat,
        #[command(flatten)]
        pack: PackOptions,
    },
    /// Show everything about one control: why, how to put it right, what decides it, examples.
    #[command(after_help = "Examples:\n  plumbline controls show s3-bucket-tls-only")]
    Show {
        /// The control.
        id: String,
        #[command(flatten)]
        pack: PackOptions,
    },
    /// Check controls and collectors: every problem with file, line and column.
    #[command(after_help = "Examples:\n  plumbline controls lint --pack ./my-controls")]
    Lint {
        #[command(flatten)]
        pack: PackOptions,
    },
    /// Run the cases of controls.
    #[command(
        after_help = "Examples:\n  plumbline controls test\n  plumbline controls test 'my-*' --pack ./my-controls"
    )]
    Test {
        /// Only ids that match; `*` matches any text.
        ids: Vec<String>,
        #[command(flatten)]
        pack: PackOptions,
    },
    /// Evaluate a control file against a saved snapshot, and show verdict and evidence.
    #[command(after_help = "\
Examples:
  plumbline snapshot --type AWS::S3::Bucket > buckets.ndjson
  plumbline controls try my-control.yaml --snapshot buckets.ndjson")]
    Try {
        /// The control file.
        file: PathBuf,
        /// What `plumbline snapshot` printed.
        #[arg(long, value_name = "FILE")]
        snapshot: PathBuf,
        #[command(flatten)]
        pack: PackOptions,
    },
}
