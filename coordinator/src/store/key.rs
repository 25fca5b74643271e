//! Keys and counters. Keys are text, so that a dump of the file can be read; numbers in them are fixed-width hex.

use std::fmt::Display;

use plumbline_baseline::ScanId;
use redb::WriteTransaction;

use super::sealed::{self, Sealed};
use super::{Error, META};

/// What damaged counters are called.
const WHAT: &str = "counter";
/// The counter of scans.
const NIGHT: &str = "night";

/// `scan/job`.
pub(super) fn job(scan: &(impl Display + ?Sized), job: &(impl Display + ?Sized)) -> String {
    format!("{scan}/{job}")
}

/// From where to where the jobs of a scan are: the second key is the first that is not one.
pub(super) fn jobs_of(scan: &ScanId) -> (String, String) {
    (format!("{scan}/"), format!("{scan}0"))
}

/// The job's id in a key that begins like this.
pub(super) fn job_in<'k>(key: &'k [u8], beginning: &str) -> Option<&'k str> {
    std::str::from_utf8(key).ok()?.strip_prefix(beginning)
}

/// `job/attempt/seq`.
pub(super) fn chunk(job: &(impl Display + ?Sized), attempt: u32, seq: u64) -> String {
    format!("{job}/{attempt:08x}/{seq:016x}")
}

/// The number of the next scan.
pub(super) fn next_night(transaction: &WriteTransaction) -> Result<u32, Error> {
    u32::try_from(next(transaction, NIGHT)?).map_err(|_| Error::Damaged { what: WHAT })
}

/// The number of the scan that was planned last; 0 before the first.
pub(super) fn last_night(meta: &impl Sealed) -> Result<u32, Error> {
    u32::try_from(last(meta, NIGHT)?).map_err(|_| Error::Damaged { what: WHAT })
}

/// Raises a counter and returns it: never the same twice, also after a crash.
pub(super) fn next(transaction: &WriteTransaction, counter: &str) -> Result<u64, Error> {
    let mut meta = transaction.open_table(META)?;
    let next = last(&meta, counter)? + 1;
    sealed::put(&mut meta, counter, &next.to_be_bytes())?;
    Ok(next)
}

fn last(meta: &impl Sealed, counter: &str) -> Result<u64, Error> {
    match sealed::get(meta, counter, WHAT)? {
        Some(bytes) => Ok(u64::from_be_bytes(bytes.as_slice().try_into().map_err(|_| Error::Damaged { what: WHAT })?)),
        None => Ok(0),
    }
}
