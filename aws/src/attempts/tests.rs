//! The retry loop on a paused clock: how often, how long, and that whoever pauses holds nothing.

mod silence;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_credential_types::Credentials;

use super::*;
use crate::budgets::{Budget, Budgets};
use crate::scope::AlwaysOpen;

const PLENTY: Budget = Budget { requests_per_second: 1e6, burst: 1e6, concurrency: 100 };

fn patience() -> Patience {
    Patience {
        attempts: 5,
        attempt_timeout: Duration::from_secs(60),
        call_timeout: Duration::from_secs(120),
        longest_pause: Duration::from_secs(20),
        jitter: Jitter::fixed(1.0),
    }
}

fn failure(class: ErrorClass, retry: Retry) -> Failure {
    Failure { error: CallError::local(class, "kms:ListKeys".to_owned(), "m"), heard: Heard::Answer, retry }
}

/// One process, and one job in it.
struct Process {
    credentials: SharedCredentialsProvider,
    admission: Admission,
    share: Arc<Share>,
}

impl Process {
    fn new(slots: usize, share: usize, budget: Budget) -> Self {
        let keys = Credentials::new("testing", "testing", None, None, "test");
        let admission = Admission::new(slots, Budgets::Uniform(budget));
        let share = Arc::new(admission.share(share));
        Self { credentials: SharedCredentialsProvider::new(keys), admission, share }
    }

    async fn call<T, F: Future<Output = Result<T, Failure>>>(
        &self,
        service: &str,
        patience: &Patience,
        send: impl Fn() -> F,
    ) -> (Result<T, CallError>, Tally) {
        self.call_in("1", "eu-west-1", service, patience, send).await
    }

    async fn call_in<T, F: Future<Output = Result<T, Failure>>>(
        &self,
        account: &str,
        region: &str,
        service: &str,
        patience: &Patience,
        send: impl Fn() -> F,
    ) -> (Result<T, CallError>, Tally) {
        let lane = Arc::new(self.admission.lane(account, region, service, "ListKeys"));
        let (credentials, admission, share) = (&self.credentials, &self.admission, &self.share);
        let place = format!("{service} in {region}");
        let way = Way { credentials, admission, lane: &lane, share, gate: &AlwaysOpen, place: &place };
        let mut tally = Tally::default();
        let result = attempt(&way, patience, "kms:ListKeys", &mut tally, send).await;
        (result, tally)
    }
}

/// Fails in these ways, one after the other, and then succeeds.
async fn run(patience: Patience, failures: Vec<Failure>) -> (Result<u32, ErrorClass>, Tally, Duration) {
    let started = Instant::now();
    let failures = Mutex::new(failures.into_iter());
    let send = || async { failures.lock().unwrap().next().map_or(Ok(7), Err) };
    let (result, tally) = Process::new(8, 8, PLENTY).call("kms", &patience, send).await;
    (result.map_err(|error| error.class), tally, started.elapsed())
}

#[tokio::test(start_paused = true)]
async fn pauses_double_up_to_the_longest_and_attempts_end() {
    let broken = failure(ErrorClass::Transient, Retry::Broken(None));
    let short = Patience { longest_pause: Duration::from_secs(3), ..patience() };
    let (result, tally, elapsed) = run(short, vec![broken; 9]).await;
    assert_eq!((result, tally.answered, elapsed.as_secs()), (Err(ErrorClass::Transient), 5, 1 + 2 + 3 + 3));
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_aws_asks_for_is_made_and_bounded() {
    for (wanted, expected) in [(7, 7), (3600, 20)] {
        let throttled = failure(ErrorClass::Throttled, Retry::Throttled(Some(Duration::from_secs(wanted))));
        let (result, tally, elapsed) = run(patience(), vec![throttled]).await;
        assert_eq!((result, elapsed.as_secs()), (Ok(7), expected));
        assert_eq!(tally, Tally { answered: 2, throttled: 1 });
    }
}

#[tokio::test(start_paused = true)]
async fn what_will_not_change_is_not_tried_again() {
    let denied = failure(ErrorClass::NotAuthenticated, Retry::No);
    let (result, tally, elapsed) = run(patience(), vec![denied]).await;
    assert_eq!((result, tally.answered, elapsed), (Err(ErrorClass::NotAuthenticated), 1, Duration::ZERO));
    let skewed = failure(ErrorClass::NotAuthenticated, Retry::AtOnce);
    let (result, tally, elapsed) = run(patience(), vec![skewed]).await;
    assert_eq!((result, tally.answered, elapsed), (Ok(7), 2, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_call_has_an_end_whatever_happens() {
    let process = Process::new(8, 8, PLENTY);
    let started = Instant::now();
    let (result, tally) = process.call::<(), _>("kms", &patience(), std::future::pending).await;
    let error = result.unwrap_err();
    let expected = "kms in eu-west-1 has not answered for 91 s (2 requests: no answer within 30 s); it is asked again now and then";
    assert_eq!((error.class, error.message.as_str()), (ErrorClass::Transient, expected));
    assert_eq!((tally.answered, started.elapsed().as_secs()), (0, 91));
}

#[tokio::test(start_paused = true)]
async fn slow_answers_end_a_call_and_condemn_nobody() {
    let process = Process::new(8, 8, PLENTY);
    let started = Instant::now();
    let slow = || async {
        tokio::time::sleep(Duration::from_secs(25)).await;
        Err::<(), _>(failure(ErrorClass::Transient, Retry::Broken(None)))
    };
    let (result, tally) = process.call("kms", &patience(), slow).await;
    assert_eq!(result.unwrap_err().message, "m");
    assert_eq!((tally.answered, started.elapsed().as_secs()), (4, 25 + 1 + 25 + 2 + 25 + 4 + 25));
    assert!(process.call("kms", &patience(), || async { Ok(()) }).await.0.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_pauses_holds_neither_slot_nor_share() {
    let process = Process::new(1, 1, PLENTY);
    let first = AtomicU32::new(0);
    let throttled = || failure(ErrorClass::Throttled, Retry::Throttled(Some(Duration::from_secs(20))));
    let send = || async { if first.fetch_add(1, Ordering::Relaxed) == 0 { Err(throttled()) } else { Ok(()) } };
    let started = Instant::now();
    let patience = patience();
    let slow = process.call("s3", &patience, send);
    let fast = async {
        tokio::task::yield_now().await;
        let (result, _) = process.call("kms", &patience, || async { Ok(()) }).await;
        (result, started.elapsed())
    };
    let ((slow, _), (fast, elapsed)) = tokio::join!(slow, fast);
    assert!(slow.is_ok() && fast.is_ok());
    assert_eq!((elapsed, started.elapsed()), (Duration::ZERO, Duration::from_secs(20)));
}

#[tokio::test(start_paused = true)]
async fn every_attempt_pays() {
    let slow = Budget { requests_per_second: 0.5, burst: 1.0, concurrency: 8 };
    let process = Process::new(8, 8, slow);
    let started = Instant::now();
    let send = || async { Err::<(), _>(failure(ErrorClass::Transient, Retry::Broken(Some(Duration::ZERO)))) };
    let (_, tally) = process.call("kms", &patience(), send).await;
    assert_eq!((tally.answered, started.elapsed().as_secs()), (5, 8));
}

/// Gives out another key each time it is asked for a new one.
#[derive(Debug, Default)]
struct Renewing(AtomicU32);

impl ProvideCredentials for Renewing {
    fn provide_credentials<'a>(&'a self) -> aws_credential_types::provider::future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        let keys = Credentials::new(format!("AKID{number}"), "secret", None, None, "test");
        aws_credential_types::provider::future::ProvideCredentials::ready(Ok(keys))
    }
}

/// The keys of the attempts of a call that AWS refuses as expired so often.
async fn expired(refusals: usize) -> (Result<(), ErrorClass>, Vec<String>) {
    let credentials = crate::credentials::cached(Renewing::default(), Duration::from_secs(30));
    let process = Process { credentials: credentials.clone(), ..Process::new(8, 8, PLENTY) };
    let keys = Mutex::new(Vec::new());
    let send = || async {
        let key = credentials.provide_credentials().await.unwrap().access_key_id().to_owned();
        let mut keys = keys.lock().unwrap();
        keys.push(key);
        if keys.len() <= refusals { Err(failure(ErrorClass::Expired, Retry::No)) } else { Ok(()) }
    };
    let (result, _) = process.call("kms", &patience(), send).await;
    (result.map_err(|error| error.class), keys.into_inner().unwrap())
}

#[tokio::test(start_paused = true)]
async fn an_expired_session_is_renewed_once_and_the_call_repeated() {
    assert_eq!(expired(1).await, (Ok(()), vec!["AKID1".to_owned(), "AKID2".to_owned()]));
    let (result, keys) = expired(9).await;
    assert_eq!((result, keys.len()), (Err(ErrorClass::Expired), 2), "once, and then it is said");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_renewed_is_not_repeated() {
    let (result, tally, _) = run(patience(), vec![failure(ErrorClass::Expired, Retry::No)]).await;
    assert_eq!((result, tally.answered), (Err(ErrorClass::Expired), 1));
}

/// Credentials that end while their call stands in line, and take long to be had again.
#[derive(Debug, Default)]
struct EndedInLine(AtomicU32);

impl ProvideCredentials for EndedInLine {
    fn provide_credentials<'a>(&'a self) -> aws_credential_types::provider::future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let number = self.0.fetch_add(1, Ordering::SeqCst);
        aws_credential_types::provider::future::ProvideCredentials::new(async move {
            if number == 1 || number == 2 {
                tokio::time::sleep(Duration::from_secs(115)).await;
            }
            Ok(Credentials::from_keys("AKID", "secret", None))
        })
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_credentials_ended_in_line_waits_outside_and_has_its_whole_time_after() {
    let process = Process::new(1, 1, PLENTY);
    let ending = Process {
        credentials: SharedCredentialsProvider::new(EndedInLine::default()),
        admission: process.admission.clone(),
        share: Arc::clone(&process.share),
    };
    let patience = patience();
    let started = Instant::now();
    let slow = ending.call("kms", &patience, || async {
        tokio::time::sleep(Duration::from_secs(50)).await;
        Ok(())
    });
    let other = async {
        tokio::task::yield_now().await;
        let (result, _) = process.call("s3", &patience, || async { Ok(()) }).await;
        (result, started.elapsed())
    };
    let ((slow, _), (other, elapsed)) = tokio::join!(slow, other);
    assert!(slow.is_ok() && other.is_ok());
    assert_eq!((elapsed, started.elapsed().as_secs()), (Duration::ZERO, 115 + 50));
}
