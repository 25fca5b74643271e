//! The files of a pack on their way to an agent: encoded, compressed, and of a size that is known before. Pure.

use prost::Message;

use crate::agent_v1::{PackFile, PackFiles};
use crate::frame;

/// Bytes of a frame at most: it goes in one message.
pub const MOST_COMPRESSED: usize = 3 << 20;
/// Bytes of what is in it at most. The built-in pack has less than one million.
pub const MOST: usize = 32 << 20;

/// The files as one frame; `None` when that is too large.
pub fn pack(files: Vec<PackFile>) -> Option<Vec<u8>> {
    let files = PackFiles { files };
    if files.encoded_len() > MOST {
        return None;
    }
    Some(frame::compress(&files.encode_to_vec())).filter(|frame| frame.len() <= MOST_COMPRESSED)
}

/// The files of a frame; `None` when it is none, or has too much.
pub fn unpack(packed: &[u8]) -> Option<Vec<PackFile>> {
    if packed.len() > MOST_COMPRESSED {
        return None;
    }
    let bytes = frame::decompress(packed, MOST)?;
    PackFiles::decode(bytes.as_slice()).ok().map(|files| files.files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: String) -> PackFile {
        PackFile { path: path.to_owned(), text }
    }

    #[test]
    fn what_is_packed_comes_back() {
        let files = vec![file("controls/a.yaml", "x: 1".repeat(1000)), file("collectors/b.yaml", String::new())];
        let packed = pack(files.clone()).expect("it is small");
        assert!(packed.len() < 200);
        assert_eq!(unpack(&packed), Some(files));
        assert_eq!(unpack(&packed[..packed.len() - 1]), None);
        assert_eq!(unpack(b"noise"), None);
    }

    #[test]
    fn what_is_too_large_is_neither_packed_nor_unpacked() {
        let large = file("controls/a.yaml", " ".repeat(MOST + 1));
        assert_eq!(pack(vec![large.clone()]), None);
        let bomb = frame::compress(&PackFiles { files: vec![large] }.encode_to_vec());
        assert!(bomb.len() < MOST_COMPRESSED);
        assert_eq!(unpack(&bomb), None);
    }
}
