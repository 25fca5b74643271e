//! What can be said to `plumbline snapshot`.

use clap::Args;

use super::{NightOptions, PackOptions};

/// `snapshot`.
#[derive(Clone, Debug, Args)]
pub(crate) struct SnapshotArgs {
    /// The account, one [default: the one of the credentials]; of the store any number [default: all].
    #[arg(long, alias = "account", value_delimiter = ',', value_name = "ID,…")]
    pub(crate) accounts: Vec<String>,
    /// The Region, one, or aws-global [default: the Region of the environment]; of the store any number [default: all].
    #[arg(long, alias = "region", value_delimiter = ',', value_name = "REGION,…")]
    pub(crate) regions: Vec<String>,
    /// Only these resource types; of the store, `*` matches any text.
    #[arg(long = "type", value_delimiter = ',', value_name = "TYPE,…")]
    pub(crate) types: Vec<String>,
    #[command(flatten)]
    pub(crate) night: NightOptions,
    /// Role to assume in another account [default: PlumblineAudit].
    #[arg(long, env = "PLUMBLINE_ROLE", value_name = "NAME")]
    pub(crate) role: Option<String>,
    /// External id that the role's trust policy asks for.
    #[arg(long, env = "PLUMBLINE_EXTERNAL_ID", hide_env_values = true, value_name = "ID")]
    pub(crate) external_id: Option<String>,
    #[command(flatten)]
    pub(crate) pack: PackOptions,
    /// Call this endpoint instead of AWS (an emulator).
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
}
