//! Settings that no account of a unit has: one change at the unit gives it to all of them. Claimed where every account of
//! the unit that was read fails, and no other says otherwise; of settings of a Region, in all of them or in one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plumbline_baseline::Status;

use super::{Cause, SAMPLES};
use crate::report::origin::{Origin, UNIT, UNIT_IN_REGION};
use crate::report::row::ReportRow;

/// How many units and Regions are told apart for one control.
const MOST: usize = 20_000;

/// What is read of one control about settings.
#[derive(Default)]
pub(super) struct Setting {
    /// By unit and Region.
    places: BTreeMap<(Arc<str>, Arc<str>), Place>,
    is_cut: bool,
}

/// One unit without those below it, in one Region.
struct Place {
    failing: Cause,
    passes: u64,
}

/// The rows that a change at a unit closes.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    unit: Arc<str>,
    /// All Regions without one.
    region: Option<Arc<str>>,
}

impl Taken {
    /// Whether a row of the control is among them.
    pub(super) fn has(&self, row: &ReportRow) -> bool {
        self.has_place(&row.ou, &row.region)
    }

    fn has_place(&self, unit: &str, region: &str) -> bool {
        is_below(unit, &self.unit) && self.region.as_deref().is_none_or(|own| own == region)
    }
}

/// Whether a unit is another one or in it.
fn is_below(unit: &str, above: &str) -> bool {
    unit.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl Setting {
    /// Adds a row that failed or passed.
    pub(super) fn add(&mut self, row: &ReportRow, account: u32) {
        // Where a unit is not known, nothing is said of it.
        if row.ou.is_empty() || self.is_cut {
            return;
        }
        if self.places.len() >= MOST {
            // What is left out might say otherwise.
            (self.places, self.is_cut) = (BTreeMap::new(), true);
            return;
        }
        let place = self
            .places
            .entry((row.ou.clone(), row.region.clone()))
            .or_insert_with(|| Place { failing: Cause::new(row, Arc::new(Origin::new(UNIT, &row.ou))), passes: 0 });
        match row.status {
            Status::Fail => place.failing.add(row, account),
            _ => place.passes += 1,
        }
    }

    /// Whether there were more units than are told apart.
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// The changes, the topmost units first.
    pub(super) fn finish(self) -> Vec<(Cause, Taken)> {
        let mut found: Vec<(Cause, Taken)> = Vec::new();
        for (taken, places) in self.units() {
            let is_lacked = places.iter().all(|place| place.passes == 0);
            if is_lacked
                && !found.iter().any(|(_, done)| done.overlaps(&taken))
                && let Some(cause) = lacked(&taken, &places)
            {
                found.push((cause, taken));
            }
        }
        found
    }

    /// All units with what is in and below them: of all Regions first, then of each, and a unit before those below it.
    fn units(&self) -> Vec<(Taken, Vec<&Place>)> {
        let mut units: BTreeMap<(Option<&Arc<str>>, &str), Vec<&Place>> = BTreeMap::new();
        for ((unit, region), place) in &self.places {
            for above in with_those_above(unit) {
                units.entry((None, above)).or_default().push(place);
                units.entry((Some(region), above)).or_default().push(place);
            }
        }
        let taken = |(region, unit): (Option<&Arc<str>>, &str)| Taken { unit: unit.into(), region: region.cloned() };
        units.into_iter().map(|(key, places)| (taken(key), places)).collect()
    }
}

/// The change at a unit in which nothing passes; `None` unless at least two accounts fail there.
fn lacked(taken: &Taken, places: &[&Place]) -> Option<Cause> {
    let (first, rest) = places.split_first()?;
    let mut sum = first.failing.clone();
    for Place { failing, .. } in rest {
        sum.findings += failing.findings;
        sum.accounts.extend(&failing.accounts);
        let room = SAMPLES.saturating_sub(sum.samples.len());
        sum.samples.extend(failing.samples.iter().take(room).cloned());
    }
    let accounts: BTreeSet<u32> = sum.accounts.iter().copied().collect();
    let origin = match &taken.region {
        None => Origin::new(UNIT, &taken.unit),
        Some(region) => Origin::new(UNIT_IN_REGION, &format!("{} in {region}", taken.unit)),
    };
    (accounts.len() > 1).then(|| Cause { origin: Arc::new(origin), ..sum })
}

impl Taken {
    /// Whether rows could be in both: units are asked from above, all Regions before one.
    fn overlaps(&self, later: &Self) -> bool {
        let units = is_below(&later.unit, &self.unit) || is_below(&self.unit, &later.unit);
        units && (self.region.is_none() || later.region.is_none() || self.region == later.region)
    }
}

/// A path, and those of all units above it.
fn with_those_above(path: &str) -> impl Iterator<Item = &str> {
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    ends.map(|end| &path[..end])
}
