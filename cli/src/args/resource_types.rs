//! What can be said to `plumbline types`.

use clap::Args;

use super::{PackOptions, RowFormat};

/// `types`.
#[derive(Clone, Debug, Args)]
#[command(group(clap::ArgGroup::new("what").args(["resource_type", "services", "operations"])))]
pub(crate) struct TypesArgs {
    /// A resource type: its members, what they are, and the calls and IAM actions that they take.
    #[arg(value_name = "TYPE")]
    pub(crate) resource_type: Option<String>,
    /// The services whose operations a collector can call.
    #[arg(long)]
    pub(crate) services: bool,
    /// The operations of a service that a collector can call, what they need and which IAM actions they take.
    #[arg(long, value_name = "SERVICE")]
    pub(crate) operations: Option<String>,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: RowFormat,
    #[command(flatten)]
    pub(crate) pack: PackOptions,
}
