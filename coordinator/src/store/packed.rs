//! Records in few bytes: compressed where that is shorter, and never larger than they say when they are read again.

use plumbline_proto::frame;
use prost::Message;

use super::Error;
use super::sealed::{self, Sealed, Writable};

/// The record as it is.
const RAW: u8 = 0;
/// One zstd frame, with the size of what is in it.
const ZSTD: u8 = 1;
/// A record that would be larger is damaged: the largest that is written is one document, of at most a gRPC message.
pub(in crate::store) const LARGEST: usize = 256 << 20;

/// The bytes of a record.
pub(in crate::store) fn pack(record: &impl Message) -> Vec<u8> {
    let raw = record.encode_to_vec();
    let frame = frame::compress(&raw);
    let (form, bytes) = if frame.len() < raw.len() { (ZSTD, frame) } else { (RAW, raw) };
    let mut packed = Vec::with_capacity(1 + bytes.len());
    packed.push(form);
    packed.extend(bytes);
    packed
}

/// The record that was packed.
///
/// # Errors
/// When the bytes are none.
pub(in crate::store) fn unpack<M: Message + Default>(packed: &[u8], what: &'static str) -> Result<M, Error> {
    let damaged = || Error::Damaged { what };
    let record = match packed.split_first().ok_or_else(damaged)? {
        (&RAW, raw) => M::decode(raw),
        (&ZSTD, frame) => M::decode(frame::decompress(frame, LARGEST).ok_or_else(damaged)?.as_slice()),
        _ => return Err(damaged()),
    };
    record.map_err(|_| damaged())
}

/// Stores a record.
pub(super) fn put(table: &mut Writable<'_>, key: &str, record: &impl Message) -> Result<(), Error> {
    sealed::put(table, key, &pack(record))
}

/// A stored record.
pub(super) fn get<M: Message + Default>(
    table: &impl Sealed,
    key: &str,
    what: &'static str,
) -> Result<Option<M>, Error> {
    sealed::get(table, key, what)?.map(|packed| unpack(&packed, what)).transpose()
}

/// The record in a value that was read under that key.
pub(super) fn open<M: Message + Default>(
    table: &impl Sealed,
    key: &[u8],
    value: &[u8],
    what: &'static str,
) -> Result<M, Error> {
    unpack(sealed::open(table.name(), key, value, what)?, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::record::Entry;

    #[test]
    fn a_record_comes_back_and_noise_does_not() {
        for size in [0, 1, 100, 100_000] {
            let entry = Entry { document: b"abc".repeat(size), ..Entry::default() };
            let packed = pack(&entry);
            assert!(size < 100 || packed.len() < 200, "{size}: {}", packed.len());
            assert_eq!(unpack::<Entry>(&packed, "entry"), Ok(entry));
            for cut in 0..packed.len().min(50) {
                let _ = unpack::<Entry>(&packed[..cut], "entry");
            }
        }
        assert!(unpack::<Entry>(&[], "entry").is_err() && unpack::<Entry>(&[7, 1], "entry").is_err());
    }

    #[test]
    fn what_says_that_it_is_huge_is_not_unpacked() {
        let mut bomb = vec![ZSTD];
        bomb.extend(zstd::bulk::compress(&vec![0; LARGEST + 1], 1).expect("it compresses"));
        assert!(bomb.len() < 100_000 && unpack::<Entry>(&bomb, "entry").is_err());
    }
}
