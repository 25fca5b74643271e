//! What a scan amounts to: the exit code, and the two facts behind it, coverage and findings, which are always told
//! together. Pure.

use plumbline_baseline::Severity;
use plumbline_coordinator::report::summary::Exit;
use plumbline_coordinator::report::{Digest, counted, grouped, percent};

use crate::exit::Outcome;

/// What the user asked to be measured by.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Measure {
    /// The share of checks that has to be read, in percent; all of them without one.
    pub(crate) min_coverage: Option<f64>,
    /// Findings count from this severity on.
    pub(crate) fail_on: Option<Severity>,
    /// What could not be read of the organization: no share of what is known of it says how much that is.
    pub(crate) gaps: usize,
}

impl Measure {
    /// How a scan that ran to its end has ended. Too little coverage wins over findings: half a scan says little.
    pub(crate) fn outcome(self, digest: &Digest) -> Outcome {
        if !self.is_covered(digest) {
            Outcome::Incomplete
        } else if self.findings(digest) > 0 {
            Outcome::Findings
        } else {
            Outcome::Done
        }
    }

    fn is_covered(self, digest: &Digest) -> bool {
        self.gaps == 0 && digest.is_covered(self.min_coverage)
    }

    fn findings(self, digest: &Digest) -> u64 {
        self.fail_on.map_or(0, |severity| digest.failures_at(severity))
    }

    /// The same for machines.
    pub(crate) fn exit(self, outcome: Outcome, digest: &Digest) -> Exit {
        Exit {
            code: outcome.code(),
            meaning: outcome.meaning(),
            min_coverage: self.min_coverage,
            is_covered: self.is_covered(digest),
            fail_on: self.fail_on,
            findings: self.findings(digest),
        }
    }

    /// The same for people, on one line.
    pub(crate) fn sentence(self, outcome: Outcome, digest: &Digest) -> String {
        let checks = digest.total.checks;
        let unread = match checks.undecided {
            0 if self.gaps > 0 => "everything planned was read, and not all could be planned".to_owned(),
            0 => "everything planned was read".to_owned(),
            count => format!("{} of {} not read", grouped(count), counted(checks.automated, "check")),
        };
        let elsewhere = match checks.decided_elsewhere {
            0 => String::new(),
            count => format!(", {} decided in other accounts", grouped(count)),
        };
        let wanted = self.min_coverage.map_or_else(String::new, |share| format!(", at least {share}% wanted"));
        let findings = match self.fail_on {
            Some(severity) => format!("{} at or above {severity}", counted(self.findings(digest), "finding")),
            None => counted(digest.failures_at(Severity::Low), "finding"),
        };
        let accepted = match digest.governed.accepted() {
            0 => String::new(),
            count => format!(", {} more accepted", grouped(count)),
        };
        let (code, meaning) = (outcome.code(), outcome.meaning());
        format!(
            "Coverage {} ({unread}{elsewhere}{wanted}) · {findings}{accepted} · exit code {code}: {meaning}",
            percent(checks.coverage())
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(undecided: u64, high: u64) -> Digest {
        let mut digest = Digest::default();
        digest.total.checks.automated = 1000;
        digest.total.checks.undecided = undecided;
        digest.failing_by_severity[1] = high;
        digest
    }

    #[test]
    fn incomplete_and_failing_are_told_apart() {
        let check = |(undecided, high), min_coverage, fail_on, expected| {
            let measure = Measure { min_coverage, fail_on, gaps: 0 };
            let digest = digest(undecided, high);
            assert_eq!(measure.outcome(&digest), expected, "{undecided} {high} {measure:?}");
            let exit = measure.exit(expected, &digest);
            assert_eq!(exit.is_covered, expected != Outcome::Incomplete);
            let sentence = measure.sentence(expected, &digest);
            let both = sentence.contains("Coverage ") && sentence.contains(" finding");
            assert!(both && sentence.contains(&format!("exit code {}", expected.code())), "{sentence}");
        };
        let (high, critical) = (Some(Severity::High), Some(Severity::Critical));
        check((0, 0), None, high, Outcome::Done);
        check((0, 9), None, None, Outcome::Done);
        check((0, 9), None, high, Outcome::Findings);
        check((0, 9), None, critical, Outcome::Done);
        check((1, 9), None, high, Outcome::Incomplete);
        check((1, 9), Some(99.9), high, Outcome::Findings);
        check((2, 9), Some(99.9), high, Outcome::Incomplete);
        check((2, 0), Some(99.0), high, Outcome::Done);

        // What is accepted ends no command with 4, and is told.
        let mut accepted = digest(0, 9);
        accepted.governed.accepted_by_severity[1] = 9;
        let measure = Measure { min_coverage: None, fail_on: high, gaps: 0 };
        assert_eq!(measure.outcome(&accepted), Outcome::Done);
        let sentence = measure.sentence(Outcome::Done, &accepted);
        assert!(sentence.contains("0 findings at or above high, 9 more accepted"), "{sentence}");
        check((1000, 0), Some(0.0), high, Outcome::Done);
    }

    #[test]
    fn what_could_not_be_planned_is_not_covered_whatever_share_is_wanted() {
        let measure = Measure { min_coverage: Some(50.0), fail_on: None, gaps: 1 };
        assert_eq!(measure.outcome(&digest(0, 0)), Outcome::Incomplete);
        assert!(!measure.exit(Outcome::Incomplete, &digest(0, 0)).is_covered);
    }
}
