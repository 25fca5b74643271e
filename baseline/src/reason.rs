//! Why something was not read, or a verdict is not PASS or FAIL. A closed list: it is part of the machine interface.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::elsewhere::{self, Elsewhere};

/// Why a value could not be read. Codes are stable and appear in reports and NDJSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnreadReason {
    /// The job that should have read it has not run, or has not been stored.
    NotRun,
    /// The role in the member account could not be assumed.
    RoleUnassumable,
    /// The call was denied; the detail names the layer that the message names (identity policy, SCP, …).
    AccessDenied,
    /// AWS did not accept the session in that Region.
    TokenRefused,
    /// AWS kept throttling the call after every retry.
    Throttled,
    /// Server errors, time-outs or a broken connection after every retry.
    Transient,
    /// The credentials expired and could not be renewed.
    ExpiredCredentials,
    /// The Region is not enabled for the account.
    RegionDisabled,
    /// The service does not exist in the Region.
    NotInRegion,
    /// AWS publishes no endpoint of the kind that was asked for: FIPS, dual-stack.
    NoEndpoint,
    /// The account is not subscribed to the service.
    NotSubscribed,
    /// AWS does not offer to read it that way: Cloud Control has no such type there, or cannot list it.
    NotSupported,
    /// AWS Config does not write it down: no recorder, one that stands still or fails, or one for other types.
    NotRecorded,
    /// A listing ended early: what was read is real, but it is not everything.
    PartialListing,
    /// It does not exist any more, or AWS's answer may mean that: it was deleted while the scan ran.
    Vanished,
    /// Only another account can see it: an organization's trail, the subscribers of somebody else's topic.
    NotVisible,
    /// AWS writes it down later than the thing itself is there, such as a report that is older than what it is about.
    NotYet,
    /// Nobody asked AWS: the collector leaves the call out for such a thing, or has nothing to ask with.
    NotAsked,
    /// It was not collected on the night that is looked at: no call was planned for it then, or it is not kept any more.
    NotCollected,
    /// The job's time was over before it was read.
    Deadline,
    /// The answer was larger than the body cap.
    TooLarge,
    /// The answer was not what the API describes, or the scanner itself failed.
    ScannerError,
    /// The expression could not be evaluated on this document (a type error, a division by zero).
    ControlError,
}

impl UnreadReason {
    /// All reasons, in the order of the documentation.
    pub const ALL: [Self; 23] = [
        Self::NotRun,
        Self::RoleUnassumable,
        Self::AccessDenied,
        Self::TokenRefused,
        Self::Throttled,
        Self::Transient,
        Self::ExpiredCredentials,
        Self::RegionDisabled,
        Self::NotInRegion,
        Self::NoEndpoint,
        Self::NotSubscribed,
        Self::NotSupported,
        Self::NotRecorded,
        Self::PartialListing,
        Self::Vanished,
        Self::NotVisible,
        Self::NotYet,
        Self::NotAsked,
        Self::NotCollected,
        Self::Deadline,
        Self::TooLarge,
        Self::ScannerError,
        Self::ControlError,
    ];

    /// The stable code (`access_denied`).
    pub fn code(self) -> &'static str {
        match self {
            Self::NotRun => "not_run",
            Self::RoleUnassumable => "role_unassumable",
            Self::AccessDenied => "access_denied",
            Self::TokenRefused => "token_refused",
            Self::Throttled => "throttled",
            Self::Transient => "transient",
            Self::ExpiredCredentials => "expired_credentials",
            Self::RegionDisabled => "region_disabled",
            Self::NotInRegion => "not_in_region",
            Self::NoEndpoint => "no_endpoint",
            Self::NotSubscribed => "not_subscribed",
            Self::NotSupported => "not_supported",
            Self::NotRecorded => "not_recorded",
            Self::PartialListing => "partial_listing",
            Self::Vanished => "vanished",
            Self::NotVisible => "not_visible",
            Self::NotYet => "not_yet",
            Self::NotAsked => "not_asked",
            Self::NotCollected => "not_collected",
            Self::Deadline => "deadline",
            Self::TooLarge => "too_large",
            Self::ScannerError => "scanner_error",
            Self::ControlError => "control_error",
        }
    }
}

/// One thing that was not read, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// The class of the failure.
    pub reason: UnreadReason,
    /// The API operation (`s3:GetBucketPolicy`), empty when no call was made.
    #[serde(default)]
    pub operation: String,
    /// What AWS said, one line, for people.
    #[serde(default)]
    pub detail: String,
    /// Where the answer is, where only another account has it; empty when that is not known, or not the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elsewhere: Vec<Elsewhere>,
}

impl Unread {
    /// Something that was not read.
    pub fn new(reason: UnreadReason, operation: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { reason, operation: operation.into(), detail: detail.into(), elsewhere: Vec::new() }
    }

    /// What is missing where the answer depends on two things that were not read. That another account knows is the
    /// reason only where nothing else is missing: what its rows say decides nothing otherwise.
    pub fn both(first: Arc<Self>, second: Arc<Self>) -> Arc<Self> {
        match (first.reason, second.reason) {
            (UnreadReason::NotVisible, UnreadReason::NotVisible) if first.elsewhere != second.elsewhere => {
                let elsewhere = elsewhere::both(&first.elsewhere, &second.elsewhere);
                Arc::new(Self { elsewhere, ..Self::clone(&first) })
            }
            (UnreadReason::NotVisible, reason) if reason != UnreadReason::NotVisible => second,
            _ => first,
        }
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason.code())?;
        if !self.operation.is_empty() {
            write!(f, ": {}", self.operation)?;
        }
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unread(reason: UnreadReason, accounts: &[&str]) -> Arc<Unread> {
        let of = |account: &&str| Elsewhere { account: (*account).to_owned(), ..Elsewhere::default() };
        Arc::new(Unread { elsewhere: accounts.iter().map(of).collect(), ..Unread::new(reason, "", "") })
    }

    fn check(first: Arc<Unread>, second: Arc<Unread>, reason: UnreadReason, accounts: &[&str]) {
        let both = Unread::both(first, second);
        let known: Vec<&str> = both.elsewhere.iter().map(|place| place.account.as_str()).collect();
        assert_eq!((both.reason, known.as_slice()), (reason, accounts));
    }

    #[test]
    fn another_account_decides_only_what_nothing_else_is_missing_for() {
        use UnreadReason::{AccessDenied, NotVisible, Throttled};
        check(unread(NotVisible, &["1"]), unread(AccessDenied, &[]), AccessDenied, &[]);
        check(unread(AccessDenied, &[]), unread(NotVisible, &["1"]), AccessDenied, &[]);
        check(unread(Throttled, &[]), unread(AccessDenied, &[]), Throttled, &[]);
        check(unread(NotVisible, &["1"]), unread(NotVisible, &["1"]), NotVisible, &["1"]);
        check(unread(NotVisible, &["1"]), unread(NotVisible, &["2"]), NotVisible, &["1", "2"]);
        check(unread(NotVisible, &["1"]), unread(NotVisible, &[]), NotVisible, &[]);
    }
}
