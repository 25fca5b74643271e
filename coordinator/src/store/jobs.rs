//! Jobs: granted under a fence, filled chunk by chunk, made visible by one commit.
//!
//! The fence is compared inside the write transaction, so a late holder is refused whatever it believes.

use std::time::Duration;

use plumbline_baseline::{AgentId, JobId, ScanId};
use plumbline_proto::agent_v1::Usage;
use redb::WriteTransaction;

use plumbline_proto::chunk;

use super::ahead::Ahead;
use super::chunks::{CHUNK, Chunks, Found, Room, delete_chunks, found};
use super::facts::Facts;
use super::record::{Counts, Job, JobState, Summary, Why};
use super::remember::{Claim, Delivery, Taken, take};
use super::{CHUNKS, DONE, Error, JOBS, Store, archive, key, sealed};
use crate::planted::{self, Bug};

/// Why a job was given up whose result came too late.
const SUPERSEDED: &str = "not_run: a later scan of the account and Region was stored before this one";

/// Names a job in the store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StoredJob {
    /// The scan's id.
    pub scan: ScanId,
    /// The job's id.
    pub job: JobId,
}

/// Who holds a job, and since which grant: the right to write for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The agent.
    pub agent: AgentId,
    /// The fence of the grant.
    pub fence: u64,
}

/// Whether a grant begins a new attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// A new one: what earlier ones stored is deleted.
    New,
    /// The one that was granted last goes on, with the chunks that it has stored.
    Same,
    /// The one that was granted last is delivered from its first chunk: what it has stored is deleted.
    Anew,
}

/// What a grant writes down.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Whether it is a new attempt.
    pub attempt: Attempt,
    /// The agent that gets the job.
    pub agent: AgentId,
    /// Version of that agent.
    pub build: String,
    /// Attempts that were charged before.
    pub failed_attempts: u32,
    /// The time, ISO-8601 UTC.
    pub now: String,
}

/// A granted job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Granted {
    /// The attempt, from 1.
    pub attempt: u32,
    /// The fence.
    pub fence: u64,
}

/// What an agent says of the chunks that it delivered.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Their number.
    pub chunks: u64,
    /// Rows in them.
    pub rows: u64,
    /// BLAKE3 over the chunks' hashes in order.
    pub root_hash: Vec<u8>,
    /// What the result is; none when it was found here.
    pub claim: Option<Claim>,
    /// What the attempt cost.
    pub usage: Usage,
    /// The time, ISO-8601 UTC.
    pub now: String,
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
    /// An attempt of this job has at most so many. Its chunks are gone.
    TooMany(u64),
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
    /// An attempt of this job has at most so many bytes, unpacked. Its chunks are gone.
    TooMuch(u64),
    /// What the commit builds on is not what is held. The chunks are gone: everything is to be delivered.
    WantsAll,
    /// A later scan of the account and Region is stored already. The job was given up, and says so.
    Superseded,
}

impl Store {
    /// Grants a job under a new fence; `None` when it has ended, or does not exist.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn grant(&self, id: &StoredJob, grant: Grant) -> Result<Option<Granted>, Error> {
        self.grant_because(id, grant, Why::Unspecified).await
    }

    /// The same, with why it goes to this agent.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn grant_because(&self, id: &StoredJob, grant: Grant, why: Why) -> Result<Option<Granted>, Error> {
        let id = id.clone();
        self.write(0, move |transaction| {
            let next = key::next(transaction, "fence")?;
            let attempt = grant.attempt;
            let granted = update(transaction, &id, |job| {
                let is_kept = job.fence > 0 && planted::is(Bug::FenceKept);
                let fence = if is_kept { job.fence } else { next };
                if matches!(job.state(), JobState::Committed | JobState::Abandoned) {
                    return None;
                }
                if attempt == Attempt::New || job.attempt == 0 {
                    job.attempt += 1;
                    job.started = grant.now;
                }
                (job.agent, job.build) = (grant.agent.into(), grant.build);
                (job.fence, job.failed_attempts) = (fence, grant.failed_attempts);
                job.set_why(why);
                job.set_state(JobState::Leased);
                Some(Granted { attempt: job.attempt, fence })
            })?
            .flatten();
            match (attempt, granted) {
                (Attempt::New, Some(granted)) => delete_chunks(transaction, id.job.as_str(), granted.attempt)?,
                (Attempt::Anew, Some(_)) => delete_chunks(transaction, id.job.as_str(), u32::MAX)?,
                (Attempt::Same, _) | (_, None) => {}
            }
            Ok(granted)
        })
        .await
    }

    /// Gives a job up: its rows stay unknown, for this reason. A job that was committed stays so.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn abandon(&self, id: &StoredJob, problem: &str, failed_attempts: u32) -> Result<(), Error> {
        let (id, problem) = (id.clone(), problem.to_owned());
        self.write(0, move |transaction| {
            let is_given_up = update(transaction, &id, |job| {
                if job.state() == JobState::Committed {
                    return false;
                }
                job.set_state(JobState::Abandoned);
                (job.problem, job.failed_attempts) = (problem, failed_attempts);
                true
            })?;
            if is_given_up == Some(true) {
                delete_chunks(transaction, id.job.as_str(), u32::MAX)?;
            }
            Ok(())
        })
        .await
    }

    /// Notes that an attempt used up its time: who asks next, tonight or on a later night, gives it more.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn ran_over(&self, id: &StoredJob, deadline: Duration) -> Result<(), Error> {
        let (id, seconds) = (id.clone(), u32::try_from(deadline.as_secs()).unwrap_or(u32::MAX));
        self.write(0, move |transaction| {
            update(transaction, &id, |job| job.ran_over_s = job.ran_over_s.max(seconds))?;
            Ok(())
        })
        .await
    }

    /// Stores a chunk, if its sender holds the job.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn put_chunk(
        &self,
        id: &StoredJob,
        holder: &Holder,
        seq: u64,
        rows: Vec<u8>,
    ) -> Result<PutOutcome, Error> {
        let (id, holder) = (id.clone(), holder.clone());
        self.write(rows.len(), move |transaction| {
            let stored = &key::job(&id.scan, &id.job);
            let Some(job) = sealed::get_record::<Job>(&transaction.open_table(JOBS)?, stored, "job")? else {
                return Ok(PutOutcome::StaleFence);
            };
            if !is_held(&job, &holder) || job.state() != JobState::Leased {
                return Ok(PutOutcome::StaleFence);
            }
            let room = Room::of(&job);
            if seq >= room.chunks {
                delete_chunks(transaction, &job.id, u32::MAX)?;
                return Ok(PutOutcome::TooMany(room.chunks));
            }
            let key = key::chunk(&id.job, job.attempt, seq);
            let mut chunks = transaction.open_table(CHUNKS)?;
            match sealed::get(&chunks, &key, CHUNK)? {
                Some(stored) if stored == rows => return Ok(PutOutcome::Stored),
                Some(_) if !planted::is(Bug::ChunkReplaced) => return Ok(PutOutcome::Conflict),
                None if planted::is(Bug::ChunkDropped) => {}
                _ => sealed::put(&mut chunks, &key, &rows)?,
            }
            Ok(PutOutcome::Stored)
        })
        .await
    }

    /// Makes the chunks of an attempt visible, all at once.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn commit(&self, id: &StoredJob, holder: &Holder, commit: Commit) -> Result<CommitOutcome, Error> {
        let (id, holder) = (id.clone(), holder.clone());
        let facts = self.facts(&id.scan)?;
        let holds = holder.clone();
        let ahead = self.ahead(key::job(&id.scan, &id.job), commit.chunks, move |job| is_held(job, &holds)).await;
        self.write(0, move |transaction| {
            let outcome = update(transaction, &id, |job| {
                if !is_held(job, &holder) {
                    return Ok(CommitOutcome::StaleFence);
                }
                match job.state() {
                    JobState::Committed => return Ok(CommitOutcome::Committed(job.commit_seq)),
                    JobState::Leased => {}
                    _ => return Ok(CommitOutcome::StaleFence),
                }
                committed(transaction, job, &facts, commit, ahead)
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
        self.read(|transaction| {
            let (jobs, done) = (transaction.open_table(JOBS)?, transaction.open_table(DONE)?);
            archive::job(&jobs, &done, &id.scan, id.job.as_str())
        })
    }
}

/// Commits what a leased job delivered.
fn committed(
    transaction: &WriteTransaction,
    job: &mut Job,
    facts: &Facts,
    commit: Commit,
    ahead: Option<Ahead>,
) -> Result<CommitOutcome, Error> {
    let is_on_held = commit.claim.as_ref().is_some_and(|claim| claim.is_on_held);
    let other = || match is_on_held {
        true => delete_chunks(transaction, &job.id, u32::MAX).map(|()| CommitOutcome::WantsAll),
        false => Ok(CommitOutcome::Mismatch),
    };
    let is_said = |found: &Found| (found.rows, &found.root_hash) == (commit.rows, &commit.root_hash);
    let most = Room::of(job).bytes;
    let found = match ahead.filter(|ahead| ahead.attempt == job.attempt) {
        Some(ahead) => Chunks::Found(ahead.found),
        None => found(&transaction.open_table(CHUNKS)?, job, commit.chunks, most, |bytes| chunk::read(bytes).ok())?,
    };
    let found = match found {
        Chunks::Found(found) if is_said(&found) || planted::is(Bug::HashesUnchecked) => found,
        Chunks::Found(_) | Chunks::Missing => return other(),
        Chunks::TooMuch => {
            delete_chunks(transaction, &job.id, u32::MAX)?;
            return Ok(CommitOutcome::TooMuch(most));
        }
    };
    let delivery = Delivery {
        scope: facts.scope(job)?,
        night: facts.night,
        controls: facts.controls(job),
        is_full: facts.is_full,
        delivered: found.delivered,
        claim: commit.claim,
    };
    let (root, rows) = match take(transaction, delivery)? {
        Taken::Remembered { root, rows, changing, changed } => {
            (job.changing, job.changed) = (changing, changed);
            (root, rows)
        }
        Taken::Other => return other(),
        Taken::Superseded(_) => {
            delete_chunks(transaction, &job.id, u32::MAX)?;
            job.set_state(JobState::Abandoned);
            job.problem = SUPERSEDED.to_owned();
            return Ok(CommitOutcome::Superseded);
        }
    };
    delete_chunks(transaction, &job.id, u32::MAX)?;
    job.root = root.map(Vec::from).unwrap_or_default();
    job.commit_seq = key::next(transaction, "commit")?;
    job.set_state(JobState::Committed);
    (job.counts, job.committed) = (Some(counts(job, &rows)), commit.now);
    (job.elsewhere, job.rows) = (rows.elsewhere, rows.rows);
    let usage = commit.usage;
    (job.calls_total, job.throttles) = (usage.calls, usage.throttles);
    (job.failures, job.duration_ms) = (usage.failures, usage.duration_ms);
    Ok(CommitOutcome::Committed(job.commit_seq))
}

/// A job's rows by status. A control without a row is shown as not run.
pub(super) fn counts(job: &Job, rows: &Summary) -> Counts {
    let mut counts = rows.counts.unwrap_or_default();
    counts.unknown += job.controls.len().saturating_sub(rows.controls.len()) as u64;
    counts
}

/// Whether this is who holds the job, or who did it.
pub(crate) fn is_held(job: &Job, holder: &Holder) -> bool {
    let is_agent = job.agent == holder.agent.as_str() || planted::is(Bug::AgentUnchecked);
    (job.fence == holder.fence && is_agent) || planted::is(Bug::FenceUnchecked)
}

/// Loads a job, changes it, stores it; `None` when there is no such job. One that was put away has ended, and stays as it is.
fn update<T>(
    transaction: &WriteTransaction,
    id: &StoredJob,
    change: impl FnOnce(&mut Job) -> T,
) -> Result<Option<T>, Error> {
    let key = key::job(&id.scan, &id.job);
    let Some(mut job) = sealed::get_record::<Job>(&transaction.open_table(JOBS)?, &key, "job")? else {
        let ended = archive::find(&transaction.open_table(DONE)?, &id.scan, id.job.as_str())?;
        return Ok(ended.map(|mut job| change(&mut job)));
    };
    let before = job.clone();
    let value = change(&mut job);
    if job != before {
        sealed::put_record(&mut transaction.open_table(JOBS)?, &key, &job)?;
    }
    Ok(Some(value))
}
