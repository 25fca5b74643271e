//! Ports and addresses: what the world can reach.

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
            Truth::Unknown(unread) => undecided = Some(unread),
        }
    }
    undecided.map_or(Truth::False, Truth::Unknown)
}

fn opens(permission: &Doc, port: i64) -> Truth {
    if let Some(unread) = permission.unread() {
        return Truth::Unknown(Arc::clone(unread));
    }
    if !covers(permission, port) {
        return Truth::False;
    }
    let ranges = |list: &str, member: &str| -> Vec<Doc> {
        let list = permission.get(list).as_list().unwrap_or_default();
        list.iter().map(|range| range.get(member).clone()).collect()
    };
    let mut cidrs = ranges("IpRanges", "CidrIp");
    cidrs.extend(ranges("Ipv6Ranges", "CidrIpv6"));
    if let Some(unread) = cidrs.iter().find_map(Doc::unread) {
        return Truth::Unknown(Arc::clone(unread));
    }
    let texts: Vec<&str> = cidrs.iter().filter_map(Doc::as_str).collect();
    truth(covers_everything(&texts, 32, ".") || covers_everything(&texts, 128, ":"))
}

/// Whether the rule is about this port, for TCP, UDP or every protocol.
fn covers(permission: &Doc, port: i64) -> bool {
    match permission.get("IpProtocol").as_str() {
        Some("-1") => true,
        Some("tcp" | "udp" | "6" | "17") => {
            let from = permission.get("FromPort").as_int().unwrap_or(0);
            let to = permission.get("ToPort").as_int().unwrap_or(65_535);
            (from <= port && port <= to) || from == -1
        }
        _ => false,
    }
}

/// Whether the ranges of one family together cover at least half of its addresses: `0.0.0.0/0` in one piece, or cut
/// into `0.0.0.0/1` and `128.0.0.0/1`, or into smaller pieces still.
fn covers_everything(cidrs: &[&str], bits: u32, family: &str) -> bool {
    let mut seen = std::collections::BTreeSet::new();
    let share: f64 = cidrs
        .iter()
        .filter_map(|cidr| cidr.split_once('/'))
        .filter(|(address, _)| address.contains(family) && seen.insert((*address).to_owned()))
        .filter_map(|(_, prefix)| prefix.parse::<u32>().ok())
        .filter(|prefix| *prefix <= bits)
        .map(|prefix| 0.5_f64.powi(i32::try_from(prefix).unwrap_or(i32::MAX)))
        .sum();
    share >= 0.5
}

/// Whether a CIDR is the whole internet.
pub(super) fn is_public_cidr(cidr: &Value<'_>) -> Truth {
    match cidr {
        Value::Null => Truth::False,
        Value::Str(text) => truth(text.trim().ends_with("/0")),
        other => Truth::Unknown(mistake(&format!("{} is no range of addresses", other.kind()))),
    }
}
