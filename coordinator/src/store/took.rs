//! What jobs took on earlier nights, by account and Region: read once when a scan begins, never while it runs.
//!
//! The latest scans are read until everything that was asked about is known, four of them at most. That grows with the
//! jobs of these scans and not with the nights that are kept: a value of sixty-four jobs at a time is unpacked, and of each
//! job a few numbers are decoded.

use std::collections::HashSet;

use plumbline_baseline::ScanId;
use redb::{ReadTransaction, ReadableTable};

use super::record::{JobState, Scan, TookJob, TookJobs};
use super::tables::opened;
use super::{DONE, Error, SCANS, Store, key, packed};

/// Scans that are looked at: what was in none of them is unknown.
const SCANS_BACK: usize = 4;

/// What the jobs of one scan took.
pub(crate) type Night = Vec<Took>;

/// What one job took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Took {
    /// The account's id.
    pub(crate) account: String,
    /// The Region, or `aws-global`.
    pub(crate) region: String,
    /// How long the attempt took that was stored, in milliseconds.
    pub(crate) duration_ms: u64,
    /// The API calls that it made.
    pub(crate) calls: u64,
    /// The longest time that an attempt was given and used up without an end, in milliseconds.
    pub(crate) ran_over_ms: u64,
}

impl Store {
    /// What the jobs of the latest scans took, the newest first: until each of these accounts and Regions is known.
    ///
    /// # Errors
    /// When the disk fails. What is damaged is not known.
    pub(crate) fn took(&self, mut unknown: HashSet<(String, String)>) -> Result<Vec<Night>, Error> {
        self.read(|transaction| {
            let Some(scans) = opened(transaction, SCANS)? else { return Ok(Vec::new()) };
            let mut nights = Vec::new();
            for entry in scans.iter()?.rev().take(SCANS_BACK) {
                if unknown.is_empty() {
                    break;
                }
                let (key, value) = entry?;
                let Ok(scan) = packed::open::<Scan>(&scans, key.value(), value.value(), "scan") else { continue };
                let night = night(transaction, &scan)?;
                for took in &night {
                    unknown.remove(&(took.account.clone(), took.region.clone()));
                }
                nights.push(night);
            }
            Ok(nights)
        })
    }
}

fn night(transaction: &ReadTransaction, scan: &Scan) -> Result<Night, Error> {
    let Ok(id) = scan.id.parse::<ScanId>() else { return Ok(Vec::new()) };
    let Some(done) = opened(transaction, DONE)? else { return Ok(Vec::new()) };
    let (from, to) = key::jobs_of(&id);
    let mut night = Vec::new();
    for entry in done.range(from.as_bytes()..to.as_bytes())? {
        let (key, value) = entry?;
        // A forecast is worth no failure: whoever reads the jobs themselves is told.
        let Ok(together) = packed::open::<TookJobs>(&done, key.value(), value.value(), "jobs") else { continue };
        night.extend(together.jobs.into_iter().filter_map(|job| took(scan, job)));
    }
    Ok(night)
}

fn took(scan: &Scan, job: TookJob) -> Option<Took> {
    let account = scan.accounts.get(job.account as usize)?.id.clone();
    let is_known = job.state() == JobState::Committed || job.ran_over_s > 0;
    let TookJob { region, duration_ms, calls_total: calls, ran_over_s, .. } = job;
    is_known.then_some(Took { account, region, duration_ms, calls, ran_over_ms: u64::from(ran_over_s) * 1000 })
}
