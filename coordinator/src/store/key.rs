//! Keys and counters. Keys are text, so that a dump of the file can be read; numbers in them are fixed-width hex.

use redb::{ReadableTable, WriteTransaction};

use super::{Error, META};

/// `scan/job`.
pub(super) fn job(scan: &str, job: &str) -> String {
    format!("{scan}/{job}")
}

/// `job/attempt/seq`.
pub(super) fn chunk(job: &str, attempt: u32, seq: u64) -> String {
    format!("{job}/{attempt:08x}/{seq:016x}")
}

/// A counter's value; 0 when it is not eight bytes.
pub(super) fn number(bytes: &[u8]) -> u64 {
    bytes.try_into().map_or(0, u64::from_be_bytes)
}

/// Raises a counter and returns it: never the same twice, also after a crash.
pub(super) fn next(transaction: &WriteTransaction, counter: &str) -> Result<u64, Error> {
    let mut meta = transaction.open_table(META)?;
    let next = meta.get(counter)?.map_or(0, |value| number(value.value())) + 1;
    meta.insert(counter, next.to_be_bytes().as_slice())?;
    Ok(next)
}
