//! The agent's side of the protocol, and the only user of `tonic` in this crate: a control stream that comes back for
//! as long as it takes, leases that are held only as long as they surely are, and uploads on a connection of their own.
//!
//! In reading order: `channel` (connections), `identity` (what calls say of the agent), `control` (the control stream),
//! `session` (what is said on it), `lease` (what the agent may act on), `upload` (delivery), `packs` (the
//! coordinator's pack), `work` (what is leased), `backoff` (waiting).
pub(crate) mod backoff;
mod channel;
mod control;
mod identity;
mod lease;
mod packs;
mod session;
mod upload;
mod work;

pub(crate) use lease::Lease;
pub(crate) use packs::fetch as fetch_pack;
pub(crate) use session::run;
pub(crate) use upload::{Claim, Committed, Error as UploadError, Upload};
pub(crate) use work::{Error as WorkError, Introduction, Ready, Running, Work};

#[cfg(test)]
mod tests;
