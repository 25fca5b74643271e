//! Which stored scan is meant: the latest, or the one with this beginning of its id.
//!
//! A scan that was stopped, limited or only a demonstration is never the latest in silence: it is passed over for an
//! older one that tells the whole truth, or shown with a notice where there is none.

use std::fmt::{Display, Formatter};

use plumbline_baseline::ScanId;

use super::record::{ScanHead, ScanKind, ScanState};
use super::scans::StoredScan;
use super::{Error, Store};

/// Ids that an error names at most.
const SHOWN: usize = 5;

/// The latest scan, and what has to be said with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Latest {
    /// The scan.
    pub scan: ScanId,
    /// What it is not, where the store has none that is complete, full and real.
    pub shortcoming: Option<Shortcoming>,
    /// Newer scans that were passed over, the newest first.
    pub passed_over: Vec<(ScanId, Shortcoming)>,
}

/// Why a scan does not stand for the organization's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shortcoming {
    /// Accounts may be missing: the organization's lists could not be read.
    Partial,
    /// A selection limited it.
    Limited,
    /// It scanned a simulated organization.
    Demonstration,
    /// It was written by a version that says nothing of its end or its selection that this one understands.
    Unknown,
    /// It could not go on.
    Failed,
    /// It was stopped, or its process was killed.
    Interrupted,
    /// It has not ended yet.
    Running,
    /// Its record cannot be read.
    Damaged,
}

impl Display for Shortcoming {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Partial => "may lack accounts, because the organization could not be read",
            Self::Limited => "is limited by a selection",
            Self::Demonstration => "is a demonstration",
            Self::Unknown => "does not say whether it is complete",
            Self::Failed => "could not be finished",
            Self::Interrupted => "was stopped before its end",
            Self::Running => "is still running",
            Self::Damaged => "is damaged in the store",
        })
    }
}

impl Latest {
    /// What a reader has to be told, in a sentence; `None` when the newest scan is complete, full and real.
    pub fn notice(&self) -> Option<String> {
        let newest = self.passed_over.first().map(|(scan, shortcoming)| format!("the newer scan {scan} {shortcoming}"));
        match (newest, self.shortcoming) {
            (None, None) => None,
            (Some(newest), None) => Some(format!("{newest}; this is {}, the latest complete one", self.scan)),
            (_, Some(shortcoming)) => {
                Some(format!("this scan ({}) {shortcoming}, and there is no complete, full one", self.scan))
            }
        }
    }
}

/// Why no scan was found by the beginning of an id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FindError {
    /// None begins like this.
    #[error("no scan's id begins with `{wanted}`{}", latest(known))]
    None {
        /// What was asked for.
        wanted: String,
        /// The newest ids.
        known: Vec<ScanId>,
    },
    /// Several begin like this.
    #[error("the ids of {} scans begin with `{wanted}`: {}", found.len(), listed(found))]
    Many {
        /// What was asked for.
        wanted: String,
        /// All of them, the newest first.
        found: Vec<ScanId>,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Error),
}

fn latest(known: &[ScanId]) -> String {
    if known.is_empty() { "; there are none".to_owned() } else { format!("; the newest are {}", listed(known)) }
}

fn listed(ids: &[ScanId]) -> String {
    let shown: Vec<&str> = ids.iter().take(SHOWN).map(ScanId::as_str).collect();
    format!("{}{}", shown.join(", "), if ids.len() > SHOWN { ", …" } else { "" })
}

impl Store {
    /// The latest scan that is complete, full and real; where there is none, the one that comes closest to it. `None`
    /// when nothing was scanned.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn latest(&self) -> Result<Option<Latest>, Error> {
        Ok(choose(self.scans()?))
    }

    /// The one scan whose id begins like this, in upper or lower case.
    ///
    /// # Errors
    /// When none or several do, or the disk fails.
    pub fn find(&self, beginning: &str) -> Result<ScanId, FindError> {
        let known: Vec<ScanId> = self.scans()?.into_iter().map(|scan| scan.id).collect();
        let wanted = beginning.to_ascii_uppercase();
        let (whole, begun): (Vec<_>, Vec<_>) = known
            .iter()
            .filter(|id| !wanted.is_empty() && id.as_str().to_ascii_uppercase().starts_with(&wanted))
            .partition(|id| id.as_str().len() == wanted.len());
        match (whole.as_slice(), begun.as_slice()) {
            ([one], _) | ([], [one]) => Ok((*one).clone()),
            ([], []) => match self.pruned_like(&wanted)? {
                Some(pruned) => Err(FindError::Store(pruned.into())),
                None => Err(FindError::None { wanted: beginning.to_owned(), known: known.clone() }),
            },
            _ => {
                let found = whole.into_iter().chain(begun).cloned().collect();
                Err(FindError::Many { wanted: beginning.to_owned(), found })
            }
        }
    }
}

pub(super) fn choose(scans: Vec<StoredScan>) -> Option<Latest> {
    let mut judged: Vec<(ScanId, Option<Shortcoming>)> = scans
        .into_iter()
        .map(|scan| (scan.id, scan.head.map_or(Some(Shortcoming::Damaged), |head| shortcoming(&head))))
        .collect();
    // The first of several that are equally good is the newest.
    let best = judged.iter().map(|(_, shortcoming)| *shortcoming).min()?;
    let index = judged.iter().position(|(_, shortcoming)| *shortcoming == best)?;
    let passed_over = judged.drain(..index).filter_map(|(id, shortcoming)| Some((id, shortcoming?))).collect();
    let (scan, shortcoming) = judged.swap_remove(0);
    Some(Latest { scan, shortcoming, passed_over })
}

/// Why a scan does not stand for the organization's state; `None` when it does.
pub fn shortcoming(head: &ScanHead) -> Option<Shortcoming> {
    match head.state() {
        ScanState::Complete => {}
        ScanState::Unspecified if !head.finished.is_empty() => {}
        ScanState::Running => return Some(Shortcoming::Running),
        ScanState::Interrupted => return Some(Shortcoming::Interrupted),
        ScanState::Failed => return Some(Shortcoming::Failed),
        ScanState::Unspecified => return Some(Shortcoming::Unknown),
    }
    match head.kind() {
        ScanKind::Full => None,
        ScanKind::Partial => Some(Shortcoming::Partial),
        ScanKind::Limited => Some(Shortcoming::Limited),
        ScanKind::Demonstration => Some(Shortcoming::Demonstration),
        ScanKind::Unspecified => Some(Shortcoming::Unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(id: &str, kind: ScanKind, state: ScanState) -> StoredScan {
        let head = ScanHead { id: id.into(), kind: kind as i32, state: state as i32, ..ScanHead::default() };
        StoredScan { id: id.parse().unwrap(), head: Ok(head) }
    }

    fn check(scans: Vec<StoredScan>, expected: &str, notice: Option<&str>) {
        let latest = choose(scans).unwrap();
        assert_eq!(latest.scan, expected);
        let said = latest.notice();
        assert_eq!(said.is_some(), notice.is_some(), "{said:?}");
        assert!(said.unwrap_or_default().contains(notice.unwrap_or_default()));
    }

    #[test]
    fn a_stopped_limited_or_demonstration_scan_is_never_the_latest_in_silence() {
        use ScanKind::{Demonstration, Full, Limited};
        use ScanState::{Complete, Failed, Interrupted, Running};
        let good = || scan("01A", Full, Complete);
        check(vec![good()], "01A", None);
        check(vec![scan("01B", Full, Complete), good()], "01B", None);
        for (kind, state, why) in [
            (Limited, Complete, "is limited"),
            (ScanKind::Partial, Complete, "may lack accounts"),
            (Demonstration, Complete, "demonstration"),
            (Full, Interrupted, "was stopped"),
            (Full, Running, "is still running"),
            (Full, Failed, "could not be finished"),
            (ScanKind::Unspecified, Complete, "does not say"),
        ] {
            check(vec![scan("01B", kind, state), good()], "01A", Some(why));
            check(vec![scan("01B", kind, state)], "01B", Some(why));
        }
    }

    #[test]
    fn without_a_good_one_the_closest_is_shown_with_a_notice() {
        use ScanKind::{Full, Limited};
        let scans = vec![
            scan("01C", Full, ScanState::Interrupted),
            scan("01B", Limited, ScanState::Complete),
            scan("01A", Limited, ScanState::Complete),
        ];
        check(scans, "01B", Some("is limited"));
    }

    #[test]
    fn a_damaged_record_is_passed_over_and_said() {
        let damaged = StoredScan { id: "01B".parse().unwrap(), head: Err(Error::Damaged { what: "scan" }) };
        check(vec![damaged, scan("01A", ScanKind::Full, ScanState::Complete)], "01A", Some("damaged"));
        assert_eq!(choose(Vec::new()), None);
    }
}
