//! AWS's partitions and Regions. The list is explicit: a Region that is not in it is placed by its name's form, and
//! one that no form fits has no partition. Source: botocore's `partitions.json`, against which a test holds it.

/// A separate world of AWS: accounts, ARNs and endpoints do not cross it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    /// The name that ARNs carry (`aws`, `aws-cn`).
    pub name: &'static str,
    /// The end of its endpoints' host names.
    pub dns_suffix: &'static str,
    /// Where services that are global to the partition are called.
    pub home_region: &'static str,
    /// Its Regions, enabled or not.
    pub regions: &'static [&'static str],
}

static PARTITIONS: [Partition; 8] = [
    Partition {
        name: "aws",
        dns_suffix: "amazonaws.com",
        home_region: "us-east-1",
        regions: &[
            "af-south-1",
            "ap-east-1",
            "ap-east-2",
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-south-2",
            "ap-southeast-1",
            "ap-southeast-2",
            "ap-southeast-3",
            "ap-southeast-4",
            "ap-southeast-5",
            "ap-southeast-6",
            "ap-southeast-7",
            "ca-central-1",
            "ca-west-1",
            "eu-central-1",
            "eu-central-2",
            "eu-north-1",
            "eu-south-1",
            "eu-south-2",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "il-central-1",
            "me-central-1",
            "me-south-1",
            "me-west-1",
            "mx-central-1",
            "sa-east-1",
            "sa-west-1",
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
        ],
    },
    Partition {
        name: "aws-cn",
        dns_suffix: "amazonaws.com.cn",
        home_region: "cn-north-1",
        regions: &["cn-north-1", "cn-northwest-1"],
    },
    Partition {
        name: "aws-us-gov",
        dns_suffix: "amazonaws.com",
        home_region: "us-gov-west-1",
        regions: &["us-gov-east-1", "us-gov-west-1"],
    },
    Partition {
        name: "aws-eusc",
        dns_suffix: "amazonaws.eu",
        home_region: "eusc-de-east-1",
        regions: &["eusc-de-east-1"],
    },
    Partition {
        name: "aws-iso",
        dns_suffix: "c2s.ic.gov",
        home_region: "us-iso-east-1",
        regions: &["us-iso-east-1", "us-iso-west-1"],
    },
    Partition {
        name: "aws-iso-b",
        dns_suffix: "sc2s.sgov.gov",
        home_region: "us-isob-east-1",
        regions: &["us-isob-east-1", "us-isob-west-1"],
    },
    Partition {
        name: "aws-iso-e",
        dns_suffix: "cloud.adc-e.uk",
        home_region: "eu-isoe-west-1",
        regions: &["eu-isoe-west-1"],
    },
    Partition {
        name: "aws-iso-f",
        dns_suffix: "csp.hci.ic.gov",
        home_region: "us-isof-south-1",
        regions: &["us-isof-east-1", "us-isof-south-1"],
    },
];

/// All partitions.
pub fn all() -> &'static [Partition] {
    &PARTITIONS
}

/// The partition with this name.
pub fn by_name(name: &str) -> Option<&'static Partition> {
    PARTITIONS.iter().find(|partition| partition.name == name)
}

/// The partition of a Region. One that AWS opened after this list was written is placed by its name's form.
pub fn partition_of(region: &str) -> Option<&'static Partition> {
    let listed = PARTITIONS.iter().find(|partition| partition.regions.contains(&region));
    listed.or_else(|| by_name(partition_by_form(region)?))
}

/// The name that a Region has today: S3 still answers `EU` for buckets that are older than its name.
pub fn present_name(region: &str) -> &str {
    if region == "EU" { "eu-west-1" } else { region }
}

/// Where services that are global to the partition are called; `None` for an unknown partition.
pub fn home_region(partition: &str) -> Option<&'static str> {
    by_name(partition).map(|partition| partition.home_region)
}

/// The Regions of a partition; empty for an unknown one.
pub fn regions(partition: &str) -> &'static [&'static str] {
    by_name(partition).map_or(&[], |partition| partition.regions)
}

/// Whether the list has this Region.
pub fn is_known_region(region: &str) -> bool {
    PARTITIONS.iter().any(|partition| partition.regions.contains(&region))
}

fn partition_by_form(region: &str) -> Option<&'static str> {
    let labels: Vec<&str> = region.split('-').collect();
    let word = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match labels.as_slice() {
        ["us", "iso", place, count] if word(place) && number(count) => Some("aws-iso"),
        ["us", "isob", place, count] if word(place) && number(count) => Some("aws-iso-b"),
        ["eu", "isoe", place, count] if word(place) && number(count) => Some("aws-iso-e"),
        ["us", "isof", place, count] if word(place) && number(count) => Some("aws-iso-f"),
        ["us" | "eu" | "ap" | "sa" | "ca" | "me" | "af" | "il" | "mx", place, count]
            if word(place) && number(count) =>
        {
            Some("aws")
        }
        ["cn", place, count] if word(place) && number(count) => Some("aws-cn"),
        ["us", "gov", place, count] if word(place) && number(count) => Some("aws-us-gov"),
        ["eusc", "de", place, count] if word(place) && number(count) => Some("aws-eusc"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_placed_by_list_and_then_by_form() {
        let name = |region| partition_of(region).map(|partition| partition.name);
        assert_eq!(name("eu-west-1"), Some("aws"));
        assert_eq!(name("ap-southeast-9"), Some("aws"));
        assert_eq!(name("cn-north-1"), Some("aws-cn"));
        assert_eq!(name("us-gov-central-1"), Some("aws-us-gov"));
        assert_eq!(name("eusc-de-east-1"), Some("aws-eusc"));
        assert_eq!(name("us-iso-south-1"), Some("aws-iso"));
        assert_eq!(name("us-isob-west-1"), Some("aws-iso-b"));
        assert_eq!(name("eu-isoe-west-1"), Some("aws-iso-e"));
        assert_eq!(name("us-isof-east-1"), Some("aws-iso-f"));
        assert_eq!(name("aws-global"), None);
        assert!(!is_known_region("ap-southeast-9"));
    }

    #[test]
    fn every_home_region_is_in_its_partition() {
        for partition in all() {
            assert!(partition.regions.contains(&partition.home_region));
        }
    }
}
