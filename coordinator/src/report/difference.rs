//! What differs between two scans, in the words that people and machines read. Must not decide what a difference is.

pub mod list;
pub mod ndjson;

use std::sync::Arc;

use plumbline_baseline::{Severity, Status};
use plumbline_governance::{Accepted, Owner};

/// Something that differs, or something that has to be known about the comparison.
#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    /// An account joined or left the organization.
    Account(AccountDifference),
    /// A control stands otherwise on a resource.
    Finding(Box<FindingDifference>),
    /// A resource is another one.
    Resource(ResourceDifference),
    /// What was not compared, and why: no difference.
    Note(Note),
}

/// A sentence about the comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// A word for machines.
    pub code: &'static str,
    /// For people.
    pub text: String,
}

/// Where something is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Where {
    /// The account.
    pub account: String,
    /// The Region, or what stands in its place.
    pub region: String,
    /// The type; empty for what is about the whole account and Region.
    pub resource_type: String,
    /// The ARN; empty for what is about the type, or the account and Region, as a whole.
    pub resource: String,
}

/// What became of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountDifference {
    /// Its id.
    pub account: String,
    /// Its name, as far as it is known.
    pub name: String,
    /// What.
    pub turn: AccountTurn,
    /// Since when: when the scan began that noted it.
    pub on: String,
}

/// What can become of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountTurn {
    /// It is new in the organization.
    Joined,
    /// It is not in the organization any more.
    Left,
    /// It had left, and is there again.
    Returned,
}

/// How a control stands otherwise on a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingDifference {
    /// The control's id.
    pub control: Arc<str>,
    /// Its title.
    pub title: Arc<str>,
    /// How severe a failure is.
    pub severity: Severity,
    /// On what.
    pub at: Where,
    /// What happened.
    pub turn: Turn,
    /// Why, where that is known beside the reasons of the verdicts.
    pub because: Option<Because>,
    /// How it stood; none when there was no row.
    pub old: Option<Stand>,
    /// How it stands; none when there is no row.
    pub new: Option<Stand>,
    /// Who accepts what fails now, where somebody said so.
    pub accepted: Option<Arc<Accepted>>,
    /// Whose what fails now is, where somebody said so.
    pub owner: Option<Arc<Owner>>,
}

/// How a control stands on a resource, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stand {
    /// What the scan said.
    pub status: Status,
    /// Why, for all that is neither PASS nor FAIL.
    pub reason: String,
    /// The last status that was decided; none while none was.
    pub decided: Option<Status>,
    /// When that was reached: when the scan began that found it.
    pub since: Arc<str>,
    /// Since when it has been unknown; empty when it is not.
    pub stale_since: Arc<str>,
}

/// What happens to a row. Those of [`super::row::Change`] mean the same here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Turn {
    /// It was not there before, or fails for the first time.
    New,
    /// It failed before, did not, and fails again.
    Reopened,
    /// It failed, and does not any more.
    Fixed,
    /// It is not there any more.
    Closed,
    /// It was decided, and is unknown.
    Lost,
    /// It was unknown, and is decided as it was before that, or for the first time.
    Decided,
    /// It is decided otherwise, or is unknown for another reason.
    Changed,
}

/// Why a row appears, is closed or is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Because {
    /// The resource is new.
    ResourceNew,
    /// The control was not enabled before.
    ControlNew,
    /// A complete listing did not have the resource.
    ResourceGone,
    /// The resource was not found, and nothing proves that it is gone.
    ResourceMissing,
    /// The control is not enabled any more.
    ControlNotEnabled,
    /// The account's baseline does not have the control any more, and others may.
    NotInBaseline,
    /// The control was asked with other settings.
    SettingsChanged,
    /// The account left the organization.
    AccountLeft,
    /// The control has no verdict on it any more.
    NoVerdict,
}

/// How a resource is another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceDifference {
    /// Which.
    pub at: Where,
    /// What happened.
    pub turn: ResourceTurn,
    /// Of a missing one, why it could not be listed.
    pub reason: String,
    /// The members that differ, the first ones.
    pub members: Vec<MemberDifference>,
    /// How many more there are.
    pub more: usize,
}

/// What can happen to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceTurn {
    /// It was not there before.
    Appeared,
    /// Members of it are others.
    Changed,
    /// A complete listing did not have it.
    Gone,
    /// It was not found, and nothing proves that it is gone.
    Missing,
    /// It was missing, and is found again.
    Found,
}

/// A member with another value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberDifference {
    /// Its path (`Encryption.Rules[0].SSEAlgorithm`).
    pub path: String,
    /// Its value as compact JSON, cut as evidence is; none where there was none.
    pub old: Option<String>,
    /// The same now.
    pub new: Option<String>,
}

impl AccountTurn {
    /// For machines.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Joined => "joined",
            Self::Left => "left",
            Self::Returned => "returned",
        }
    }
}

impl Turn {
    /// All of them, what people want to see first in front.
    pub const ALL: [Self; 7] =
        [Self::New, Self::Reopened, Self::Fixed, Self::Closed, Self::Lost, Self::Decided, Self::Changed];

    /// For machines.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Reopened => "reopened",
            Self::Fixed => "fixed",
            Self::Closed => "closed",
            Self::Lost => "lost",
            Self::Decided => "decided",
            Self::Changed => "changed",
        }
    }
}

impl Because {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::ResourceNew,
        Self::ControlNew,
        Self::ResourceGone,
        Self::ResourceMissing,
        Self::ControlNotEnabled,
        Self::NotInBaseline,
        Self::SettingsChanged,
        Self::AccountLeft,
        Self::NoVerdict,
    ];

    /// For machines.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ResourceNew => "resource_new",
            Self::ControlNew => "control_new",
            Self::ResourceGone => "resource_gone",
            Self::ResourceMissing => "resource_missing",
            Self::ControlNotEnabled => "control_not_enabled",
            Self::NotInBaseline => "not_in_baseline",
            Self::SettingsChanged => "settings_changed",
            Self::AccountLeft => "account_left",
            Self::NoVerdict => "no_verdict",
        }
    }

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::ResourceNew => "the resource is new",
            Self::ControlNew => "the control was not enabled before",
            Self::ResourceGone => "the resource is gone: a complete listing does not have it",
            Self::ResourceMissing => "the resource was not found, and nothing proves that it is gone",
            Self::ControlNotEnabled => "the control is not enabled any more",
            Self::NotInBaseline => "the control is not in the account's baseline any more",
            Self::SettingsChanged => "the control is asked with other settings",
            Self::AccountLeft => "the account left the organization",
            Self::NoVerdict => "the control has no verdict on it any more",
        }
    }
}

impl ResourceTurn {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Appeared, Self::Changed, Self::Gone, Self::Missing, Self::Found];

    /// For machines.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Appeared => "appeared",
            Self::Changed => "changed",
            Self::Gone => "gone",
            Self::Missing => "missing",
            Self::Found => "found",
        }
    }
}

impl Stand {
    /// Whether what was decided last is a failure.
    pub fn is_failing(&self) -> bool {
        self.decided == Some(Status::Fail)
    }
}

impl FindingDifference {
    /// Whether nobody has to look: it appears or goes without having failed, and was read.
    pub fn is_quiet(&self) -> bool {
        let is_plain = |stand: &Stand| !stand.is_failing() && stand.status != Status::Unknown;
        match (self.turn, &self.old, &self.new) {
            (Turn::New, None, Some(stand)) | (Turn::Closed, Some(stand), None) => is_plain(stand),
            _ => false,
        }
    }
}
