//! What nights changed, for whoever compares or tells them: the places by name, the differences between two nights, and
//! the steps of one place from night to night.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::inventory::TypeNames;
use super::names::{self, Kind, NAMES};
use super::place::{Difference, Place, SCOPES, Tables, if_damaged};
use super::read::places;
use super::take::whole_head_of;
use crate::store::record::{Entry, EntryBefore, Head};
use crate::store::sealed::Sealed;
use crate::store::{Error, Store};

/// One type in one account and Region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    place: Place,
    /// The account.
    pub account: String,
    /// The Region, or what stands in its place.
    pub region: String,
    /// The type; empty for what is about the whole account and Region.
    pub type_name: String,
}

/// What a walk over the nights of a place comes by.
#[derive(Clone, Debug, PartialEq)]
pub enum Walked {
    /// An entry, as it is now.
    Now(Entry),
    /// What a night changed.
    Step(Box<Step>),
}

/// What a night changed of one entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The night.
    pub night: u32,
    /// The head after it.
    pub head: Head,
    /// The entry before; none where it was not there.
    pub old: Option<Entry>,
    /// The entry after it; none where it is gone.
    pub new: Option<Entry>,
}

impl Spot {
    /// `account/Region`.
    pub fn scope(&self) -> String {
        format!("{}/{}", self.account, self.region)
    }
}

impl Store {
    /// The places that a night after the first, up to the second, changed, by account, Region and type. Reads the keys of
    /// what those nights wrote.
    ///
    /// # Errors
    /// When the disk fails, or a name is damaged.
    pub fn changes(&self, after: u32, until: u32) -> Result<Vec<Spot>, Error> {
        let changed =
            self.read(|transaction| Tables::open(|table| transaction.open_table(table))?.changed(after, until))?;
        self.count_changes(after, until, &changed)?;
        let places: BTreeSet<Place> = changed.into_iter().map(|(_, place)| place).collect();
        let scopes: BTreeSet<u32> = places.iter().map(|place| place.scope).collect();
        let names = self.scope_names(|number, _| scopes.contains(&number))?;
        self.spots(places, &names, &self.type_names()?)
    }

    /// The places of the accounts and Regions that a function picks by their names, as far as a type is wanted.
    ///
    /// # Errors
    /// When the disk fails, or a name is damaged.
    pub fn places(
        &self,
        mut picks: impl FnMut(&str, &str) -> bool,
        wants_type: impl Fn(&str) -> bool,
    ) -> Result<Vec<Spot>, Error> {
        let names =
            self.scope_names(|_, name| name.split_once('/').is_some_and(|(account, region)| picks(account, region)))?;
        let types = self.type_names()?;
        let places = self.read(|transaction| {
            let (tables, scopes) =
                (Tables::open(|table| transaction.open_table(table))?, transaction.open_table(SCOPES)?);
            let mut wanted = BTreeSet::new();
            for scope in names.keys() {
                let name = |of: u32| types.0.get(&of).map(|name| name.to_string());
                let all = places(*scope, &tables, &scopes, name)?.into_iter();
                wanted.extend(all.filter(|place| types.0.get(&place.of).is_some_and(|name| wants_type(name))));
            }
            Ok(wanted)
        })?;
        self.spots(places, &names, &types)
    }

    /// A damaged page may hide what nights changed: how many types each job changed stands in its record. What that cannot
    /// be read of says so where it is asked for.
    fn count_changes(&self, after: u32, until: u32, changed: &BTreeSet<(u32, Place)>) -> Result<(), Error> {
        let mut counts: HashMap<(u32, u32), u32> = HashMap::new();
        changed.iter().for_each(|(night, place)| *counts.entry((*night, place.scope)).or_default() += 1);
        let numbers: HashMap<String, u32> = self
            .read(|transaction| names::all(&transaction.open_table(NAMES)?, Kind::Scope))?
            .into_iter()
            .map(|(number, name)| (name, number))
            .collect();
        for scan in self.scans()? {
            let Some(night) = scan.head.ok().map(|head| head.night).filter(|night| *night > after && *night <= until)
            else {
                continue;
            };
            let facts = self.facts(&scan.id).map(Some).or_else(if_damaged)?;
            let jobs = self.jobs(&scan.id).map(Some).or_else(if_damaged)?;
            let Some((facts, jobs)) = facts.zip(jobs) else { continue };
            for job in jobs.iter().filter(|job| job.changed > 0) {
                let known = numbers.get(&facts.scope(job)?).and_then(|scope| counts.get(&(night, *scope)));
                if known.copied().unwrap_or_default() < job.changed {
                    return Err(Error::Damaged { what: "list of what a night changed" });
                }
            }
        }
        Ok(())
    }

    /// What differs at a place between the states after two nights, the earlier one first.
    ///
    /// # Errors
    /// When the disk fails, or something that this needs is damaged.
    pub fn difference(&self, spot: &Spot, earlier: u32, later: u32) -> Result<Difference, Error> {
        self.read(|transaction| {
            Tables::open(|table| transaction.open_table(table))?.difference(
                spot.place,
                &spot.type_name,
                (earlier, later),
            )
        })
    }

    /// All entries of a place as they were after a night; none where the type was not known then.
    ///
    /// # Errors
    /// When the disk fails, or something that this needs is damaged.
    pub fn entries(&self, spot: &Spot, night: u32) -> Result<Vec<Entry>, Error> {
        let state =
            self.read(|transaction| Tables::open(|table| transaction.open_table(table))?.as_of(spot.place, night))?;
        Ok(state.map(|state| state.entries).unwrap_or_default())
    }

    /// What is known of a place beside its entries, as of now.
    ///
    /// # Errors
    /// When the disk fails, or it is damaged.
    pub fn head_of(&self, spot: &Spot) -> Result<Option<Head>, Error> {
        self.read(|transaction| Tables::open(|table| transaction.open_table(table))?.head(spot.place))
    }

    /// One entry from night to night, the earliest first: how it is now, and every step to it that is kept. Reads the
    /// records of the nights that changed the place, and of the present the chunk with the entry.
    ///
    /// # Errors
    /// When the disk fails, or something that this needs is damaged.
    pub fn steps_of(&self, spot: &Spot, id: &str) -> Result<(Option<Entry>, Vec<Step>), Error> {
        self.read(|transaction| {
            let tables = Tables::open(|table| transaction.open_table(table))?;
            let now = tables.entries(spot.place, &BTreeSet::from([id.to_owned()]))?.remove(id);
            let steps = steps_to(&tables, spot.place, id, now.clone())?;
            if now.is_some() || steps.is_empty() {
                return Ok((now, steps));
            }
            // It was there. It is gone, or a damaged page hides it.
            let now = tables.whole_now(spot.place, &spot.type_name)?.into_iter().find(|entry| entry.id == id);
            let steps = steps_to(&tables, spot.place, id, now.clone())?;
            Ok((now, steps))
        })
    }

    /// Calls a function with every entry of a place as it is now, and then with every step to that, the latest night first.
    ///
    /// # Errors
    /// When the disk fails, or something that this needs is damaged.
    pub fn steps(&self, spot: &Spot, mut visit: impl FnMut(Walked)) -> Result<(), Error> {
        self.read(|transaction| {
            let tables = Tables::open(|table| transaction.open_table(table))?;
            let Some(now) = tables.as_of(spot.place, u32::MAX)? else { return Ok(()) };
            now.entries.iter().for_each(|entry| visit(Walked::Now(entry.clone())));
            let mut state: BTreeMap<String, Entry> =
                now.entries.into_iter().map(|entry| (entry.id.clone(), entry)).collect();
            tables.walk_back(spot.place, |night, head, before| {
                let head = head.clone();
                let mut entries = before.entries;
                if before.head.is_none() {
                    entries = state.keys().map(|id| EntryBefore { id: id.clone(), entry: None }).collect();
                }
                for EntryBefore { id, entry: old } in entries {
                    let new = match &old {
                        Some(old) => state.insert(id, old.clone()),
                        None => state.remove(&id),
                    };
                    visit(Walked::Step(Box::new(Step { night, head: head.clone(), old, new })));
                }
            })
        })
    }

    /// The last night that was stored of an account and Region; 0 for none.
    ///
    /// # Errors
    /// When the disk fails, or the record is damaged.
    pub fn last_night_of(&self, spot: &Spot) -> Result<u32, Error> {
        self.read(|transaction| {
            let table = transaction.open_table(SCOPES)?;
            let head = whole_head_of(&table, &spot.place.scope.to_be_bytes())?;
            Ok(head.map_or(0, |head| head.night))
        })
    }

    fn spots(
        &self,
        places: BTreeSet<Place>,
        scopes: &BTreeMap<u32, String>,
        types: &TypeNames,
    ) -> Result<Vec<Spot>, Error> {
        let spot = |place: Place| {
            let scope = scopes.get(&place.scope).and_then(|name| name.split_once('/'));
            let (account, region) = scope.ok_or(Error::Damaged { what: "name of an account and Region" })?;
            let type_name =
                types.0.get(&place.of).map(|name| name.to_string()).ok_or(Error::Damaged { what: "name of a type" })?;
            Ok(Spot { place, account: account.to_owned(), region: region.to_owned(), type_name })
        };
        let mut spots = places.into_iter().map(spot).collect::<Result<Vec<_>, Error>>()?;
        spots.sort_by(|a, b| (&a.account, &a.region, &a.type_name).cmp(&(&b.account, &b.region, &b.type_name)));
        Ok(spots)
    }

    /// The names of accounts and Regions that a function picks, by their numbers.
    fn scope_names(&self, mut picks: impl FnMut(u32, &str) -> bool) -> Result<BTreeMap<u32, String>, Error> {
        let all = self.read(|transaction| names::all(&transaction.open_table(NAMES)?, Kind::Scope))?;
        Ok(all.into_iter().filter(|(number, name)| picks(*number, name)).collect())
    }
}

/// The steps that led an entry to what it is now, the earliest first.
fn steps_to(tables: &Tables<impl Sealed>, place: Place, id: &str, now: Option<Entry>) -> Result<Vec<Step>, Error> {
    let (mut steps, mut new) = (Vec::new(), now);
    tables.walk_back(place, |night, head, before| {
        let known = before.entries.into_iter().find(|each| each.id == id);
        // On the night on which the type was found first, the entry was new if it was there after it.
        let is_new = before.head.is_none() && new.is_some();
        let Some(old) = known.map(|each| each.entry).or(is_new.then_some(None)) else { return };
        let head = head.clone();
        steps.push(Step { night, head, old: old.clone(), new: std::mem::replace(&mut new, old) });
    })?;
    steps.reverse();
    Ok(steps)
}

#[cfg(test)]
mod tests;
