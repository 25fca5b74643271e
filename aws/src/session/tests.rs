//! What a session makes of endpoints that do not exist and of a clock that is wrong.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use plumbline_baseline::UnreadReason;

use super::*;
use crate::scripted::{Scripted, answer};
use crate::{Client, Variant};

const NO_KEYS: &str = r#"{"Keys":[],"Truncated":false}"#;

async fn list_keys(options: Options) -> Result<Doc, CallError> {
    let keys = SharedCredentialsProvider::new(Credentials::from_keys("AKID", "secret", None));
    let target = Target::new("111122223333", "eu-west-1", keys);
    Client::new(options).call(&target, "kms", "ListKeys", &Doc::Null).await
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_aws_does_not_publish_is_no_bug_and_no_absence() {
    let aws = Scripted::new(|_, _| Some(answer(200, NO_KEYS)));
    let target = |region: &str| {
        let keys = SharedCredentialsProvider::new(Credentials::from_keys("AKID", "secret", None));
        Target::new("111122223333", region, keys)
    };
    for (variant, name) in [
        (Variant { fips: true, dual_stack: false }, "FIPS endpoints"),
        (Variant { fips: true, dual_stack: true }, "dual-stack FIPS endpoints"),
    ] {
        let client = Client::new(Options { variant, ..aws.options() });
        let error = client.call(&target("eu-west-1"), "ec2", "DescribeVpcs", &Doc::Null).await.unwrap_err();
        let unread = error.unread();
        let detail = format!("AWS publishes no {name} of ec2 in eu-west-1");
        let expected = (UnreadReason::NoEndpoint, "ec2:DescribeVpcs", detail.as_str());
        assert_eq!((unread.reason, unread.operation.as_str(), unread.detail.as_str()), expected);
    }
    assert!(aws.sent().is_empty());
    let unknown = Client::new(aws.options());
    let error = unknown.call(&target("mars-north-1"), "kms", "ListKeys", &Doc::Null).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Bug);
}

/// An AWS whose clock is ahead by so many seconds, that refuses what is signed with another time with this code.
#[expect(clippy::disallowed_methods, reason = "what signs reads the machine's clock, and that is what is wrong here")]
fn elsewhen(code: &'static str, ahead: i64) -> Scripted {
    Scripted::new(move |number, _| {
        let now = DateTime::from(SystemTime::now()).secs() + ahead;
        let mut response = match number {
            0 => answer(400, format!(r#"{{"__type":"{code}","message":"m"}}"#)),
            _ => answer(200, NO_KEYS),
        };
        let date = DateTime::from_secs(now).fmt(Format::HttpDate).unwrap();
        response.headers_mut().insert("date", date);
        Some(response)
    })
}

/// Seconds since 1970, of `20261126T025100Z`.
fn seconds(signed_at: &str) -> i64 {
    let part = |at: std::ops::Range<usize>| &signed_at[at];
    let (date, time) = ((part(0..4), part(4..6), part(6..8)), (part(9..11), part(11..13), part(13..15)));
    let text = format!("{}-{}-{}T{}:{}:{}Z", date.0, date.1, date.2, time.0, time.1, time.2);
    DateTime::from_str(&text, Format::DateTime).unwrap().secs()
}

#[tokio::test]
async fn a_wrong_clock_is_corrected_whatever_aws_calls_it() {
    for code in ["RequestExpired", "RequestInTheFuture", "RequestTimeTooSkewed", "SignatureDoesNotMatch"] {
        for ahead in [3600, -3600] {
            let aws = elsewhen(code, ahead);
            list_keys(aws.options()).await.unwrap_or_else(|error| panic!("{code}: {error}"));
            let signed: Vec<i64> = aws.sent().iter().map(|sent| seconds(&sent.signed_at)).collect();
            assert_eq!(signed.len(), 2, "{code}");
            let corrected = signed[1] - signed[0];
            assert!((corrected - ahead).abs() < 600, "{code}: {corrected} s for {ahead} s");
        }
    }
}

#[tokio::test]
async fn the_same_codes_with_a_right_clock_mean_what_they_say() {
    for (code, class) in [("RequestExpired", ErrorClass::Expired), ("RequestInTheFuture", ErrorClass::NotAuthenticated)]
    {
        let aws = elsewhen(code, 0);
        assert_eq!(list_keys(aws.options()).await.unwrap_err().class, class);
        assert_eq!(aws.sent().len(), 1, "{code}");
    }
}
