//! Ports and addresses: what the world can reach.

use std::net::IpAddr;
use std::sync::Arc;

use crate::doc::Doc;
use crate::expr::Truth;
use crate::expr::value::{Value, mistake, truth};

/// Whether a list of EC2 `IpPermission`s lets the whole internet reach a TCP or UDP port.
pub(super) fn opens_port(permissions: &Value<'_>, port: &Value<'_>) -> Truth {
    let Value::Int(port) = port else { return Truth::Unknown(mistake("a port is a whole number")) };
    let permissions = permissions.to_doc();
    let list = match &*permissions {
        Doc::Null => return Truth::False,
        Doc::List(list) => list,
        _ => return Truth::Unknown(mistake("permissions are a list")),
    };
    let mut undecided = None;
    for permission in list {
        match opens(permission, *port) {
            Truth::True => return Truth::True,
            Truth::False => {}
            Truth::Unknown(unread) => undecided = undecided.or(Some(unread)),
        }
    }
    undecided.map_or(Truth::False, Truth::Unknown)
}

fn opens(permission: &Doc, port: i64) -> Truth {
    if let Some(unread) = permission.unread() {
        return Truth::Unknown(Arc::clone(unread));
    }
    match covers(permission, port) {
        Truth::True => {}
        other => return other,
    }
    let mut cidrs = Vec::new();
    for (list, member) in [("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6")] {
        match permission.get(list) {
            Doc::Null => {}
            Doc::List(ranges) => cidrs.extend(ranges.iter().map(|range| range.get(member))),
            Doc::Unread(unread) => return Truth::Unknown(Arc::clone(unread)),
            _ => return Truth::Unknown(mistake("ranges of addresses are a list")),
        }
    }
    let known: Vec<&str> = cidrs.iter().filter_map(|cidr| cidr.as_str()).collect();
    if is_half_the_internet(&known, 32) || is_half_the_internet(&known, 128) {
        return Truth::True;
    }
    cidrs.iter().find_map(|cidr| cidr.unread()).map_or(Truth::False, |unread| Truth::Unknown(Arc::clone(unread)))
}

/// Whether the rule is about this port, for TCP, UDP or every protocol.
fn covers(permission: &Doc, port: i64) -> Truth {
    let unknown = |doc: &Doc| match doc.unread() {
        Some(unread) => Truth::Unknown(Arc::clone(unread)),
        None => Truth::Unknown(mistake("a rule has no protocol or port that can be understood")),
    };
    match permission.get("IpProtocol") {
        Doc::String(protocol) if &**protocol == "-1" => return Truth::True,
        Doc::String(protocol) if !matches!(&**protocol, "tcp" | "udp" | "6" | "17") => return Truth::False,
        Doc::String(_) => {}
        other => return unknown(other),
    }
    let from = match permission.get("FromPort") {
        Doc::Null | Doc::Int(-1) => return Truth::True,
        Doc::Int(from) => *from,
        other => return unknown(other),
    };
    match permission.get("ToPort") {
        Doc::Null => truth(from <= port),
        Doc::Int(to) => truth(from <= port && port <= *to),
        _ if port < from => Truth::False,
        other => unknown(other),
    }
}

/// Whether the ranges of one family together hold at least half of its addresses: `0.0.0.0/0` in one piece, or cut
/// into `0.0.0.0/1` and `128.0.0.0/1`, or into smaller pieces still.
fn is_half_the_internet(cidrs: &[&str], bits: u32) -> bool {
    let mut ranges: Vec<(u128, u128)> = cidrs.iter().filter_map(|cidr| range(cidr, bits)).collect();
    ranges.sort_unstable();
    let (mut held, mut next) = (0_u128, 0_u128);
    for (first, last) in ranges {
        let first = first.max(next);
        if last >= first {
            held = held.saturating_add((last - first).saturating_add(1));
            next = last.saturating_add(1);
        }
    }
    held >= 1 << (bits - 1)
}

/// First and last address of a range of this family.
fn range(cidr: &str, bits: u32) -> Option<(u128, u128)> {
    let (address, prefix) = cidr.trim().split_once('/')?;
    let address = match address.parse().ok()? {
        IpAddr::V4(address) if bits == 32 => u128::from(address.to_bits()),
        IpAddr::V6(address) if bits == 128 => address.to_bits(),
        _ => return None,
    };
    let host_bits = bits.checked_sub(prefix.parse().ok()?)?;
    let hosts = 1_u128.checked_shl(host_bits).map_or(u128::MAX, |size| size - 1);
    let first = address & !hosts;
    Some((first, first | (hosts & if bits == 32 { u128::from(u32::MAX) } else { u128::MAX })))
}

/// Whether a CIDR is the whole internet.
pub(super) fn is_public_cidr(cidr: &Value<'_>) -> Truth {
    match cidr {
        Value::Null => Truth::False,
        Value::Str(text) => truth(text.trim().ends_with("/0")),
        other => Truth::Unknown(mistake(&format!("{} is no range of addresses", other.kind()))),
    }
}
