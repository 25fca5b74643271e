//! Where the folder of governance is, for all commands that plan or read.

use std::path::PathBuf;

use clap::Args;

/// Where baselines, exceptions, attestations and owners are.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct GovernanceOptions {
    /// Directory with baselines, exceptions, attestations and owners as YAML.
    #[arg(long, env = "PLUMBLINE_GOVERNANCE", value_name = "DIR")]
    pub(crate) governance: Option<PathBuf>,
}
