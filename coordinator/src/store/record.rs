//! What is on disk, as Protobuf: fields are added, never renumbered, and an unknown state is never a good one.

mod entry;
mod job;
mod plan;
mod premises;
mod scan;

pub use entry::{Before, Entries, Entry, EntryBefore, Head, ScopeHead, StandingRow, Volatile, VolatileMembers};
pub use job::{Job, JobState};
pub use plan::{Controls, Plan, PlannedJob};
pub use premises::{CollectedIn, CollectedType, JobKind, Premises};
pub use scan::{Account, Control, Counts, Finding, Gap, Limit, Scan, ScanHead, ScanKind, ScanState};
