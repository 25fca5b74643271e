//! The governance of scans, under the hash of what it says: nights that have it in common store it once. It is put there in
//! the commit that stores its scan, and goes when no scan that is kept names it.

use std::collections::BTreeSet;

use plumbline_baseline::ScanId;
use redb::{ReadableTable, TableHandle, WriteTransaction};

use super::packed::{pack, unpack};
use super::record::{Governance, GovernedScan, Scan, ScanKind};
use super::tables::opened;
use super::{Bytes, Error, SCANS, Store, sealed};

/// Governance by its hash.
pub(super) const GOVERNANCE: Bytes = Bytes::new("governance");

const WHAT: &str = "governance of a scan";
/// Bytes of the hash that are kept.
const NAME: usize = 16;

/// Whether this is governance under its own name.
pub(super) fn is_named(key: &[u8], payload: &[u8]) -> bool {
    unpack::<Governance>(payload, WHAT).is_ok_and(|governance| name(&governance) == key)
}

fn name(governance: &Governance) -> Vec<u8> {
    blake3::hash(&prost::Message::encode_to_vec(governance)).as_bytes()[..NAME].to_vec()
}

/// Creates the table.
pub(super) fn create_table(transaction: &WriteTransaction) -> Result<(), Error> {
    transaction.open_table(GOVERNANCE)?;
    Ok(())
}

/// Stores it, and returns its name.
pub(super) fn put(transaction: &WriteTransaction, governance: &Governance) -> Result<Vec<u8>, Error> {
    let key = name(governance);
    let mut table = transaction.open_table(GOVERNANCE)?;
    let sealed = sealed::seal(TableHandle::name(&table), &key, &pack(governance));
    table.insert(key.as_slice(), sealed.as_slice())?;
    Ok(key)
}

/// Removes what no scan names. Where a scan cannot be read, nobody knows what it names, and all of it stays.
pub(super) fn forget(transaction: &WriteTransaction) -> Result<(), Error> {
    let mut named = BTreeSet::new();
    let scans = transaction.open_table(SCANS)?;
    for entry in scans.iter()? {
        let (key, value) = entry?;
        match super::packed::open::<GovernedScan>(&scans, key.value(), value.value(), "scan") {
            Ok(scan) => drop(named.insert(scan.governance)),
            Err(Error::Damaged { .. }) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    transaction.open_table(GOVERNANCE)?.retain(|key, _| named.contains(key))?;
    Ok(())
}

impl Store {
    /// What a scan carried, by its name; `None` where it carried nothing.
    ///
    /// # Errors
    /// When the disk fails, or it is damaged or missing.
    pub fn governance(&self, name: &[u8]) -> Result<Option<Governance>, Error> {
        if name.is_empty() {
            return Ok(None);
        }
        self.read(|transaction| {
            let table = opened(transaction, GOVERNANCE)?.ok_or(Error::Damaged { what: WHAT })?;
            let value = table.get(name)?.ok_or(Error::Damaged { what: WHAT })?;
            let packed = sealed::open(TableHandle::name(&table), name, value.value(), WHAT)?;
            unpack(packed, WHAT).map(Some)
        })
    }

    /// What the newest scan of the same organization carried: a demonstration is none of a real one. `None` where it carried
    /// nothing.
    ///
    /// # Errors
    /// When the disk fails, or what it carried is damaged or missing.
    pub fn newest_governance(&self, of: &Scan) -> Result<Option<Governance>, Error> {
        let is_demonstration = |kind: ScanKind| kind == ScanKind::Demonstration;
        let heads = self.scans()?.into_iter().filter_map(|known| known.head.ok());
        let same = heads.filter(|head| {
            head.organization == of.organization && is_demonstration(head.kind()) == is_demonstration(of.kind())
        });
        let Some(newest) = same.max_by_key(|head| head.night) else { return Ok(None) };
        let id: ScanId = newest.id.parse().map_err(|_| Error::Damaged { what: "scan" })?;
        self.governance(&self.scan(&id)?.unwrap_or_default().governance)
    }
}

#[cfg(test)]
mod tests;
