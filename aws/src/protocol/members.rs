//! What members are called on the wire, and how text becomes a scalar. Shared by the protocols; must not know which
//! of them asks.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use plumbline_baseline::api::{Kind, Member, Service};
use plumbline_baseline::{Doc, Map};

use super::Error;
use super::timestamp;

/// The name of a member in JSON, in headers and in query strings.
pub(super) fn wire_name(member: &Member) -> &str {
    member.wire_name.as_deref().unwrap_or(member.name.as_str())
}

/// The XML element of a member. A flattened list's items carry the list's item name, if it has one.
pub(super) fn element_name<'a>(service: &'a Service, member: &'a Member) -> &'a str {
    match &service.shape(member.shape).kind {
        Kind::List { item_name: Some(item), flattened, .. } if *flattened || member.flattened => item,
        _ => wire_name(member),
    }
}

/// Whether items or entries of this member stand directly in its parent.
pub(super) fn is_flattened(service: &Service, member: &Member) -> bool {
    match &service.shape(member.shape).kind {
        Kind::List { flattened, .. } | Kind::Map { flattened, .. } => member.flattened || *flattened,
        _ => false,
    }
}

/// Finds members by their wire names. Responses mostly follow the model's order, so a search starts after the last
/// find; and a member beyond all earlier finds is known to be new.
#[derive(Default)]
pub(super) struct Finder {
    next: usize,
    beyond: usize,
}

impl Finder {
    /// The member that fits, and whether it certainly was not found before.
    pub(super) fn find<'a>(
        &mut self,
        members: &'a [Member],
        is_called: impl Fn(&Member) -> bool,
    ) -> Option<(&'a Member, bool)> {
        let start = self.next.min(members.len());
        let ahead = members[start..].iter().position(&is_called).map(|index| start + index);
        let index = ahead.or_else(|| members[..start].iter().position(&is_called))?;
        self.next = index + 1;
        let is_new = index >= self.beyond;
        self.beyond = self.beyond.max(index + 1);
        Some((&members[index], is_new))
    }
}

/// Puts a value into a document, without looking for an earlier one where there is none.
pub(super) fn put(map: &mut Map, member: &Member, value: Doc, is_new: bool) {
    if is_new {
        map.push(member.name.clone(), value);
    } else {
        map.insert(member.name.clone(), value);
    }
}

/// Text on the wire as the value of a scalar shape.
pub(super) fn scalar(kind: &Kind, text: &str) -> Result<Doc, Error> {
    let malformed = |what: &str| Error::Malformed(format!("`{text}` is not {what}"));
    Ok(match kind {
        Kind::Integer => Doc::Int(text.trim().parse().map_err(|_| malformed("a whole number"))?),
        Kind::Double => match text.trim() {
            "NaN" | "Infinity" | "-Infinity" => Doc::String(text.into()),
            number => Doc::Double(number.parse().map_err(|_| malformed("a number"))?),
        },
        Kind::Boolean => match text.trim() {
            "true" | "True" => Doc::Bool(true),
            "false" | "False" => Doc::Bool(false),
            _ => return Err(malformed("a boolean")),
        },
        Kind::Timestamp => match text.trim() {
            "" => return Err(malformed("a time")),
            // One that cannot be read stays text: it concerns the control that needs it, not the whole answer.
            time => Doc::String(timestamp::to_iso(time).map_or_else(|| time.into(), Into::into)),
        },
        _ => Doc::String(text.into()),
    })
}

/// Bytes as documents hold them.
pub(super) fn base64_text(bytes: &[u8]) -> Doc {
    Doc::String(STANDARD.encode(bytes).into())
}

/// A scalar input value as text.
pub(super) fn text(member: &str, value: &Doc) -> Result<String, Error> {
    Ok(match value {
        Doc::String(text) => text.to_string(),
        Doc::Int(number) => number.to_string(),
        Doc::Double(number) => number.to_string(),
        Doc::Bool(value) => value.to_string(),
        _ => return Err(Error::WrongType { member: member.to_owned(), expected: "text, a number or a boolean" }),
    })
}
