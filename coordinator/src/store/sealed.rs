//! Values with their checksum in front: redb does not verify what it reads.

use prost::Message;

use super::Error;

/// Bytes of BLAKE3 kept in front of a value.
const SEAL: usize = 16;

/// The payload with its checksum.
pub(super) fn seal(payload: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(SEAL + payload.len());
    sealed.extend_from_slice(&blake3::hash(payload).as_bytes()[..SEAL]);
    sealed.extend_from_slice(payload);
    sealed
}

/// The payload, if the checksum holds.
pub(super) fn open<'a>(sealed: &'a [u8], what: &'static str) -> Result<&'a [u8], Error> {
    let (seal, payload) = sealed.split_at_checked(SEAL).ok_or(Error::Damaged { what })?;
    if blake3::hash(payload).as_bytes()[..SEAL] == *seal { Ok(payload) } else { Err(Error::Damaged { what }) }
}

/// A record with its checksum.
pub(super) fn seal_record(record: &impl Message) -> Vec<u8> {
    seal(&record.encode_to_vec())
}

/// The record, if the checksum holds.
pub(super) fn open_record<M: Message + Default>(sealed: &[u8], what: &'static str) -> Result<M, Error> {
    M::decode(open(sealed, what)?).map_err(|_| Error::Damaged { what })
}
