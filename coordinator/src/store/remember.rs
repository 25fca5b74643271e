//! The organization's memory: what each resource looked like and how each control stood, on any night that is kept.
//!
//! In reading order: `merge` (what a night changes), `place` (where it lies), `packed` (in which bytes), `names` (the
//! numbers in keys).

mod merge;
mod names;
mod packed;
mod place;

#[cfg(test)]
mod tests;
