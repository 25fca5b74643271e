//! What can be said to `plumbline history`.

use clap::Args;

use super::{ChangesFormat, PackOptions};

/// Examples.
pub(super) const HELP: &str = "\
Examples:
  plumbline history arn:aws:s3:::my-bucket            how controls stood on it, and what it was, from scan to scan
  plumbline history s3-bucket-tls-only                where it fails and since when, and what each scan changed
  plumbline history s3-bucket-tls-only --accounts 111111111111 --format ndjson | jq 'select(.kind == \"failing\")'";

/// `history`.
#[derive(Clone, Debug, Args)]
pub(crate) struct HistoryArgs {
    /// The resource, by its ARN, or the control, by its id. A resource that is gone is found, too.
    #[arg(value_name = "ARN|CONTROL")]
    pub(crate) subject: String,
    /// Only in these accounts.
    #[arg(long, alias = "account", value_delimiter = ',', value_name = "ID,…")]
    pub(crate) accounts: Vec<String>,
    /// Only in these Regions; `aws-global` names what belongs to no Region.
    #[arg(long, alias = "region", value_delimiter = ',', value_name = "REGION,…")]
    pub(crate) regions: Vec<String>,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: ChangesFormat,
    #[command(flatten)]
    pub(crate) pack: PackOptions,
}
