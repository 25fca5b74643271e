//! Stores of earlier releases become stores of this one, with all that is in them. An upgrade that is ended half-way goes
//! on where it was when the store is opened next; until it is done, no earlier release opens the file.

use plumbline_baseline::ScanId;
use plumbline_proto::agent_v1::RowBatch;
use prost::Message;
use redb::{Database, ReadableDatabase, ReadableTable, WriteTransaction};

use super::chunks::{Chunks, delete_chunks, found};
use super::facts::Facts;
use super::jobs::counts;
use super::record::{Job, JobState, Plan, Scan};
use super::remember::{self, Delivery, Taken, take};
use super::{CHUNKS, DONE, Error, JOBS, META, PLANS, SCANS, SCHEMA, archive, departures, key, members, packed, sealed};

/// The schema that can be upgraded.
pub(super) const FROM: u64 = 2;
/// There while an upgrade is not done.
pub(super) const UPGRADING: &[u8] = b"upgrading";

/// Upgrades a store of schema 2, or goes on with that.
///
/// # Errors
/// When the disk fails.
pub(super) fn upgrade(database: &Database) -> Result<(), Error> {
    tracing::info!("upgrading the store: it is safe to end this at any time");
    in_transaction(database, begin)?;
    for scan in scans(database)? {
        remember_scan(database, &scan)?;
    }
    in_transaction(database, |transaction| {
        transaction.open_table(META)?.remove(UPGRADING)?;
        Ok(())
    })
}

fn in_transaction(
    database: &Database,
    change: impl FnOnce(&WriteTransaction) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_two_phase_commit(true);
    change(&transaction)?;
    Ok(transaction.commit()?)
}

/// From here on it is a store of this release, in which not everything is where it belongs. Scans get their numbers.
fn begin(transaction: &WriteTransaction) -> Result<(), Error> {
    remember::create_tables(transaction)?;
    departures::create_table(transaction)?;
    members::create_tables(transaction)?;
    transaction.open_table(DONE)?;
    // Early releases of the schema had none.
    transaction.open_table(PLANS)?;
    {
        let mut meta = transaction.open_table(META)?;
        if meta.get(UPGRADING)?.is_some() {
            return Ok(());
        }
        meta.insert(UPGRADING, FROM.to_be_bytes().as_slice())?;
        meta.insert(b"schema".as_slice(), SCHEMA.to_be_bytes().as_slice())?;
    }
    let mut table = transaction.open_table(SCANS)?;
    let mut known: Vec<Scan> = Vec::new();
    for entry in table.iter()? {
        let (key, value) = entry?;
        // One that cannot be read stays as it is, and has no rows.
        known.extend(sealed::open_record::<Scan>(&table, key.value(), value.value(), "scan"));
    }
    for mut scan in known {
        scan.night = key::next_night(transaction)?;
        // Versions of that schema kept verdicts alone.
        scan.without_documents = true;
        let id = scan.id.clone();
        packed::put(&mut table, &id, &scan)?;
    }
    let mut table = transaction.open_table(PLANS)?;
    let mut known: Vec<(String, Plan)> = Vec::new();
    for entry in table.iter()? {
        let (key, value) = entry?;
        let plan = sealed::open_record::<Plan>(&table, key.value(), value.value(), "plan").ok();
        known.extend(std::str::from_utf8(key.value()).ok().map(str::to_owned).zip(plan));
    }
    known.iter().try_for_each(|(scan, plan)| packed::put(&mut table, scan, plan))
}

fn scans(database: &Database) -> Result<Vec<ScanId>, Error> {
    let transaction = database.begin_read()?;
    let table = transaction.open_table(SCANS)?;
    let mut scans = Vec::new();
    for entry in table.iter()? {
        let id = std::str::from_utf8(entry?.0.value()).ok().and_then(|id| id.parse().ok());
        scans.extend(id);
    }
    Ok(scans)
}

/// Takes the rows of a scan's jobs into the memory, job by job.
fn remember_scan(database: &Database, scan: &ScanId) -> Result<(), Error> {
    let Some((facts, jobs)) = left(database, scan)? else { return Ok(()) };
    for job in jobs {
        in_transaction(database, |transaction| remember_job(transaction, &facts, job))?;
    }
    in_transaction(database, |transaction| archive::put_away(transaction, scan))
}

/// The jobs of a scan whose rows are not in the memory yet; `None` when the scan's record is damaged.
fn left(database: &Database, scan: &ScanId) -> Result<Option<(Facts, Vec<Job>)>, Error> {
    let transaction = database.begin_read()?;
    let record = packed::get::<Scan>(&transaction.open_table(SCANS)?, scan.as_str(), "scan");
    let Some(record) = record.or_else(if_damaged)? else { return Ok(None) };
    let (from, to) = key::jobs_of(scan);
    let mut waiting = Vec::new();
    let table = transaction.open_table(JOBS)?;
    for entry in table.range(from.as_bytes()..to.as_bytes())? {
        let (key, value) = entry?;
        let job = sealed::open_record::<Job>(&table, key.value(), value.value(), "job").map(Some);
        waiting.extend(job.or_else(if_damaged)?.filter(|job| job.state() == JobState::Committed && job.chunks > 0));
    }
    Ok(Some((Facts::of(record), waiting)))
}

/// What is damaged stays where it is, and reads as damaged.
fn if_damaged<T>(error: Error) -> Result<Option<T>, Error> {
    match error {
        Error::Damaged { what } => {
            tracing::error!(what, "damaged in the store that is upgraded: its rows are lost");
            Ok(None)
        }
        error => Err(error),
    }
}

fn remember_job(transaction: &WriteTransaction, facts: &Facts, mut job: Job) -> Result<(), Error> {
    let plain = |bytes: &[u8]| RowBatch::decode(bytes).ok();
    let found =
        found(&transaction.open_table(CHUNKS)?, &job, job.chunks, u64::MAX, plain).map(Some).or_else(if_damaged)?;
    let Some(Chunks::Found(found)) = found else { return Ok(()) };
    let delivery = Delivery {
        scope: facts.scope(&job)?,
        night: facts.night,
        controls: facts.controls(&job),
        is_full: facts.is_full,
        delivered: found.delivered,
        claim: None,
    };
    if let Taken::Remembered { root, rows, .. } = take(transaction, delivery)? {
        job.counts = Some(counts(&job, &rows));
        (job.root, job.rows) = (root.map(Vec::from).unwrap_or_default(), rows.rows);
    }
    job.chunks = 0;
    delete_chunks(transaction, &job.id, u32::MAX)?;
    sealed::put_record(&mut transaction.open_table(JOBS)?, &key::job(&job.scan, &job.id), &job)
}

#[cfg(test)]
mod tests;
