//! What can go wrong with a call. The class decides what the scanner does with it; it comes from two tables (the
//! descriptors' own, by service and operation, and `classify` for what every service says alike), and what neither knows
//! is [`ErrorClass::Bug`], never "absent".

mod classify;
mod sdk;
mod words;

use std::fmt;
use std::sync::Arc;

use plumbline_baseline::{Unread, UnreadReason};

use crate::endpoint;

pub(crate) use classify::{Answer, classify};
pub(crate) use sdk::text as sdk_text;

/// What a failure means for a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// AWS kept throttling after every retry.
    Throttled,
    /// The caller may not make the call.
    Denied {
        /// Which kind of policy the message names.
        layer: DeniedLayer,
    },
    /// The Region is not enabled for the account, and AWS said so in as many words.
    RegionDisabled,
    /// The service does not exist in the Region: AWS's endpoint data does not list it there, and its name is unknown.
    NotInRegion,
    /// AWS publishes no endpoint of the kind that was asked for (FIPS, dual-stack). The service may exist there.
    NoEndpoint,
    /// AWS did not accept the credentials, the Region is not enabled, or the clock is wrong: the answer is the same.
    NotAuthenticated,
    /// The account is not subscribed to the service, or the service is not switched on.
    NotSubscribed,
    /// AWS does not offer to do it there, which says nothing of what there is.
    NotSupported,
    /// The configuration that was asked for does not exist (`NoSuchBucketPolicy`).
    Absent,
    /// The resource itself does not exist any more (`NoSuchBucket`).
    Vanished,
    /// One code for "not configured" and for "does not exist", and a message that does not say which.
    AbsentOrVanished,
    /// The thing lives in another Region, and this one does not answer for it.
    WrongRegion,
    /// Server errors, time-outs or a broken connection after every retry.
    Transient,
    /// The credentials expired, and renewing them once did not help.
    Expired,
    /// There are no credentials: the role could not be assumed, or the caller has none.
    NoCredentials,
    /// The job's time was over before the call was.
    Deadline,
    /// The answer was larger than the body cap.
    TooLarge,
    /// Anything else: a request that AWS refused as malformed, an answer that is not what the API describes.
    Bug,
}

impl ErrorClass {
    /// What it means that there is no endpoint.
    pub(crate) fn of_no_endpoint(error: &endpoint::Error) -> Self {
        match error {
            endpoint::Error::NotPublished { .. } => Self::NoEndpoint,
            endpoint::Error::UnknownRegion(_) => Self::Bug,
        }
    }
}

/// The kind of policy that denied a call, as far as the message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeniedLayer {
    /// A service control policy.
    ServiceControlPolicy,
    /// A resource control policy.
    ResourceControlPolicy,
    /// The role's or user's own policies.
    IdentityPolicy,
    /// The permissions boundary.
    PermissionsBoundary,
    /// The session policy.
    SessionPolicy,
    /// The policy of the resource.
    ResourcePolicy,
    /// A VPC endpoint policy.
    EndpointPolicy,
    /// The message does not say.
    Unstated,
}

impl DeniedLayer {
    /// The words that reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ServiceControlPolicy => "service control policy",
            Self::ResourceControlPolicy => "resource control policy",
            Self::IdentityPolicy => "identity policy",
            Self::PermissionsBoundary => "permissions boundary",
            Self::SessionPolicy => "session policy",
            Self::ResourcePolicy => "resource policy",
            Self::EndpointPolicy => "VPC endpoint policy",
            Self::Unstated => "unstated",
        }
    }
}

/// A call that failed.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{operation}: {class}{}{}", self.code_suffix(), self.message_suffix())]
pub struct CallError {
    /// What it means for the scan.
    pub class: ErrorClass,
    /// AWS's error code (`AccessDenied`); empty when AWS did not answer.
    pub code: String,
    /// AWS's message, or the failure of the connection.
    pub message: String,
    /// The operation (`s3:GetBucketPolicy`).
    pub operation: String,
    /// The HTTP status, if AWS answered.
    pub http_status: Option<u16>,
}

impl CallError {
    /// A failure without an answer from AWS.
    pub(crate) fn local(class: ErrorClass, operation: String, message: impl Into<String>) -> Self {
        Self { class, code: String::new(), message: message.into(), operation, http_status: None }
    }

    /// What an answer says of one of those that it was asked about: a code, instead of an answer. A code in capitals
    /// (`ACCESS_DENIED`) means what it means in other words.
    pub fn of_part(operation: &str, code: String, message: String) -> Self {
        let spelled = if code.contains(char::is_lowercase) { code.clone() } else { in_words(&code) };
        let answer = Answer { code: spelled, message, http_status: 0 };
        let class = classify(None, operation, &answer);
        Self { class, code, message: answer.message, operation: operation.to_owned(), http_status: None }
    }

    /// What the values that this call should have read become.
    pub fn unread(&self) -> Unread {
        let reason = match self.class {
            ErrorClass::Throttled => UnreadReason::Throttled,
            ErrorClass::Denied { .. } => UnreadReason::AccessDenied,
            ErrorClass::NotAuthenticated => UnreadReason::TokenRefused,
            ErrorClass::RegionDisabled => UnreadReason::RegionDisabled,
            ErrorClass::NotInRegion => UnreadReason::NotInRegion,
            ErrorClass::NoEndpoint => UnreadReason::NoEndpoint,
            ErrorClass::NotSubscribed => UnreadReason::NotSubscribed,
            ErrorClass::NotSupported => UnreadReason::NotSupported,
            ErrorClass::Transient => UnreadReason::Transient,
            ErrorClass::Expired => UnreadReason::ExpiredCredentials,
            ErrorClass::NoCredentials => UnreadReason::RoleUnassumable,
            ErrorClass::Deadline => UnreadReason::Deadline,
            ErrorClass::TooLarge => UnreadReason::TooLarge,
            ErrorClass::Vanished | ErrorClass::AbsentOrVanished => UnreadReason::Vanished,
            ErrorClass::Absent | ErrorClass::WrongRegion | ErrorClass::Bug => UnreadReason::ScannerError,
        };
        let detail = match self.class {
            ErrorClass::Denied { layer } if layer != DeniedLayer::Unstated => {
                format!("{} ({}): {}", self.code, layer.as_str(), self.message)
            }
            _ if self.code.is_empty() => self.message.clone(),
            _ if self.message.is_empty() => self.code.clone(),
            _ => format!("{}: {}", self.code, self.message),
        };
        Unread::new(reason, self.operation.clone(), words::kept(&detail))
    }

    /// [`unread`](Self::unread), shared.
    pub fn to_unread(&self) -> Arc<Unread> {
        Arc::new(self.unread())
    }

    /// Whether it is one of these codes, and means that something is not there. A code with two meanings, which the
    /// message showed to be a denial, is not (Security Hub's `InvalidAccessException`).
    pub fn is_one_of(&self, absent: &[String]) -> bool {
        absent.contains(&self.code) && !matches!(self.class, ErrorClass::Denied { .. })
    }

    fn code_suffix(&self) -> String {
        if self.code.is_empty() { String::new() } else { format!(": {}", self.code) }
    }

    fn message_suffix(&self) -> String {
        if self.message.is_empty() { String::new() } else { format!(": {}", self.message) }
    }
}

/// `ACCESS_DENIED` as `AccessDenied`.
fn in_words(code: &str) -> String {
    let mut words = String::with_capacity(code.len());
    for word in code.split('_').filter(|word| !word.is_empty()) {
        let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
        words.push_str(first);
        words.push_str(&rest.to_lowercase());
    }
    words
}

impl fmt::Display for ErrorClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Throttled => "throttled",
            Self::Denied { .. } => "denied",
            Self::RegionDisabled => "the Region is not enabled",
            Self::NotInRegion => "the service does not exist in the Region",
            Self::NoEndpoint => "AWS publishes no such endpoint",
            Self::NotAuthenticated => "the credentials were not accepted",
            Self::NotSubscribed => "not subscribed",
            Self::NotSupported => "not offered there",
            Self::Absent => "does not exist",
            Self::Vanished => "does not exist any more",
            Self::AbsentOrVanished => "is not configured, or does not exist any more",
            Self::WrongRegion => "lives in another Region",
            Self::Transient => "failed",
            Self::Expired => "the credentials expired",
            Self::NoCredentials => "no credentials",
            Self::Deadline => "too late",
            Self::TooLarge => "the answer is too large",
            Self::Bug => "unexpected answer",
        })
    }
}

/// An error and its causes on one line, each once: what people need of a failed connection.
pub(crate) fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = String::new();
    let mut cause = Some(error);
    while let Some(error) = cause {
        let part = error.to_string();
        if !text.ends_with(&part) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&part);
        }
        cause = error.source();
    }
    text
}
