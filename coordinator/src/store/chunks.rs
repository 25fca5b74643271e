//! Chunks of rows: stored under their attempt, checked and counted when it commits, deleted when it is superseded.

use std::collections::HashSet;

use plumbline_proto::agent_v1::{Elsewhere, Row, RowBatch, Status};
use plumbline_tree::{Builder, Nodes};
use prost::Message;
use redb::{ReadableTableMetadata, WriteTransaction};

use super::record::{Counts, Job};
use super::{CHUNKS, Error, Store, key, sealed};

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
    /// The rows by status, and the controls without one.
    pub(super) counts: Counts,
    /// Where the answers are that the rows leave to other accounts; each once, in the order of the rows.
    pub(super) elsewhere: Vec<Elsewhere>,
    /// All of it, in its one order.
    pub(super) nodes: Nodes,
    /// The rows in that: each once.
    pub(super) remembered: u64,
}

/// Reads the chunks of the attempt; `None` when one is missing.
pub(super) fn check_chunks(transaction: &WriteTransaction, job: &Job, chunks: u64) -> Result<Option<Found>, Error> {
    let table = transaction.open_table(CHUNKS)?;
    let mut hasher = blake3::Hasher::new();
    let (mut rows, mut builder) = (0, Builder::default());
    for seq in 0..chunks {
        let Some(payload) = sealed::get(&table, &key::chunk(&job.id, job.attempt, seq), CHUNK)? else {
            return Ok(None);
        };
        hasher.update(blake3::hash(&payload).as_bytes());
        let batch = RowBatch::decode(payload.as_slice()).map_err(|_| Error::Damaged { what: CHUNK })?;
        rows += batch.rows.len() as u64;
        builder.add(batch);
    }
    let nodes = builder.finish();
    let (mut counts, mut controls) = (Counts::default(), HashSet::new());
    let (mut elsewhere, mut known, mut remembered) = (Vec::new(), HashSet::new(), 0);
    for row in nodes.values().flat_map(|node| &node.entries).flat_map(|entry| &entry.rows) {
        counts = counts.plus(counted(row));
        elsewhere.extend(row.elsewhere.iter().filter(|place| known.insert((*place).clone())).cloned());
        controls.insert(row.control.as_str());
        remembered += 1;
    }
    // A control without a row is shown as not run.
    counts.unknown += job.controls.len().saturating_sub(controls.len()) as u64;
    let root_hash = hasher.finalize().as_bytes().to_vec();
    drop(controls);
    Ok(Some(Found { rows, root_hash, counts, elsewhere, nodes, remembered }))
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
