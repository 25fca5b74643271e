//! What can be asked of `policy`.

use clap::Args;

use super::{GovernanceOptions, PackOptions};

/// `policy`.
#[derive(Clone, Debug, Args)]
pub(crate) struct PolicyArgs {
    /// Only what these controls need; `*` matches any text.
    #[arg(long, env = "PLUMBLINE_CONTROLS", value_delimiter = ',', value_name = "ID,…")]
    pub(crate) controls: Vec<String>,
    /// Nothing that only these controls need; `*` matches any text.
    #[arg(long, env = "PLUMBLINE_EXCLUDE_CONTROLS", value_delimiter = ',', value_name = "ID,…")]
    pub(crate) exclude_controls: Vec<String>,
    #[command(flatten)]
    pub(crate) governance: GovernanceOptions,
    #[command(flatten)]
    pub(crate) pack: PackOptions,
}
