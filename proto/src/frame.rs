//! zstd frames in one piece, by contexts that are used again: making one costs more than a small frame.

use std::sync::{Mutex, PoisonError};

use zstd::bulk::{Compressor, Decompressor};

/// zstd's level: higher ones take longer and save little.
const LEVEL: i32 = 3;
/// Contexts of each kind that wait for their next use at most: each keeps the memory of its largest frame.
const KEPT: usize = 4;

static COMPRESSORS: Mutex<Vec<Compressor<'static>>> = Mutex::new(Vec::new());
static DECOMPRESSORS: Mutex<Vec<Decompressor<'static>>> = Mutex::new(Vec::new());

/// The bytes as one frame, which says how many they are.
///
/// # Panics
/// When there is no memory for it.
pub fn compress(bytes: &[u8]) -> Vec<u8> {
    let compress = |context: &mut Compressor<'static>| context.compress(bytes);
    with(&COMPRESSORS, || Compressor::new(LEVEL), compress).expect("memory has room for a frame")
}

/// How many bytes a frame says that it becomes.
pub fn size(frame: &[u8]) -> Option<usize> {
    let size = zstd::zstd_safe::get_frame_content_size(frame).ok()??;
    usize::try_from(size).ok()
}

/// What is in a frame of at most this many bytes; `None` when it is no frame, has more, or does not say how many it has.
pub fn decompress(frame: &[u8], most: usize) -> Option<Vec<u8>> {
    let size = size(frame).filter(|size| *size <= most)?;
    let decompress = |context: &mut Decompressor<'static>| context.decompress(frame, size);
    with(&DECOMPRESSORS, Decompressor::new, decompress).ok()
}

/// Runs a function with a context, a new one where none waits. One that failed is not used again.
fn with<C, T>(
    pool: &Mutex<Vec<C>>,
    new: impl FnOnce() -> std::io::Result<C>,
    run: impl FnOnce(&mut C) -> std::io::Result<T>,
) -> std::io::Result<T> {
    let lock = || pool.lock().unwrap_or_else(PoisonError::into_inner);
    let waiting = lock().pop();
    let mut context = waiting.map_or_else(new, Ok)?;
    let done = run(&mut context)?;
    let mut pool = lock();
    if pool.len() < KEPT {
        pool.push(context);
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_that_was_used_makes_and_reads_the_same_frames() {
        let texts = [Vec::new(), vec![7; 300_000], b"abc".repeat(50), (0..=255).collect()];
        for round in 0..3 {
            for text in &texts {
                let frame = compress(text);
                assert_eq!(frame, zstd::bulk::compress(text, LEVEL).expect("memory has room"), "round {round}");
                assert_eq!(size(&frame), Some(text.len()));
                assert_eq!(decompress(&frame, text.len()), Some(text.clone()));
                assert_eq!(decompress(&frame[..frame.len() - 1], text.len()), None, "a part is no frame");
            }
        }
        assert_eq!(decompress(&compress(&[0; 100]), 99), None, "it has more");
        assert_eq!(decompress(b"noise", 100), None);
    }
}
