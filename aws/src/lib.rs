//! One AWS client for every service, driven by the API descriptors in `baseline/apis`. It reads, and never writes:
//! an operation is callable only if its descriptor exists, and descriptors exist only for what collectors name.
//!
//! In reading order:
//! - [`Client`], [`Target`], [`Options`]: what callers hold
//! - [`Session`], [`Scope`], [`Gate`]: the calls of one job, and what it hands over with them
//! - [`Pages`]: listings, page by page
//! - [`CallError`], [`ErrorClass`]: what can go wrong, classified in one table
//! - [`Caller`], [`AssumeRole`]: the caller's credentials and assumed roles
//! - [`credentials`]: how they are kept, and why there are none
//! - [`partition`]: partitions and Regions
//! - [`proof`]: who somebody is to AWS, proven to somebody else
//! - [`Environment`]: proxies, trust, endpoints and variants, as the AWS CLI reads them
//! - `protocol`: the five wire protocols, to and from documents
//! - [`answers`]: their readers alone, for whoever tests them
//! - [`Budgets`], `admission`, `attempts`: who may send, when, and how often
//! - `endpoint`, `http`, `transport`, `failure`, `skew`: what stands between a document and the wire
mod admission;
pub mod answers;
mod attempts;
pub mod budgets;
mod caller;
mod client;
pub mod credentials;
pub mod descriptors;
pub mod endpoint;
pub mod environment;
mod error;
mod failure;
mod http;
mod jitter;
mod observer;
mod options;
mod pages;
pub mod partition;
pub mod proof;
mod protocol;
mod scope;
#[cfg(test)]
mod scripted;
mod session;
mod skew;
mod target;
mod transport;

pub use budgets::{Budget, Budgets, Quota};
pub use caller::{AssumeRole, Caller, Identity};
pub use client::Client;
pub use endpoint::{EndpointOverrides, Variant};
pub use environment::Environment;
pub use error::{CallError, DeniedLayer, ErrorClass};
pub use http::BodyRoom;
pub use jitter::Jitter;
pub use observer::{CallReport, Observer, Outcome, Silent};
pub use options::Options;
pub use pages::Pages;
pub use scope::{AlwaysOpen, Gate, Scope};
pub use session::Session;
pub use target::Target;
