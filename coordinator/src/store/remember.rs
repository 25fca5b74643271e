//! The organization's memory: what each resource looked like and how each control stood, on any night that is kept.
//!
//! In reading order: `take` (what a job delivered comes in), `merge` (what a night changes), `place` (where it lies),
//! `packed` (in which bytes), `names` (the numbers in keys), `read` (a job's rows again).

mod merge;
mod names;
mod packed;
mod place;
mod read;
mod take;

pub(super) use names::NAMES;
pub(super) use place::{HEADS, PAST, PRESENT, SCOPES};
pub use read::Part;
pub(super) use take::{Delivery, Taken, take};

#[cfg(test)]
mod tests;
