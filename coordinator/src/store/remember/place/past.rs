//! What nights changed, read from the records of those nights alone: which places, and of a place which entries. Where
//! nothing changed, nothing is read; of the present, the chunks with what changed.

use std::collections::{BTreeMap, BTreeSet};

use super::walk::misnamed;
use super::{BEFORE, ENTRIES, Place, Tables, end, unpack};
use crate::store::Error;
use crate::store::record::{Before, Entries, Entry, Head};
use crate::store::sealed::{self, Sealed};

/// How a type in an account and Region stood after two nights, where that is not the same.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference {
    /// The head after the earlier night; none when the type was not known.
    pub old: Option<Head>,
    /// The head after the later one.
    pub new: Option<Head>,
    /// The entries that a night between them wrote, by id: as they were, and as they are. They may be equal again. Of a type
    /// that was not known before, those that are there.
    pub entries: BTreeMap<String, (Option<Entry>, Option<Entry>)>,
}

impl<T: Sealed> Tables<T> {
    /// The places that each night after the first, up to the second, changed.
    ///
    /// # Errors
    /// When the disk fails, or a key is damaged.
    pub(in crate::store::remember) fn changed(&self, after: u32, until: u32) -> Result<BTreeSet<(u32, Place)>, Error> {
        let mut places = BTreeSet::new();
        if after >= until {
            return Ok(places);
        }
        let (from, to) = ((after + 1).to_be_bytes(), end(&until.to_be_bytes()));
        for record in self.past.range(from.as_slice()..to.as_slice())? {
            let (night, place) = night_and_place(record?.0.value()).ok_or(Error::Damaged { what: BEFORE })?;
            places.insert((night, place));
        }
        Ok(places)
    }

    /// What differs at a place between the states after two nights, the earlier one first.
    ///
    /// # Errors
    /// When the disk fails, or something that this needs is damaged.
    pub(in crate::store::remember) fn difference(
        &self,
        place: Place,
        type_name: &str,
        (earlier, later): (u32, u32),
    ) -> Result<Difference, Error> {
        let head = self.head(place)?.ok_or(Error::Damaged { what: BEFORE })?;
        let (mut old, mut heads) = (BTreeMap::new(), (None, None));
        for night in between(&head, earlier, later) {
            let before = self.whole(place, night)?;
            if before.head.is_none() {
                return self.appeared(place, later);
            }
            // What was before the first night that wrote an entry is what the earlier night left.
            heads.0.get_or_insert(before.head);
            for each in before.entries {
                old.entry(each.id).or_insert(each.entry);
            }
        }
        let Some(old_head) = heads.0 else { return Err(Error::Damaged { what: BEFORE }) };
        let mut left: BTreeSet<String> = old.keys().cloned().collect();
        let mut new = BTreeMap::new();
        for night in between(&head, later, u32::MAX) {
            if left.is_empty() && heads.1.is_some() {
                break;
            }
            let before = self.whole(place, night)?;
            heads.1.get_or_insert(before.head);
            let wanted = before.entries.into_iter().filter(|each| left.remove(&each.id));
            new.extend(wanted.map(|each| (each.id, each.entry)));
        }
        let mut now = self.entries(place, &left)?;
        if now.len() < left.len() {
            let all = self.whole_now(place, type_name)?.into_iter();
            now = all.filter(|entry| left.contains(&entry.id)).map(|entry| (entry.id.clone(), entry)).collect();
        }
        new.extend(now.into_iter().map(|(id, entry)| (id, Some(entry))));
        let entries = old.into_iter().map(|(id, old)| {
            let new = new.remove(&id).flatten();
            (id, (old, new))
        });
        Ok(Difference { entries: entries.collect(), old: old_head, new: heads.1.unwrap_or(Some(head)) })
    }

    /// What differs at a place that was not known before: all that was there after a night.
    fn appeared(&self, place: Place, later: u32) -> Result<Difference, Error> {
        let state = self.after(place, later)?.unwrap_or_default();
        let new = |entry: Entry| (entry.id.clone(), (None, Some(entry)));
        Ok(Difference { old: None, new: state.head, entries: state.entries.into_iter().map(new).collect() })
    }

    /// Calls a function with what each night changed of a place, the newest night first: the night, the head after it,
    /// and what was before; where nothing was known before, all that is there is new. It ends with the first night, or where what was before it is not kept.
    ///
    /// # Errors
    /// When the disk fails, or something that this needs is damaged.
    pub(in crate::store::remember) fn walk_back(
        &self,
        place: Place,
        mut visit: impl FnMut(u32, &Head, Before),
    ) -> Result<(), Error> {
        let Some(mut head) = self.head(place)? else { return Ok(()) };
        let nights = head.nights.clone();
        let first = nights.first().copied();
        for night in nights.into_iter().rev() {
            if Some(night) == first && self.before(place, night)?.is_none() {
                return Ok(());
            }
            let before = self.whole(place, night)?;
            let earlier = before.head.clone();
            visit(night, &head, before);
            match earlier {
                Some(earlier) => head = earlier,
                None => return Ok(()),
            }
        }
        Ok(())
    }

    /// These entries, as they are now: reads the chunks that have them, and no others.
    ///
    /// # Errors
    /// When the disk fails, or one of the chunks is damaged.
    pub(in crate::store::remember) fn entries(
        &self,
        place: Place,
        ids: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, Entry>, Error> {
        let mut found = BTreeMap::new();
        let mut chunk: (Vec<u8>, Vec<Entry>) = Default::default();
        for id in ids {
            // The last chunk that begins with this id or with one before it.
            let (from, to) = (place.key(), place.chunk(id));
            let Some(entry) = self.present.range(from.as_slice()..=to.as_slice())?.next_back() else { continue };
            let (key, value) = entry?;
            // A damaged page may lead to what lies elsewhere, and is whole there.
            if !key.value().starts_with(&from) {
                return Err(Error::Damaged { what: ENTRIES });
            }
            if chunk.0 != key.value() {
                let packed = sealed::open(self.present.name(), key.value(), value.value(), ENTRIES)?;
                chunk = (key.value().to_vec(), unpack::<Entries>(packed, ENTRIES)?.entries);
            }
            if let Ok(index) = chunk.1.binary_search_by(|entry| entry.id.as_str().cmp(id)) {
                found.insert(id.clone(), chunk.1[index].clone());
            }
        }
        Ok(found)
    }

    /// All entries of a place as they are now, held against their name: what is not among them is not there, and no damaged
    /// page hides it.
    ///
    /// # Errors
    /// When the disk fails, or something is damaged.
    pub(in crate::store::remember) fn whole_now(&self, place: Place, type_name: &str) -> Result<Vec<Entry>, Error> {
        let state = self.now(place)?.filter(|state| misnamed(type_name, state).is_none());
        state.map(|state| state.entries).ok_or(Error::Damaged { what: ENTRIES })
    }

    /// What was before a night changed a place, all of it.
    fn whole(&self, place: Place, night: u32) -> Result<Before, Error> {
        self.before(place, night)?.filter(|before| !before.is_damaged).ok_or(Error::Damaged { what: BEFORE })
    }
}

/// The nights of a head after the first, up to the second, the earliest first.
fn between(head: &Head, after: u32, until: u32) -> impl Iterator<Item = u32> {
    head.nights.iter().copied().filter(move |night| (after + 1..=until).contains(night))
}

/// The key of a record of a night.
fn night_and_place(key: &[u8]) -> Option<(u32, Place)> {
    let ([night, scope, of], []) = key.as_chunks::<4>() else { return None };
    Some((u32::from_be_bytes(*night), Place { scope: u32::from_be_bytes(*scope), of: u32::from_be_bytes(*of) }))
}
