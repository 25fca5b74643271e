//! What `plumbline scans` asks of a coordinator that runs.

use clap::Args;

use super::ConfigOptions;

/// `scans start`.
#[derive(Debug, Args)]
pub(crate) struct StartArgs {
    /// Only these accounts.
    #[arg(long, value_delimiter = ',', value_name = "ID,…")]
    pub(crate) accounts: Vec<String>,
    /// Not these accounts.
    #[arg(long, value_delimiter = ',', value_name = "ID,…")]
    pub(crate) exclude_accounts: Vec<String>,
    /// Only accounts below these organizational units (id, or path such as Root/Workloads).
    #[arg(long, value_delimiter = ',', value_name = "OU,…")]
    pub(crate) ou: Vec<String>,
    /// No accounts below these organizational units.
    #[arg(long, value_delimiter = ',', value_name = "OU,…")]
    pub(crate) exclude_ou: Vec<String>,
    /// Only these Regions.
    #[arg(long, value_delimiter = ',', value_name = "REGION,…")]
    pub(crate) regions: Vec<String>,
    /// Not these Regions.
    #[arg(long, value_delimiter = ',', value_name = "REGION,…")]
    pub(crate) exclude_regions: Vec<String>,
    /// Leave out what belongs to an account as a whole.
    #[arg(long)]
    pub(crate) no_global: bool,
    /// Only these controls; `*` matches any text.
    #[arg(long, value_delimiter = ',', value_name = "ID,…")]
    pub(crate) controls: Vec<String>,
    /// None of these controls; `*` matches any text.
    #[arg(long, value_delimiter = ',', value_name = "ID,…")]
    pub(crate) exclude_controls: Vec<String>,
    /// Documents of resources stay in their accounts.
    #[arg(long)]
    pub(crate) no_documents: bool,
    /// Ask AWS anew for what was learned earlier on the same day.
    #[arg(long)]
    pub(crate) refresh: bool,
    /// Go on although more than a tenth of the accounts of the last scan are not in the organization any more.
    #[arg(long)]
    pub(crate) accept_fewer_accounts: bool,
    /// Stay and watch until it ends.
    #[arg(long)]
    pub(crate) watch: bool,
    #[command(flatten)]
    pub(crate) config: ConfigOptions,
}

/// A scan that runs.
#[derive(Debug, Args)]
pub(crate) struct RunningScan {
    /// The scan: the beginning of its id; the newest that runs without one.
    #[arg(default_value = "", hide_default_value = true)]
    pub(crate) scan: String,
    #[command(flatten)]
    pub(crate) config: ConfigOptions,
}
