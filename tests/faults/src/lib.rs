//! A disk in memory that remembers every write and every sync, and what it would hold had the machine gone down between
//! any two of them: writes since the last sync all there, lost, some of them there, or the last one torn.
//!
//! In reading order: [`Disk`] (what redb writes to), [`Trace`] (what was written, in its order), `crash` (what is left of
//! it). One run is recorded, and every crash of it is made from that.

mod crash;
mod disk;

pub use crash::{Crash, Left};
pub use disk::{Backend, Disk, Fault, Operation, Trace};
