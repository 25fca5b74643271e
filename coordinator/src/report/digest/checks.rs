//! Checks, counted: one control in one account and Region, by what all of its rows say together.

use plumbline_baseline::Status;

use super::super::row::ReportRow;

/// Checks, counted. A check is one (account, Region, control); it may have many rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checks {
    /// Checks that a machine decides: all but the manual ones.
    pub automated: u64,
    /// Everything was read and everything holds.
    pub passed: u64,
    /// At least one FAIL; other rows of the check may be unknown.
    pub failed: u64,
    /// Those of them of which an exception accepts every FAIL. They count as failed all the same.
    pub accepted: u64,
    /// At least one UNKNOWN that nothing decides: the check is not covered, whatever else it says.
    pub undecided: u64,
    /// At least one UNKNOWN, and rows of other accounts decide each of them: the check is covered, and counts there.
    pub decided_elsewhere: u64,
    /// Those of them in which nothing fails where they are decided.
    pub held_elsewhere: u64,
    /// Shown not to apply.
    pub not_applicable: u64,
    /// Left to a person, and nobody vouches for it.
    pub manual: u64,
    /// Left to a person, who vouches for it. Nothing was measured: they are neither automated nor passed.
    pub attested: u64,
}

impl Checks {
    /// Share of the automated checks that were read completely. `None` when there are none.
    pub fn coverage(&self) -> Option<f64> {
        share(self.automated - self.undecided, self.automated)
    }

    /// Share of the decided checks that hold. `None` when nothing was decided.
    pub fn compliance(&self) -> Option<f64> {
        share(self.passed, self.passed + self.failed)
    }

    pub(super) fn add(&mut self, other: Self) {
        self.automated += other.automated;
        self.passed += other.passed;
        self.failed += other.failed;
        self.accepted += other.accepted;
        self.undecided += other.undecided;
        self.decided_elsewhere += other.decided_elsewhere;
        self.held_elsewhere += other.held_elsewhere;
        self.not_applicable += other.not_applicable;
        self.manual += other.manual;
        self.attested += other.attested;
    }

    pub(super) fn count(&mut self, seen: Seen) {
        if (seen.manual || seen.attested) && !seen.any_automated() {
            self.manual += u64::from(seen.manual);
            self.attested += u64::from(!seen.manual);
            return;
        }
        self.automated += 1;
        self.failed += u64::from(seen.fail);
        self.accepted += u64::from(seen.fail && !seen.open_fail);
        self.undecided += u64::from(seen.unknown);
        self.decided_elsewhere += u64::from(seen.elsewhere && !seen.unknown);
        self.held_elsewhere += u64::from(seen.elsewhere && !seen.unknown && !seen.fails_elsewhere);
        let is_open = seen.fail || seen.unknown || seen.elsewhere;
        self.passed += u64::from(seen.pass && !is_open);
        self.not_applicable += u64::from(!seen.pass && !is_open);
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Which statuses the rows of one check had.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen {
    pass: bool,
    pub(super) fail: bool,
    unknown: bool,
    elsewhere: bool,
    fails_elsewhere: bool,
    not_applicable: bool,
    manual: bool,
    /// A FAIL that no exception accepts.
    open_fail: bool,
    /// What a person vouches for.
    attested: bool,
}

impl Seen {
    fn any_automated(self) -> bool {
        self.pass || self.fail || self.unknown || self.elsewhere || self.not_applicable
    }

    pub(super) fn add(&mut self, row: &ReportRow) {
        match row.status {
            Status::Pass if row.attested.is_some() => self.attested = true,
            Status::Unknown if row.is_decided_elsewhere() => {
                self.elsewhere = true;
                self.fails_elsewhere |= !row.holds_elsewhere;
            }
            Status::Pass => self.pass = true,
            Status::Fail => {
                self.fail = true;
                self.open_fail |= !row.is_accepted();
            }
            Status::Unknown => self.unknown = true,
            Status::NotApplicable => self.not_applicable = true,
            Status::Manual => self.manual = true,
        }
    }
}
