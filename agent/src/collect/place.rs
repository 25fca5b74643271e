//! Where a job works: the account, the Region that its calls go to, the partition, and the Regions that it may ask about
//! what belongs to none. Collectors name the first three as `$account`, `$region` and `$partition`. Must not know which
//! calls are made there.

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
    /// The Regions to ask about what belongs to no Region, or to all: the partition's home Region first, then the
    /// account's own.
    pub(crate) anywhere: Vec<String>,
}

impl Place {
    /// Where a job's calls go: what is global is asked in the partition's home Region. `None` for an unknown partition.
    pub(crate) fn of(account: &str, region: &str, partition_name: &str, enabled: &[String]) -> Option<Self> {
        let region = if region == GLOBAL { partition::home_region(partition_name)? } else { region };
        Some(Self::new(account, region, partition_name, enabled))
    }

    /// A place. In a partition that is not known, the Region is its own home; of an account whose Regions are not known,
    /// all of the partition's may be asked.
    pub(crate) fn new(account: &str, region: &str, partition: &str, enabled: &[String]) -> Self {
        let home = partition::home_region(partition).unwrap_or(region);
        let known: Vec<&str> = match enabled {
            [] => partition::regions(partition).to_vec(),
            enabled => enabled.iter().map(String::as_str).collect(),
        };
        let mut anywhere: Vec<String> = Vec::with_capacity(known.len() + 2);
        for region in [home, region].into_iter().chain(known) {
            if !anywhere.iter().any(|known| known == region) {
                anywhere.push(region.to_owned());
            }
        }
        Self { account: account.to_owned(), region: region.to_owned(), partition: partition.to_owned(), anywhere }
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(region: &str, enabled: &[&str], expected: &[&str]) {
        let enabled: Vec<String> = enabled.iter().map(|&name| name.to_owned()).collect();
        assert_eq!(Place::new("111122223333", region, "aws", &enabled).anywhere, expected);
    }

    #[test]
    fn the_home_region_is_asked_first_and_each_region_once() {
        check("us-east-1", &["ap-south-1", "us-east-1"], &["us-east-1", "ap-south-1"]);
        check("eu-west-1", &["eu-central-1", "eu-west-1"], &["us-east-1", "eu-west-1", "eu-central-1"]);
        let unknown = Place::new("111122223333", "cn-north-1", "aws-cn", &[]);
        assert_eq!(unknown.anywhere, ["cn-north-1", "cn-northwest-1"]);
    }
}
