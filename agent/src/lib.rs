//! The agent: leases a job, gets credentials, collects, evaluates, delivers. It must not decide what is scanned (the
//! coordinator plans) and must not know what a control means (the pack does).
//!
//! In reading order:
//! - [`Options`], [`Service`], [`Handle`], [`Error`]: the component
//! - `link`: leases and uploads; `job`: one job; `packs`, `credentials`, `collect`, `judge`, `delivery`: its steps
//! - [`Spool`]: what was found and is not committed yet, on this machine's disk
//! - [`member`]: who this machine is: it joins, and renews its certificate
//! - [`snapshot`]: resource documents without a coordinator
//! - [`Redactor`]: secrets never leave the account, under the deployment's [`RedactionKey`]
mod activity;
mod clock;
mod collect;
mod credentials;
mod delivery;
#[cfg(test)]
mod fake_aws;
mod gate;
mod job;
mod judge;
mod link;
pub mod member;
mod memory;
mod options;
mod packs;
mod path;
mod progress;
mod redact;
mod request;
mod service;
pub mod snapshot;
mod spool;

pub use activity::{Activity, Error};
pub use options::{Coordinator, Options};
pub use progress::Counters;
pub use redact::{RedactionKey, Redactor};
pub use service::{Handle, Service};
pub use spool::Spool;
