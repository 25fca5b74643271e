//! Where a job works: the account, the Region that its calls go to, the partition. Collectors name them as `$account`,
//! `$region`, `$partition` and `$home_region`. Must not know which calls are made there.

use plumbline_aws::partition;

/// The pseudo-Region of what belongs to no Region.
pub(crate) const GLOBAL: &str = "aws-global";

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
    /// Where a job's calls go: what is global is asked in the partition's home Region. `None` for an unknown partition.
    pub(crate) fn of(account: &str, region: &str, partition_name: &str) -> Option<Self> {
        let region = if region == GLOBAL { partition::home_region(partition_name)? } else { region };
        Some(Self::new(account, region, partition_name))
    }

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
