//! What governance says of rows: what report rows carry. Must not decide any of it.

use std::fmt;
use std::sync::Arc;

use crate::day::Day;

/// That a finding was accepted: it still reads FAIL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The exception's id.
    pub id: Arc<str>,
    /// The last day on which it is accepted.
    pub until: Day,
    /// Whether that day is past: then the finding counts again, and says until when it was accepted.
    pub expired: bool,
    /// Why it is accepted.
    pub reason: Arc<str>,
    /// Who answers for it.
    pub owner: Arc<str>,
    /// Who approved it.
    pub approver: Arc<str>,
    /// Where it is discussed; empty where nobody said.
    pub ticket: Arc<str>,
    /// What is done instead; empty where nobody said.
    pub compensating_control: Arc<str>,
}

/// That a person confirmed what no API says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attested {
    /// Who.
    pub by: Arc<str>,
    /// When.
    pub on: Day,
    /// The last day on which it is good.
    pub until: Day,
    /// What shows it: an address, or the path of a file and its SHA-256.
    pub evidence: Arc<str>,
    /// `PROCESS-ID/STEP-ID`.
    pub step: Arc<str>,
}

impl Attested {
    /// The reason of a row that is attested: `attested: by NAME until DATE`.
    pub fn reason(&self) -> String {
        format!("attested: by {} until {}", self.by, self.until)
    }
}

/// Who owns a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner {
    /// The name, which is a stranger's text where it comes from a tag.
    pub name: Arc<str>,
    /// From where it is known.
    pub from: OwnedBy,
}

/// From where an owner is known. Displays as outputs have it: `resource-tag:Owner`, `account-tag:Owner`, `account`,
/// `unit:Root/Workloads`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OwnedBy {
    /// The tag of the resource with this key.
    ResourceTag(Arc<str>),
    /// The tag of the account with this key.
    AccountTag(Arc<str>),
    /// The account is listed.
    Account,
    /// The nearest unit that is listed.
    Unit(Arc<str>),
}

impl fmt::Display for OwnedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ResourceTag(key) => write!(f, "resource-tag:{key}"),
            Self::AccountTag(key) => write!(f, "account-tag:{key}"),
            Self::Account => f.write_str("account"),
            Self::Unit(unit) => write!(f, "unit:{unit}"),
        }
    }
}
