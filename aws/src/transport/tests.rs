//! The whole client against a scripted server on the loopback interface: retries, caps, time-outs, broken connections.
//! What a real AWS answers stands in the protocol's tests; here it is how often, how long and how much.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::credential_fn::provide_credentials_fn;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_credential_types::provider::error::CredentialsError;
use plumbline_baseline::Doc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::{
    Budget, Budgets, CallError, CallReport, Client, DeniedLayer, EndpointOverrides, ErrorClass, Observer, Options,
    Target,
};

/// AWS's answer where there are none.
const NO_KEYS: &str = r#"{"Keys":[],"Truncated":false}"#;

/// Answers one connection with one text each, in order, and then refuses.
async fn scripted(answers: Vec<String>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 64 << 10];
            assert!(stream.read(&mut request).await.unwrap() > 0);
            if answer.is_empty() {
                tokio::time::sleep(Duration::from_secs(60)).await;
            }
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    url
}

fn answer(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}")
}

fn error(status: &str, code: &str) -> String {
    answer(status, &format!(r#"{{"__type": "{code}", "message": "m"}}"#))
}

#[derive(Default)]
struct Counts(Mutex<Vec<(u32, u32)>>);

impl Observer for Counts {
    fn call_finished(&self, report: &CallReport<'_>) {
        self.0.lock().unwrap().push((report.attempts, report.throttled));
    }
}

fn target() -> Target {
    let keys = Credentials::new("testing", "testing", None, None, "test");
    Target::new("111122223333", "us-east-1", SharedCredentialsProvider::new(keys))
}

fn options(url: String) -> Options {
    Options {
        endpoints: EndpointOverrides::url(url),
        max_attempts: 3,
        max_backoff: Duration::from_millis(1),
        body_cap: 1000,
        ..Options::default()
    }
}

async fn list_keys(answers: Vec<String>) -> (Result<Doc, CallError>, (u32, u32)) {
    let counts = Arc::new(Counts::default());
    let observer = Arc::clone(&counts) as Arc<dyn Observer>;
    let client = Client::new(Options { observer, ..options(scripted(answers).await) });
    let result = client.call(&target(), "kms", "ListKeys", &Doc::Null).await;
    let counted = counts.0.lock().unwrap()[0];
    (result, counted)
}

async fn class_of(answers: Vec<String>) -> (ErrorClass, (u32, u32)) {
    let (result, counted) = list_keys(answers).await;
    (result.unwrap_err().class, counted)
}

#[tokio::test]
async fn server_errors_and_throttling_are_tried_again() {
    let answers = vec![error("500", "InternalFailure"), error("400", "ThrottlingException"), answer("200", NO_KEYS)];
    let (result, counted) = list_keys(answers).await;
    assert_eq!((result.unwrap().to_json().as_str(), counted), (NO_KEYS, (3, 1)));
}

#[tokio::test]
async fn retries_end() {
    let throttled = vec![error("400", "ThrottlingException"); 3];
    assert_eq!(class_of(throttled).await, (ErrorClass::Throttled, (3, 3)));
    let failing = vec![error("503", "ServiceUnavailable"); 3];
    assert_eq!(class_of(failing).await, (ErrorClass::Transient, (3, 0)));
}

#[tokio::test]
async fn what_will_not_change_is_not_tried_again() {
    let denied = ErrorClass::Denied { layer: DeniedLayer::Unstated };
    assert_eq!(class_of(vec![error("400", "AccessDeniedException")]).await, (denied, (1, 0)));
    assert_eq!(class_of(vec![error("400", "ValidationException")]).await, (ErrorClass::Bug, (1, 0)));
    assert_eq!(class_of(vec![answer("200", "<html>")]).await, (ErrorClass::Bug, (1, 0)));
}

#[tokio::test]
async fn bodies_past_the_cap_are_refused_once() {
    let announced = answer("200", &" ".repeat(1001));
    assert_eq!(class_of(vec![announced]).await, (ErrorClass::TooLarge, (0, 0)));
    let chunk = format!("3e9\r\n{}\r\n0\r\n\r\n", " ".repeat(1001));
    let chunked = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{chunk}");
    assert_eq!(class_of(vec![chunked]).await, (ErrorClass::TooLarge, (0, 0)));
}

#[tokio::test]
async fn broken_connections_are_transient() {
    let short = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{}".to_owned();
    let (result, counted) = list_keys(vec![short.clone(), answer("200", NO_KEYS)]).await;
    assert!(result.is_ok());
    assert_eq!(counted, (1, 0));
    assert_eq!(class_of(vec![short; 3]).await.0, ErrorClass::Transient);
    let client = Client::new(options("http://127.0.0.1:1".to_owned()));
    let refused = client.call(&target(), "kms", "ListKeys", &Doc::Null).await.unwrap_err();
    assert_eq!(refused.class, ErrorClass::Transient);
    let expected = "connect to 127.0.0.1:1: tcp connect error: Connection refused";
    assert!(refused.message.starts_with(expected), "{}", refused.message);
    assert!(!refused.message.contains('{'), "{}", refused.message);
}

#[tokio::test]
async fn tls_is_there_and_a_plain_server_fails_it() {
    let url = scripted(vec![answer("200", NO_KEYS)]).await.replace("http://", "https://");
    let client = Client::new(Options { max_attempts: 1, ..options(url) });
    let error = client.call(&target(), "kms", "ListKeys", &Doc::Null).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Transient);
    assert!(error.message.contains("InvalidContentType"), "{}", error.message);
}

#[tokio::test]
async fn a_silent_server_is_a_time_out() {
    let url = scripted(vec![String::new()]).await;
    let attempt_timeout = Duration::from_millis(50);
    let client = Client::new(Options { attempt_timeout, max_attempts: 1, ..options(url) });
    let error = client.call(&target(), "kms", "ListKeys", &Doc::Null).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Transient);
}

#[tokio::test]
async fn missing_credentials_say_why() {
    let none = provide_credentials_fn(|| async { Err(CredentialsError::not_loaded("no provider is configured")) });
    let target = Target::new("1", "us-east-1", SharedCredentialsProvider::new(none));
    let client = Client::new(options("http://127.0.0.1:1".to_owned()));
    let error = client.call(&target, "kms", "ListKeys", &Doc::Null).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::NoCredentials);
    assert!(error.message.contains("no provider is configured"), "{}", error.message);
}

#[tokio::test]
async fn unknown_names_are_refused_before_anything_is_sent() {
    let client = Client::new(options("http://127.0.0.1:1".to_owned()));
    for (region, service, operation) in [
        ("us-east-1", "kms", "DeleteEverything"),
        ("us-east-1", "quantum", "ListKeys"),
        ("mars-north-1", "kms", "ListKeys"),
    ] {
        let error = client.call(&target().in_region(region), service, operation, &Doc::Null).await.unwrap_err();
        assert_eq!(error.class, ErrorClass::Bug);
    }
}

async fn pages(answers: Vec<String>) -> Vec<Result<String, ErrorClass>> {
    let client = Client::new(options(scripted(answers).await));
    let mut pages = client.pages(&target(), "kms", "ListKeys", Doc::Null);
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        found.push(page.map(|page| page.to_json()).map_err(|error| error.class));
    }
    found
}

#[tokio::test]
async fn listings_end_and_endless_ones_are_errors() {
    let first = answer("200", r#"{"Keys": [{"KeyId": "a"}], "NextMarker": "a", "Truncated": true}"#);
    let last = answer("200", r#"{"Keys": [], "Truncated": false}"#);
    let found = pages(vec![first.clone(), last]).await;
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(Result::is_ok));
    // The page that carries the repeated token, or none, is as real as the others.
    let found = pages(vec![first.clone(), first]).await;
    assert!(found.len() == 3 && found[1].as_ref().is_ok_and(|page| page.contains("KeyId")), "{found:?}");
    assert_eq!(found.last(), Some(&Err(ErrorClass::Bug)));
    let lost = answer("200", r#"{"Keys": [{"KeyId": "a"}], "Truncated": true}"#);
    let found = pages(vec![lost]).await;
    assert!(found.len() == 2 && found[0].is_ok(), "{found:?}");
    assert_eq!(found[1], Err(ErrorClass::Bug));
}

#[test]
fn addresses_take_no_host_prefix() {
    for url in ["http://127.0.0.1:5000", "http://localhost", "http://[::1]:80"] {
        assert!(super::is_local(url), "{url}");
    }
    assert!(!super::is_local("https://vpce-1.s3-control.eu-west-1.vpce.amazonaws.com"));
}

#[tokio::test]
async fn a_listing_that_does_not_end_is_an_error() {
    let page =
        |number: usize| answer("200", &format!(r#"{{"Keys": [], "Truncated": true, "NextMarker": "{number}"}}"#));
    let url = scripted((0..10).map(page).collect()).await;
    let client = Client::new(Options { page_cap: 3, ..options(url) });
    let mut pages = client.pages(&target(), "kms", "ListKeys", Doc::Null);
    for _ in 0..3 {
        pages.next().await.unwrap().unwrap();
    }
    assert_eq!(pages.next().await.unwrap().unwrap_err().class, ErrorClass::TooLarge);
    assert!(pages.next().await.is_none());
}

#[tokio::test]
async fn a_pause_that_aws_asks_for_is_made_and_bounded() {
    for (header, longest, expected) in [
        ("x-amz-retry-after: 300", 10_000, 300),
        ("Retry-After: 1", 10_000, 1_000),
        ("Retry-After: 3600", 250, 250),
        ("Retry-After: Mon, 23 Nov 2026 14:00:00 GMT", 1, 0),
    ] {
        let throttled = error("400", "ThrottlingException").replace("\r\n\r\n", &format!("\r\n{header}\r\n\r\n"));
        let url = scripted(vec![throttled, answer("200", NO_KEYS)]).await;
        let client = Client::new(Options { max_backoff: Duration::from_millis(longest), ..options(url) });
        let started = tokio::time::Instant::now();
        client.call(&target(), "kms", "ListKeys", &Doc::Null).await.unwrap();
        let elapsed = started.elapsed().as_millis();
        // Not much later either, and not an hour; a busy machine may take its time.
        assert!((expected..expected + 60_000).contains(&elapsed), "{header}: {elapsed} ms");
    }
}

#[tokio::test]
async fn calls_that_wait_for_their_budget_keep_nobody_else_from_starting() {
    let url = scripted(vec![answer("200", NO_KEYS), answer("200", NO_KEYS)]).await;
    let budgets = Budgets::Uniform(Budget { requests_per_second: 0.001, burst: 1.0, concurrency: 8 });
    let client = Client::new(Options { calls_in_flight: 1, budgets, ..options(url) });
    let spent = target();
    client.call(&spent, "kms", "ListKeys", &Doc::Null).await.unwrap();
    let other = spent.in_region("eu-west-1");
    let waits = client.clone();
    let waiting = tokio::spawn(async move { waits.call(&spent, "kms", "ListKeys", &Doc::Null).await });
    tokio::task::yield_now().await;
    let free = client.call(&other, "kms", "ListKeys", &Doc::Null);
    tokio::time::timeout(Duration::from_secs(10), free).await.expect("it does not wait for the other").unwrap();
    waiting.abort();
}
