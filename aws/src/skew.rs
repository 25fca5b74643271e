//! A clock that is wrong: AWS refuses the signature, and says in the `Date` header what time it is. Whoever signs
//! remembers the difference for all later attempts; here it is told whether that was the reason, and how much it is.

use std::time::{Duration, SystemTime};

use aws_smithy_async::time::{SystemTimeSource, TimeSource};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

/// Below this a refused signature has another reason; the AWS SDKs' own figure.
const TOLERATED: Duration = Duration::from_secs(4 * 60);

/// What AWS answers when a request's time is too far off: the lists of the AWS SDKs for Rust and for JavaScript. Most of
/// them have other meanings too, so that the difference decides.
const CODES: &[&str] = &[
    "AccessDeniedException",
    "AuthFailure",
    "InvalidSignatureException",
    "RequestExpired",
    "RequestInTheFuture",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
];

/// Whether the clock explains that a request was refused with this code.
pub(crate) fn explains(code: &str, response: &HttpResponse) -> bool {
    CODES.contains(&code) && is_off(response, SystemTimeSource::new().now())
}

fn is_off(response: &HttpResponse, now: SystemTime) -> bool {
    // What came out of a cache has an old date.
    response.headers().get("age").is_none() && seconds_ahead(response, now).unsigned_abs() > TOLERATED.as_secs()
}

/// By how many seconds AWS's clock is ahead of this one, as an answer says; negative when it is behind, and zero when
/// the answer does not say.
pub(crate) fn ahead(response: &HttpResponse) -> i64 {
    seconds_ahead(response, SystemTimeSource::new().now())
}

fn seconds_ahead(response: &HttpResponse, now: SystemTime) -> i64 {
    let date = response.headers().get("date").and_then(|date| DateTime::from_str(date, Format::HttpDate).ok());
    date.map_or(0, |theirs| theirs.secs() - DateTime::from(now).secs())
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn check(header: (&'static str, &'static str), now: u64, expected: bool) {
        let mut response = HttpResponse::new(200.try_into().unwrap(), SdkBody::empty());
        response.headers_mut().insert(header.0, header.1);
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(now);
        assert_eq!(is_off(&response, now), expected, "{header:?} at {now:?}");
    }

    #[test]
    fn only_a_large_difference_explains_a_refusal() {
        let date = ("date", "Thu, 01 Jan 1970 01:00:00 GMT");
        check(date, 3600, false);
        check(date, 3600 + 239, false);
        check(date, 3600 + 241, true);
        check(date, 3600 - 241, true);
        check(("x", "y"), 0, false);
    }
}
