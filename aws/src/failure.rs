//! What the AWS runtime says of an attempt that failed, in our words: the error, whether AWS was heard at all, and
//! whether it is worth another attempt. The same for our own calls and for those of the typed SDK crates.

use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{DispatchFailure, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use plumbline_baseline::api::Service;

use crate::descriptors::exhausted;
use crate::error::{Answer, CallError, ErrorClass, causes, classify, sdk_text};
use crate::http::is_too_large;
use crate::skew;

/// An attempt that failed.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) error: CallError,
    pub(crate) heard: Heard,
    pub(crate) retry: Retry,
}

/// What came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// An answer.
    Answer,
    /// The beginning of one.
    Part,
    /// Nothing: no connection, or silence.
    Nothing,
    /// Nothing was sent.
    NotAsked,
}

/// Whether another attempt may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retry {
    /// It will not.
    No,
    /// AWS asked for fewer requests, and perhaps for a pause.
    Throttled(Option<Duration>),
    /// Something was broken, and AWS perhaps asked for a pause.
    Broken(Option<Duration>),
    /// The clock was wrong, and is corrected now.
    AtOnce,
}

impl Failure {
    /// What failed before anything was sent.
    pub(crate) fn local(error: CallError) -> Self {
        Self { error, heard: Heard::NotAsked, retry: Retry::No }
    }

    /// An error answer of AWS.
    pub(crate) fn answered(operation: String, answer: Answer, class: ErrorClass, response: &HttpResponse) -> Self {
        let retry = match class {
            ErrorClass::Throttled => Retry::Throttled(wanted_pause(response)),
            ErrorClass::Transient => Retry::Broken(wanted_pause(response)),
            _ if skew::explains(&answer.code, response) => Retry::AtOnce,
            _ => Retry::No,
        };
        let Answer { code, message, http_status } = answer;
        let error = CallError { class, code, message, operation, http_status: Some(http_status) };
        Self { error, heard: Heard::Answer, retry }
    }

    /// Nothing came back in time.
    pub(crate) fn silence(operation: String, waited: Duration) -> Self {
        let message = format!("no answer within {} s", waited.as_secs_f32().ceil());
        let error = CallError::local(ErrorClass::Transient, operation, message);
        Self { error, heard: Heard::Nothing, retry: Retry::Broken(None) }
    }
}

/// A failure of a typed SDK crate's call of an operation; `service` is the descriptor, whose table says what codes mean.
pub(crate) fn of_typed<E>(
    service: Option<&Service>,
    operation: &str,
    name: String,
    error: SdkError<E, HttpResponse>,
) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match &error {
        SdkError::ServiceError(context) => {
            let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
            let meta = context.err().meta();
            let http_status = context.raw().status().as_u16();
            let answer = Answer { code: text(meta.code()), message: text(meta.message()), http_status };
            let class = classify(service, operation, &answer);
            Failure::answered(name, answer, class, context.raw())
        }
        _ => without_answer(name, &error),
    }
}

/// A failure without an answer that could be read.
pub(crate) fn without_answer<E>(operation: String, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: std::error::Error + 'static,
{
    if is_too_large(error) {
        let message = "the answer is larger than the body cap";
        let error = CallError::local(ErrorClass::TooLarge, operation, message);
        return Failure { error, heard: Heard::Part, retry: Retry::No };
    }
    if let Some((class, message)) = credentials_cause(error) {
        return Failure::local(CallError::local(class, operation, message));
    }
    if let Some(message) = exhausted(error) {
        // Descriptors come back when other calls end.
        let error = CallError::local(ErrorClass::Bug, operation, message);
        return Failure { error, heard: Heard::NotAsked, retry: Retry::Broken(None) };
    }
    let local = |class| CallError::local(class, operation, sdk_text(error));
    match error {
        SdkError::ConstructionFailure(_) => Failure::local(local(ErrorClass::Bug)),
        SdkError::DispatchFailure(failure) if !is_passing(failure) => {
            Failure { error: local(ErrorClass::Transient), heard: Heard::Nothing, retry: Retry::No }
        }
        SdkError::ResponseError(_) => {
            Failure { error: local(ErrorClass::Transient), heard: Heard::Part, retry: Retry::Broken(None) }
        }
        _ => Failure { error: local(ErrorClass::Transient), heard: Heard::Nothing, retry: Retry::Broken(None) },
    }
}

fn is_passing(failure: &DispatchFailure) -> bool {
    failure.is_io() || failure.is_timeout() || failure.as_other().is_some()
}

/// What resolvers say of a name that nobody has, and not of one that they could not ask for just now.
const UNKNOWN_NAME: &[&str] =
    &["Name or service not known", "Name does not resolve", "nodename nor servname provided, or not known"];

/// A host whose name nobody has, of a service that AWS's endpoint data does not list in the Region: it does not exist
/// there. Neither proves it alone: the data is behind the truth, and a resolver may be wrong.
pub(crate) fn not_in_region(is_unlisted: bool, failure: Failure) -> Failure {
    let is_unknown =
        failure.heard == Heard::Nothing && UNKNOWN_NAME.iter().any(|words| failure.error.message.contains(words));
    if !is_unlisted || !is_unknown {
        return failure;
    }
    let error = CallError { class: ErrorClass::NotInRegion, ..failure.error };
    Failure { error, heard: Heard::NotAsked, retry: Retry::No }
}

/// The error when there are no credentials.
pub(crate) fn no_credentials(operation: String, error: &CredentialsError) -> CallError {
    let (class, message) = credentials_cause(error).unwrap_or((ErrorClass::NoCredentials, causes(error)));
    CallError::local(class, operation, message)
}

/// The credentials failure among an error's causes.
fn credentials_cause(error: &(dyn std::error::Error + 'static)) -> Option<(ErrorClass, String)> {
    let mut cause = Some(error);
    let mut found = None;
    while let Some(error) = cause {
        if let Some(known) = error.downcast_ref::<crate::credentials::Error>() {
            return Some((known.class(), known.to_string()));
        }
        if error.is::<CredentialsError>() {
            found = Some((ErrorClass::NoCredentials, causes(error)));
        }
        cause = error.source();
    }
    found
}

/// How long AWS asks to wait: in milliseconds in a header of its own, or in seconds as RFC 9110 has it.
fn wanted_pause(response: &HttpResponse) -> Option<Duration> {
    let number = |header: &str| response.headers().get(header)?.trim().parse::<u32>().ok();
    let milliseconds = number("x-amz-retry-after").map(u64::from).map(Duration::from_millis);
    milliseconds.or_else(|| number("retry-after").map(u64::from).map(Duration::from_secs))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(is_unlisted: bool, message: &str, expected: ErrorClass) {
        let error = CallError::local(ErrorClass::Transient, "lambda:ListFunctions".to_owned(), message);
        let failure = Failure { error, heard: Heard::Nothing, retry: Retry::Broken(None) };
        assert_eq!(not_in_region(is_unlisted, failure).error.class, expected, "{message}");
    }

    #[test]
    fn a_service_is_not_in_a_region_when_the_data_and_the_name_say_so() {
        let unknown = "connect to x: dns error: failed to lookup address information: Name or service not known";
        check(true, unknown, ErrorClass::NotInRegion);
        check(false, unknown, ErrorClass::Transient);
        check(true, "dns error: Temporary failure in name resolution", ErrorClass::Transient);
        check(true, "connect to x within 5s", ErrorClass::Transient);
    }
}
