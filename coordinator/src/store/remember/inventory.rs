//! One account and Region as it was after a night, type by type. What changes by itself is read once for all types, and
//! no more than one type is held at a time.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::names::{self, Kind, NAMES};
use super::place::{Committed, Place, SCOPES, Tables};
use super::read::{Documents, listed, places};
use super::take::head_of;
use super::volatile::ByPlace;
use crate::store::file::guarded;
use crate::store::record::Volatile;
use crate::store::{Error, Store};

/// The types that the memory has names for.
#[derive(Clone, Debug, Default)]
pub struct TypeNames(pub(super) BTreeMap<u32, Arc<str>>);

/// An account and Region after a night.
pub struct ScopeNight {
    tables: Tables<Committed>,
    night: u32,
    types: Vec<(Place, Arc<str>)>,
    /// None where there is no record of it.
    changing: Option<Volatile>,
}

impl TypeNames {
    /// The names, without that of what is about an account and Region as a whole.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(|name| &**name).filter(|name| !name.is_empty())
    }
}

impl ScopeNight {
    /// The types of which something is known, on whatever night.
    pub fn types(&self) -> impl ExactSizeIterator<Item = &Arc<str>> {
        self.types.iter().map(|(_, name)| name)
    }

    /// Whether there is a record of what changed by itself on the night. Without one, there was nothing of it, or it is not
    /// kept any more.
    pub fn has_changing(&self) -> bool {
        self.changing.is_some()
    }

    /// What was listed of one of the types, by its index; `None` where nobody looked at it that night.
    ///
    /// # Errors
    /// When the disk fails, or something that this needs is damaged.
    pub fn listed(&self, index: usize) -> Result<Option<Documents>, Error> {
        let Some((place, _)) = self.types.get(index) else { return Ok(None) };
        let state = guarded(|| self.tables.as_of(*place, self.night))?;
        let changing = self.changing.as_ref().map_or(Ok(ByPlace::new()), |volatile| volatile.of(place.of))?;
        state.map_or(Ok(None), |state| listed(state, &changing))
    }
}

impl Store {
    /// The types that the memory has names for.
    ///
    /// # Errors
    /// When the disk fails, or a name is damaged.
    pub fn type_names(&self) -> Result<TypeNames, Error> {
        self.read(|transaction| {
            let known = names::all(&transaction.open_table(NAMES)?, Kind::Type)?;
            Ok(TypeNames(known.into_iter().map(|(number, name)| (number, name.into())).collect()))
        })
    }

    /// What is known of `account/Region` after a night; `None` where nothing was ever stored.
    ///
    /// # Errors
    /// When the disk fails, or something that this needs is damaged.
    pub fn scope_night(&self, names: &TypeNames, scope: &str, night: u32) -> Result<Option<ScopeNight>, Error> {
        self.read(|transaction| {
            let Some(scope) = names::find(&transaction.open_table(NAMES)?, Kind::Scope, scope)? else {
                return Ok(None);
            };
            let tables = Tables::open(|table| transaction.open_table(table))?;
            let named = |place: Place| {
                let name = names.0.get(&place.of).cloned().ok_or(Error::Damaged { what: "name of a type" })?;
                Ok((place, name))
            };
            let name = |of: u32| names.0.get(&of).map(|name| name.to_string());
            let places = places(scope, &tables, &transaction.open_table(SCOPES)?, name)?;
            let types = places.into_iter().map(named).collect::<Result<_, Error>>()?;
            let changing = tables.volatile(scope, night)?;
            Ok(Some(ScopeNight { tables, night, types, changing }))
        })
    }

    /// The last night that was stored of `account/Region`; 0 where there is none.
    ///
    /// # Errors
    /// When the disk fails, or a name is damaged.
    pub fn last_night(&self, scope: &str) -> Result<u32, Error> {
        self.read(|transaction| match names::find(&transaction.open_table(NAMES)?, Kind::Scope, scope)? {
            Some(scope) => {
                let head = head_of(&transaction.open_table(SCOPES)?, &scope.to_be_bytes())?;
                Ok(head.map_or(0, |head| head.night))
            }
            None => Ok(0),
        })
    }
}
