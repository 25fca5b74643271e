//! What redb writes to.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::StorageBackend;

/// A disk with one file. Clones are the same disk.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// What reads see.
    content: Vec<u8>,
    trace: Trace,
    /// So many writes and syncs work, and then none.
    left: Option<usize>,
    fault: Fault,
    /// How many failed.
    failed: usize,
}

/// How a disk fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// Nothing works.
    #[default]
    Broken,
    /// There is no room: nothing is written, and what is there can be synced.
    Full,
    /// A half is written before there is no room.
    Short,
}

impl Fault {
    /// All of these.
    pub const ALL: [Self; 3] = [Self::Broken, Self::Full, Self::Short];
}

/// What was done to a disk.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// What was there before.
    pub start: Vec<u8>,
    /// In their order.
    pub operations: Vec<Operation>,
}

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Bytes were written.
    Write {
        /// From where on.
        offset: usize,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// The file was made longer, with zeros, or shorter.
    Resize(usize),
    /// What was done before is durable.
    Sync,
}

impl Operation {
    /// Does it.
    pub(crate) fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::Write { offset, bytes } => {
                let end = offset + bytes.len();
                if content.len() < end {
                    content.resize(end, 0);
                }
                content[*offset..end].copy_from_slice(bytes);
            }
            Self::Resize(length) => content.resize(*length, 0),
            Self::Sync => {}
        }
    }
}

impl Disk {
    /// A disk that holds this, and is recorded from now on.
    pub fn holding(content: Vec<u8>) -> Self {
        let trace = Trace { start: content.clone(), operations: Vec::new() };
        Self { state: Arc::new(Mutex::new(State { content, trace, ..State::default() })) }
    }

    /// After so many more writes and syncs, every one fails.
    pub fn fail_after(&self, operations: usize) {
        self.fail_with(Fault::Broken, operations);
    }

    /// The same, in a way.
    pub fn fail_with(&self, fault: Fault, operations: usize) {
        let mut state = self.state();
        (state.left, state.fault) = (Some(operations), fault);
    }

    /// How many writes and syncs failed.
    pub fn failed(&self) -> usize {
        self.state().failed
    }

    /// How many writes and syncs were done.
    pub fn operations(&self) -> usize {
        self.state().trace.operations.len()
    }

    /// What it holds.
    pub fn content(&self) -> Vec<u8> {
        self.state().content.clone()
    }

    /// What was done to it.
    pub fn trace(&self) -> Trace {
        self.state().trace.clone()
    }

    /// The disk as redb takes it.
    pub fn backend(&self) -> Backend {
        Backend(self.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record(&self, operation: Operation) -> io::Result<()> {
        let mut state = self.state();
        match &mut state.left {
            Some(0) => return state.fail(operation),
            Some(left) => *left -= 1,
            None => {}
        }
        operation.apply(&mut state.content);
        state.trace.operations.push(operation);
        Ok(())
    }
}

impl State {
    /// An operation that does not work, or not wholly.
    fn fail(&mut self, operation: Operation) -> io::Result<()> {
        self.failed += 1;
        match (self.fault, operation) {
            (Fault::Broken, _) => return Err(io::Error::other("the disk fails, as it was told to")),
            (Fault::Full | Fault::Short, Operation::Sync) => {
                self.trace.operations.push(Operation::Sync);
                return Ok(());
            }
            (Fault::Short, Operation::Write { offset, mut bytes }) => {
                bytes.truncate(bytes.len() / 2);
                let half = Operation::Write { offset, bytes };
                half.apply(&mut self.content);
                self.trace.operations.push(half);
            }
            (Fault::Short, Operation::Resize(_)) | (Fault::Full, _) => {}
        }
        Err(io::ErrorKind::StorageFull.into())
    }
}

/// A [`Disk`] as redb takes it.
#[derive(Debug)]
pub struct Backend(Disk);

fn place(number: u64) -> io::Result<usize> {
    usize::try_from(number).map_err(io::Error::other)
}

impl StorageBackend for Backend {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.state().content.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let offset = place(offset)?;
        let state = self.0.state();
        let bytes = state.content.get(offset..offset + out.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(bytes);
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.0.record(Operation::Resize(place(length)?))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.record(Operation::Sync)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.record(Operation::Write { offset: place(offset)?, bytes: data.to_vec() })
    }
}
