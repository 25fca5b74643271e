//! What a job found in chunks: numbered from 0 without gaps, bounded in number and in bytes, compressed, each with its
//! hash. Pure.

use prost::Message;

use crate::agent_v1::{Base, Changing, Chunk, Document, JobRef, Listing, Row, RowBatch};
use crate::columns::{self, Members};
use crate::frame;

/// Rows in a chunk, at most; and as many of everything else.
pub const MAX_ROWS: usize = 1_000;
/// Encoded bytes of a chunk's rows at most. An empty row takes two bytes on the wire and a hundred in memory.
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
    /// They are no frame, or no rows.
    #[error("it cannot be decoded")]
    Garbled,
}

/// What a chunk's bytes hold.
///
/// # Errors
/// When they are no rows, or too many.
pub fn read(bytes: &[u8]) -> Result<RowBatch, Unreadable> {
    let size = frame::size(bytes).ok_or(Unreadable::Garbled)?;
    if size > MAX_BYTES {
        return Err(Unreadable::TooLarge);
    }
    let plain = frame::decompress(bytes, size).ok_or(Unreadable::Garbled)?;
    RowBatch::decode(plain.as_slice()).map_err(|_| Unreadable::Garbled)
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
        Self { max_bytes, batch: RowBatch::default(), changing: Vec::new(), bytes: 0, next_seq: 0, rows: 0, root }
    }

    /// Adds something; returns the chunk that it completed. See [`fitted`] for what fits no chunk.
    pub fn push(&mut self, item: Item) -> Option<Piece> {
        let item = fitted(item, self.max_bytes);
        let piece = self.room(size(&item));
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

    /// Makes room for so many bytes; returns the chunk that had none.
    fn room(&mut self, bytes: usize) -> Option<Piece> {
        let changing: usize = self.changing.iter().map(|(_, members)| members.len()).sum();
        let has_most = counts(&self.batch).contains(&MAX_ROWS) || changing == MAX_ROWS;
        let is_full = has_most || self.bytes + bytes + OVERHEAD > self.max_bytes;
        let piece = if is_full { self.finish_chunk() } else { None };
        self.bytes += bytes + OVERHEAD;
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

/// What changes by itself of resources of one type.
pub fn packed(r#type: String, members: &[(u32, Vec<u8>)]) -> Changing {
    Changing { r#type, alike: columns::pack(members) }
}

/// The resources and their members; `None` when that is nothing that was [`packed`].
pub fn unpacked(changing: &Changing) -> Option<Members> {
    columns::unpack(&changing.alike, &mut MAX_BYTES.clone())
}

/// How many of everything there are in a batch: at most [`MAX_ROWS`] each.
pub fn counts(batch: &RowBatch) -> [usize; 5] {
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

/// What is delivered of something that would not fit a chunk of its own: a row without evidence and witnesses, a document
/// as one that is too large to be read, and nothing of what changes by itself.
pub fn fitted(item: Item, max_bytes: usize) -> Item {
    if size(&item) + OVERHEAD <= max_bytes {
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
mod tests {
    use super::*;
    use crate::agent_v1::{Evidence, Witness};

    fn row(size: usize) -> Row {
        let evidence = Evidence { path: "resource.A".into(), value: "x".repeat(size) };
        Row { control: "c".into(), evidence: vec![evidence], ..Row::default() }
    }

    fn cut(rows: impl IntoIterator<Item = Row>, max_bytes: usize) -> (Vec<Piece>, Total) {
        let mut chunker = Chunker::new(max_bytes);
        let mut pieces: Vec<Piece> = rows.into_iter().filter_map(|row| chunker.push(Item::Row(row))).collect();
        pieces.extend(chunker.finish_chunk());
        (pieces, chunker.total())
    }

    #[test]
    fn chunks_are_bounded_in_rows_and_numbered_without_gaps() {
        let (pieces, total) = cut((0..2_500).map(|_| row(1)), 1 << 20);
        assert_eq!(pieces.iter().map(|piece| piece.seq).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!((total.chunks, total.rows), (3, 2_500));
        let rows = |piece: &Piece| read(&piece.rows).unwrap().rows.len();
        assert_eq!(pieces.iter().map(rows).collect::<Vec<_>>(), [1_000, 1_000, 500]);
    }

    #[test]
    fn chunks_are_bounded_in_bytes() {
        let (pieces, total) = cut((0..100).map(|_| row(300)), 1_000);
        assert!(pieces.iter().all(|piece| read(&piece.rows).unwrap().encoded_len() <= 1_000));
        assert_eq!(total.rows, 100);
    }

    #[test]
    fn a_row_that_fits_no_chunk_loses_its_evidence_and_nothing_else() {
        let witnesses = vec![Witness { sentence: "w".repeat(5_000), parts: Vec::new() }];
        let (pieces, _) = cut([row(5_000), Row { witnesses, ..row(1) }], 1_000);
        let batch = read(&pieces[0].rows).unwrap();
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

    #[test]
    fn what_becomes_too_large_is_not_unpacked_and_noise_is_nothing() {
        let bomb = zstd::bulk::compress(&vec![0; 64 << 20], 1).unwrap();
        assert!(bomb.len() < 10_000);
        assert_eq!(read(&bomb), Err(Unreadable::TooLarge));
        let whole = write(&RowBatch { rows: vec![row(300)], ..RowBatch::default() });
        for cut in 0..whole.len() {
            assert!(read(&whole[..cut]).is_err(), "{cut}");
        }
        assert_eq!(read(b"noise"), Err(Unreadable::Garbled));
    }

    #[test]
    fn what_changes_by_itself_is_bounded_too_and_comes_back() {
        let change = |place: u32| Change {
            type_name: "AWS::IAM::Role".into(),
            place,
            members: format!(r#"{{"Used":{place},"At":[{}]}}"#, "1,".repeat(place as usize % 40) + "0").into_bytes(),
        };
        for max_bytes in [1_000, MAX_BYTES] {
            let mut chunker = Chunker::new(max_bytes);
            let mut pieces: Vec<Piece> =
                (0..2_500).filter_map(|place| chunker.push(Item::Changing(change(place)))).collect();
            pieces.extend(chunker.finish_chunk());
            let batches: Vec<RowBatch> = pieces.iter().map(|piece| read(&piece.rows).unwrap()).collect();
            for batch in &batches {
                assert!(batch.encoded_len() <= max_bytes && counts(batch)[4] <= MAX_ROWS, "{}", batch.encoded_len());
            }
            let back = batches.iter().flat_map(|batch| &batch.changing).flat_map(|each| unpacked(each).unwrap());
            assert!(back.eq((0..2_500).map(|place| (place, change(place).members))));
        }
    }

    #[test]
    fn what_fits_no_chunk_is_said_to_be_too_large() {
        let mut chunker = Chunker::new(1_000);
        let document = Document { id: "i".into(), content: vec![b' '; 5_000], ..Document::default() };
        assert_eq!(chunker.push(Item::Document(document)), None);
        let piece = chunker.finish_chunk().unwrap();
        assert_eq!(read(&piece.rows).unwrap().documents[0].content, TOO_LARGE);
    }
}
