//! When scans begin by themselves. Pure: no I/O, no clock; the time zone database is part of the program, so that a
//! schedule means the same on every machine.
//!
//! In reading order: `cron` (five fields, and which local times they name), `zone` (a local time as a moment, across the
//! changes of the clock), `schedule` (both together: when it fires), `timetable` (which fires are started, and what
//! becomes of the others), `spec` (a schedule as the configuration says it), `duration` (`6h`, as it says times).

pub mod cron;
mod duration;
mod schedule;
pub mod spec;
pub mod timetable;
mod zone;

pub use jiff::Timestamp;
pub use schedule::{Fires, Schedule};
pub use spec::ScheduleSpec;
pub use timetable::Timetable;
pub use zone::{UnknownZone, Zone};
