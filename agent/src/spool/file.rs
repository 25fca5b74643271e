//! The form of a file: what it is and in which version, a header, all that was found in chunks as they are delivered, and a
//! checksum of it all. Nothing is believed that does not come to the checksum, and nothing is unpacked that would be larger
//! than a chunk.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

use plumbline_proto::chunk::{self, Chunker};
use plumbline_tree::{Builder, Found, Grounds, Sent};
use prost::Message;

use super::{Error, Header, Result};

/// What a file is, and its version: another version is another text.
const MAGIC: &[u8; 18] = b"plumbline spool 1\n";
/// Bytes of the checksum, BLAKE3 of all before it.
const SUM: usize = 32;
/// No header is larger.
const LONGEST_HEADER: usize = 1 << 16;

/// Writes what was found; `take` is asked for room for each part before it is written.
pub(super) fn write(
    out: &mut dyn Write,
    header: &Header,
    found: &Found,
    take: &mut dyn FnMut(u64) -> Result<()>,
) -> Result<()> {
    let mut out = Summed { out, take, sum: blake3::Hasher::new() };
    out.put(MAGIC)?;
    out.part(&header.encode_to_vec())?;
    let everything = Sent::everything();
    let mut chunker = Chunker::new(header.chunk_bytes as usize);
    for item in found.items(&everything) {
        if let Some(piece) = chunker.push(item) {
            out.part(piece.rows())?;
        }
    }
    if let Some(piece) = chunker.finish_chunk() {
        out.part(piece.rows())?;
    }
    // A part without bytes is the end.
    out.part(&[])?;
    let sum = *out.sum.finalize().as_bytes();
    (out.take)(SUM as u64)?;
    Ok(out.out.write_all(&sum)?)
}

/// Writes on, and remembers what it comes to.
struct Summed<'a> {
    out: &'a mut dyn Write,
    take: &'a mut dyn FnMut(u64) -> Result<()>,
    sum: blake3::Hasher,
}

impl Summed<'_> {
    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        (self.take)(bytes.len() as u64)?;
        self.sum.update(bytes);
        Ok(self.out.write_all(bytes)?)
    }

    fn part(&mut self, bytes: &[u8]) -> Result<()> {
        let length = u32::try_from(bytes.len()).map_err(|_| Error::Damaged("a part is too large"))?;
        self.put(&length.to_be_bytes())?;
        self.put(bytes)
    }
}

/// The header of a file that is whole, and how many bytes the file has.
pub(super) fn check(path: &Path) -> Result<(Header, u64)> {
    let mut parts = Parts::open(path)?;
    while parts.next()?.is_some() {}
    parts.finish()
}

/// What was found; `took` is told how many bytes each part takes.
pub(super) fn read(path: &Path, mut took: impl FnMut(usize)) -> Result<(Header, Found)> {
    let mut parts = Parts::open(path)?;
    // All of it is kept: what a PASS rests on was left out before.
    let mut builder = Builder::new(Grounds::All);
    while let Some(part) = parts.next()? {
        took(chunk::unpacked_size(&part).map_err(|_| Error::Damaged("a chunk does not say its size"))?);
        builder.add(chunk::read(&part).map_err(|_| Error::Damaged("a chunk cannot be read"))?);
    }
    let (header, _) = parts.finish()?;
    let found = Found::new(builder.finish());
    match found.root().as_slice() == header.root {
        true => Ok((header, found)),
        false => Err(Error::Damaged("it is not what was found")),
    }
}

/// Reads part by part.
struct Parts {
    file: BufReader<File>,
    header: Header,
    sum: blake3::Hasher,
    bytes: u64,
}

impl Parts {
    fn open(path: &Path) -> Result<Self> {
        let file = BufReader::new(File::open(path)?);
        let mut parts = Self { file, header: Header::default(), sum: blake3::Hasher::new(), bytes: 0 };
        if parts.take(MAGIC.len())? != MAGIC {
            return Err(Error::Damaged("it is no result, or of another version"));
        }
        let header = parts.part(LONGEST_HEADER)?;
        parts.header = Header::decode(header.as_slice()).map_err(|_| Error::Damaged("its header cannot be read"))?;
        Ok(parts)
    }

    /// The next part; none at the end.
    fn next(&mut self) -> Result<Option<Vec<u8>>> {
        // What does not become smaller when it is packed becomes a little larger.
        let part = self.part(chunk::MAX_BYTES * 2)?;
        Ok(Some(part).filter(|part| !part.is_empty()))
    }

    /// Holds all of it against the checksum, which is the last that there is.
    fn finish(mut self) -> Result<(Header, u64)> {
        let sum = *self.sum.finalize().as_bytes();
        if self.take(SUM)? != sum {
            return Err(Error::Damaged("it is damaged"));
        }
        match self.file.read(&mut [0])? {
            0 => Ok((self.header, self.bytes)),
            _ => Err(Error::Damaged("it goes on after its end")),
        }
    }

    fn part(&mut self, most: usize) -> Result<Vec<u8>> {
        let length = self.take(size_of::<u32>())?;
        let length = length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
        match length <= most {
            true => self.take(length),
            false => Err(Error::Damaged("it is damaged")),
        }
    }

    fn take(&mut self, length: usize) -> Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.file.read_exact(&mut bytes).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => Error::Damaged("it is cut off"),
            _ => Error::Disk(error),
        })?;
        self.sum.update(&bytes);
        self.bytes += length as u64;
        Ok(bytes)
    }
}
