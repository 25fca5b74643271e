//! IAM policies: what they allow and deny, with IAM's own semantics, in three-valued logic. Pure.
//!
//! In reading order: `pattern` and `text` (what is compared), `document` (statements, strictly parsed), `request`,
//! `evaluate` (whether a statement applies to a request), `decide` (what all policies together say of it) and `explain`
//! (why a request is not allowed, and what would change that), `guardrails` (what service control policies of a whole tree
//! say), `limits` (what its resource control policies keep everybody from). Questions are searches: `keys` and `providers` (what callers can make of condition keys), `actions` (which
//! requests exist), `access_point` (policies that name a bucket in another way), `language` and `domain` (values that
//! satisfy conditions, exactly, within the `work` of a question), `callers`, `search`, `questions`, and `sentences` (what
//! answers say).

mod access_point;
mod actions;
mod callers;
mod decide;
mod document;
mod domain;
mod drawn;
mod escalation;
mod evaluate;
mod explain;
mod guardrails;
mod keys;
mod language;
mod limits;
mod mentions;
mod moment;
mod pattern;
mod providers;
mod questions;
mod request;
mod search;
mod sentences;
mod services;
mod table;
mod text;
mod work;

pub use access_point::{AccessPoint, Network};
pub use callers::{Who, World};
pub use decide::{Deciding, Decision, Layer, Outcome, Policies, decide};
pub use document::{Document, Kind};
pub use explain::{Bearing, Change, Part, bearing, changes};
pub use guardrails::{Guardrails, Known as KnownLevels, Stopped};
pub use limits::{Limits, Place};
pub use questions::{Answer, Escalation, Outsiders, Policy, Why, escalations};
pub use request::{Context, Principal, Request};
pub use search::{Obstacle, Witness};
pub(crate) use table::ALL as TABLES;
