//! What agents and operators have in common for who reads of them: certificates, and the token with which each joins.

use std::io::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use plumbline_coordinator::store::record::Certificate;
use serde_json::{Value, json};

use crate::exit::Outcome;
use crate::failure::Result;
use crate::terminal::{self, say};

/// Certificates, for machines.
pub(super) fn listed(certificates: &[Certificate]) -> Vec<Value> {
    let one = |certificate: &Certificate| json!({"serial": certificate.serial, "not_after": certificate.not_after});
    certificates.iter().map(one).collect()
}

/// Whether the last of them has ended, or there is none.
pub(super) fn are_over(certificates: &[Certificate], now: SystemTime) -> bool {
    let last = certificates.last().map_or(0, |certificate| certificate.not_after);
    UNIX_EPOCH + Duration::from_secs(last) < now
}

/// The token alone on standard output; what to do with it, and where, beside it.
pub(super) fn tell_token(place: &str, command: &str, text: &str) -> Result<Outcome> {
    say(format_args!("on {place}, within ten minutes: {command} {text}"));
    say("the token is good for one machine, once:");
    terminal::print(|out| writeln!(out, "{text}"))?;
    Ok(Outcome::Done)
}
