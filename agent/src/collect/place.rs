//! Where a job works: the account, the Region that its calls go to, the partition. Collectors name them as `$account`,
//! `$region` and `$partition`.

/// The place of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The account id.
    pub(crate) account: String,
    /// The Region of the calls: the partition's home Region for `aws-global`.
    pub(crate) region: String,
    /// The partition (`aws`).
    pub(crate) partition: String,
}

impl Place {
    /// A place.
    pub(crate) fn new(account: &str, region: &str, partition: &str) -> Self {
        Self { account: account.to_owned(), region: region.to_owned(), partition: partition.to_owned() }
    }

    /// The value of a built-in name.
    pub(crate) fn builtin(&self, name: &str) -> Option<&str> {
        match name {
            "account" => Some(&self.account),
            "region" => Some(&self.region),
            "partition" => Some(&self.partition),
            _ => None,
        }
    }

    /// Whether this is a built-in name.
    pub(crate) fn is_builtin(name: &str) -> bool {
        matches!(name, "account" | "region" | "partition")
    }
}
