//! Every state that a kept night can ask for, account and Region by account and Region: its name, the root above it, and
//! the rows that jobs counted in it.

use std::collections::BTreeMap;

use plumbline_tree::{Hash, Names};
use redb::{ReadOnlyTable, ReadTransaction, TableHandle};

use super::expected::{Counted, Expected};
use super::{Kind, Known, Lost, Verification};
use crate::store::record::ScopeHead;
use crate::store::remember::merge::Remembered;
use crate::store::remember::place::{Place, SCOPES, Tables};
use crate::store::{Error, sealed};

type Table = ReadOnlyTable<&'static [u8], &'static [u8]>;

/// Verifies all accounts and Regions.
pub(super) fn verify(
    transaction: &ReadTransaction,
    known: &Known,
    expected: &Expected,
    found: &mut Verification,
) -> Result<(), Error> {
    let tables = Tables::open(|table| transaction.open_table(table))?;
    let scopes = transaction.open_table(SCOPES)?;
    found.jobs = expected.len();
    for (&scope, name) in &known.scopes {
        let mut rows = Rows::of(expected.of(scope));
        let mut names = Some(Names::default());
        for place in Place::all_of(scope, &tables)? {
            found.places += 1;
            let type_name = known.of(place.of);
            let mut states = 0;
            let broken = tables.walk(place, &type_name, &known.nights, |nights, state| {
                states += 1;
                rows.count(expected, nights, state);
            })?;
            found.states += states;
            if let Some(broken) = broken {
                rows.cannot_tell_before(broken.since);
                found.add(Kind::State, format!("{type_name} in {name}"), broken.what, known.lost(broken.since));
            }
            names = names.and_then(|names| with_name(names, &tables, place, type_name));
        }
        rows.compare(known, name, found);
        if let Some(names) = names
            && !is_root(&scopes, scope, names.root())
        {
            let what = "the name of all that is known of it is another one";
            found.add(Kind::State, name.as_str(), what, Lost::Nothing);
        }
    }
    Ok(())
}

/// Adds the name of what a type was last; `None` when it cannot be read.
fn with_name(mut names: Names, tables: &Tables<Table>, place: Place, type_name: String) -> Option<Names> {
    let head = tables.head(place).ok()??;
    let name: Hash = head.name.as_slice().try_into().ok()?;
    if !head.is_left_out {
        names.0.insert(type_name, name);
    }
    Some(names)
}

/// Whether this is the root of an account and Region. One that nothing was ever stored of has none.
fn is_root(scopes: &Table, scope: u32, root: Hash) -> bool {
    let key = scope.to_be_bytes();
    let Ok(Some(value)) = redb::ReadableTable::get(scopes, key.as_slice()) else { return false };
    let head = sealed::open(scopes.name(), &key, value.value(), "state");
    // A damaged one was told of.
    head.map_or(true, |payload| {
        <ScopeHead as prost::Message>::decode(payload).is_ok_and(|head| head.root == root.as_slice())
    })
}

/// The rows that are there for the jobs of one account and Region.
struct Rows<'a> {
    jobs: &'a [Counted],
    there: Vec<u64>,
    /// Nights from which on all types could be counted.
    since: u32,
}

impl<'a> Rows<'a> {
    fn of(jobs: &'a [Counted]) -> Self {
        Self { jobs, there: vec![0; jobs.len()], since: 0 }
    }

    /// Counts a state for the jobs of the nights that it held for.
    fn count(&mut self, expected: &Expected, nights: std::ops::Range<u32>, state: &Remembered) {
        let start = self.jobs.partition_point(|job| job.night < nights.start);
        let end = self.jobs.partition_point(|job| job.night < nights.end);
        if start == end {
            return;
        }
        let mut rows: BTreeMap<&str, u64> = BTreeMap::new();
        for entry in state.entries.iter().filter(|entry| entry.missing_since == 0) {
            for row in &entry.rows {
                *rows.entry(row.control.as_str()).or_default() += 1;
            }
        }
        for (job, there) in self.jobs[start..end].iter().zip(&mut self.there[start..end]) {
            let controls = expected.controls(*job);
            *there +=
                rows.iter().filter(|(control, _)| controls.contains(**control)).map(|(_, count)| count).sum::<u64>();
        }
    }

    fn cannot_tell_before(&mut self, since: Option<u32>) {
        self.since = self.since.max(since.unwrap_or(u32::MAX));
    }

    fn compare(&self, known: &Known, scope: &str, found: &mut Verification) {
        for (job, there) in self.jobs.iter().zip(&self.there).filter(|(job, _)| job.night >= self.since) {
            if *there != job.rows {
                let scan = known.scans.get(&job.night).map_or("", String::as_str);
                let what = format!("{there} rows are there of the {} that were stored", job.rows);
                found.add(Kind::Rows, format!("{scope} in scan {scan}"), what, Lost::Everything);
            }
        }
    }
}
