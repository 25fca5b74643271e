//! Verdicts: what a control says of a resource, a Region, an account or the organization.

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use crate::doc::Doc;
use crate::elsewhere::Elsewhere;
use crate::witness::Witness;

/// The status of one row of a report. There is no default: not checked is never pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// Every fact on the decision path was read, and the wanted state holds.
    Pass,
    /// A fact that was read shows that the wanted state does not hold.
    Fail,
    /// It could not be decided; the reason says why.
    Unknown,
    /// It was positively shown not to apply; the reason says how.
    NotApplicable,
    /// A person has to look; no API says it.
    Manual,
}

impl Status {
    /// All statuses, in the order that reports use.
    pub const ALL: [Self; 5] = [Self::Fail, Self::Unknown, Self::Pass, Self::Manual, Self::NotApplicable];

    /// The machine name (`NOT_APPLICABLE`).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Fail => "FAIL",
            Self::Unknown => "UNKNOWN",
            Self::NotApplicable => "NOT_APPLICABLE",
            Self::Manual => "MANUAL",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Status {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| format!("unknown status `{text}`: use PASS, FAIL, UNKNOWN, NOT_APPLICABLE or MANUAL"))
    }
}

/// How much a failed control matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Good practice.
    Low,
    /// Weakens a defence.
    Medium,
    /// Likely to be used in an attack.
    High,
    /// Exposes the account or its data now.
    Critical,
}

impl Severity {
    /// All severities, the worst first.
    pub const ALL: [Self; 4] = [Self::Critical, Self::High, Self::Medium, Self::Low];

    /// The name (`critical`).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Severity {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|severity| severity.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| format!("unknown severity `{text}`: use critical, high, medium or low"))
    }
}

/// One member that the evaluation read, and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// The path as the expression wrote it (`resource.Encryption.Rules`).
    pub path: String,
    /// The value as compact JSON, cut to a bounded size.
    pub value: String,
}

impl Evidence {
    /// Bytes of a value that are kept at most.
    pub const VALUE_BYTES: usize = 512;

    /// A value as compact JSON, cut: a long list is not written out whole for its beginning.
    pub fn value_of(doc: &Doc) -> String {
        let mut start = Start(Vec::new());
        // It fails when the start is full, and that is wanted.
        let _ = serde_json::to_writer(&mut start, doc);
        let is_cut = start.0.len() > Self::VALUE_BYTES;
        start.0.truncate(Self::VALUE_BYTES);
        let text = String::from_utf8_lossy(&start.0);
        let whole = text.trim_end_matches(char::REPLACEMENT_CHARACTER);
        if is_cut { format!("{whole}…") } else { text.into_owned() }
    }
}

/// Keeps the first bytes, and one more to tell that there are more.
struct Start(Vec<u8>);

impl Write for Start {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = (Evidence::VALUE_BYTES + 1).saturating_sub(self.0.len());
        if room == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        let taken = bytes.len().min(room);
        self.0.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a decision rests on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grounds {
    /// The members that were read, the nearest to the decision last.
    pub evidence: Vec<Evidence>,
    /// What decided, where a function can show it.
    pub witnesses: Vec<Witness>,
}

/// What a control says of one thing.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The status.
    pub status: Status,
    /// `code` or `code: detail`; empty for PASS and FAIL.
    pub reason: String,
    /// What the decision rests on.
    pub grounds: Grounds,
    /// Of an UNKNOWN that is one only because another account has the answer: the rows that have it, all of them.
    pub elsewhere: Vec<Elsewhere>,
}

impl Verdict {
    /// A verdict for which no member was read.
    pub fn without_grounds(status: Status, reason: impl Into<String>) -> Self {
        Self { status, reason: reason.into(), grounds: Grounds::default(), elsewhere: Vec::new() }
    }
}
