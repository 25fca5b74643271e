//! The Regions that every account has and cannot switch off. All others have to be opted in to, account by account.
//!
//! Source: <https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html> ("opt-in status: not
//! required"). A Region that AWS opens later is an opt-in Region, as all since March 2019 are.

use plumbline_aws::partition;
use plumbline_baseline::Region;

/// Those of the partition `aws`. The other partitions have no Regions to opt in to.
const COMMERCIAL: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// Whether every account of the partition has the Region, so that nobody has to be asked.
pub fn is_always_enabled(partition: &str, region: &str) -> bool {
    of(partition).contains(&region)
}

/// The Regions that every account of the partition has; none for a partition that is not known.
pub(super) fn always_enabled(partition: &str) -> Vec<Region> {
    of(partition).iter().filter_map(|name| name.parse().ok()).collect()
}

fn of(partition: &str) -> &'static [&'static str] {
    if partition == "aws" { &COMMERCIAL } else { partition::regions(partition) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opt_in_regions_and_unlaunched_ones_are_not_assumed() {
        assert!(COMMERCIAL.iter().all(|name| partition::regions("aws").contains(name)));
        assert_eq!(always_enabled("aws").len(), COMMERCIAL.len());
        for optional in ["af-south-1", "ap-east-1", "me-south-1", "me-west-1", "sa-west-1", "eu-central-2"] {
            assert!(!is_always_enabled("aws", optional), "{optional}");
        }
        assert!(is_always_enabled("aws-us-gov", "us-gov-east-1") && is_always_enabled("aws-cn", "cn-north-1"));
        assert!(always_enabled("nowhere").is_empty());
    }
}
