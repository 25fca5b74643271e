//! What scans rest on, under the hash of what it says: nights that have it in common store it once.

use crate::store::packed::{pack, unpack};
use crate::store::record::Premises;
use crate::store::tables::opened;
use crate::store::{Bytes, Error, Store, sealed};

/// Premises by their hash.
pub(in crate::store) const PREMISES: Bytes = Bytes::new("premises");

const WHAT: &str = "record of what a scan rests on";
/// Bytes of the hash that are kept.
const NAME: usize = 16;

/// Whether these are premises under their own name.
pub(in crate::store) fn is_named(key: &[u8], payload: &[u8]) -> bool {
    unpack::<Premises>(payload, WHAT).is_ok_and(|premises| name(&premises) == key)
}

fn name(premises: &Premises) -> Vec<u8> {
    blake3::hash(&prost::Message::encode_to_vec(premises)).as_bytes()[..NAME].to_vec()
}

impl Store {
    /// Stores what a scan rests on, and returns its name.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn put_premises(&self, premises: &Premises) -> Result<Vec<u8>, Error> {
        let packed = pack(premises);
        let name = name(premises);
        let key = name.clone();
        self.write(packed.len(), move |transaction| {
            let mut table = transaction.open_table(PREMISES)?;
            let sealed = sealed::seal(redb::TableHandle::name(&table), &key, &packed);
            table.insert(key.as_slice(), sealed.as_slice())?;
            Ok(())
        })
        .await?;
        Ok(name)
    }

    /// What a scan rests on, by its name; `None` where the scan says nothing of it.
    ///
    /// # Errors
    /// When the disk fails, or it is damaged or missing.
    pub fn premises(&self, name: &[u8]) -> Result<Option<Premises>, Error> {
        if name.is_empty() {
            return Ok(None);
        }
        self.read(|transaction| {
            let table = opened(transaction, PREMISES)?.ok_or(Error::Damaged { what: WHAT })?;
            let value = redb::ReadableTable::get(&table, name)?.ok_or(Error::Damaged { what: WHAT })?;
            let packed = sealed::open(redb::TableHandle::name(&table), name, value.value(), WHAT)?;
            unpack(packed, WHAT).map(Some)
        })
    }
}
