//! What can be said to the commands that read resources from the store: which night, which part of it, what is looked for.

use clap::Args;

use super::{LineFormat, PackOptions};

/// Which kept night is meant.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct NightOptions {
    /// A stored scan: `latest` (complete, full, of a real organization, where there is one), or the beginning of its id.
    #[arg(long, value_name = "ID", conflicts_with = "at")]
    pub(crate) scan: Option<String>,
    /// The state at the end of this day, or at this moment (RFC 3339), in UTC: of each account and Region what was stored
    /// last by then.
    #[arg(long, value_name = "DATE")]
    pub(crate) at: Option<String>,
}

impl NightOptions {
    /// Whether a night was named.
    pub(crate) fn is_given(&self) -> bool {
        self.scan.is_some() || self.at.is_some()
    }
}

/// `resources`. What is not given asks nothing; all that is given must hold.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ResourcesArgs {
    /// Only these resource types; `*` matches any text.
    #[arg(long = "type", value_delimiter = ',', value_name = "TYPE,…")]
    pub(crate) types: Vec<String>,
    /// Only these accounts.
    #[arg(long, alias = "account", value_delimiter = ',', value_name = "ID,…")]
    pub(crate) accounts: Vec<String>,
    /// Only these Regions; `aws-global` names what belongs to no Region.
    #[arg(long, alias = "region", value_delimiter = ',', value_name = "REGION,…")]
    pub(crate) regions: Vec<String>,
    /// Only resources with this tag, with this value where one is given; repeat for more.
    #[arg(long = "tag", value_name = "KEY[=VALUE]")]
    pub(crate) tags: Vec<String>,
    /// Only resources whose member is this (PATH=VALUE), is not (PATH!=VALUE), or has it in its text (PATH~TEXT); repeat for
    /// more. Through a list any element will do. `plumbline types TYPE` lists the members.
    #[arg(long = "where", value_name = "CONDITION")]
    pub(crate) conditions: Vec<String>,
    /// Only resources whose ARN has this in it.
    #[arg(long, value_name = "TEXT")]
    pub(crate) arn: Option<String>,
    /// Show these members, besides those of --where.
    #[arg(long = "member", value_delimiter = ',', value_name = "PATH,…")]
    pub(crate) members: Vec<String>,
    #[command(flatten)]
    pub(crate) night: NightOptions,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: LineFormat,
    #[command(flatten)]
    pub(crate) pack: PackOptions,
}
