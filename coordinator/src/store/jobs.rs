//! Jobs: granted under a fence, filled chunk by chunk, made visible by one commit.
//!
//! The fence is compared inside the write transaction, so a late holder is refused whatever it believes.

use std::collections::HashSet;

use plumbline_proto::agent_v1::{Row, RowBatch, Status, Usage};
use prost::Message;
use redb::WriteTransaction;

use super::record::{Counts, Job, JobState};
use super::{CHUNKS, Error, JOBS, Store, key, sealed};

/// What a damaged chunk is called.
const CHUNK: &str = "chunk of rows";

/// Names a job in the store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StoredJob {
    /// The scan's id.
    pub scan: String,
    /// The job's id.
    pub job: String,
}

/// What became of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutOutcome {
    /// It is on disk.
    Stored,
    /// Someone else holds the job, or nobody does.
    StaleFence,
    /// The same chunk was stored before with other content.
    Conflict,
}

/// What became of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitOutcome {
    /// The rows are visible; a repeated commit gets the same number.
    Committed(u64),
    /// Someone else holds the job, or nobody does.
    StaleFence,
    /// Chunks are missing, or counts or hashes do not match.
    Mismatch,
}

impl Store {
    /// Grants a job: raises the fence, and the attempt when the last one is to be charged. Returns both.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn grant(&self, id: &StoredJob, charge: bool) -> Result<Option<(u32, u64)>, Error> {
        let id = id.clone();
        self.write(0, move |transaction| {
            let fence = key::next(transaction, "fence")?;
            update(transaction, &id, |job| {
                if matches!(job.state(), JobState::Committed | JobState::Abandoned) {
                    return None;
                }
                job.attempt += u32::from(charge || job.attempt == 0);
                job.fence = fence;
                job.set_state(JobState::Leased);
                Some((job.attempt, fence))
            })
            .map(Option::flatten)
        })
        .await
    }

    /// Gives a job up: its rows stay unknown, for this reason.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn abandon(&self, id: &StoredJob, problem: &str) -> Result<(), Error> {
        let (id, problem) = (id.clone(), problem.to_owned());
        self.write(0, move |transaction| {
            update(transaction, &id, |job| {
                if job.state() != JobState::Committed {
                    job.set_state(JobState::Abandoned);
                    job.problem = problem;
                }
            })
            .map(|_| ())
        })
        .await
    }

    /// Stores a chunk, if the fence is current.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn put_chunk(&self, id: &StoredJob, fence: u64, seq: u64, rows: Vec<u8>) -> Result<PutOutcome, Error> {
        let id = id.clone();
        self.write(rows.len(), move |transaction| {
            let stored = &key::job(&id.scan, &id.job);
            let Some(job) = sealed::get_record::<Job>(&transaction.open_table(JOBS)?, stored, "job")? else {
                return Ok(PutOutcome::StaleFence);
            };
            if job.fence != fence || job.state() != JobState::Leased {
                return Ok(PutOutcome::StaleFence);
            }
            let key = key::chunk(&id.job, job.attempt, seq);
            let mut chunks = transaction.open_table(CHUNKS)?;
            match sealed::get(&chunks, &key, CHUNK)? {
                Some(stored) if stored == rows => return Ok(PutOutcome::Stored),
                Some(_) => return Ok(PutOutcome::Conflict),
                None => sealed::put(&mut chunks, &key, &rows)?,
            }
            Ok(PutOutcome::Stored)
        })
        .await
    }

    /// Makes the chunks of an attempt visible, all at once.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn commit(
        &self,
        id: &StoredJob,
        fence: u64,
        chunks: u64,
        rows: u64,
        root_hash: Vec<u8>,
        usage: Usage,
    ) -> Result<CommitOutcome, Error> {
        let id = id.clone();
        self.write(0, move |transaction| {
            let outcome = update(transaction, &id, |job| {
                if job.fence != fence {
                    return Ok(CommitOutcome::StaleFence);
                }
                match job.state() {
                    JobState::Committed => return Ok(CommitOutcome::Committed(job.commit_seq)),
                    JobState::Leased => {}
                    _ => return Ok(CommitOutcome::StaleFence),
                }
                let Some(found) = check_chunks(transaction, job, chunks)? else { return Ok(CommitOutcome::Mismatch) };
                if (found.rows, found.root_hash) != (rows, root_hash) {
                    return Ok(CommitOutcome::Mismatch);
                }
                job.counts = Some(found.counts);
                job.commit_seq = key::next(transaction, "commit")?;
                job.set_state(JobState::Committed);
                (job.chunks, job.rows) = (chunks, rows);
                job.calls = usage.calls.into_iter().collect();
                (job.throttles, job.failures, job.duration_ms) = (usage.throttles, usage.failures, usage.duration_ms);
                Ok(CommitOutcome::Committed(job.commit_seq))
            })?;
            outcome.unwrap_or(Ok(CommitOutcome::StaleFence))
        })
        .await
    }

    /// One job.
    ///
    /// # Errors
    /// When the disk fails or the record is damaged.
    pub fn job(&self, id: &StoredJob) -> Result<Option<Job>, Error> {
        sealed::get_record(&self.reading()?.open_table(JOBS)?, &key::job(&id.scan, &id.job), "job")
    }

    /// How many chunks of the current attempt are stored, without gaps.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn stored_chunks(&self, job: &Job) -> Result<u64, Error> {
        let table = self.reading()?.open_table(CHUNKS)?;
        let mut count = 0;
        while table.get(key::chunk(&job.id, job.attempt, count).as_bytes())?.is_some() {
            count += 1;
        }
        Ok(count)
    }

    /// One chunk of a committed job.
    ///
    /// # Errors
    /// When the disk fails or the chunk is damaged.
    pub fn rows(&self, job: &Job, seq: u64) -> Result<RowBatch, Error> {
        let table = self.reading()?.open_table(CHUNKS)?;
        let batch = sealed::get_record(&table, &key::chunk(&job.id, job.attempt, seq), CHUNK)?;
        batch.ok_or(Error::Damaged { what: CHUNK })
    }
}

/// Loads a job, changes it, stores it; `None` when there is no such job.
fn update<T>(
    transaction: &WriteTransaction,
    id: &StoredJob,
    change: impl FnOnce(&mut Job) -> T,
) -> Result<Option<T>, Error> {
    let key = key::job(&id.scan, &id.job);
    let Some(mut job) = sealed::get_record::<Job>(&transaction.open_table(JOBS)?, &key, "job")? else {
        return Ok(None);
    };
    let before = job.clone();
    let value = change(&mut job);
    if job != before {
        sealed::put_record(&mut transaction.open_table(JOBS)?, &key, &job)?;
    }
    Ok(Some(value))
}

/// What the chunks of an attempt hold.
struct Found {
    rows: u64,
    /// BLAKE3 over the chunks' hashes in order.
    root_hash: Vec<u8>,
    counts: Counts,
}

/// Reads the chunks of the attempt; `None` when one is missing.
fn check_chunks(transaction: &WriteTransaction, job: &Job, chunks: u64) -> Result<Option<Found>, Error> {
    let table = transaction.open_table(CHUNKS)?;
    let mut hasher = blake3::Hasher::new();
    let (mut rows, mut counts, mut controls) = (0, Counts::default(), HashSet::new());
    for seq in 0..chunks {
        let Some(payload) = sealed::get(&table, &key::chunk(&job.id, job.attempt, seq), CHUNK)? else {
            return Ok(None);
        };
        hasher.update(blake3::hash(&payload).as_bytes());
        let batch = RowBatch::decode(payload.as_slice()).map_err(|_| Error::Damaged { what: CHUNK })?;
        rows += batch.rows.len() as u64;
        counts = batch.rows.iter().map(counted).fold(counts, Counts::plus);
        controls.extend(batch.rows.into_iter().map(|row| row.control));
    }
    // A control without a row is shown as not run.
    counts.unknown += job.controls.len().saturating_sub(controls.len()) as u64;
    Ok(Some(Found { rows, root_hash: hasher.finalize().as_bytes().to_vec(), counts }))
}

/// One row. A status that this version does not know is not a good one.
fn counted(row: &Row) -> Counts {
    let one = Counts::default();
    match row.status() {
        Status::Pass => Counts { pass: 1, ..one },
        Status::Fail => Counts { fail: 1, ..one },
        Status::Unknown | Status::Unspecified => Counts { unknown: 1, ..one },
        Status::NotApplicable => Counts { not_applicable: 1, ..one },
        Status::Manual => Counts { manual: 1, ..one },
    }
}
