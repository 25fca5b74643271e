//! STS under the driver that every service has, on a paused clock.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, future};
use plumbline_baseline::Doc;
use tokio::time::Instant;

use super::*;
use crate::credentials::verify;
use crate::scripted::{SESSION, Scripted, answer, refusal};
use crate::{CallReport, ErrorClass, Observer, Options, Target, Variant};

const NO_KEYS: &str = r#"{"Keys":[],"Truncated":false}"#;

/// Gives out another key each time it is asked.
#[derive(Debug, Default)]
struct Keys(AtomicU32);

impl ProvideCredentials for Keys {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        future::ProvideCredentials::ready(Ok(Credentials::new(format!("AKID{number}"), "s", None, None, "test")))
    }
}

/// The calls that ended: operation, attempts, and how many of these were throttled.
#[derive(Default)]
struct Reports(Mutex<Vec<(String, u32, u32)>>);

impl Observer for Reports {
    fn call_finished(&self, report: &CallReport<'_>) {
        let call = format!("{}:{}", report.service, report.operation);
        self.0.lock().unwrap().push((call, report.attempts, report.throttled));
    }
}

fn caller(options: Options) -> Caller {
    let keys = SharedCredentialsProvider::new(Keys::default());
    Caller::with_credentials(&Client::new(options), keys, "eu-west-1")
}

fn role(number: u32) -> AssumeRole {
    AssumeRole { role_arn: format!("arn:aws:iam::{number:012}:role/Audit"), ..AssumeRole::default() }
}

#[tokio::test(start_paused = true)]
async fn a_throttled_sts_is_asked_again_by_the_rules_of_every_service() {
    let aws =
        Scripted::new(|number, _| Some(if number < 2 { refusal(400, "Throttling") } else { answer(200, SESSION) }));
    let reports = Arc::new(Reports::default());
    let caller = caller(Options { observer: Arc::clone(&reports) as Arc<dyn Observer>, ..aws.options() });
    let started = Instant::now();
    verify(&caller.assume(role(1)).unwrap()).await.unwrap();
    assert_eq!(started.elapsed().as_secs(), 1 + 2, "the pauses are ours");
    assert_eq!(*reports.0.lock().unwrap(), [("sts:AssumeRole".to_owned(), 3, 2)]);
}

#[tokio::test(start_paused = true)]
async fn a_failing_sts_is_given_up_after_the_attempts_of_every_service() {
    let aws = Scripted::new(|_, _| Some(refusal(500, "InternalFailure")));
    let error = caller(aws.options()).identity().await.unwrap_err();
    assert_eq!((error.class(), aws.sent().len()), (ErrorClass::Transient, 5));
    let denying = Scripted::new(|_, _| Some(refusal(403, "AccessDenied")));
    let error = verify(&caller(denying.options()).assume(role(1)).unwrap()).await.unwrap_err();
    assert_eq!((error.class(), denying.sent().len()), (ErrorClass::NoCredentials, 1));
    assert_eq!(error.to_string(), "sts:AssumeRole: AccessDenied: m");
}

#[tokio::test(start_paused = true)]
async fn keys_that_sts_refuses_as_expired_are_had_anew_once() {
    let aws = Scripted::new(|_, sent| {
        let is_old = sent.authorization.contains("Credential=AKID1/");
        Some(if is_old { refusal(403, "ExpiredToken") } else { answer(200, SESSION) })
    });
    verify(&caller(aws.options()).assume(role(1)).unwrap()).await.unwrap();
    let signed: Vec<_> = aws.sent().into_iter().map(|sent| sent.authorization).collect();
    assert!(signed.len() == 2 && signed[1].contains("Credential=AKID2/"), "{signed:?}");
    let hopeless = Scripted::new(|_, _| Some(refusal(403, "ExpiredToken")));
    let error = verify(&caller(hopeless.options()).assume(role(1)).unwrap()).await.unwrap_err();
    assert_eq!((error.class(), hopeless.sent().len()), (ErrorClass::Expired, 2));
}

#[tokio::test(start_paused = true)]
async fn an_sts_that_hangs_ends_is_found_out_and_holds_nobody_up() {
    let aws = Scripted::new(|_, sent| (!sent.url.contains("//sts.")).then(|| answer(200, NO_KEYS)));
    let client = Client::new(Options { calls_in_flight: 4, ..aws.options() });
    let keys = SharedCredentialsProvider::new(Keys::default());
    let caller = Caller::with_credentials(&client, keys.clone(), "eu-west-1");
    let started = Instant::now();
    let waiting: Vec<_> = (0..20)
        .map(|number| {
            let session = caller.assume(role(number)).unwrap();
            tokio::spawn(async move { verify(&session).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let others = Target::new("111122223333", "eu-west-1", keys);
    client.call(&others, "kms", "ListKeys", &Doc::Null).await.unwrap();
    assert_eq!(started.elapsed().as_secs(), 1, "no slot is held that others need");
    for session in waiting {
        assert_eq!(session.await.unwrap().unwrap_err().class(), ErrorClass::Transient);
    }
    assert!(started.elapsed() < LONGEST_SESSION, "{:?}", started.elapsed());
    let asked = aws.sent().len();
    assert!(asked < 10, "{asked} requests for 20 roles");
    let begun = Instant::now();
    let error = verify(&caller.assume(role(99)).unwrap()).await.unwrap_err();
    assert!(error.to_string().starts_with("reach STS: sts in eu-west-1 has not answered for "), "{error}");
    assert_eq!((begun.elapsed(), aws.sent().len()), (Duration::ZERO, asked), "known to be silent");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_for_its_session_goes_on_when_sts_does() {
    let aws = Scripted::new(|number, sent| match (sent.url.contains("//sts."), number) {
        (true, 0) => None,
        (true, _) => Some(answer(200, SESSION)),
        (false, _) => Some(answer(200, NO_KEYS)),
    });
    // There is one slot: whoever waited for the session with it in hand would wait for itself.
    let client = Client::new(Options { calls_in_flight: 1, ..aws.options() });
    let keys = SharedCredentialsProvider::new(Keys::default());
    let session = Caller::with_credentials(&client, keys, "eu-west-1").assume(role(1)).unwrap();
    let target = Target::new("111122223333", "eu-west-1", session);
    client.call(&target, "kms", "ListKeys", &Doc::Null).await.unwrap();
    let signed: Vec<_> = aws.sent().into_iter().map(|sent| sent.authorization).collect();
    assert!(signed.len() == 3 && signed[2].contains("Credential=ASIA/"), "{signed:?}");
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_of_sts_that_aws_does_not_publish_is_told_as_that() {
    let aws = Scripted::new(|_, _| Some(answer(200, SESSION)));
    let fips = Variant { fips: true, dual_stack: false };
    let error = caller(Options { variant: fips, ..aws.options() }).identity().await.unwrap_err();
    assert_eq!(error.to_string(), "AWS publishes no FIPS endpoints of sts in eu-west-1");
    assert_eq!((error.class(), aws.sent().len()), (ErrorClass::NoEndpoint, 0));
}
