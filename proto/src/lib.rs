//! The wire formats of Plumbline: what the coordinator and its agents say to each other, and operators to it.
//!
//! Generated messages, the conversions between them and the domain's words in one place, how rows are cut into chunks
//! and compressed, and what the jobs of a scan have in common. Must not decide anything: no scheduling, no storage, no I/O.

/// Messages, client and server of `plumbline.agent.v1`.
#[rustfmt::skip]
pub mod agent_v1;
pub mod chunk;
pub mod columns;
mod convert;
/// Messages, client and server of `plumbline.enrol.v1`.
#[rustfmt::skip]
pub mod enrol_v1;
pub mod facts;
pub mod frame;
pub mod pack;
pub mod recent;
pub mod reference;
/// Messages, client and server of `plumbline.operator.v1`.
#[rustfmt::skip]
pub mod operator_v1;
pub mod spec;

pub use convert::UnknownWord;

/// The protocol versions that this build speaks, oldest and newest.
pub const PROTOCOL_VERSIONS: (u32, u32) = (1, 1);

/// Largest gRPC message, both ways; a chunk is at most 1 MiB, so there is room.
pub const MAX_MESSAGE_BYTES: usize = 4 * 1024 * 1024;

/// Metadata of uploads: the agent's id.
pub const AGENT_KEY: &str = "plumbline-agent";
/// Metadata of uploads: the session's id, as Welcome gave it.
pub const SESSION_KEY: &str = "plumbline-session";

/// Whether a host, by name or by address, is this machine: the only one that is spoken to without TLS.
pub fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
