//! What the memory holds of an account and Region, by the beginnings of its names: an agent that finds the same does not
//! deliver it again.

use std::collections::BTreeMap;

use plumbline_tree::{self as tree, Short};

use super::names::{self, Kind, NAMES};
use super::place::{Place, SCOPES, Tables};
use super::resolve::{held, name_of};
use super::take::head_of;
use crate::store::record::Job;
use crate::store::{Error, Store};

/// Names to choose from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Of all types.
    pub types: Vec<Short>,
    /// Of the entries of those types that were asked about, in the order of their ids.
    pub entries: BTreeMap<String, Vec<Short>>,
}

impl Store {
    /// The name of all that is held of a job's account and Region; `None` where the job could not leave anything as it is:
    /// nothing is held, or it looks for a part of it.
    ///
    /// # Errors
    /// When the disk fails, or the scan's record is damaged.
    pub fn held_root(&self, job: &Job) -> Result<Option<Short>, Error> {
        let facts = self.facts_of(job)?;
        if !facts.is_full {
            return Ok(None);
        }
        self.read(|transaction| {
            let names = transaction.open_table(NAMES)?;
            let Some(scope) = names::find(&names, Kind::Scope, &facts.scope(job)?)? else { return Ok(None) };
            let head = head_of(&transaction.open_table(SCOPES)?, &scope.to_be_bytes())?;
            let root = head.filter(|head| head.night < facts.night).and_then(|head| head.root.try_into().ok());
            Ok(root.as_ref().map(tree::short))
        })
    }

    /// What is held of a job's account and Region: of these types their entries, and without any the types.
    ///
    /// # Errors
    /// When the disk fails, or the scan's record or a name is damaged.
    pub fn held(&self, job: &Job, types: &[String]) -> Result<Held, Error> {
        let facts = self.facts_of(job)?;
        self.read(|transaction| {
            let numbers = transaction.open_table(NAMES)?;
            let Some(scope) = names::find(&numbers, Kind::Scope, &facts.scope(job)?)? else {
                return Ok(Held::default());
            };
            let tables = Tables::open(|table| transaction.open_table(table))?;
            let mut known = Held::default();
            if types.is_empty() {
                for place in Place::all_of(scope, &tables)? {
                    known.types.extend(name_of(&tables, place)?.map(|name| tree::short(&name)));
                }
            }
            for type_name in types {
                let Some(of) = names::find(&numbers, Kind::Type, type_name)? else { continue };
                let Some(node) = held(&tables, Place { scope, of })? else { continue };
                known.entries.insert(type_name.clone(), tree::entries(&node));
            }
            Ok(known)
        })
    }
}
