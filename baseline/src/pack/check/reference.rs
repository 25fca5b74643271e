//! References that were meant and are none: an argument that looks like a path and lacks its `$`. It would be sent as it is
//! written, AWS would say that there is no such thing, and a listing would be empty. Must not look at paths.

use std::sync::LazyLock;

use regex::Regex;

use crate::api::Kind;
use crate::expr::Type;
use crate::pack::collector::{Argument, OWN_ARN, is_builtin};
use crate::pack::needs::first_member;
use crate::pack::schema::members_of;

/// What there is to refer to.
pub(super) struct Around<'a> {
    /// The resource, or the item of a list.
    pub(super) own: &'a Type,
    /// What is around it.
    pub(super) parent: Option<&'a Type>,
    /// Whether the resource has an ARN by then.
    pub(super) has_arn: bool,
}

/// An argument that is sent as it is written, and what was meant.
pub(super) struct Bare {
    pub(super) written: String,
    pub(super) meant: Option<String>,
    /// Whether it can be nothing else. Within a structure, such as the values of a filter, a name may be meant as it is.
    pub(super) is_certain: bool,
}

/// A path in braces, as it is written in templates.
static BRACES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\{\$?([A-Za-z][A-Za-z0-9_.\[\]]*)/?\}").expect("a regular expression"));
/// A path that begins with what only a path begins with.
static PREFIXED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:parent|parents|items|item|resource)\.[A-Za-z][A-Za-z0-9_.\[\]]*$").expect("a regular expression")
});

/// The texts of an argument that look like references; `kind` is what the operation takes there.
pub(super) fn bare(argument: &Argument, kind: &Type, around: &Around<'_>) -> Vec<Bare> {
    let mut found = Vec::new();
    walk(argument, kind, Place::Argument, around, &mut found);
    found
}

/// Where a text stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It is the argument, or one of its items.
    Argument,
    /// In a structure, where it says what is filtered by: that may well be called as a member of the resource is.
    Name,
    /// Elsewhere in a structure.
    Within,
}

fn walk(argument: &Argument, kind: &Type, place: Place, around: &Around<'_>, found: &mut Vec<Bare>) {
    match argument {
        Argument::Path(path) => found.extend(in_braces(path)),
        Argument::Literal(value) => {
            let is_listed = |text: &str| match kind {
                Type::Enum(service, id) => match &service.shape(*id).kind {
                    Kind::String(values) => values.iter().any(|value| value == text),
                    _ => false,
                },
                _ => false,
            };
            let text = value.as_str().filter(|text| !is_listed(text));
            found.extend(text.and_then(|text| {
                let meant = in_braces(text).or_else(|| prefixed(text));
                let named = || named(text, around).filter(|_| place != Place::Name);
                let is_certain = place == Place::Argument;
                meant.or_else(|| named().map(|bare| Bare { is_certain, ..bare }))
            }));
        }
        Argument::List(items) => {
            let item = match kind {
                Type::List(item) => (**item).clone(),
                _ => Type::Any,
            };
            items.iter().for_each(|each| walk(each, &item, place, around, found));
        }
        Argument::Map(members) => {
            let known = members_of(kind).unwrap_or_default();
            for (name, value) in members {
                let kind = known.get(name).cloned().unwrap_or_default();
                let place = if names_a_filter(name) { Place::Name } else { Place::Within };
                walk(value, &kind, place, around, found);
            }
        }
    }
}

/// Whether a member of a structure says what is filtered by.
fn names_a_filter(member: &str) -> bool {
    ["name", "key", "field", "attribute"].iter().any(|known| member.eq_ignore_ascii_case(known))
}

/// `{parent.KeyId}`: an argument is no template.
fn in_braces(text: &str) -> Option<Bare> {
    let found = BRACES.captures(text)?;
    let is_all = found[0].len() == text.trim_start_matches('$').len();
    let meant = is_all.then(|| format!("${}", &found[1]));
    Some(Bare { written: text.to_owned(), meant, is_certain: true })
}

/// `parent.KeyId`.
fn prefixed(text: &str) -> Option<Bare> {
    if !PREFIXED.is_match(text) {
        return None;
    }
    let (first, rest) = text.split_once('.')?;
    let meant = match first {
        "resource" => format!("${rest}"),
        "parents" | "parent" => format!("$parent.{rest}"),
        _ => format!("$items.{rest}"),
    };
    Some(Bare { written: text.to_owned(), meant: Some(meant), is_certain: true })
}

/// `KeyId`, where the resource or what is around it has such a member; `account`.
fn named(text: &str, around: &Around<'_>) -> Option<Bare> {
    let is_path = |kind: &Type| {
        members_of(kind).is_some_and(|members| members.contains_key(first_member(text))) && kind.at_path(text).is_some()
    };
    let meant = if is_builtin(text) || (text == OWN_ARN && around.has_arn) || is_path(around.own) {
        format!("${text}")
    } else if around.parent.is_some_and(is_path) {
        format!("$parent.{text}")
    } else {
        return None;
    };
    Some(Bare { written: text.to_owned(), meant: Some(meant), is_certain: true })
}
