//! Bugs that are planted, one at a time, to show that the programs that look for them would find them. Only with the
//! feature `planted`, which nothing that is released has: without it, every question is answered with no when this is
//! compiled.

/// A bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// A write is acknowledged before it is on disk.
    AcknowledgedEarly,
    /// What a commit says of its chunks is not compared with them.
    HashesUnchecked,
    /// Whoever asks holds the job.
    FenceUnchecked,
    /// A result is stored under whatever name its sender says.
    NameUnchecked,
    /// A chunk takes the place of another one.
    ChunkReplaced,
    /// An UNKNOWN ends a FAIL.
    UnknownDecides,
    /// What a listing that was cut off does not have is gone.
    PartProvesGone,
    /// One night more is pruned than the retention says.
    PrunesOneMore,
    /// What is read is not held against its checksum.
    SealUnchecked,
    /// An agent may write for accounts that it has no lease for.
    ForeignAccepted,
    /// A document may have any form.
    AnyFormAccepted,
}

#[cfg(feature = "planted")]
mod switch {
    //! Which bug there is now.

    use std::sync::{Mutex, PoisonError};

    use super::Bug;

    static NOW: Mutex<Option<Bug>> = Mutex::new(None);

    /// All of them.
    pub const ALL: [Bug; 11] = [
        Bug::AcknowledgedEarly,
        Bug::HashesUnchecked,
        Bug::FenceUnchecked,
        Bug::NameUnchecked,
        Bug::ChunkReplaced,
        Bug::UnknownDecides,
        Bug::PartProvesGone,
        Bug::PrunesOneMore,
        Bug::SealUnchecked,
        Bug::ForeignAccepted,
        Bug::AnyFormAccepted,
    ];

    /// Plants a bug in this process, or none.
    pub fn plant(bug: Option<Bug>) {
        *NOW.lock().unwrap_or_else(PoisonError::into_inner) = bug;
    }

    pub(crate) fn is(bug: Bug) -> bool {
        *NOW.lock().unwrap_or_else(PoisonError::into_inner) == Some(bug)
    }
}

#[cfg(feature = "planted")]
pub(crate) use switch::is;
#[cfg(feature = "planted")]
pub use switch::{ALL, plant};

/// No.
#[cfg(not(feature = "planted"))]
pub(crate) const fn is(_: Bug) -> bool {
    false
}
