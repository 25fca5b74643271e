//! The coordinator: discovers the organization, plans scans, leases jobs to agents, stores results and reports them.
//! It must not call member accounts and must not evaluate controls (agents do both), but for those on what scans found.
//!
//! In reading order:
//! - [`Options`], [`Service`], [`Handle`], [`Error`]: the component
//! - [`organization`]: accounts, units, Regions
//! - [`plan`]: from an organization and a selection to jobs; pure
//! - `scan`, `spec`: the scan at hand; from a plan to records, and from records to what an agent is told; pure
//! - `forecast`: what jobs are expected to take, by earlier nights; pure
//! - `board`, `dispatch`, `grpc`: who does what, when; and how agents are told
//! - [`Floor`]: how much of the disk has to be free for another job
//! - `findings`: what all jobs found, judged when they have ended
//! - [`Listener`], [`Token`], [`Certificates`], `admission`: where agents connect, how they show who they are, and who is
//!   let in no more
//! - [`enrolment`]: what begins a deployment, and what lets a machine join it; [`joining`]: who may, before that is written
//! - [`operator`]: what operators ask of it while it runs, on this machine and from elsewhere
//! - [`store`]: one file on disk, one writer
//! - [`read`]: a stored scan as report rows, and a kept night as resources
//! - [`replay`]: controls on what a stored scan collected; no call is made
//! - [`report`]: renderers over one read model; pure
//! - `planted`: bugs on demand, for tests of the tests
mod admission;
mod board;
mod certificates;
mod clock;
mod dispatch;
pub mod enrolment;
mod findings;
mod floor;
mod forecast;
mod grpc;
pub mod joining;
mod listener;
pub mod operator;
pub mod organization;
pub mod plan;
pub mod planted;
mod progress;
pub mod read;
pub mod replay;
pub mod report;
mod scan;
mod service;
mod spec;
pub mod store;
mod token;

pub use certificates::Certificates;
pub use floor::Floor;
pub use grpc::Beside;
pub use listener::{Error as ListenerError, Listener};
pub use progress::{Census, ScanProgress};
pub use service::{Error, Handle, Options, Service};
pub use spec::{ScanStart, Subject};
pub use token::Token;
