//! The agent: leases a job, gets credentials, collects, evaluates, delivers. It must not decide what is scanned (the
//! coordinator plans) and must not know what a control means (the pack does).
//!
//! In reading order:
//! - [`Options`], [`Service`], [`Handle`], [`Error`]: the component
mod options;
mod service;

pub use options::Options;
pub use service::{Activity, Error, Handle, Service};
