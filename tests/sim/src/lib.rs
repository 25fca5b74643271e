//! A simulated AWS organization that speaks AWS's wire protocols: for `plumbline demo`, for tests and for benchmarks.
//!
//! It answers as AWS's documentation says, from a deterministic world, and misbehaves on demand. It must not know
//! the scanner: only AWS's API descriptors are shared with it.
//!
//! In reading order:
//! - [`server`]: the HTTP server and its options
//! - [`world`]: what exists: the organization and its resources, and what is wrong with them
//! - [`faults`]: denials, throttling, errors, broken answers
//! - `request`, `answer`, `response`: from an HTTP request to a call, to a document, to the wire
//! - [`journal`]: what was asked
mod answer;
pub mod faults;
pub mod journal;
mod request;
mod response;
pub mod server;
pub mod world;

pub use faults::{Fault, Faults, Layer, Rule};
pub use journal::{Journal, LoggedCall};
pub use server::{AccessKey, Options, Server};
pub use world::World;
