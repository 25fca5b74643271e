//! What a report says of the scans before: what became of findings since the last one that can be compared, and how
//! coverage and compliance went. Values only, filled from the store; must not decide what a difference is.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbline_baseline::Severity;

use super::roadmap::Figures;
use super::text::grouped;

/// Scans of a trend, at most: the latest ones.
pub const NIGHTS: usize = 90;
/// Findings that are shown of each kind of change.
const EXAMPLES: usize = 8;
/// Notes on the comparison that are kept.
const NOTES: usize = 8;
/// Those of them that a terminal shows.
const LINES_OF_NOTES: usize = 3;

/// The scans before, as far as they can be held against one.
#[derive(Clone, Debug)]
pub struct Past {
    /// What became of findings since the scan before, or why nobody can tell.
    pub changes: Result<Changes, NotCompared>,
    /// The scans that can be compared, the earliest first, with this one if it ran to its end; none in a report of some
    /// rows only.
    pub trend: Vec<Night>,
}

/// Why a scan was not compared with one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCompared {
    /// There is none that stands for the same thing.
    #[error("no earlier scan of the same kind and selection that ran to its end is kept")]
    Alone,
    /// There is, and what this needs of it cannot be read.
    #[error("what is stored of earlier scans is damaged; `plumbline store verify` says what")]
    Damaged,
    /// It is asked by owner or by exception, as of today: an earlier scan has neither.
    #[error("changes are not told by owner or by exception")]
    Governed,
}

/// What became of findings between two scans, as far as both covered them.
#[derive(Clone, Debug)]
pub struct Changes {
    /// The earlier scan.
    pub scan: Arc<str>,
    /// When it started.
    pub started: String,
    /// Rows of all statuses by what happened to them, in the words of `plumbline diff`.
    pub rows: BTreeMap<&'static str, u64>,
    /// Findings that are there no more without having been fixed, by why.
    pub closed_because: BTreeMap<&'static str, u64>,
    /// What was not compared, in sentences: the first ones.
    pub notes: Vec<String>,
    /// How many more there are.
    pub more_notes: u64,
    findings: BTreeMap<Became, Found>,
}

/// What can become of a finding. A failure that nobody can read any more is not fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Became {
    /// It fails, and never did before.
    New,
    /// It failed before, did not, and fails again.
    Reopened,
    /// It failed, and does not any more.
    Fixed,
    /// It failed, and is there no more.
    Closed,
    /// It failed, and is unknown.
    Lost,
    /// It was unknown, and is known to fail as it did before that.
    Decided,
}

/// Findings of which the same became.
#[derive(Clone, Debug, Default)]
struct Found {
    count: u64,
    examples: Vec<Example>,
}

/// A finding of which something became.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// Control id.
    pub control: Arc<str>,
    /// Its title; empty when it is not known any more.
    pub title: Arc<str>,
    /// Its severity.
    pub severity: Severity,
    /// Account id.
    pub account: String,
    /// Account name; empty when it is not known.
    pub account_name: String,
    /// Region.
    pub region: String,
    /// ARN; empty when the whole scope failed.
    pub resource: String,
    /// When the scan started since which it fails, or failed.
    pub failing_since: Arc<str>,
    /// Why, where there is something to say.
    pub reason: String,
}

/// One scan of a trend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Night {
    /// Its id.
    pub scan: String,
    /// When it started.
    pub started: String,
    /// Its rows.
    pub rows: Rows,
    /// How far the organization was along the handbook when it ended; none where nobody wrote it down.
    pub roadmap: Option<Figures>,
}

/// Rows by status, as they are stored of each scan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// `PASS`.
    pub pass: u64,
    /// `FAIL`.
    pub fail: u64,
    /// `UNKNOWN`, also where another account's row decides it.
    pub unknown: u64,
    /// `NOT_APPLICABLE`.
    pub not_applicable: u64,
    /// `MANUAL`.
    pub manual: u64,
}

impl Past {
    /// What became of findings, and what was not compared, for the terminal.
    pub fn lines(&self) -> Vec<String> {
        let changes = match &self.changes {
            Ok(changes) => changes,
            Err(why) => return vec![format!("not compared: {why}")],
        };
        let first = format!("{} since {} ({})", changes.counts(), changes.scan, changes.started);
        let notes = changes.notes.iter().take(LINES_OF_NOTES).map(|note| format!("not compared: {note}"));
        std::iter::once(first).chain(notes).collect()
    }
}

impl Rows {
    /// Share of the automated rows that are decided.
    pub fn coverage(&self) -> Option<f64> {
        let decided = self.pass + self.fail + self.not_applicable;
        share(decided, decided + self.unknown)
    }

    /// Share of the rows that pass or fail that pass.
    pub fn compliance(&self) -> Option<f64> {
        share(self.pass, self.pass + self.fail)
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl Changes {
    /// Nothing yet, against a scan and its date.
    pub fn new(scan: &str, started: &str) -> Self {
        Self {
            scan: scan.into(),
            started: started.to_owned(),
            rows: BTreeMap::new(),
            closed_because: BTreeMap::new(),
            notes: Vec::new(),
            more_notes: 0,
            findings: BTreeMap::new(),
        }
    }

    /// Adds a finding: the most severe ones are kept as examples, of these the first.
    pub fn add(&mut self, became: Became, example: impl FnOnce() -> Example, severity: Severity) {
        let found = self.findings.entry(became).or_default();
        found.count += 1;
        let at = found.examples.partition_point(|known| known.severity >= severity);
        if at < EXAMPLES {
            found.examples.insert(at, example());
            found.examples.truncate(EXAMPLES);
        }
    }

    /// Adds something that was not compared.
    pub fn note(&mut self, text: String) {
        if self.notes.len() < NOTES {
            self.notes.push(text);
        } else {
            self.more_notes += 1;
        }
    }

    /// Findings of which this became.
    pub fn count(&self, became: Became) -> u64 {
        self.findings.get(&became).map_or(0, |found| found.count)
    }

    /// Some of them, the most severe first.
    pub fn examples(&self, became: Became) -> &[Example] {
        self.findings.get(&became).map_or(&[], |found| &found.examples)
    }

    /// `3 new, 2 fixed`; that none changed, where none did.
    pub fn counts(&self) -> String {
        let all = Became::ALL.into_iter().map(|became| (became, self.count(became))).filter(|(_, count)| *count > 0);
        let counts: Vec<String> =
            all.map(|(became, count)| format!("{} {}", grouped(count), became.as_str())).collect();
        if counts.is_empty() { "no finding changed".to_owned() } else { counts.join(", ") }
    }
}

impl Became {
    /// All of them, what people want to see first in front.
    pub const ALL: [Self; 6] = [Self::New, Self::Reopened, Self::Fixed, Self::Closed, Self::Lost, Self::Decided];

    /// For machines, and as a small word: the words of `plumbline diff`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Reopened => "reopened",
            Self::Fixed => "fixed",
            Self::Closed => "closed",
            Self::Lost => "lost",
            Self::Decided => "decided",
        }
    }

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::New => "Fail, and did not before",
            Self::Reopened => "Had been fixed, and fail again",
            Self::Fixed => "Failed, and do not any more",
            Self::Closed => "Failed, and are not there any more",
            Self::Lost => "Failed, and could not be read this time",
            Self::Decided => "Could not be read before, and still fail",
        }
    }
}
