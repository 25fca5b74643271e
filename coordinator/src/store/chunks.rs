//! Chunks of rows: stored under their attempt, checked and counted when it commits, deleted when it is superseded.

use plumbline_proto::agent_v1::RowBatch;
use plumbline_proto::chunk;
use plumbline_tree::{Builder, Delivered, Grounds};
use redb::{ReadableTableMetadata, WriteTransaction};

use super::record::Job;
use super::sealed::{self, Sealed};
use super::{CHUNKS, Error, Store, key};

/// What a damaged chunk is called.
pub(super) const CHUNK: &str = "chunk of rows";

/// How much an attempt may deliver, by what its job was planned with: a million documents, 64,000 rows of each control,
/// and as much of that as a coordinator can hold when it is committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room {
    /// Chunks.
    pub(super) chunks: u64,
    /// Bytes of them, unpacked.
    pub(super) bytes: u64,
}

impl Room {
    /// Of a job's attempts.
    pub(super) fn of(job: &Job) -> Self {
        let controls = job.controls.len() as u64;
        Self { chunks: 1_024 + 64 * controls, bytes: (512 << 20) + (controls << 20) }
    }
}

impl Store {
    /// How many chunks of the current attempt are stored, without gaps.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn stored_chunks(&self, job: &Job) -> Result<u64, Error> {
        self.read(|transaction| {
            let table = transaction.open_table(CHUNKS)?;
            let mut count = 0;
            while table.get(key::chunk(&job.id, job.attempt, count).as_bytes())?.is_some() {
                count += 1;
            }
            Ok(count)
        })
    }

    /// How many chunks there are, of all scans.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn count_chunks(&self) -> Result<u64, Error> {
        self.read(|transaction| Ok(transaction.open_table(CHUNKS)?.len()?))
    }
}

/// Deletes the chunks of the attempts before this one: nobody can commit them any more.
pub(super) fn delete_chunks(transaction: &WriteTransaction, job: &str, before: u32) -> Result<(), Error> {
    let (from, to) = (key::chunk(job, 0, 0), key::chunk(job, before, 0));
    transaction.open_table(CHUNKS)?.retain_in(from.as_bytes()..to.as_bytes(), |_, _| false)?;
    Ok(())
}

/// What the chunks of an attempt come to.
pub(super) enum Chunks {
    /// All of it.
    Found(Found),
    /// One is missing.
    Missing,
    /// There is more in them than an attempt may have.
    TooMuch,
}

/// What the chunks of an attempt hold.
pub(super) struct Found {
    /// Their rows.
    pub(super) rows: u64,
    /// BLAKE3 over the chunks' hashes in order.
    pub(super) root_hash: Vec<u8>,
    /// All of it, in its one order.
    pub(super) delivered: Delivered,
}

/// Reads the chunks of the attempt, unless they come to more than so many bytes. `read` knows the form in which their
/// version stored them.
pub(super) fn found(
    table: &impl Sealed,
    job: &Job,
    chunks: u64,
    most: u64,
    read: impl Fn(&[u8]) -> Option<RowBatch>,
) -> Result<Chunks, Error> {
    // Each chunk is within a bound of its own: of a few nobody has to look.
    if chunks.saturating_mul(chunk::MAX_BYTES as u64) > most && unpacked(table, job, chunks, most)?.is_none() {
        return Ok(Chunks::TooMuch);
    }
    let mut hasher = blake3::Hasher::new();
    // An agent left out what it may leave out: what it delivered is stored.
    let (mut rows, mut builder) = (0, Builder::new(Grounds::All));
    for seq in 0..chunks {
        let Some(payload) = sealed::get(table, &key::chunk(&job.id, job.attempt, seq), CHUNK)? else {
            return Ok(Chunks::Missing);
        };
        hasher.update(blake3::hash(&payload).as_bytes());
        let batch = read(&payload).ok_or(Error::Damaged { what: CHUNK })?;
        rows += batch.rows.len() as u64;
        builder.add(batch);
    }
    let root_hash = hasher.finalize().as_bytes().to_vec();
    Ok(Chunks::Found(Found { rows, root_hash, delivered: builder.delivered() }))
}

/// How many bytes the chunks of an attempt become, as far as they are there; `None` for more than so many. Nothing is
/// unpacked for that.
pub(super) fn unpacked(table: &impl Sealed, job: &Job, chunks: u64, most: u64) -> Result<Option<u64>, Error> {
    let mut bytes = 0;
    for seq in 0..chunks {
        let Some(payload) = sealed::get(table, &key::chunk(&job.id, job.attempt, seq), CHUNK)? else { break };
        // One that does not say its size is refused when it is read.
        bytes += chunk::unpacked_size(&payload).unwrap_or(0) as u64;
        if bytes > most {
            return Ok(None);
        }
    }
    Ok(Some(bytes))
}
