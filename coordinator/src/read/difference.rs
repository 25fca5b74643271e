//! Two stored scans side by side: what differs between the states that they left, as far as both covered it.
//!
//! Reads what the nights between them wrote, and nothing of what did not change. Holds one type of one account and Region
//! at a time.

mod accounts;
mod notes;
mod place;

use plumbline_baseline::glob::glob;
use plumbline_baseline::{ScanId, Severity};

use super::nights::Nights;
use super::owed::Owed;
use super::turn::Seen;
use crate::report::difference::{Because, Difference, FindingDifference, Note, Turn, Where};
use crate::report::filter::Known;
use crate::store::record::Scan;
use crate::store::{Coverage, Departure, Error, Spot, Store};
use notes::Uncollected;

/// Two scans of a store, the earlier one first.
pub struct Comparison {
    store: Store,
    old: Side,
    new: Side,
    /// Accounts that left, or came back, between them.
    departed: Vec<Departure>,
    nights: Nights,
}

/// One of the scans.
struct Side {
    id: ScanId,
    scan: Scan,
    coverage: Coverage,
    owed: Owed,
}

/// Which differences are wanted. What is not given asks nothing.
#[derive(Clone, Debug, Default)]
pub struct Sought {
    /// Only these accounts.
    pub accounts: Vec<String>,
    /// Only these Regions.
    pub regions: Vec<String>,
    /// Only these controls; `*` matches any text.
    pub controls: Vec<String>,
    /// No resources.
    pub findings_only: bool,
    /// No findings.
    pub resources_only: bool,
    /// Also rows that appear or go without having failed.
    pub quiet_too: bool,
}

impl Sought {
    /// Whether an account as a whole is asked about.
    fn account(&self, account: &str) -> bool {
        self.regions.is_empty() && self.controls.is_empty() && has(&self.accounts, account)
    }

    /// Whether some place of an account is asked about.
    fn account_of_places(&self, account: &str) -> bool {
        has(&self.accounts, account)
    }

    pub(super) fn place(&self, account: &str, region: &str) -> bool {
        has(&self.accounts, account) && has(&self.regions, region)
    }

    fn control(&self, id: &str) -> bool {
        self.controls.is_empty() || self.controls.iter().any(|pattern| glob(id, pattern))
    }

    fn finding(&self, finding: &FindingDifference) -> bool {
        self.quiet_too || !finding.is_quiet()
    }
}

/// Whether a list has a name, or asks for none.
fn has(list: &[String], name: &str) -> bool {
    list.is_empty() || list.iter().any(|each| each == name)
}

/// What a walk over the differences came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Differences that were told.
    pub differences: u64,
    /// Types in an account and Region that could not be compared, because something of them is damaged.
    pub damaged: u64,
}

impl Comparison {
    /// Two scans of a store, whichever of them is the earlier one; `None` when one of them is not there.
    ///
    /// # Errors
    /// When the store fails or is damaged.
    pub fn open(store: &Store, one: &ScanId, other: &ScanId) -> Result<Option<Self>, Error> {
        let (Some(one), Some(other)) = (Side::open(store, one)?, Side::open(store, other)?) else { return Ok(None) };
        let (old, new) = if one.scan.night <= other.scan.night { (one, other) } else { (other, one) };
        let between = (old.scan.night, new.scan.night);
        let mut departed = store.departures()?;
        departed.retain(|departure| departure.holds(between.0) != departure.holds(between.1));
        Ok(Some(Self { store: store.clone(), old, new, departed, nights: Nights::of(store)? }))
    }

    /// The scans, the earlier one first.
    pub fn scans(&self) -> (&ScanId, &ScanId) {
        (&self.old.id, &self.new.id)
    }

    /// When they began.
    pub fn dates(&self) -> (&str, &str) {
        (&self.old.scan.started, &self.new.scan.started)
    }

    /// The accounts, Regions and controls of either scan.
    pub fn known(&self) -> Known {
        let sides = || [&self.old, &self.new].into_iter();
        let places = || sides().flat_map(|side| side.coverage.scopes().chain(side.coverage.missed()));
        Known {
            accounts: sides().flat_map(|side| &side.scan.accounts).map(|account| account.id.clone()).collect(),
            ous: Default::default(),
            regions: places().filter_map(|scope| Some(scope.split_once('/')?.1.to_owned())).collect(),
            controls: sides().flat_map(|side| side.owed.ids()).map(str::to_owned).collect(),
            frameworks: Default::default(),
        }
    }

    /// Calls a function with everything that differs: accounts, then what was closed with them and with places that
    /// baselines left out, then type by type of each account and Region. Notes come first, and what only the walk finds out, last.
    ///
    /// # Errors
    /// When the disk fails, or the function does. What is damaged is told, and costs what it holds.
    pub fn for_each<E: From<Error>>(
        &self,
        sought: &Sought,
        mut visit: impl FnMut(Difference) -> Result<(), E>,
    ) -> Result<Compared, E> {
        let mut compared = Compared::default();
        let mut uncollected = Uncollected::default();
        for note in self.notes(sought) {
            visit(Difference::Note(note))?;
        }
        let mut tell = |difference: Difference| {
            compared.differences += 1;
            visit(difference)
        };
        for account in self.accounts().into_iter().filter(|account| sought.account(&account.account)) {
            tell(Difference::Account(account))?;
        }
        let mut damaged = Vec::new();
        if !sought.resources_only {
            self.departed_findings(sought, &mut damaged, &mut tell)?;
            self.findings_of_left_places(sought, &mut damaged, &mut tell)?;
        }
        for spot in self.store.changes(self.old.scan.night, self.new.scan.night)? {
            if !sought.place(&spot.account, &spot.region) || !self.is_covered(&spot) {
                continue;
            }
            match self.store.difference(&spot, self.old.scan.night, self.new.scan.night) {
                Ok(found) => {
                    place::differences(self, sought, &spot, &found, &mut uncollected)
                        .into_iter()
                        .try_for_each(&mut tell)?;
                }
                Err(Error::Damaged { .. }) => damaged.push(spot),
                Err(error) => return Err(error.into()),
            }
        }
        compared.damaged = damaged.len() as u64;
        let of_damage = damaged.iter().map(notes::of_damage);
        let of_types = uncollected.notes(&self.old.id, &self.new.id);
        of_damage.chain(of_types).try_for_each(|note: Note| visit(Difference::Note(note)))?;
        Ok(compared)
    }

    /// Whether a control ended in an account because its baseline does not have it any more.
    fn left_baseline(&self, account: &str, control: &str) -> bool {
        self.new.owed.leaves_out(account, control)
            || (self.old.owed.has_besides(account, control) && self.new.owed.settings(account, control).is_none())
    }

    /// Whether a control was asked with other settings: what it says then is no news of the resource.
    fn has_other_settings(&self, account: &str, control: &str) -> bool {
        let settings = [&self.old, &self.new].map(|side| side.owed.settings(account, control));
        settings.iter().all(Option::is_some) && settings[0] != settings[1]
    }

    /// Whether both scans stored something there.
    fn is_covered(&self, spot: &Spot) -> bool {
        let scope = spot.scope();
        [&self.old, &self.new].into_iter().all(|side| side.coverage.controls(&scope).is_some())
    }

    fn finding(
        &self,
        control: &str,
        at: Where,
        turn: Turn,
        because: Option<Because>,
        (old, new): (Option<Seen<'_>>, Option<Seen<'_>>),
    ) -> FindingDifference {
        let sides = || [&self.new, &self.old].into_iter();
        let text = sides().find_map(|side| side.owed.text_in(&at.account, control));
        let text = text.or_else(|| sides().find_map(|side| side.owed.text(&at.account, control)));
        FindingDifference {
            control: control.into(),
            title: text.map_or_else(|| "".into(), |text| text.title.clone()),
            severity: text.map_or(Severity::Critical, |text| text.severity),
            at,
            turn,
            because,
            old: old.map(|seen| self.nights.stand(&seen)),
            new: new.map(|seen| self.nights.stand(&seen)),
            accepted: None,
            owner: None,
        }
    }
}

impl Side {
    fn open(store: &Store, id: &ScanId) -> Result<Option<Self>, Error> {
        let Some(scan) = store.scan(id)? else { return Ok(None) };
        let coverage = store.coverage(id)?;
        let owed = Owed::in_scan(&scan);
        Ok(Some(Self { id: id.clone(), scan, coverage, owed }))
    }

    fn has_account(&self, id: &str) -> bool {
        self.scan.accounts.iter().any(|account| account.id == id)
    }
}

/// A resource of a place.
fn at(spot: &Spot, id: &str) -> Where {
    Where {
        account: spot.account.clone(),
        region: spot.region.clone(),
        resource_type: spot.type_name.clone(),
        resource: id.to_owned(),
    }
}

#[cfg(test)]
mod tests;
