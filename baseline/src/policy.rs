//! IAM policies: what they allow and deny, with IAM's own semantics, in three-valued logic. Pure.
//!
//! In reading order: `pattern` and `text` (what is compared), `document` (statements, strictly parsed), `request`,
//! `evaluate` (whether a statement applies to a request) and `decide` (what all policies together say of it).

#![expect(dead_code, reason = "the search that reads the rest of the documents is on its way")]

mod classify;
mod decide;
mod document;
mod evaluate;
mod moment;
mod pattern;
mod request;
mod text;

pub use classify::{Answer, Policy};
pub use decide::{Deciding, Decision, Layer, Outcome, Policies, decide};
pub use document::{Document, Kind};
pub use request::{Context, Principal, Request};
