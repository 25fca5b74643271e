//! Chunks of rows: stored under their attempt, checked and counted when it commits, deleted when it is superseded.

use plumbline_proto::agent_v1::RowBatch;
use plumbline_tree::{Builder, Delivered, Grounds};
use redb::{ReadableTableMetadata, WriteTransaction};

use super::record::Job;
use super::sealed::{self, Sealed};
use super::{CHUNKS, Error, Store, key};

/// What a damaged chunk is called.
pub(super) const CHUNK: &str = "chunk of rows";

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

/// What the chunks of an attempt hold.
pub(super) struct Found {
    /// Their rows.
    pub(super) rows: u64,
    /// BLAKE3 over the chunks' hashes in order.
    pub(super) root_hash: Vec<u8>,
    /// All of it, in its one order.
    pub(super) delivered: Delivered,
}

/// Reads the chunks of the attempt; `None` when one is missing. `read` knows the form in which their version stored them.
pub(super) fn found(
    table: &impl Sealed,
    job: &Job,
    chunks: u64,
    read: impl Fn(&[u8]) -> Option<RowBatch>,
) -> Result<Option<Found>, Error> {
    let mut hasher = blake3::Hasher::new();
    // An agent left out what it may leave out: what it delivered is stored.
    let (mut rows, mut builder) = (0, Builder::new(Grounds::All));
    for seq in 0..chunks {
        let Some(payload) = sealed::get(table, &key::chunk(&job.id, job.attempt, seq), CHUNK)? else {
            return Ok(None);
        };
        hasher.update(blake3::hash(&payload).as_bytes());
        let batch = read(&payload).ok_or(Error::Damaged { what: CHUNK })?;
        rows += batch.rows.len() as u64;
        builder.add(batch);
    }
    let root_hash = hasher.finalize().as_bytes().to_vec();
    Ok(Some(Found { rows, root_hash, delivered: builder.delivered() }))
}
