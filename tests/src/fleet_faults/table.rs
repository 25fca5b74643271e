//! All rows of a scan: account, Region, control, resource, status. Two scans of one world have the same ones.

use std::collections::BTreeMap;

use anyhow::Context;
use plumbline_baseline::{ScanId, Status};
use plumbline_coordinator::read::ScanView;
use plumbline_coordinator::store::{self, Store};

use super::outcome::Wrong;

/// What a row is about.
type Key = [String; 4];

/// The rows, with their statuses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Table(BTreeMap<Key, Vec<Status>>);

impl Table {
    /// The rows of a stored scan.
    pub(super) fn of(store: &Store, scan: &ScanId) -> anyhow::Result<Self> {
        let view = ScanView::open(store, scan)?.context("the scan is stored")?;
        let mut rows = Self::default();
        view.for_each(|row| {
            let key = [&*row.account, &*row.region, &*row.control, &row.resource].map(str::to_owned);
            rows.0.entry(key).or_default().push(row.status);
            Ok::<(), store::Error>(())
        })?;
        Ok(rows)
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }

    /// What differs from this in what was found of the same world.
    pub(super) fn compare(&self, found: &Self, when: &str, wrong: &mut Wrong) {
        for (key, expected) in &self.0 {
            let statuses = found.0.get(key).map(Vec::as_slice).unwrap_or_default();
            compare_one(key, expected, statuses, when, wrong);
        }
        for (key, statuses) in found.0.iter().filter(|(key, _)| !self.0.contains_key(*key)) {
            wrong.phantom += statuses.len() as u64;
            wrong.tell(format!("{when}: phantom {statuses:?} of {key:?}"));
        }
    }
}

fn compare_one(key: &Key, expected: &[Status], found: &[Status], when: &str, wrong: &mut Wrong) {
    if expected == found {
        return;
    }
    wrong.tell(format!("{when}: {found:?} and not {expected:?} of {key:?}"));
    let passes = |rows: &[Status]| rows.iter().filter(|status| **status == Status::Pass).count();
    match found.len().cmp(&expected.len()) {
        std::cmp::Ordering::Less => wrong.lost += (expected.len() - found.len()) as u64,
        std::cmp::Ordering::Greater => wrong.duplicated += (found.len() - expected.len()) as u64,
        std::cmp::Ordering::Equal if passes(found) > passes(expected) => wrong.false_pass += 1,
        std::cmp::Ordering::Equal => wrong.lost += 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[(&str, Status)]) -> Table {
        let mut table = Table::default();
        for (resource, status) in rows {
            let key = ["1", "r", "c", resource].map(str::to_owned);
            table.0.entry(key).or_default().push(*status);
        }
        table
    }

    #[test]
    fn what_is_lost_doubled_invented_or_passes_falsely_is_told_apart() {
        let expected = table(&[("a", Status::Pass), ("b", Status::Fail), ("c", Status::Fail), ("d", Status::Pass)]);
        let found = table(&[
            ("a", Status::Pass),
            ("a", Status::Pass),
            ("b", Status::Pass),
            ("d", Status::Unknown),
            ("e", Status::Pass),
        ]);
        let mut wrong = Wrong::default();
        expected.compare(&found, "x", &mut wrong);
        assert_eq!((wrong.lost, wrong.duplicated, wrong.phantom, wrong.false_pass), (2, 1, 1, 1), "{wrong:?}");
        let mut wrong = Wrong::default();
        expected.compare(&expected.clone(), "x", &mut wrong);
        assert!(wrong.is_nothing());
    }
}
