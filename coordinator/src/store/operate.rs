//! Operates the store as a database: what it takes, whether it is whole, copies of it, and what is not kept any more.
//!
//! In reading order: `retention` (which nights are kept; pure), `prune` (takes the others out), `verify` (holds all that
//! is there against its checksums, names and counts), `copy` (table by table), `backup` (files: backups, restored and
//! compacted ones), `stats` (what takes how much), `room` (of the disk).

mod backup;
mod copy;
#[cfg(test)]
mod crashes;
#[cfg(test)]
mod history;
mod prune;
mod retention;
mod room;
mod stats;
mod verify;

pub use backup::{InTheWay, Restored, Written};
pub use prune::{Plan as PrunePlan, Progress as PruneProgress};
pub use retention::Retention;
pub use room::{Room, room, taken};
pub use stats::{Stats, TableSize};
pub use verify::{CheckedTable, Damage, Kind as DamageKind, Lost, Verification};
