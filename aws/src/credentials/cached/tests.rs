//! The cache on virtual time, before sources that fail, hang and count.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use aws_smithy_async::time::TimeSource;
use tokio::sync::Notify;

use super::*;

/// Counts, and answers as it is told.
#[derive(Debug, Default)]
struct Source {
    calls: AtomicU32,
    fails: AtomicBool,
    hangs: AtomicBool,
    /// Lets one that hangs go on.
    goes_on: Notify,
}

const LONGEST_RENEWAL: Duration = Duration::from_secs(30);

type Shared = Arc<Source>;

#[derive(Debug)]
struct Provider(Shared);

impl ProvideCredentials for Provider {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let source = &self.0;
        let number = source.calls.fetch_add(1, Ordering::SeqCst) + 1;
        future::ProvideCredentials::new(async move {
            if source.hangs.load(Ordering::SeqCst) {
                source.goes_on.notified().await;
            }
            if source.fails.load(Ordering::SeqCst) {
                return Err(CredentialsError::not_loaded("none"));
            }
            let expiry = at(3600 * u64::from(number));
            Ok(Credentials::new(format!("AKID{number}"), "secret", None, Some(expiry), "test"))
        })
    }
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// A clock that a test sets.
#[derive(Clone, Debug, Default)]
struct Clock(Arc<AtomicU64>);

impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        at(self.0.load(Ordering::SeqCst))
    }
}

struct Tested {
    cached: Cached<Provider>,
    clock: Clock,
}

fn cached() -> (Tested, Shared) {
    let (source, clock) = (Shared::default(), Clock::default());
    let cached =
        Cached::with_clock(Provider(Arc::clone(&source)), LONGEST_RENEWAL, SharedTimeSource::new(clock.clone()));
    (Tested { cached, clock }, source)
}

/// The key that is handed out at this time.
async fn key(tested: &Tested, seconds: u64) -> Result<String, ()> {
    tested.clock.0.store(seconds, Ordering::SeqCst);
    tested.cached.credentials().await.map(|credentials| credentials.access_key_id().to_owned()).map_err(drop)
}

/// Lets whatever can run, run.
async fn settle() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn credentials_are_renewed_before_they_expire_and_nobody_waits() {
    let (cached, source) = cached();
    for seconds in [0, 1000, 3200] {
        assert_eq!(key(&cached, seconds).await.unwrap(), "AKID1");
    }
    assert_eq!(key(&cached, 3400).await.unwrap(), "AKID1", "the old ones are good, and given at once");
    settle().await;
    assert_eq!(key(&cached, 3401).await.unwrap(), "AKID2");
    assert_eq!(source.calls.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_hangs_keeps_nobody_from_a_session_that_is_good() {
    let (cached, source) = cached();
    key(&cached, 0).await.unwrap();
    source.hangs.store(true, Ordering::SeqCst);
    let begun = Instant::now();
    for seconds in 3301..3599 {
        assert_eq!(key(&cached, seconds).await.unwrap(), "AKID1");
    }
    settle().await;
    assert_eq!(begun.elapsed(), Duration::ZERO, "no call waited");
    assert_eq!(source.calls.load(Ordering::SeqCst), 2, "one renewal is under way, and no second");
    // Now nothing is good, and the renewal is waited for, but not for ever.
    key(&cached, 3600).await.unwrap_err();
    assert!(begun.elapsed() <= LONGEST_RENEWAL, "{:?}", begun.elapsed());
    key(&cached, 3600).await.unwrap_err();
    assert_eq!(source.calls.load(Ordering::SeqCst), 2, "the failure is stored");
}

#[tokio::test(start_paused = true)]
async fn credentials_that_cannot_be_renewed_are_used_until_they_expire() {
    let (cached, source) = cached();
    key(&cached, 0).await.unwrap();
    source.fails.store(true, Ordering::SeqCst);
    key(&cached, 3400).await.unwrap();
    settle().await;
    key(&cached, 3500).await.unwrap();
    assert_eq!(source.calls.load(Ordering::SeqCst), 2, "not asked again for every call");
    tokio::time::advance(Duration::from_secs(16)).await;
    key(&cached, 3599).await.unwrap();
    settle().await;
    key(&cached, 3600).await.unwrap_err();
    source.fails.store(false, Ordering::SeqCst);
    tokio::time::advance(Duration::from_secs(16)).await;
    assert_eq!(key(&cached, 3601).await.unwrap(), "AKID4");
}

#[tokio::test(start_paused = true)]
async fn all_who_wait_share_one_renewal() {
    let (cached, source) = cached();
    source.hangs.store(true, Ordering::SeqCst);
    let cached = Arc::new(cached);
    let waiters: Vec<_> = (0..5)
        .map(|_| {
            let cached = Arc::clone(&cached);
            tokio::spawn(async move { key(&cached, 0).await })
        })
        .collect();
    settle().await;
    // One of them is dropped, as a call is that took too long.
    waiters[0].abort();
    source.goes_on.notify_one();
    for waiter in waiters.into_iter().skip(1) {
        assert_eq!(waiter.await.unwrap().unwrap(), "AKID1");
    }
    assert_eq!(source.calls.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_failure_stands_for_a_moment() {
    let (cached, source) = cached();
    source.fails.store(true, Ordering::SeqCst);
    for _ in 0..3 {
        key(&cached, 0).await.unwrap_err();
    }
    assert_eq!(source.calls.load(Ordering::SeqCst), 1);
    tokio::time::advance(Duration::from_secs(16)).await;
    key(&cached, 0).await.unwrap_err();
    assert_eq!(source.calls.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn refused_credentials_are_renewed_once_for_all_who_held_them() {
    let (cached, source) = cached();
    let old = cached.cached.credentials().await.unwrap();
    assert!(refused(&old) && refused(&old));
    assert_eq!(key(&cached, 0).await.unwrap(), "AKID2");
    assert!(refused(&old), "told again, by somebody slow");
    assert_eq!(key(&cached, 0).await.unwrap(), "AKID2");
    assert_eq!(source.calls.load(Ordering::SeqCst), 2);
    assert!(!refused(&Credentials::new("AKID", "secret", None, None, "test")), "nobody gives these out");
}

#[test]
fn a_renewal_ends_with_its_runtime_and_another_begins() {
    let (cached, source) = cached();
    source.hangs.store(true, Ordering::SeqCst);
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime().block_on(async {
        let _renewal = cached.cached.inner.renew(&mut cached.cached.inner.state());
        settle().await;
    });
    source.hangs.store(false, Ordering::SeqCst);
    assert_eq!(runtime().block_on(key(&cached, 0)).unwrap(), "AKID2");
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_wrong_does_not_renew_for_every_call() {
    let (cached, source) = cached();
    for seconds in [90_000, 90_001, 95_000] {
        assert_eq!(key(&cached, seconds).await.unwrap(), "AKID1", "they expired before they came");
    }
    assert_eq!(source.calls.load(Ordering::SeqCst), 1);
}
