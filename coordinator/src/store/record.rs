//! What is on disk, as Protobuf: fields are added, never renumbered, and an unknown state is never a good one.

mod departure;
mod entry;
mod fire;
mod governance;
mod job;
mod member;
mod plan;
mod premises;
mod pruned;
mod scan;

pub use departure::{Absence, Departures, Settled};
pub use entry::{Before, Entries, Entry, EntryBefore, Head, ScopeHead, StandingRow, Summary, Volatile, VolatileType};
pub use fire::{Fire, FireOutcome, ScheduleState};
pub(crate) use governance::GovernedScan;
pub use governance::{Governance, GovernanceFile, TooLarge};
pub use job::{Job, JobState, Jobs, Why};
pub(crate) use job::{TookJob, TookJobs};
pub use member::{Agent, AuditEntry, Ban, Certificate, Deployment, Operator, Token};
pub use plan::{Controls, Plan, PlannedJob};
pub use premises::{CollectedIn, CollectedType, JobKind, Premises};
pub use pruned::Pruned;
pub use scan::{Account, Baseline, Control, Counts, Finding, Gap, Limit, Scan, ScanHead, ScanKind, ScanState};
