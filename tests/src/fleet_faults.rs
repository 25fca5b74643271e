//! A fleet under faults: real processes of the built `plumbline` and a coordinator, killed, stopped, cut off and lied to
//! while they scan the simulated organization. It is deterministic, so all rows of every scan are compared with those of
//! one that nobody disturbed.
//!
//! In reading order: `outcome` (what is counted), `table` (the rows of a scan), `history` (what a coordinator said that it
//! did, and what may not be in it), `process` (a child and its log), `served` (a coordinator with short leases as a process
//! of its own), `proxy` (a faulty network), `fleet` (all of it together), then one module a fault: [`restarts`],
//! [`zombies`], [`cuts`], [`agents`], [`spooled`], [`forged`], [`strangers`], [`herd`], [`clocks`].

pub mod agents;
pub mod clocks;
pub mod cuts;
mod fleet;
pub mod forged;
pub mod herd;
mod history;
mod outcome;
#[cfg(feature = "planted")]
pub mod planted;
mod process;
mod proxy;
pub mod restarts;
pub mod served;
pub mod spooled;
pub mod strangers;
mod table;
pub mod zombies;

pub(crate) use herd::peak_mib;
pub use outcome::{Outcome, Wrong};

/// How far a program goes.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// The same seed, the same faults, as far as the machine allows.
    pub seed: u64,
    /// Faults.
    pub count: u64,
    /// It ends after this, however many there were.
    pub limit: std::time::Duration,
}
