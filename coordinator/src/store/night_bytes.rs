//! What a scan added to the file, as far as its key says that it did: its records, and what it keeps of the state before
//! it. The present is shared by all nights, and is nobody's.

use plumbline_baseline::ScanId;
use redb::ReadTransaction;

use super::remember::{PAST, VOLATILE};
use super::tables::opened;
use super::{Bytes, DONE, Error, JOBS, PLANS, SCANS, Store, key};

/// Bytes of keys and values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NightBytes {
    /// Of the scan, its plan and its jobs.
    pub records: u64,
    /// Of what was before, where the scan changed something.
    pub before: u64,
    /// Of what changes by itself.
    pub changing: u64,
}

impl Store {
    /// What a scan added.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn night_bytes(&self, scan: &ScanId, night: u32) -> Result<NightBytes, Error> {
        self.read(|transaction| {
            let (from, to) = key::jobs_of(scan);
            let one =
                |table| size(transaction, table, scan.as_str().as_bytes(), &[scan.as_str().as_bytes(), &[0]].concat());
            let (from, to) = (from.as_bytes(), to.as_bytes());
            let jobs = size(transaction, JOBS, from, to)? + size(transaction, DONE, from, to)?;
            let (from, to) = (night.to_be_bytes(), night.saturating_add(1).to_be_bytes());
            Ok(NightBytes {
                records: one(SCANS)? + one(PLANS)? + jobs,
                before: size(transaction, PAST, &from, &to)?,
                changing: size(transaction, VOLATILE, &from, &to)?,
            })
        })
    }
}

/// The bytes from one key to before another.
fn size(transaction: &ReadTransaction, table: Bytes, from: &[u8], to: &[u8]) -> Result<u64, Error> {
    let mut bytes = 0;
    let Some(table) = opened(transaction, table)? else { return Ok(0) };
    for entry in table.range(from..to)? {
        let (key, value) = entry?;
        bytes += (key.value().len() + value.value().len()) as u64;
    }
    Ok(bytes)
}
