//! What changes by itself, as it is kept of a night: by the places of the resources in the order of what was found.

use std::collections::BTreeMap;

use plumbline_proto::agent_v1::Changing;
use plumbline_proto::chunk::unpacked;
use plumbline_proto::columns;
use plumbline_tree::Node;

use crate::store::Error;
use crate::store::packed::LARGEST;
use crate::store::record::{Volatile, VolatileType};

/// Canonical JSON by place.
pub(in crate::store) type ByPlace = BTreeMap<u32, Vec<u8>>;

/// What an agent says of resources that it does not deliver, by type. `None` when that is nothing that can be read, or it
/// says something twice.
pub(super) fn said(changing: &[Changing]) -> Option<BTreeMap<String, ByPlace>> {
    let mut types: BTreeMap<String, ByPlace> = BTreeMap::new();
    for each in changing {
        let of_type = types.entry(each.r#type.clone()).or_default();
        for (place, members) in unpacked(each)? {
            of_type.insert(place, members).is_none().then_some(())?;
        }
    }
    Some(types)
}

/// What changes by itself of a type that was found: what was delivered with its resources, and what was said of the others.
/// `None` when that is said of a resource that is not there, or again of one that was delivered with it.
pub(super) fn joined(node: &Node, mut said: ByPlace) -> Option<ByPlace> {
    for (place, entry) in (0..).zip(&node.entries).filter(|(_, entry)| !entry.volatile.is_empty()) {
        said.insert(place, entry.volatile.clone()).is_none().then_some(())?;
    }
    is_within(&said, node.entries.len()).then_some(said)
}

/// Whether all places are those of one of so many resources.
pub(super) fn is_within(said: &ByPlace, found: usize) -> bool {
    said.last_key_value().is_none_or(|(last, _)| (*last as usize) < found)
}

/// The record of a night.
pub(super) fn record(types: BTreeMap<u32, ByPlace>) -> Volatile {
    let types = types.into_iter().filter(|(_, members)| !members.is_empty());
    let of_type = |(of, members): (u32, ByPlace)| VolatileType {
        of,
        alike: columns::pack(&members.into_iter().collect::<Vec<_>>()),
    };
    Volatile { types: types.map(of_type).collect() }
}

impl Volatile {
    /// The members of a type's resources.
    ///
    /// # Errors
    /// When they are damaged.
    pub(in crate::store) fn of(&self, of: u32) -> Result<ByPlace, Error> {
        let Some(known) = self.types.iter().find(|each| each.of == of) else { return Ok(ByPlace::new()) };
        let members = columns::unpack(&known.alike, &mut LARGEST.clone());
        members.map(|members| members.into_iter().collect()).ok_or(Error::Damaged { what: super::place::CHANGING })
    }
}
