//! What a job found in chunks: numbered from 0 without gaps, bounded in number and in bytes, each with its hash. Pure.

use prost::Message;

use crate::agent_v1::{Chunk, Document, JobRef, Listing, Row, RowBatch};

/// Rows in a chunk, at most; and as many documents, and listings.
pub const MAX_ROWS: usize = 1_000;
/// Encoded bytes of a chunk's rows at most. An empty row takes two bytes on the wire and a hundred in memory.
pub const MAX_BYTES: usize = 1 << 20;
/// What one row or document may add to its own bytes in a batch: tag and length.
const OVERHEAD: usize = 6;
/// What stands for a document that no chunk has room for.
const TOO_LARGE: &[u8] = br#"{"$unread":{"reason":"too_large","operation":"","detail":""}}"#;

/// One finished chunk, without the lease that it will be sent under.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// Its number.
    pub seq: u64,
    hash: Vec<u8>,
    rows: Vec<u8>,
}

impl Piece {
    /// Its rows, as they are stored.
    pub fn rows(&self) -> &[u8] {
        &self.rows
    }

    /// The message, under the lease of now.
    pub fn message(&self, job: JobRef) -> Chunk {
        Chunk { job: Some(job), seq: self.seq, hash: self.hash.clone(), rows: self.rows.clone() }
    }
}

/// Cuts rows into chunks.
#[derive(Debug)]
pub struct Chunker {
    max_bytes: usize,
    batch: RowBatch,
    bytes: usize,
    next_seq: u64,
    rows: u64,
    root: blake3::Hasher,
}

/// What the commit says of all chunks together.
#[derive(Clone, Debug, PartialEq)]
pub struct Total {
    /// Number of chunks.
    pub chunks: u64,
    /// Number of rows.
    pub rows: u64,
    /// BLAKE3 over the chunk hashes in order.
    pub root_hash: Vec<u8>,
}

impl Chunker {
    /// Chunks of at most this many encoded bytes.
    pub fn new(max_bytes: usize) -> Self {
        let root = blake3::Hasher::new();
        Self { max_bytes, batch: RowBatch::default(), bytes: 0, next_seq: 0, rows: 0, root }
    }

    /// Adds a row; returns the chunk that it completed. Evidence and witnesses that would not fit a chunk of their own are
    /// left out.
    pub fn push(&mut self, mut row: Row) -> Option<Piece> {
        let mut size = row.encoded_len();
        if size + OVERHEAD > self.max_bytes {
            row.evidence.clear();
            row.witnesses.clear();
            size = row.encoded_len();
        }
        let piece = self.room(size);
        self.rows += 1;
        self.batch.rows.push(row);
        piece
    }

    /// Adds a document. One that fits no chunk is delivered as too large to be read.
    pub fn document(&mut self, mut document: Document) -> Option<Piece> {
        if document.encoded_len() + OVERHEAD > self.max_bytes {
            document.content = TOO_LARGE.to_vec();
            document.volatile.clear();
        }
        let piece = self.room(document.encoded_len());
        self.batch.documents.push(document);
        piece
    }

    /// Adds that a type was listed.
    pub fn listing(&mut self, listing: Listing) -> Option<Piece> {
        let piece = self.room(listing.encoded_len());
        self.batch.listings.push(listing);
        piece
    }

    /// Makes room for so many bytes; returns the chunk that had none.
    fn room(&mut self, bytes: usize) -> Option<Piece> {
        let RowBatch { rows, documents, listings } = &self.batch;
        let is_full = [rows.len(), documents.len(), listings.len()].contains(&MAX_ROWS);
        let is_full = is_full || self.bytes + bytes + OVERHEAD > self.max_bytes;
        let piece = if is_full { self.finish_chunk() } else { None };
        self.bytes += bytes + OVERHEAD;
        piece
    }

    /// The rows so far as a chunk, if there are any.
    pub fn finish_chunk(&mut self) -> Option<Piece> {
        if self.batch == RowBatch::default() {
            return None;
        }
        let rows = std::mem::take(&mut self.batch).encode_to_vec();
        self.bytes = 0;
        let hash = blake3::hash(&rows);
        self.root.update(hash.as_bytes());
        let piece = Piece { seq: self.next_seq, hash: hash.as_bytes().to_vec(), rows };
        self.next_seq += 1;
        Some(piece)
    }

    /// What was cut so far.
    pub fn total(&self) -> Total {
        Total { chunks: self.next_seq, rows: self.rows, root_hash: self.root.finalize().as_bytes().to_vec() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent_v1::{Evidence, Witness};

    fn row(size: usize) -> Row {
        let evidence = Evidence { path: "resource.A".into(), value: "x".repeat(size) };
        Row { control: "c".into(), evidence: vec![evidence], ..Row::default() }
    }

    fn cut(rows: impl IntoIterator<Item = Row>, max_bytes: usize) -> (Vec<Piece>, Total) {
        let mut chunker = Chunker::new(max_bytes);
        let mut pieces: Vec<Piece> = rows.into_iter().filter_map(|row| chunker.push(row)).collect();
        pieces.extend(chunker.finish_chunk());
        (pieces, chunker.total())
    }

    #[test]
    fn chunks_are_bounded_in_rows_and_numbered_without_gaps() {
        let (pieces, total) = cut((0..2_500).map(|_| row(1)), 1 << 20);
        assert_eq!(pieces.iter().map(|piece| piece.seq).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!((total.chunks, total.rows), (3, 2_500));
        let rows = |piece: &Piece| RowBatch::decode(piece.rows.as_slice()).unwrap().rows.len();
        assert_eq!(pieces.iter().map(rows).collect::<Vec<_>>(), [1_000, 1_000, 500]);
    }

    #[test]
    fn chunks_are_bounded_in_bytes() {
        let (pieces, total) = cut((0..100).map(|_| row(300)), 1_000);
        assert!(pieces.iter().all(|piece| piece.rows.len() <= 1_000));
        assert_eq!(total.rows, 100);
    }

    #[test]
    fn a_row_that_fits_no_chunk_loses_its_evidence_and_nothing_else() {
        let witnesses = vec![Witness { sentence: "w".repeat(5_000), parts: Vec::new() }];
        let (pieces, _) = cut([row(5_000), Row { witnesses, ..row(1) }], 1_000);
        let batch = RowBatch::decode(pieces[0].rows.as_slice()).unwrap();
        for row in batch.rows {
            assert_eq!((row.control.as_str(), row.evidence.len(), row.witnesses.len()), ("c", 0, 0));
        }
    }

    #[test]
    fn the_root_is_the_hash_of_the_chunk_hashes_in_order() {
        let (pieces, total) = cut((0..1_500).map(|_| row(1)), 1 << 20);
        let hashes: Vec<u8> = pieces.iter().flat_map(|piece| piece.hash.clone()).collect();
        assert_eq!(total.root_hash, blake3::hash(&hashes).as_bytes());
        assert_eq!(pieces[0].hash, blake3::hash(&pieces[0].rows).as_bytes());
    }

    #[test]
    fn no_rows_are_no_chunks() {
        let (pieces, total) = cut([], 1_000);
        assert_eq!((pieces.len(), total.chunks, total.rows), (0, 0, 0));
    }
}
