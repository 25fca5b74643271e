//! How fast AWS lets an account call: request quotas by service and operation, and the token buckets that hold them.
//!
//! The figures are AWS's where it publishes any; each row says. They are written down from AWS's pages and not from
//! the scanner's own budgets, so that both can be wrong only apart. Must not know who calls or why.

use std::collections::HashMap;
use std::sync::Mutex;

use plumbline_baseline::Doc;
use tokio::time::Instant;

use crate::counters::Place;

/// A request quota: a bucket of `burst` tokens that fills by `per_second`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quota {
    /// Service by botocore's name.
    pub service: &'static str,
    /// Operations that it covers; all that no other row of the service names when empty.
    pub operations: &'static [&'static str],
    /// Tokens that come back each second.
    pub per_second: f64,
    /// Tokens of a full bucket.
    pub burst: f64,
    /// Whether its operations have a bucket each, or one together.
    pub bucket: Bucket,
}

/// Which calls take from the same bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bucket {
    /// Each operation has its own.
    Each,
    /// All operations of the row share one.
    Shared,
}

const fn each(service: &'static str, operations: &'static [&'static str], per_second: f64, burst: f64) -> Quota {
    Quota { service, operations, per_second, burst, bucket: Bucket::Each }
}

const fn shared(service: &'static str, operations: &'static [&'static str], per_second: f64, burst: f64) -> Quota {
    Quota { service, operations, per_second, burst, bucket: Bucket::Shared }
}

/// The quotas. Every one is for an account in a Region; "not published" marks a low guess.
const QUOTAS: &[Quota] = &[
    // https://docs.aws.amazon.com/accounts/latest/reference/quotas.html
    each("account", &["ListRegions", "GetRegionOptStatus"], 5.0, 5.0),
    each("account", &["GetAlternateContact", "GetContactInformation"], 10.0, 15.0),
    // https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
    each("organizations", &["ListRoots"], 1.0, 2.0),
    each("organizations", &["ListAccounts"], 8.0, 12.0),
    each("organizations", &["ListTagsForResource"], 10.0, 15.0),
    each("organizations", &["DescribeAccount"], 20.0, 30.0),
    each("organizations", &[], 5.0, 8.0),
    // https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html: non-mutating actions. Row `ec2` must
    // stay before `UNPAGED`, which replaces it for calls without pages, filters and ids.
    each("ec2", &[], 20.0, 100.0),
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: 600 a second for STS; IAM's is not
    // published.
    shared("sts", &[], 600.0, 600.0),
    each("iam", &[], 20.0, 40.0),
    // https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html
    each("kms", &["DescribeKey", "ListResourceTags"], 2000.0, 2000.0),
    each("kms", &["GetKeyPolicy", "GetKeyRotationStatus"], 1000.0, 1000.0),
    each("kms", &["ListKeys"], 500.0, 500.0),
    each("kms", &[], 100.0, 100.0),
    // https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    each("lambda", &["GetPolicy"], 15.0, 15.0),
    each("lambda", &["GetFunction"], 100.0, 100.0),
    shared("lambda", &[], 15.0, 15.0),
    // https://docs.aws.amazon.com/general/latest/gr/ct.html
    each("cloudtrail", &["LookupEvents"], 2.0, 2.0),
    each("cloudtrail", &[], 10.0, 10.0),
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
    each("cloudwatch", &["DescribeAlarms"], 9.0, 9.0),
    each("cloudwatch", &[], 20.0, 20.0),
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
    each("logs", &["DescribeLogGroups"], 10.0, 10.0),
    each("logs", &[], 5.0, 5.0),
    // https://docs.aws.amazon.com/general/latest/gr/sns.html
    each("sns", &["ListTopics", "ListSubscriptions", "GetTopicAttributes"], 30.0, 30.0),
    each("sns", &[], 10.0, 10.0),
    // https://docs.aws.amazon.com/general/latest/gr/sechub.html
    each("securityhub", &[], 10.0, 30.0),
    // https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
    each("secretsmanager", &["ListSecrets"], 100.0, 100.0),
    // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
    each("dynamodb", &["DescribeTable"], 2500.0, 2500.0),
    each("dynamodb", &[], 10.0, 10.0),
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/load-balancer-api-throttling.html
    shared("elbv2", &[], 10.0, 40.0),
    // Not published for requests about a bucket's settings.
    each("s3", &[], 100.0, 200.0),
];

/// EC2's smaller bucket, for listings that are asked for whole: without pages, filters and ids.
const UNPAGED: Quota = each("ec2", &[], 10.0, 50.0);

/// What a service has that no row names. Not published.
const OTHER: Quota = each("", &[], 20.0, 40.0);

/// The quota of a call, and what tells its bucket from the service's others.
pub fn quota_of(service: &str, operation: &str, input: &Doc) -> (&'static Quota, u16) {
    let named = QUOTAS.iter().position(|quota| quota.service == service && quota.operations.contains(&operation));
    let row = named.or_else(|| QUOTAS.iter().position(|quota| quota.service == service && quota.operations.is_empty()));
    let quota = match row {
        Some(_) if service == "ec2" && is_unpaged(input) => &UNPAGED,
        Some(row) => &QUOTAS[row],
        None => &OTHER,
    };
    let row = row.map_or(u16::MAX, |row| row as u16);
    // Operations are told apart by a hash of their names: a collision would only make two of them share.
    let operation = operation.bytes().fold(0u16, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
    match quota.bucket {
        Bucket::Shared => (quota, row),
        Bucket::Each => (quota, row.wrapping_mul(4099) ^ operation | 0x8000),
    }
}

fn is_unpaged(input: &Doc) -> bool {
    let narrows =
        |name: &str| name == "MaxResults" || name == "NextToken" || name.contains("Filter") || name.ends_with("Ids");
    !input.as_map().is_some_and(|members| members.iter().any(|(name, _)| narrows(name.as_str())))
}

/// The buckets that are not full. Full ones need no memory, so that any number of accounts may be called.
#[derive(Debug, Default)]
pub(crate) struct Buckets {
    levels: Mutex<Levels>,
}

#[derive(Debug, Default)]
struct Levels {
    by_place: HashMap<(Place, u16), Level>,
    /// Past so many, those that have filled up again are forgotten.
    sweep_at: usize,
}

#[derive(Debug)]
struct Level {
    tokens: f64,
    at: Instant,
    quota: &'static Quota,
}

impl Level {
    fn fill(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.at).as_secs_f64();
        self.tokens = (self.tokens + elapsed * self.quota.per_second).min(self.quota.burst);
        self.at = now;
    }
}

impl Buckets {
    /// Takes a token for a call, or says that there is none.
    pub(crate) fn take(&self, place: Place, (quota, bucket): (&'static Quota, u16), now: Instant) -> bool {
        let mut levels = self.levels.lock().expect("no code panics while it holds the buckets");
        if levels.by_place.len() > levels.sweep_at {
            levels.by_place.retain(|_, level| {
                level.fill(now);
                level.tokens < level.quota.burst
            });
            levels.sweep_at = (levels.by_place.len() * 2).max(1024);
        }
        let full = || Level { tokens: quota.burst, at: now, quota };
        let level = levels.by_place.entry((place, bucket)).or_insert_with(full);
        level.fill(now);
        let has_one = level.tokens >= 1.0;
        level.tokens -= f64::from(u8::from(has_one));
        has_one
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn check(service: &str, operation: &str, input: &str, per_second: f64, burst: f64) {
        let (quota, _) = quota_of(service, operation, &Doc::from_json(input).unwrap());
        assert_eq!((quota.per_second, quota.burst), (per_second, burst), "{service}:{operation} {input}");
    }

    #[test]
    fn a_call_has_the_quota_of_its_operation_or_of_its_service() {
        check("account", "ListRegions", "{}", 5.0, 5.0);
        check("lambda", "GetPolicy", "{}", 15.0, 15.0);
        check("ec2", "DescribeVolumes", "{}", 10.0, 50.0);
        check("ec2", "DescribeVolumes", r#"{"MaxResults": 500}"#, 20.0, 100.0);
        check("budgets", "DescribeBudgets", "{}", 20.0, 40.0);
    }

    #[test]
    fn operations_share_a_bucket_only_where_the_service_says_so() {
        let bucket = |service: &str, operation: &str| quota_of(service, operation, &Doc::Null).1;
        assert_eq!(bucket("lambda", "ListFunctions"), bucket("lambda", "ListTags"));
        assert_ne!(bucket("lambda", "ListFunctions"), bucket("lambda", "GetPolicy"));
        assert_ne!(bucket("ec2", "DescribeVpcs"), bucket("ec2", "DescribeVolumes"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_bucket_gives_its_burst_and_then_its_rate() {
        let buckets = Buckets::default();
        let quota = quota_of("account", "ListRegions", &Doc::Null);
        let take = |account| buckets.take(Place::of(account, 0, 0), quota, Instant::now());
        assert_eq!((0..9).filter(|_| take(1)).count(), 5);
        assert!(take(2), "another account has its own bucket");
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!((0..9).filter(|_| take(1)).count(), 5);
    }
}
