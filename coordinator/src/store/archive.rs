//! Jobs of scans that have ended: many in one value, so that a night costs little more than what is new in it. Nothing
//! changes them any more.

use plumbline_baseline::ScanId;
use redb::{ReadableTable, WriteTransaction};

use super::record::{Job, JobState, Jobs};
use super::sealed::{self, Sealed};
use super::{DONE, Error, JOBS, key, packed};

/// Jobs in one value: what damage to it costs.
const TOGETHER: usize = 64;

const WHAT: &str = "jobs";

/// Puts the jobs of a scan that have ended together. Those that have not, and those that are damaged, stay where they are.
///
/// # Errors
/// When the disk fails.
pub(super) fn put_away(transaction: &WriteTransaction, scan: &ScanId) -> Result<(), Error> {
    let (mut jobs, mut done) = (transaction.open_table(JOBS)?, transaction.open_table(DONE)?);
    let (mut from, to) = key::jobs_of(scan);
    loop {
        let (mut ended, mut is_last) = (Vec::new(), true);
        for entry in jobs.range(from.as_bytes()..to.as_bytes())? {
            let (key, value) = entry?;
            if ended.len() == TOGETHER {
                (from, is_last) = (String::from_utf8_lossy(key.value()).into_owned(), false);
                break;
            }
            let job = sealed::open_record::<Job>(&jobs, key.value(), value.value(), "job").ok();
            ended.extend(job.filter(|job| matches!(job.state(), JobState::Committed | JobState::Abandoned)));
        }
        for job in &ended {
            jobs.remove(key::job(scan, &job.id).as_bytes())?;
        }
        if let Some(first) = ended.first() {
            let key = key::job(scan, &first.id);
            packed::put(&mut done, &key, &Jobs { jobs: ended })?;
        }
        if is_last {
            return Ok(());
        }
    }
}

/// Takes back what was put away of a scan: it goes on. Groups of jobs that end at different times would not be in the
/// order of their keys.
///
/// # Errors
/// When the disk fails, or some of it is damaged.
pub(super) fn take_back(transaction: &WriteTransaction, scan: &ScanId) -> Result<(), Error> {
    let (mut jobs, mut done) = (transaction.open_table(JOBS)?, transaction.open_table(DONE)?);
    let (from, to) = key::jobs_of(scan);
    let mut groups = Vec::new();
    for entry in done.range(from.as_bytes()..to.as_bytes())? {
        let (key, value) = entry?;
        for job in packed::open::<Jobs>(&done, key.value(), value.value(), WHAT)?.jobs {
            sealed::put_record(&mut jobs, &key::job(scan, &job.id), &job)?;
        }
        groups.push(key.value().to_vec());
    }
    for key in groups {
        done.remove(key.as_slice())?;
    }
    Ok(())
}

/// A job of a scan, wherever it is.
///
/// # Errors
/// When the disk fails, or the value that it is in is damaged.
pub(super) fn job(jobs: &impl Sealed, done: &impl Sealed, scan: &ScanId, job: &str) -> Result<Option<Job>, Error> {
    match sealed::get_record(jobs, &key::job(scan, job), "job")? {
        Some(job) => Ok(Some(job)),
        None => find(done, scan, job),
    }
}

/// A job that was put away.
///
/// # Errors
/// When the disk fails, or the value that it is in is damaged.
pub(super) fn find(done: &impl Sealed, scan: &ScanId, job: &str) -> Result<Option<Job>, Error> {
    let (from, to) = (key::jobs_of(scan).0, key::job(scan, job));
    let Some(entry) = done.range(from.as_bytes()..=to.as_bytes())?.next_back() else { return Ok(None) };
    let (key, value) = entry?;
    let together: Jobs = packed::open(done, key.value(), value.value(), WHAT)?;
    Ok(together.jobs.into_iter().find(|each| each.id == job))
}

/// The jobs of a scan that were put away, as far as they can be read.
///
/// # Errors
/// When the disk fails.
pub(super) fn all(done: &impl Sealed, scan: &ScanId) -> Result<Vec<Job>, Error> {
    let (from, to) = key::jobs_of(scan);
    let mut jobs = Vec::new();
    for entry in done.range(from.as_bytes()..to.as_bytes())? {
        let (key, value) = entry?;
        match packed::open::<Jobs>(done, key.value(), value.value(), WHAT) {
            Ok(together) => jobs.extend(together.jobs),
            Err(Error::Damaged { what }) => tracing::error!(what, %scan, "damaged in the store"),
            Err(error) => return Err(error),
        }
    }
    Ok(jobs)
}
