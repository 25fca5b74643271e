//! What an organization's governance says of a row: that its failure is accepted, that somebody attests it, whose it is,
//! and what one change would close it with others.
//!
//! Plain data, shared by the rows that it is said of. Must not know where it comes from, and must not decide anything:
//! a row is governed while it is read. All texts are strangers' and are escaped where they are shown.

use std::sync::Arc;

/// A failure that somebody decided to live with. It stays a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The id of the exception.
    pub id: Arc<str>,
    /// The last day on which it holds, as `2026-11-27`, in UTC.
    pub until: Arc<str>,
    /// Whether that day is over: the failure is back, and was accepted until then.
    pub is_expired: bool,
}

/// A row that a machine cannot decide, and that a person vouches for. It was not measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attested {
    /// Who vouches for it.
    pub by: Arc<str>,
    /// The last day on which that holds, as `2026-11-27`, in UTC.
    pub until: Arc<str>,
    /// Where the evidence is: an address, or the name of a file.
    pub evidence: Arc<str>,
    /// The step of the handbook, `PROCESS-ID/STEP-ID`.
    pub step: Arc<str>,
}

/// Whose a finding is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Who.
    pub name: Arc<str>,
    /// What says so.
    pub from: OwnerFrom,
}

/// What says whose a finding is, the nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OwnerFrom {
    /// A tag of the resource.
    ResourceTag,
    /// A tag of the account.
    AccountTag,
    /// The list of accounts.
    Account,
    /// The unit that the account is in, or one above it.
    Unit,
}

impl OwnerFrom {
    /// For machines.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ResourceTag => "resource_tag",
            Self::AccountTag => "account_tag",
            Self::Account => "account",
            Self::Unit => "unit",
        }
    }
}

impl Accepted {
    /// `ID until DATE`, or that it was accepted until then.
    pub fn text(&self) -> String {
        let word = if self.is_expired { "expired" } else { "until" };
        format!("{} {word} {}", self.id, self.until)
    }
}

impl Attested {
    /// The reason of a row that is attested.
    pub fn reason(&self) -> String {
        format!("attested: by {} until {}", self.by, self.until)
    }

    /// All of it in one line.
    pub fn text(&self) -> String {
        format!("by {} until {} ({}): {}", self.by, self.until, self.step, self.evidence)
    }
}
