//! What every job of a scan needs of its record, which is large: read once, and kept for the scan at hand.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use plumbline_baseline::ScanId;

use super::record::{Job, Pruned, Scan};
use super::{Error, Store, nights};

/// Of one scan.
#[derive(Debug, Default)]
pub(super) struct Facts {
    scan: String,
    /// Its number.
    pub(super) night: u32,
    /// Whether its jobs run all controls that are enabled.
    pub(super) is_full: bool,
    accounts: Vec<String>,
    controls: Vec<String>,
}

/// The facts of the scan that was asked about last.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<Arc<Facts>>);

impl Facts {
    /// Of a scan's record.
    pub(super) fn of(scan: Scan) -> Self {
        Self {
            night: scan.night,
            is_full: scan.runs_all_controls(),
            accounts: scan.accounts.into_iter().map(|account| account.id).collect(),
            controls: scan.controls.into_iter().map(|control| control.id).collect(),
            scan: scan.id,
        }
    }

    /// Where a job is.
    ///
    /// # Errors
    /// When the scan does not have its account.
    pub(super) fn scope(&self, job: &Job) -> Result<String, Error> {
        let account = self.accounts.get(job.account as usize).ok_or(Error::Damaged { what: "plan" })?;
        Ok(format!("{account}/{}", job.region))
    }

    /// The ids of a job's controls.
    pub(super) fn controls(&self, job: &Job) -> BTreeSet<String> {
        job.controls.iter().filter_map(|&index| self.controls.get(index as usize)).cloned().collect()
    }
}

impl Store {
    /// The facts of a job's scan.
    ///
    /// # Errors
    /// When the disk fails, or the scan's record is damaged.
    pub(super) fn facts_of(&self, job: &Job) -> Result<Arc<Facts>, Error> {
        self.facts(&job.scan.parse().map_err(|_| Error::Damaged { what: "job" })?)
    }

    /// What is left of the one pruned scan whose id begins like this, in capitals.
    ///
    /// # Errors
    /// When the disk fails, or what is left is damaged.
    pub(super) fn pruned_like(&self, beginning: &str) -> Result<Option<Pruned>, Error> {
        let pruned = self.read(|transaction| nights::all(&transaction.open_table(nights::PRUNED)?))?;
        let is_meant =
            |pruned: &Pruned| !beginning.is_empty() && pruned.scan.to_ascii_uppercase().starts_with(beginning);
        let mut found = pruned.into_iter().map(|(_, pruned)| pruned).filter(is_meant);
        Ok(found.next().filter(|_| found.next().is_none()))
    }

    /// What is left of the scan of that id, if it was pruned.
    ///
    /// # Errors
    /// When the disk fails, or what is left is damaged.
    pub(super) fn pruned_scan(&self, scan: &str) -> Result<Option<Pruned>, Error> {
        let pruned = self.read(|transaction| nights::all(&transaction.open_table(nights::PRUNED)?))?;
        Ok(pruned.into_iter().map(|(_, pruned)| pruned).find(|pruned| pruned.scan == scan))
    }

    /// The facts of a scan.
    ///
    /// # Errors
    /// When the disk fails, or its record is damaged.
    pub(super) fn facts(&self, scan: &ScanId) -> Result<Arc<Facts>, Error> {
        let kept = || self.kept.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = Arc::clone(&kept());
        if known.scan == scan.as_str() {
            return Ok(known);
        }
        let record = match self.scan(scan)? {
            Some(record) => record,
            None => return Err(self.pruned_scan(scan.as_str())?.map_or(Error::Damaged { what: "scan" }, Error::from)),
        };
        let facts = Arc::new(Facts::of(record));
        *kept() = Arc::clone(&facts);
        Ok(facts)
    }
}
