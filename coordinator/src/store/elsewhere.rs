//! A store that is read from elsewhere: redb on a file of which the bytes are fetched when they are needed. What was fetched
//! stays right: the coordinator keeps every page of the moment at which it was opened.
//!
//! Must not know how bytes come: that is [`Remote`]'s.

use std::collections::{HashMap, VecDeque};
use std::fmt::{Debug, Formatter};
use std::io;
use std::ops::Bound;
use std::sync::{Arc, Mutex, PoisonError};

use redb::{BackendError, StorageBackend};

use super::file::{File, guarded, open_elsewhere};
use super::{Error, Schema, Store, check_schema};

/// Bytes are fetched in pieces of this.
const PIECE: u64 = 64 << 10;
/// As many together, when they are read one after the other.
const AHEAD: u64 = 16;
/// Pieces that are kept: as many as a gigabyte of them would be of no use to what is read once.
const KEPT: usize = 1024;

/// Where the bytes of a store are.
pub trait Remote: Send + Sync + 'static {
    /// Bytes of its file.
    fn length(&self) -> u64;

    /// Bytes that it takes on its disk.
    fn blocks(&self) -> u64;

    /// Its first page.
    fn first(&self) -> &[u8];

    /// Bytes of it; fewer at its end.
    ///
    /// # Errors
    /// When they do not come.
    fn read(&self, offset: u64, length: u64) -> io::Result<Vec<u8>>;

    /// Whether somebody there holds a lock on bytes of it.
    ///
    /// # Errors
    /// When the answer does not come.
    fn is_locked(&self, offset: u64, length: u64) -> io::Result<bool>;
}

impl Store {
    /// Opens a store that is elsewhere, to read it.
    ///
    /// # Errors
    /// When it is of another version, or its bytes do not come.
    pub fn open_elsewhere(remote: impl Remote) -> Result<Self, Error> {
        let taken = Some((remote.length(), remote.blocks()));
        let file = guarded(|| open_elsewhere(Bytes { remote, pieces: Mutex::default() }).map(File::ReadOnly))?;
        // The coordinator has prepared it: what it is not, another version made it.
        match guarded(|| check_schema(&file.read()?, "the coordinator's store".as_ref()))? {
            Schema::Current => Ok(Self { is_written: true, taken, ..Self::to_read(file) }),
            Schema::New | Schema::Earlier => Err(Error::Older { path: "the coordinator's store".into() }),
        }
    }

    /// The bytes of the file and those on its disk, where it is elsewhere.
    pub fn taken_elsewhere(&self) -> Option<(u64, u64)> {
        self.taken
    }
}

/// The file.
struct Bytes<R> {
    remote: R,
    pieces: Mutex<Pieces>,
}

/// What was fetched, by its number.
#[derive(Default)]
struct Pieces {
    kept: HashMap<u64, Arc<Vec<u8>>>,
    order: VecDeque<u64>,
    /// The one that would be fetched next, if what is read goes on.
    next: u64,
}

impl<R> Debug for Bytes<R> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bytes(…)")
    }
}

impl<R: Remote> Bytes<R> {
    fn piece(&self, number: u64) -> io::Result<Arc<Vec<u8>>> {
        let mut pieces = self.pieces.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(piece) = pieces.kept.get(&number) {
            return Ok(Arc::clone(piece));
        }
        let count = if pieces.next == number { AHEAD } else { 1 };
        let fetched = self.remote.read(number * PIECE, count * PIECE)?;
        pieces.next = number + count;
        for (at, bytes) in fetched.chunks(PIECE as usize).enumerate() {
            let number = number + at as u64;
            if pieces.kept.insert(number, Arc::new(bytes.to_vec())).is_none() {
                pieces.order.push_back(number);
            }
            if pieces.order.len() > KEPT
                && let Some(oldest) = pieces.order.pop_front()
            {
                pieces.kept.remove(&oldest);
            }
        }
        pieces.kept.get(&number).cloned().ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

impl<R: Remote> StorageBackend for Bytes<R> {
    fn len(&self) -> io::Result<u64> {
        Ok(self.remote.length())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let mut filled = 0;
        while filled < out.len() {
            let at = offset + filled as u64;
            let rest = &mut out[filled..];
            // The first page changes with every commit: it is the one of the moment.
            let first = self.remote.first();
            let source;
            let bytes = match first.get(usize::try_from(at).unwrap_or(usize::MAX)..) {
                Some(bytes) if !bytes.is_empty() => bytes,
                _ => {
                    source = self.piece(at / PIECE)?;
                    source.get((at % PIECE) as usize..).unwrap_or_default()
                }
            };
            if bytes.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let length = bytes.len().min(rest.len());
            rest[..length].copy_from_slice(&bytes[..length]);
            filled += length;
        }
        Ok(())
    }

    fn set_len(&self, _: u64) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn sync_data(&self) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn write(&self, _: u64, _: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    // The locks of a reader keep the writer from what the reader sees. The coordinator holds those for us, for as long as
    // bytes come; whoever is elsewhere can hold none of their own.
    fn try_lock_shared_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn lock_shared_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn unlock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        let start = match start {
            Bound::Included(start) => start,
            Bound::Excluded(start) => start.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let end = match end {
            Bound::Included(end) => end.saturating_add(1),
            Bound::Excluded(end) => end,
            Bound::Unbounded => u64::MAX,
        };
        self.remote.is_locked(start, end.saturating_sub(start)).map_err(BackendError::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Image;
    use crate::store::record::{Scan, ScanState};

    /// What is asked over a network, without one.
    struct Near(Image, u64);

    impl Remote for Near {
        fn length(&self) -> u64 {
            self.1
        }

        fn blocks(&self) -> u64 {
            self.1
        }

        fn first(&self) -> &[u8] {
            self.0.first()
        }

        fn read(&self, offset: u64, length: u64) -> io::Result<Vec<u8>> {
            self.0.read(offset, usize::try_from(length).unwrap()).map_err(io::Error::other)
        }

        fn is_locked(&self, offset: u64, length: u64) -> io::Result<bool> {
            self.0.is_locked(offset, length).map_err(io::Error::other)
        }
    }

    fn near(data_dir: &std::path::Path) -> Store {
        let image = Store::image(data_dir).unwrap();
        let length = image.taken().unwrap().0;
        Store::open_elsewhere(Near(image, length)).unwrap()
    }

    /// A scan whose record has long text that nothing makes short, so that what is fetched ahead is not all there is.
    fn scan(number: usize) -> Scan {
        let text = |part: usize| blake3::hash(format!("{number}/{part}").as_bytes()).to_string();
        let problem: String = (0..300).map(text).collect();
        Scan { id: format!("01J{number:05}"), state: ScanState::Running as i32, problem, ..Scan::default() }
    }

    async fn create(store: &Store, numbers: std::ops::Range<usize>) {
        let mut all = tokio::task::JoinSet::new();
        for number in numbers {
            let store = store.clone();
            all.spawn(async move { store.create_scan(scan(number), Vec::new()).await });
        }
        assert!(all.join_all().await.iter().all(Result::is_ok));
    }

    /// A reader elsewhere sees the moment at which it began, whatever is written and freed meanwhile.
    #[tokio::test]
    async fn what_is_read_elsewhere_is_one_moment() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::create(directory.path()).unwrap();
        create(&store, 0..300).await;
        let before = near(directory.path());
        // Their places in the file are free for what comes, but for who still looks at them.
        for number in (0..300).step_by(10) {
            let id = scan(number).id.parse().unwrap();
            store.finish_scan(&id, "", crate::store::ScanEnd::Complete).await.unwrap();
        }
        create(&store, 300..600).await;
        let seen = before.scans().unwrap();
        assert_eq!(seen.len(), 300);
        assert!(seen.iter().all(|scan| scan.head.as_ref().unwrap().state() == ScanState::Running));
        let first = before.scan(&scan(0).id.parse().unwrap()).unwrap().unwrap();
        assert_eq!(first.problem, scan(0).problem);
        let after = near(directory.path());
        assert_eq!(after.scans().unwrap().len(), 600);
        assert!(after.create_scan(scan(900), Vec::new()).await.is_err(), "it is read only");
    }

    #[tokio::test]
    async fn bytes_that_do_not_come_are_an_error() {
        struct Gone(Near);
        impl Remote for Gone {
            fn length(&self) -> u64 {
                self.0.length()
            }
            fn blocks(&self) -> u64 {
                self.0.blocks()
            }
            fn first(&self) -> &[u8] {
                self.0.first()
            }
            fn read(&self, _: u64, _: u64) -> io::Result<Vec<u8>> {
                Err(io::Error::other("the coordinator went away"))
            }
            fn is_locked(&self, offset: u64, length: u64) -> io::Result<bool> {
                self.0.is_locked(offset, length)
            }
        }
        let directory = tempfile::tempdir().unwrap();
        let store = Store::create(directory.path()).unwrap();
        store.create_scan(scan(1), Vec::new()).await.unwrap();
        let image = Store::image(directory.path()).unwrap();
        let length = image.taken().unwrap().0;
        let Err(error) = Store::open_elsewhere(Gone(Near(image, length))) else { panic!("nothing came") };
        assert!(error.to_string().contains("went away"), "{error}");
    }
}
