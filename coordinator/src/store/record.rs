//! What is on disk, as Protobuf: fields are added, never renumbered, and an unknown state is never a good one.

mod job;
mod scan;

pub use job::{Job, JobState};
pub use scan::{Account, Control, Counts, Gap, Limit, Scan, ScanHead, ScanKind, ScanState};
