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
    /// A job that is granted again keeps its fence.
    FenceKept,
    /// A restart forgets who holds what.
    LeasesForgotten,
    /// Agents that come back with what they hold are told to stop it.
    HeldIsAbandoned,
    /// After a restart nobody has time to come back.
    NoGrace,
    /// What was committed before a restart counts twice.
    CountedTwice,
    /// What was on its way at a restart counts as ended.
    LeasedCountsAsEnded,
    /// A chunk is acknowledged, and not stored.
    ChunkDropped,
    /// A lease never ends.
    NeverExpires,
    /// A late commit is answered as if it were stored.
    StaleSaysCommitted,
    /// Whoever knows the fence may write, whoever has it.
    AgentUnchecked,
    /// The key of a session is not compared.
    SessionUnchecked,
    /// A second session of an agent does not take the place of the first.
    FirstSessionStays,
    /// What an agent has on its disk is to be delivered under the fence of the process that found it.
    SpooledUnderOldFence,
}

#[cfg(feature = "planted")]
mod switch {
    //! Which bug there is now.

    use std::sync::{Mutex, PoisonError};

    use super::Bug;

    static NOW: Mutex<Option<Bug>> = Mutex::new(None);

    /// Those of the store.
    pub const OF_STORE: [Bug; 11] = [
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

    /// Those of sessions, leases and restarts.
    pub const OF_FLEET: [Bug; 13] = [
        Bug::FenceKept,
        Bug::LeasesForgotten,
        Bug::HeldIsAbandoned,
        Bug::NoGrace,
        Bug::CountedTwice,
        Bug::LeasedCountsAsEnded,
        Bug::ChunkDropped,
        Bug::NeverExpires,
        Bug::StaleSaysCommitted,
        Bug::AgentUnchecked,
        Bug::SessionUnchecked,
        Bug::FirstSessionStays,
        Bug::SpooledUnderOldFence,
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
pub use switch::{OF_FLEET, OF_STORE, plant};

/// No.
#[cfg(not(feature = "planted"))]
pub(crate) const fn is(_: Bug) -> bool {
    false
}
