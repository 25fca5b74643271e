//! The wire formats of Plumbline: what the coordinator and its agents say to each other.
//!
//! Generated messages, and the conversions between them and the domain's words, in one place. Must not decide
//! anything: no scheduling, no storage, no I/O.

/// Messages, client and server of `plumbline.agent.v1`.
#[rustfmt::skip]
pub mod agent_v1;
mod convert;

pub use convert::UnknownWord;

/// The protocol versions that this build speaks, oldest and newest.
pub const PROTOCOL_VERSIONS: (u32, u32) = (1, 1);

/// Largest gRPC message, both ways; a chunk is at most 1 MiB, so there is room.
pub const MAX_MESSAGE_BYTES: usize = 4 * 1024 * 1024;
