//! Where a job works: the account, the Region that its calls go to, the partition. Collectors name them as `$account`,
//! `$region`, `$partition` and `$home_region`. Must not know which calls are made there.

use plumbline_aws::partition;

/// The place of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The account id.
    pub(crate) account: String,
    /// The Region of the calls: the partition's home Region for `aws-global`.
    pub(crate) region: String,
    /// The partition (`aws`).
    pub(crate) partition: String,
    /// The Region of the partition's global services.
    home_region: String,
}

impl Place {
    /// A place. In a partition that is not known, the Region is its own home.
    pub(crate) fn new(account: &str, region: &str, partition: &str) -> Self {
        Self {
            account: account.to_owned(),
            region: region.to_owned(),
            partition: partition.to_owned(),
            home_region: partition::home_region(partition).unwrap_or(region).to_owned(),
        }
    }

    /// The value of a built-in name.
    pub(crate) fn builtin(&self, name: &str) -> Option<&str> {
        match name {
            "account" => Some(&self.account),
            "region" => Some(&self.region),
            "partition" => Some(&self.partition),
            "home_region" => Some(&self.home_region),
            _ => None,
        }
    }

    /// Whether this is a built-in name.
    pub(crate) fn is_builtin(name: &str) -> bool {
        matches!(name, "account" | "region" | "partition" | "home_region")
    }
}
