//! Network ACLs: the first rule that matches a packet decides it, so that a denial before an allowance counts.

use std::sync::Arc;

use super::addresses::{Family, IPV4, IPV6};
use super::call::{Call, Outcome};
use super::network::{any_holds, protocols};
use super::signature::{Named, Parameter};
use crate::doc::Doc;
use crate::expr::Truth;
use crate::expr::value::{mistake, truth};
use crate::reason::Unread;

#[cfg(test)]
mod tests;

/// The options of `acl_opens_port`.
pub(super) const ACL_OPENS_PORT: &[Named] =
    &[Named { name: "protocol", value: Parameter::Choice(&["tcp", "udp"]), is_required: false }];

/// Whether the inbound rules of a network ACL let the whole internet reach a TCP or UDP port, or one of the protocol that
/// is asked for.
pub(super) fn acl_opens_port<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    let port: i64 = call.get(1)?;
    let protocols = protocols(call)?;
    let entries = call.doc(0)?;
    let entries = match &*entries {
        // What no rule matches is denied.
        Doc::Null => return Ok(false.into()),
        Doc::List(entries) => entries,
        _ => return Err(mistake("the entries of a network ACL are a list")),
    };
    let rules = inbound(entries)?;
    any_holds(protocols.into_iter().flat_map(|protocol| {
        let families = [(&IPV4, "CidrBlock"), (&IPV6, "Ipv6CidrBlock")];
        let rules = &rules;
        families.into_iter().map(move |family| admits(rules, protocol, port, family))
    }))
}

/// The inbound rules, in the order in which they are looked at. Without it nothing can be said.
fn inbound(entries: &[Doc]) -> Result<Vec<&Doc>, Arc<Unread>> {
    let mut rules = Vec::with_capacity(entries.len());
    for entry in entries {
        match (entry.get("Egress"), entry.get("RuleNumber")) {
            (Doc::Bool(true), _) => {}
            (Doc::Bool(false), Doc::Int(number)) => rules.push((*number, entry)),
            (Doc::Bool(false), other) | (other, _) => return Err(not_understood(other)),
        }
    }
    rules.sort_by_key(|(number, _)| *number);
    Ok(rules.into_iter().map(|(_, entry)| entry).collect())
}

/// Whether at least half of the addresses of a family reach the port. A rule that is not understood may match everything
/// that no rule before it does, and let it in or not.
fn admits(rules: &[&Doc], protocol: [&str; 2], port: i64, (family, member): (&Family, &str)) -> Truth {
    let mut left = family.addresses();
    let mut open = 0;
    for rule in rules {
        let matched = covers(rule, protocol, port).and_then(|is_covered| {
            Ok((if is_covered { range(rule.get(member), family)? } else { None }, is_allowed(rule)))
        });
        match matched {
            Ok((None, _)) => {}
            Ok((Some(range), Ok(true))) => open += left.take(range),
            Ok((Some(range), Ok(false))) => _ = left.take(range),
            Ok((Some(_), Err(unread))) | Err(unread) => {
                return if family.is_half(open) || !family.is_half(open + left.count()) {
                    truth(family.is_half(open))
                } else {
                    Truth::Unknown(unread)
                };
            }
        }
    }
    truth(family.is_half(open))
}

/// Whether a rule is about this port of this protocol, or about every protocol.
fn covers(rule: &Doc, protocol: [&str; 2], port: i64) -> Result<bool, Arc<Unread>> {
    match rule.get("Protocol") {
        Doc::String(named) if &**named == "-1" => return Ok(true),
        Doc::String(named) if !protocol.contains(&&**named) => return Ok(false),
        Doc::String(_) => {}
        other => return Err(not_understood(other)),
    }
    match (rule.at("PortRange.From"), rule.at("PortRange.To")) {
        (Doc::Int(from), Doc::Int(to)) => Ok(*from <= port && port <= *to),
        (Doc::Int(_), other) | (other, _) => Err(not_understood(other)),
    }
}

/// The addresses that a rule matches; `None` where it is about the other family.
fn range(cidr: &Doc, family: &Family) -> Result<Option<(u128, u128)>, Arc<Unread>> {
    match cidr {
        Doc::Null => Ok(None),
        Doc::String(text) => family.range(text).map(Some).ok_or_else(|| not_understood(cidr)),
        other => Err(not_understood(other)),
    }
}

fn is_allowed(rule: &Doc) -> Result<bool, Arc<Unread>> {
    match rule.get("RuleAction") {
        Doc::String(action) if &**action == "allow" => Ok(true),
        Doc::String(action) if &**action == "deny" => Ok(false),
        other => Err(not_understood(other)),
    }
}

/// Why a part of a rule says nothing.
fn not_understood(part: &Doc) -> Arc<Unread> {
    part.unread().map_or_else(|| mistake("a rule of the network ACL cannot be understood"), Arc::clone)
}
