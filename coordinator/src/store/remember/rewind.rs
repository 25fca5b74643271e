//! An account and Region as it was on one night after the other, the latest first: each night that changed something is
//! undone once. Whoever asks goes back only.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::merge::{Remembered, undo};
use super::names::{self, Kind, NAMES};
use super::place::{Committed, Place, SCOPES, Tables};
use super::read::places;
use super::volatile::ByPlace;
use crate::store::record::Entry;
use crate::store::{Error, Store};

/// What changes by itself: by type, and by the place of the resource in the order of what was found.
pub(crate) type Changing = HashMap<Arc<str>, ByPlace>;

/// An account and Region, at a night.
pub(crate) struct Rewind {
    store: Store,
    tables: Tables<Committed>,
    scope: u32,
    types: BTreeMap<Arc<str>, Kept>,
}

/// A type there.
struct Kept {
    place: Place,
    /// The nights that changed it and are not undone yet, as the newest head has them: what earlier heads have of nights
    /// that were pruned since is not true any more.
    nights: Vec<u32>,
    /// As of the night; what is damaged stays so on all nights before.
    state: Result<Remembered, Error>,
}

/// A type as it was on a night.
pub(crate) struct TypeThen<'a> {
    /// Why there may be more, as a document in JSON; empty when that is all that there was.
    pub(crate) unread: &'a str,
    /// Whether nobody looked at it any more.
    pub(crate) is_left_out: bool,
    entries: &'a [Entry],
}

impl TypeThen<'_> {
    /// What was found, in its order.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.missing_since == 0)
    }
}

impl Store {
    /// Opens an account and Region (`account/Region`), with the types that are wanted; `None` where the memory does not
    /// have it.
    ///
    /// # Errors
    /// When the disk fails, or a name or the list of types is damaged. Types that are damaged say so when they are asked for.
    pub(crate) fn rewind(&self, scope: &str, is_wanted: impl Fn(&str) -> bool) -> Result<Option<Rewind>, Error> {
        self.read(|transaction| {
            let names = transaction.open_table(NAMES)?;
            let Some(scope) = names::find(&names, Kind::Scope, scope)? else { return Ok(None) };
            let known: HashMap<u32, String> = names::all(&names, Kind::Type)?.into_iter().collect();
            let tables = Tables::open(|table| transaction.open_table(table))?;
            let mut types = BTreeMap::new();
            for place in places(scope, &tables, &transaction.open_table(SCOPES)?, |of| known.get(&of).cloned())? {
                let name = known.get(&place.of).ok_or(Error::Damaged { what: "name of a type" })?;
                if is_wanted(name) {
                    let state = or_damaged(tables.now(place))?.map(Option::unwrap_or_default);
                    let head = state.as_ref().ok().and_then(|state| state.head.as_ref());
                    let nights = head.map(|head| head.nights.clone()).unwrap_or_default();
                    types.insert(name.as_str().into(), Kept { place, nights, state });
                }
            }
            Ok(Some(Rewind { store: self.clone(), tables, scope, types }))
        })
    }
}

impl Store {
    /// The last nights until this one on which types changed, 0 for one that was not known then. Reads no resource.
    ///
    /// # Errors
    /// When the disk fails, or something that this needs is damaged.
    pub(crate) fn last_changes(&self, scope: &str, types: &[&str], night: u32) -> Result<Vec<u32>, Error> {
        self.read(|transaction| {
            let names = transaction.open_table(NAMES)?;
            let tables = Tables::open(|table| transaction.open_table(table))?;
            let Some(scope) = names::find(&names, Kind::Scope, scope)? else { return Ok(vec![0; types.len()]) };
            let last = |name: &&str| {
                let Some(of) = names::find(&names, Kind::Type, name)? else { return Ok(0) };
                let head = tables.head(Place { scope, of })?;
                let nights = head.map(|head| head.nights).unwrap_or_default();
                Ok(nights.into_iter().filter(|each| *each <= night).max().unwrap_or_default())
            };
            types.iter().map(last).collect()
        })
    }
}

impl Rewind {
    /// Goes back to how it was after a night. Nights that are later than the last one asked for are behind.
    ///
    /// # Errors
    /// When the disk fails.
    pub(crate) fn to(&mut self, night: u32) -> Result<(), Error> {
        let Self { store, tables, types, .. } = self;
        store.read(|_| types.values_mut().try_for_each(|kept| kept.to(tables, night)))
    }

    /// A type as of the night; `None` where it was not known.
    ///
    /// # Errors
    /// When it is damaged.
    pub(crate) fn of_type(&self, name: &str) -> Result<Option<TypeThen<'_>>, Error> {
        let Some(kept) = self.types.get(name) else { return Ok(None) };
        let state = kept.state.as_ref().map_err(Error::clone)?;
        Ok(state.head.as_ref().map(|head| TypeThen {
            unread: &head.unread,
            is_left_out: head.is_left_out,
            entries: &state.entries,
        }))
    }

    /// The types that are known as of the night.
    pub(crate) fn types(&self) -> impl Iterator<Item = &Arc<str>> {
        let is_known = |kept: &Kept| kept.state.as_ref().map_or(true, |state| state.head.is_some());
        self.types.iter().filter(move |(_, kept)| is_known(kept)).map(|(name, _)| name)
    }

    /// What changed by itself on a night; `None` where nothing of that night is kept.
    ///
    /// # Errors
    /// When the disk fails, or it is damaged.
    pub(crate) fn changing(&self, night: u32) -> Result<Option<Changing>, Error> {
        let Some(volatile) = self.store.read(|_| self.tables.volatile(self.scope, night))? else { return Ok(None) };
        let of_type = |(name, kept): (&Arc<str>, &Kept)| Ok((Arc::clone(name), volatile.of(kept.place.of)?));
        let changing = self.types.iter().map(of_type).collect::<Result<_, Error>>()?;
        Ok(Some(changing))
    }
}

impl Kept {
    fn to(&mut self, tables: &Tables<Committed>, night: u32) -> Result<(), Error> {
        while let Ok(state) = &mut self.state {
            let Some(last) = self.nights.pop_if(|last| *last > night) else { return Ok(()) };
            let before = tables.before(self.place, last);
            let before = before.and_then(|before| before.filter(|before| !before.is_damaged).ok_or(DAMAGED));
            let state = std::mem::take(state);
            self.state = or_damaged(before.map(|before| undo(state, before)))?;
        }
        Ok(())
    }
}

const DAMAGED: Error = Error::Damaged { what: "record of a night" };

/// What is damaged is a finding about one type; any other error is one.
fn or_damaged<T>(found: Result<T, Error>) -> Result<Result<T, Error>, Error> {
    match found {
        Err(error @ Error::Damaged { .. }) => Ok(Err(error)),
        Err(error) => Err(error),
        Ok(found) => Ok(Ok(found)),
    }
}
