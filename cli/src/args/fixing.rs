//! What can be said to the commands that say what to change: what one change closes, and the remediation of each finding.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{FilterOptions, LineFormat, StoredScanOptions};

pub(super) const CAUSES_HELP: &str = "\
Examples:
  plumbline causes
  plumbline causes --severity high --ou Root/Workloads
  plumbline causes --format ndjson | jq '.resources[].resource'";

pub(super) const FIX_HELP: &str = "\
Nothing is changed in AWS: this only prints.

Examples:
  plumbline fix s3-bucket-public-access-blocked --account 111111111111
  plumbline fix s3-bucket-tls-only --format terraform --output fix.tf
  plumbline fix vpc-flow-logs --format cloudformation --regions eu-central-1";

/// `causes`.
#[derive(Clone, Debug, Args)]
pub(crate) struct CausesArgs {
    #[command(flatten)]
    pub(crate) filter: FilterOptions,
    #[command(flatten)]
    pub(crate) scan: StoredScanOptions,
    /// How to print; `ndjson` lists all resources of each change.
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: LineFormat,
}

/// `fix`.
#[derive(Clone, Debug, Args)]
pub(crate) struct FixArgs {
    /// The control.
    #[arg(value_name = "CONTROL")]
    pub(crate) control: String,
    /// Only these accounts.
    #[arg(long, alias = "account", value_delimiter = ',', value_name = "ID,…")]
    pub(crate) accounts: Vec<String>,
    /// Only accounts at or below these OU paths (Root/Workloads).
    #[arg(long, value_delimiter = ',', value_name = "PATH,…")]
    pub(crate) ou: Vec<String>,
    /// Only these Regions; `aws-global` names what belongs to no Region.
    #[arg(long, alias = "region", value_delimiter = ',', value_name = "REGION,…")]
    pub(crate) regions: Vec<String>,
    /// Only resources whose ARN matches; `*` matches any text.
    #[arg(long, value_delimiter = ',', value_name = "ARN,…")]
    pub(crate) resource: Vec<String>,
    /// Also findings that an exception accepts.
    #[arg(long)]
    pub(crate) accepted: bool,
    /// What to print.
    #[arg(long, value_enum, default_value = "cli")]
    pub(crate) format: FixFormat,
    /// A file instead of standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) scan: StoredScanOptions,
    /// Directories with controls, for the remediations of custom controls.
    #[arg(long, env = "PLUMBLINE_PACK", value_delimiter = ',', value_name = "DIR")]
    pub(crate) pack: Vec<PathBuf>,
}

/// Formats of remediations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FixFormat {
    /// Commands of the AWS CLI, for a POSIX shell.
    Cli,
    /// Terraform.
    Terraform,
    /// Templates of CloudFormation, one for each account and Region.
    Cloudformation,
}
