//! What a job found in chunks: numbered from 0 without gaps, bounded in number and in bytes, compressed, each with its
//! hash. Pure.

mod bounds;

use prost::Message;

use crate::agent_v1::{Base, Changing, Chunk, Document, JobRef, Listing, Row, RowBatch};
use crate::columns::{self, Members};
use crate::frame;

/// Rows in a chunk, at most; and as many of everything else.
pub const MAX_ROWS: usize = 1_000;
/// Evidence, witnesses with their parts, and answers elsewhere of all rows of a chunk, at most.
pub const MAX_PARTS: usize = 1 << 16;
/// Encoded bytes of a chunk's rows at most.
pub const MAX_BYTES: usize = 1 << 20;
/// What one row or document may add to its own bytes in a batch: tag and length.
const OVERHEAD: usize = 6;
/// What stands for a document that no chunk has room for.
const TOO_LARGE: &[u8] = br#"{"$unread":{"reason":"too_large","operation":"","detail":""}}"#;

/// Something that a job found.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// A verdict.
    Row(Row),
    /// A resource.
    Document(Document),
    /// That a type was listed.
    Listing(Listing),
    /// That a type's rows and documents are the difference to what is held.
    Base(Base),
    /// What changes by itself of a resource that stays as it is.
    Changing(Change),
}

/// The members of a resource that change by themselves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// Its type.
    pub type_name: String,
    /// Its place in the order of what was found of the type.
    pub place: u32,
    /// Canonical JSON.
    pub members: Vec<u8>,
}

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

/// Why a chunk's bytes are no rows.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Unreadable {
    /// They are, or say that they become, more than agreed.
    #[error("it has more than {MAX_BYTES} bytes")]
    TooLarge,
    /// There is more of something in them than agreed.
    #[error("it has more than {MAX_ROWS} rows or documents, or rows with more than {MAX_PARTS} parts")]
    TooMany,
    /// They are no frame, or no rows.
    #[error("it cannot be decoded")]
    Garbled,
}

/// What a chunk's bytes hold. Nothing is unpacked that would be larger than agreed, and nothing is decoded that would be
/// more.
///
/// # Errors
/// When they are no rows, or too many.
pub fn read(bytes: &[u8]) -> Result<RowBatch, Unreadable> {
    let size = unpacked_size(bytes)?;
    let plain = frame::decompress(bytes, size).ok_or(Unreadable::Garbled)?;
    if !bounds::is_within(&plain).map_err(|_| Unreadable::Garbled)? {
        return Err(Unreadable::TooMany);
    }
    let batch = RowBatch::decode(plain.as_slice()).map_err(|_| Unreadable::Garbled)?;
    match counts(&batch).iter().all(|count| *count <= MAX_ROWS) {
        true => Ok(batch),
        false => Err(Unreadable::TooMany),
    }
}

/// Bytes that a chunk's bytes become when they are unpacked, as they say themselves.
///
/// # Errors
/// When they do not say it, or it is more than agreed.
pub fn unpacked_size(bytes: &[u8]) -> Result<usize, Unreadable> {
    let size = frame::size(bytes).ok_or(Unreadable::Garbled)?;
    Some(size).filter(|size| *size <= MAX_BYTES).ok_or(Unreadable::TooLarge)
}

/// A chunk's bytes: what [`read`] reads.
pub fn write(batch: &RowBatch) -> Vec<u8> {
    frame::compress(&batch.encode_to_vec())
}

/// Cuts what was found into chunks.
#[derive(Debug)]
pub struct Chunker {
    max_bytes: usize,
    batch: RowBatch,
    /// By type, in the order of their places.
    changing: Vec<(String, Members)>,
    bytes: usize,
    parts: usize,
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
    /// Chunks of at most this many encoded bytes, before they are compressed.
    pub fn new(max_bytes: usize) -> Self {
        let root = blake3::Hasher::new();
        let max_bytes = max_bytes.min(MAX_BYTES);
        let (batch, changing) = (RowBatch::default(), Vec::new());
        Self { max_bytes, batch, changing, bytes: 0, parts: 0, next_seq: 0, rows: 0, root }
    }

    /// Adds something; returns the chunk that it completed. See [`fitted`] for what fits no chunk.
    pub fn push(&mut self, item: Item) -> Option<Piece> {
        let item = fitted(item, self.max_bytes);
        let piece = self.room(size(&item), parts(&item));
        match item {
            Item::Row(row) => {
                self.rows += 1;
                self.batch.rows.push(row);
            }
            Item::Document(document) => self.batch.documents.push(document),
            Item::Listing(listing) => self.batch.listings.push(listing),
            Item::Base(base) => self.batch.bases.push(base),
            Item::Changing(change) => self.change(change),
        }
        piece
    }

    /// Makes room for so many bytes and parts; returns the chunk that had none.
    fn room(&mut self, bytes: usize, parts: usize) -> Option<Piece> {
        let changing: usize = self.changing.iter().map(|(_, members)| members.len()).sum();
        let has_most = counts(&self.batch).contains(&MAX_ROWS) || changing == MAX_ROWS;
        let is_full = has_most || self.bytes + bytes + OVERHEAD > self.max_bytes || self.parts + parts > MAX_PARTS;
        let piece = if is_full { self.finish_chunk() } else { None };
        self.bytes += bytes + OVERHEAD;
        self.parts += parts;
        piece
    }

    /// Adds what changes by itself of a resource: those of a type follow each other.
    fn change(&mut self, Change { type_name, place, members }: Change) {
        match self.changing.last_mut().filter(|(of, _)| *of == type_name) {
            Some((_, known)) => known.push((place, members)),
            None => self.changing.push((type_name, vec![(place, members)])),
        }
    }

    /// What there is so far as a chunk, if there is anything.
    pub fn finish_chunk(&mut self) -> Option<Piece> {
        let changing = std::mem::take(&mut self.changing).into_iter();
        self.batch.changing = changing.map(|(r#type, members)| packed(r#type, &members)).collect();
        if self.batch == RowBatch::default() {
            return None;
        }
        let rows = write(&std::mem::take(&mut self.batch));
        (self.bytes, self.parts) = (0, 0);
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

/// What changes by itself of resources of one type.
pub fn packed(r#type: String, members: &[(u32, Vec<u8>)]) -> Changing {
    Changing { r#type, alike: columns::pack(members) }
}

/// The resources and their members; `None` when that is nothing that was [`packed`].
pub fn unpacked(changing: &Changing) -> Option<Members> {
    columns::unpack(&changing.alike, &mut MAX_BYTES.clone())
}

/// How many of everything there are in a batch: at most [`MAX_ROWS`] each.
fn counts(batch: &RowBatch) -> [usize; 5] {
    let RowBatch { rows, documents, listings, bases, changing } = batch;
    let of_type = |each: &Changing| each.alike.iter().map(|alike| alike.skipped.len().max(1)).sum::<usize>().max(1);
    let changing = changing.iter().map(of_type).sum();
    [rows.len(), documents.len(), listings.len(), bases.len(), changing]
}

fn size(item: &Item) -> usize {
    match item {
        Item::Row(row) => row.encoded_len(),
        Item::Document(document) => document.encoded_len(),
        Item::Listing(listing) => listing.encoded_len(),
        Item::Base(base) => base.encoded_len(),
        Item::Changing(change) => change.type_name.len() + OVERHEAD + columns::most(&change.members),
    }
}

fn parts(item: &Item) -> usize {
    match item {
        Item::Row(row) => bounds::parts(row),
        Item::Document(_) | Item::Listing(_) | Item::Base(_) | Item::Changing(_) => 0,
    }
}

/// What is delivered of something that would not fit a chunk of its own: a row without evidence and witnesses, a document
/// as one that is too large to be read, and nothing of what changes by itself.
pub fn fitted(item: Item, max_bytes: usize) -> Item {
    if size(&item) + OVERHEAD <= max_bytes && parts(&item) <= MAX_PARTS {
        return item;
    }
    match item {
        Item::Row(row) => Item::Row(Row { evidence: Vec::new(), witnesses: Vec::new(), ..row }),
        Item::Document(document) => {
            Item::Document(Document { content: TOO_LARGE.to_vec(), volatile: Vec::new(), ..document })
        }
        Item::Changing(change) => Item::Changing(Change { members: Vec::new(), ..change }),
        item @ (Item::Listing(_) | Item::Base(_)) => item,
    }
}

#[cfg(test)]
mod tests;
