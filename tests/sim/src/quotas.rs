//! How fast AWS lets an account call: request quotas by service and operation, and the token buckets that hold them.
//! Must not know who calls or why.

mod table;

use std::collections::HashMap;
use std::sync::Mutex;

use plumbline_baseline::Doc;
use tokio::time::Instant;

use crate::counters::Place;
pub use table::{Bucket, Quota, Source};
use table::{OTHER, QUOTAS, UNPAGED};

/// The quota of a call, and what tells its bucket from the service's others.
pub fn quota_of(service: &str, operation: &str, input: &Doc) -> (&'static Quota, u16) {
    let rows = || QUOTAS.iter().enumerate().filter(|(_, quota)| quota.service == service);
    let row = rows().find(|(_, quota)| quota.operations.contains(&operation));
    let row = row.or_else(|| rows().find(|(_, quota)| quota.operations.is_empty()));
    let (row, quota) = match row {
        _ if service == UNPAGED.service && UNPAGED.operations.contains(&operation) && is_unpaged(input) => {
            (QUOTAS.len(), &UNPAGED)
        }
        Some(row) => row,
        None => (QUOTAS.len() + 1, &OTHER),
    };
    // Operations are told apart by a hash of their names: a collision would only make two of them share.
    let hash = operation.bytes().fold(0u16, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
    let row = row as u16;
    match quota.bucket {
        Bucket::Shared => (quota, row),
        Bucket::Each => (quota, row.wrapping_mul(4099) ^ hash | 0x8000),
    }
}

fn is_unpaged(input: &Doc) -> bool {
    let narrows = |name: &str| name == "MaxResults" || name == "NextToken" || name.contains("Filter");
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

    use plumbline_baseline::api::Catalog;

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
        check("ec2", "DescribeVolumes", r#"{"VolumeIds": ["vol-1"]}"#, 10.0, 50.0);
        check("ec2", "DescribeVolumes", r#"{"MaxResults": 500}"#, 20.0, 100.0);
        check("ec2", "DescribeVpcs", "{}", 20.0, 100.0);
        check("dynamodb", "ListTagsOfResource", "{}", 10.0, 10.0);
        check("dynamodb", "ListTables", "{}", 2500.0, 2500.0);
        check("budgets", "DescribeBudgets", "{}", 20.0, 40.0);
    }

    #[test]
    fn every_row_has_its_source() {
        for quota in QUOTAS.iter().chain([&UNPAGED, &OTHER]) {
            assert!(quota.per_second > 0.0 && quota.burst >= 1.0, "{quota:?}");
            match quota.source {
                Source::Published { title, url } => {
                    assert!(url.starts_with("https://docs.aws.amazon.com/") && !title.is_empty(), "{quota:?}");
                }
                Source::Choice(why) => assert!(why.contains(' '), "{quota:?}"),
            }
        }
    }

    #[test]
    fn every_operation_that_is_answered_has_a_row() {
        for service in Catalog::embedded().services() {
            for operation in service.operations.keys() {
                let (quota, _) = quota_of(&service.name, operation, &Doc::Null);
                assert_eq!(quota.service, service.name, "look up what AWS allows {}:{operation}", service.name);
            }
        }
    }

    #[test]
    fn operations_share_a_bucket_only_where_the_service_says_so() {
        let bucket = |service: &str, operation: &str| quota_of(service, operation, &Doc::Null).1;
        assert_eq!(bucket("lambda", "ListFunctions"), bucket("lambda", "ListTags"));
        assert_ne!(bucket("lambda", "ListFunctions"), bucket("lambda", "GetPolicy"));
        assert_ne!(bucket("ec2", "DescribeVpcs"), bucket("ec2", "DescribeVolumes"));
        let paged = Doc::from_json(r#"{"MaxResults": 500}"#).unwrap();
        let paged = quota_of("ec2", "DescribeVolumes", &paged).1;
        assert_ne!(bucket("ec2", "DescribeVolumes"), paged, "what is asked for whole has a smaller bucket of its own");
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
