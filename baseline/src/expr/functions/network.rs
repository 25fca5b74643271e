//! Ports and addresses: what the world can reach.

use std::sync::Arc;

use super::addresses::{Family, IPV4, IPV6};
use super::call::{Argument, Call, Outcome};
use super::signature::{Named, Parameter};
use crate::doc::Doc;
use crate::expr::Truth;
use crate::expr::typing::Class;
use crate::expr::value::{Value, mistake, truth};
use crate::reason::{Unread, UnreadReason};

/// The protocols whose ports count, by the numbers and the names that EC2 gives them.
const PROTOCOLS: [[&str; 2]; 2] = [["tcp", "6"], ["udp", "17"]];

/// Who owns the prefix lists that AWS manages.
const AWS: &str = "AWS";

/// The options of `opens_port`.
pub(super) const OPENS_PORT: &[Named] = &[
    Named { name: "protocol", value: Parameter::Choice(&["tcp", "udp"]), is_required: false },
    Named { name: "lists", value: Parameter::Of(&[Class::List]), is_required: false },
];

/// Whether a list of EC2 `IpPermission`s lets the whole internet reach a TCP or UDP port, or one of the protocol that is
/// asked for.
pub(super) fn opens_port<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    let port: i64 = call.get(1)?;
    let protocols = protocols(call)?;
    let permissions = call.doc(0)?;
    let list = match &*permissions {
        Doc::Null => return Ok(false.into()),
        Doc::List(list) => list,
        _ => return Err(mistake("permissions are a list")),
    };
    let lists = call.option::<Doc>("lists")?.unwrap_or_default();
    any_holds(protocols.into_iter().map(|protocol| opens(list, protocol, port, &lists)))
}

/// Whether one of several holds; they are asked until one does.
pub(super) fn any_holds<'a>(truths: impl Iterator<Item = Truth>) -> Outcome<'a> {
    let mut undecided = None;
    for each in truths {
        match each {
            Truth::True => return Ok(true.into()),
            Truth::False => {}
            Truth::Unknown(unread) => undecided = undecided.or(Some(unread)),
        }
    }
    undecided.map_or(Ok(false.into()), Err)
}

/// The protocols that a call asks about: one, or both.
pub(super) fn protocols(call: &Call<'_, '_>) -> Result<Vec<[&'static str; 2]>, Arc<Unread>> {
    let protocols: Vec<[&str; 2]> = match call.option::<String>("protocol")? {
        None => PROTOCOLS.to_vec(),
        Some(wanted) => PROTOCOLS.into_iter().filter(|names| names.contains(&&*wanted)).collect(),
    };
    if protocols.is_empty() { Err(mistake("ports are of the protocols tcp and udp")) } else { Ok(protocols) }
}

/// Whether all rules together that are about this port let the internet in: one may hold one half of the addresses,
/// and another the other half.
fn opens(permissions: &[Doc], protocol: [&str; 2], port: i64, lists: &Doc) -> Truth {
    let mut known: Vec<&str> = Vec::new();
    let mut undecided = None;
    for permission in permissions {
        match covers(permission, protocol, port) {
            Truth::True => {}
            Truth::False => continue,
            Truth::Unknown(unread) => {
                undecided = undecided.or(Some(unread));
                continue;
            }
        }
        for (list, member) in [("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6")] {
            let ranges = match permission.get(list) {
                Doc::Null => continue,
                Doc::List(ranges) => ranges,
                Doc::Unread(unread) => {
                    undecided = undecided.or(Some(Arc::clone(unread)));
                    continue;
                }
                _ => return Truth::Unknown(mistake("ranges of addresses are a list")),
            };
            let cidrs = || ranges.iter().map(|range| range.get(member));
            known.extend(cidrs().filter_map(Doc::as_str));
            undecided = undecided.or_else(|| cidrs().find_map(Doc::unread).map(Arc::clone));
        }
        let (cidrs, unread) = listed(permission.get("PrefixListIds"), lists);
        known.extend(cidrs);
        undecided = undecided.or(unread);
    }
    if is_half_the_internet(&known, &IPV4) || is_half_the_internet(&known, &IPV6) {
        return Truth::True;
    }
    undecided.map_or(Truth::False, Truth::Unknown)
}

/// The addresses of the prefix lists that a rule names, as far as they are known, and why not all of them are.
fn listed<'d>(named: &Doc, lists: &'d Doc) -> (Vec<&'d str>, Option<Arc<Unread>>) {
    let named = match named {
        Doc::Null => return (Vec::new(), None),
        Doc::List(named) => named,
        Doc::Unread(unread) => return (Vec::new(), Some(Arc::clone(unread))),
        _ => return (Vec::new(), Some(mistake("prefix lists are a list"))),
    };
    let (mut known, mut undecided) = (Vec::new(), None);
    for list in named {
        let (cidrs, unread) = addresses(list, lists.as_list().unwrap_or_default());
        known.extend(cidrs);
        undecided = undecided.or(unread);
    }
    (known, undecided)
}

/// The addresses of one prefix list.
fn addresses<'d>(named: &Doc, lists: &'d [Doc]) -> (Vec<&'d str>, Option<Arc<Unread>>) {
    let id = named.get("PrefixListId");
    let Some(list) = lists.iter().find(|list| id.as_str().is_some() && list.get("PrefixListId") == id) else {
        let unread = id.unread().or_else(|| lists.iter().find_map(Doc::unread)).map(Arc::clone);
        return (Vec::new(), Some(unread.unwrap_or_else(|| unseen(id))));
    };
    match (list.get("OwnerId"), list.get("Entries")) {
        // Addresses of AWS's services, and AWS's to keep.
        (Doc::String(owner), _) if &**owner == AWS => (Vec::new(), None),
        (_, Doc::List(entries)) => {
            let cidrs = || entries.iter().map(|entry| entry.get("Cidr"));
            (cidrs().filter_map(Doc::as_str).collect(), cidrs().find_map(Doc::unread).map(Arc::clone))
        }
        (_, Doc::Unread(unread)) => (Vec::new(), Some(Arc::clone(unread))),
        _ => (Vec::new(), Some(mistake("a prefix list has no entries that can be understood"))),
    }
}

/// A list that the account does not see, such as one that was shared with it and is not any more.
fn unseen(id: &Doc) -> Arc<Unread> {
    let detail = format!("the entries of the prefix list {} are not shown", id.as_str().unwrap_or_default());
    Arc::new(Unread::new(UnreadReason::NotVisible, "", detail))
}

/// Whether the rule is about this port of this protocol, or about every protocol.
fn covers(permission: &Doc, protocol: [&str; 2], port: i64) -> Truth {
    let unknown = |doc: &Doc| match doc.unread() {
        Some(unread) => Truth::Unknown(Arc::clone(unread)),
        None => Truth::Unknown(mistake("a rule has no protocol or port that can be understood")),
    };
    if let Some(unread) = permission.unread() {
        return Truth::Unknown(Arc::clone(unread));
    }
    match permission.get("IpProtocol") {
        Doc::String(named) if &**named == "-1" => return Truth::True,
        Doc::String(named) if !protocol.contains(&&**named) => return Truth::False,
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
fn is_half_the_internet(cidrs: &[&str], family: &Family) -> bool {
    let mut left = family.addresses();
    let held = cidrs.iter().filter_map(|cidr| family.range(cidr)).map(|range| left.take(range)).sum();
    family.is_half(held)
}

/// Whether a CIDR is the whole internet.
pub(super) fn is_public_cidr<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    match call.value(0) {
        Value::Null => Ok(false.into()),
        cidr => Ok(<&str>::take(cidr)?.trim().ends_with("/0").into()),
    }
}
