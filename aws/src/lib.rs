//! One AWS client for every service, driven by the API descriptors in `baseline/apis`. It reads, and never writes:
//! an operation is callable only if its descriptor exists, and descriptors exist only for what collectors name.
//!
//! In reading order:
//! - [`Client`], [`Target`], [`Options`]: what callers hold
//! - [`Pages`]: listings, page by page
//! - [`CallError`], [`ErrorClass`]: what can go wrong, classified in one table
//! - [`credentials`]: the caller's credentials and assumed roles
//! - [`partition`]: partitions and Regions
//! - [`Environment`]: proxies, trust, endpoints and variants, as the AWS CLI reads them
//! - `protocol`: the five wire protocols, to and from documents
//! - `budget`, `endpoint`, `http`, `transport`: what stands between a document and the wire
mod budget;
mod client;
pub mod credentials;
pub mod endpoint;
pub mod environment;
mod error;
mod http;
mod observer;
mod options;
mod pages;
pub mod partition;
mod protocol;
mod transport;

pub use client::{Client, Target};
pub use endpoint::{EndpointOverrides, Variant};
pub use environment::Environment;
pub use error::{CallError, DeniedLayer, ErrorClass};
pub use observer::{CallReport, Observer, Outcome, Silent};
pub use options::{Budget, Options};
pub use pages::Pages;
