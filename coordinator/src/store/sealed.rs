//! Values with their checksum in front: redb does not verify what it reads.
//!
//! The checksum covers the table and the key too, so that a value that turns up in another place is noticed. It guards
//! against damage, not against forgery: whoever can write the file can write checksums.

use std::sync::LazyLock;

use blake3::hazmat::{ContextKey, HasherExt, hash_derive_key_context};
use prost::Message;
use redb::{ReadableTable, Table, TableHandle};

use super::Error;
use crate::planted::{self, Bug};

/// Version of the layout: this byte, the seal, the payload.
const CODEC: u8 = 1;
/// Bytes of BLAKE3 that are kept.
const SEAL: usize = 16;
/// What separates these hashes from every other use of BLAKE3.
const CONTEXT: &str = "plumbline 2026-11-23 store value seal v1";
/// The key that BLAKE3 derives of it, which takes as long as a short value.
static KEY: LazyLock<ContextKey> = LazyLock::new(|| hash_derive_key_context(CONTEXT));

/// A table as the store uses it: bytes to bytes, whatever redb makes of other types.
pub(super) trait Sealed: ReadableTable<&'static [u8], &'static [u8]> + TableHandle {}
impl<T: ReadableTable<&'static [u8], &'static [u8]> + TableHandle> Sealed for T {}

/// A table that can be written.
pub(super) type Writable<'t> = Table<'t, &'static [u8], &'static [u8]>;

/// The payload as it is stored in that place.
pub(super) fn seal(table: &str, key: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(1 + SEAL + payload.len());
    sealed.push(CODEC);
    sealed.extend_from_slice(&hash(table, key, payload));
    sealed.extend_from_slice(payload);
    sealed
}

/// The payload, if it belongs in that place and is whole.
///
/// # Errors
/// When it is not.
pub(super) fn open<'a>(table: &str, key: &[u8], sealed: &'a [u8], what: &'static str) -> Result<&'a [u8], Error> {
    let damaged = Error::Damaged { what };
    let Some((&CODEC, rest)) = sealed.split_first() else { return Err(damaged) };
    let Some((seal, payload)) = rest.split_at_checked(SEAL) else { return Err(damaged) };
    let is_whole = hash(table, key, payload) == seal || planted::is(Bug::SealUnchecked);
    if is_whole { Ok(payload) } else { Err(damaged) }
}

fn hash(table: &str, key: &[u8], payload: &[u8]) -> [u8; SEAL] {
    let mut hasher = blake3::Hasher::new_from_context_key(&KEY);
    for part in [table.as_bytes(), key] {
        hasher.update(&(part.len() as u64).to_be_bytes()).update(part);
    }
    hasher.update(payload);
    let mut seal = [0; SEAL];
    hasher.finalize_xof().fill(&mut seal);
    seal
}

/// Stores a payload.
pub(super) fn put(table: &mut Writable<'_>, key: &str, payload: &[u8]) -> Result<(), Error> {
    let sealed = seal(table.name(), key.as_bytes(), payload);
    table.insert(key.as_bytes(), sealed.as_slice())?;
    Ok(())
}

/// Stores a record.
pub(super) fn put_record(table: &mut Writable<'_>, key: &str, record: &impl Message) -> Result<(), Error> {
    put(table, key, &record.encode_to_vec())
}

/// A stored payload.
pub(super) fn get(table: &impl Sealed, key: &str, what: &'static str) -> Result<Option<Vec<u8>>, Error> {
    let Some(value) = table.get(key.as_bytes())? else { return Ok(None) };
    open(table.name(), key.as_bytes(), value.value(), what).map(|payload| Some(payload.to_vec()))
}

/// A stored record.
pub(super) fn get_record<M: Message + Default>(
    table: &impl Sealed,
    key: &str,
    what: &'static str,
) -> Result<Option<M>, Error> {
    let Some(value) = table.get(key.as_bytes())? else { return Ok(None) };
    open_record(table, key.as_bytes(), value.value(), what).map(Some)
}

/// The record in a value that was read under that key.
pub(super) fn open_record<M: Message + Default>(
    table: &impl Sealed,
    key: &[u8],
    value: &[u8],
    what: &'static str,
) -> Result<M, Error> {
    M::decode(open(table.name(), key, value, what)?).map_err(|_| Error::Damaged { what })
}
