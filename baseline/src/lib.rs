//! The documented baseline and the language that decides it. Pure: no I/O, no async, no clock.
//!
//! In reading order:
//! - [`id`], [`elsewhere`], [`reason`], [`verdict`], [`witness`]: the words of the domain
//! - [`printable`]: texts of strangers, made safe to show
//! - [`doc`], [`doc_json`]: the document type
//! - [`api`]: AWS's API descriptors
//! - [`keys`]: what the maps of files have for keys, for readers and for editors
//! - [`pack`]: collectors and controls as written in YAML
//! - [`recording`]: what may be taken from AWS Config's record
//! - [`resource`], [`volatile`]: what a collection produces, and what of it changes by itself
//! - [`glob`], [`arn`]: patterns with `*` and `?`; ARNs taken apart
//! - [`answer`], [`cloudtrail`], [`logs`], [`alarms`]: trails, metric filters and alarms, asked with sample events
//! - [`expr`], [`policy`]: the control language, and IAM policies, evaluated
//! - [`evaluate`], [`case`]: controls on snapshots, and on their own worked examples
//! - [`fill`]: remediations filled with what a finding is about
//! - [`plan`], [`permissions`]: the calls that enabled controls need, and the policy that allows them
//! - [`collected`]: what a plan collects, so that a later one knows what it may not take for absent
pub mod alarms;
pub mod answer;
pub mod api;
pub mod arn;
pub mod case;
pub mod cloudtrail;
pub mod collected;
mod data_reads;
pub mod doc;
mod doc_json;
pub mod elsewhere;
pub mod evaluate;
pub mod expr;
pub mod fill;
pub mod glob;
pub mod id;
mod instant;
pub mod keys;
pub mod logs;
pub mod pack;
mod parallel;
pub mod permissions;
pub mod plan;
pub mod policy;
pub mod printable;
pub mod reason;
pub mod recording;
pub mod resource;
pub mod suggest;
pub mod verdict;
pub mod volatile;
pub mod witness;

pub use doc::{Doc, Key, Map};
pub use elsewhere::Elsewhere;
pub use id::{AccountId, AgentId, JobId, Region, ScanId};
pub use reason::{Unread, UnreadReason};
pub use verdict::{Evidence, Grounds, Severity, Status, Verdict};
pub use witness::Witness;
