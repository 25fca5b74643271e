//! A simulated AWS organization that speaks AWS's wire protocols: for `plumbline demo`, for tests and for benchmarks.
//!
//! It answers as AWS's documentation says, from a deterministic world, and misbehaves on demand. It must not know
//! the scanner: only AWS's API descriptors are shared with it.
//!
//! In reading order:
//! - [`server`]: the HTTP server and its options
//! - [`world`]: what exists: the organization and its resources, and what is wrong with them
//! - [`faults`]: denials, throttling, errors, broken answers, silence
//! - [`quotas`], `chance`, `sessions`: how fast one may call, how long it takes, how long credentials are good
//! - `request`, `answer`, `response`: from an HTTP request to a call, to a document, to the wire
//! - [`journal`] and [`counters`]: what was asked, how much and where
//! - [`program`]: the simulator as a program with a command line
mod answer;
mod chance;
mod clock;
pub mod counters;
pub mod faults;
pub mod journal;
pub mod program;
pub mod quotas;
mod request;
mod response;
pub mod server;
mod sessions;
pub mod world;

pub use chance::Latency;
pub use counters::{Connections, Count, Counters};
pub use faults::{Fault, Faults, Layer, Rule};
pub use journal::{Journal, LoggedCall};
pub use server::{AccessKey, Options, Quotas, Server};
pub use world::World;
