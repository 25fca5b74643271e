//! Exit codes: part of the machine interface, so each is a constant and the mapping is one exhaustive match.

use std::process::ExitCode;

/// Done, and coverage is complete.
pub(crate) const DONE: u8 = 0;
/// Failed: nothing was done, or it could not be finished.
pub(crate) const FAILED: u8 = 1;
/// The command line or the configuration is wrong. The same code that `clap` uses.
pub(crate) const USAGE: u8 = 2;
/// Done, and there are differences (`diff`): the code of diff(1).
pub(crate) const DIFFERENCES: u8 = 1;
/// Failed (`diff`), so that it is not taken for a difference: the code of diff(1).
pub(crate) const TROUBLE: u8 = 2;
/// Done, but coverage is incomplete: something that was planned could not be read, or more than `--min-coverage` allows.
pub(crate) const INCOMPLETE: u8 = 3;
/// Done, coverage suffices, and there are findings at or above `--fail-on`.
pub(crate) const FINDINGS: u8 = 4;
/// Done, and what was asked is denied (`iam can`).
pub(crate) const DENIED: u8 = 5;
/// Stopped by Ctrl-C or SIGTERM; what was stored is kept. 128 + SIGINT, as shells expect.
pub(crate) const INTERRUPTED: u8 = 130;

/// The text that `--help` shows.
pub(crate) const HELP: &str = "\
Exit codes:
  0    done
  1    failed (diff: done, and there are differences)
  2    wrong usage or configuration (diff: failed as well)
  3    done, but coverage is incomplete, or less than --min-coverage (wins over 4)
  4    done, and there are findings at or above --fail-on
  5    done, and the request is denied (iam can)
  130  stopped by Ctrl-C or SIGTERM; what was stored is kept";

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everything asked for was done.
    Done,
    /// It could not be done or finished, or a check that it was asked to make did not hold (a lint, a control's case).
    Failed,
    /// The command line or the configuration is wrong.
    Usage,
    /// Something planned could not be read.
    Incomplete,
    /// Findings at or above `--fail-on`.
    Findings,
    /// The request that was asked about is denied.
    Denied,
    /// What was compared differs.
    Differences,
    /// Something could not be compared.
    Trouble,
    /// Stopped by the user.
    Interrupted,
}

impl Outcome {
    /// The number that the process ends with.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => DONE,
            Self::Failed => FAILED,
            Self::Usage => USAGE,
            Self::Incomplete => INCOMPLETE,
            Self::Findings => FINDINGS,
            Self::Denied => DENIED,
            Self::Differences => DIFFERENCES,
            Self::Trouble => TROUBLE,
            Self::Interrupted => INTERRUPTED,
        }
    }
}

impl Outcome {
    /// What it means, in the words of `--help`.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Usage => "wrong usage or configuration",
            Self::Incomplete => "done, but coverage is incomplete",
            Self::Findings => "done, and there are findings at or above --fail-on",
            Self::Denied => "done, and the request is denied (iam can)",
            Self::Differences => "done, and there are differences",
            Self::Trouble => "failed",
            Self::Interrupted => "stopped by Ctrl-C or SIGTERM; what was stored is kept",
        }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_has_every_code_with_its_meaning() {
        use Outcome::{Denied, Done, Failed, Findings, Incomplete, Interrupted, Usage};
        for outcome in [Done, Failed, Usage, Incomplete, Findings, Denied, Interrupted] {
            let line = format!("  {:<4} {}", outcome.code(), outcome.meaning());
            assert!(HELP.lines().any(|each| each.starts_with(&line)), "{line}");
        }
        for outcome in [Outcome::Differences, Outcome::Trouble] {
            let (code, meaning) = (format!("  {:<4} ", outcome.code()), format!("(diff: {}", outcome.meaning()));
            assert!(HELP.lines().any(|each| each.starts_with(&code) && each.contains(&meaning)), "{meaning}");
        }
    }
}
