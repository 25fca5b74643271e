//! Property selectors of JSON patterns: `$.a.b`, `$.list[0]`, `$.['key.with.dots']`, and one wildcard, `$.*` or `$.list[*]`.

use std::fmt;

use super::cursor::{Cursor, Malformed};
use crate::doc::Doc;

/// Members inside one another that a selector may name.
const DEEPEST: usize = 64;

/// A path into a JSON event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector(Vec<Step>);

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Member(String),
    Element(usize),
    /// Any member of an object, or any element of an array.
    AnyMember,
    AnyElement,
}

impl Selector {
    /// Reads a selector, whose `$` comes next.
    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Self, Malformed> {
        let start = cursor.clone();
        if !cursor.take("$") {
            return Err(cursor.malformed("a property selector starts with `$.`"));
        }
        let mut steps = Vec::new();
        loop {
            let is_member = cursor.take(".");
            match cursor.peek() {
                Some('[') => steps.push(bracketed(cursor)?),
                Some('*') if is_member => {
                    cursor.next();
                    steps.push(Step::AnyMember);
                }
                _ if is_member => steps.push(Step::Member(name(cursor)?)),
                _ => break,
            }
        }
        if steps.is_empty() {
            return Err(cursor.malformed("a property selector names a property after `$.`"));
        }
        if steps.len() > DEEPEST {
            return Err(start.malformed(format!("a property selector names at most {DEEPEST} members")));
        }
        if steps.iter().filter(|step| step.is_wildcard()).count() > 1 {
            return Err(start.malformed("a property selector has one wildcard at most"));
        }
        Ok(Self(steps))
    }

    /// Whether it may select more than one value.
    pub(super) fn has_wildcard(&self) -> bool {
        self.0.iter().any(Step::is_wildcard)
    }

    /// What it selects. A value that was not read stands where it hides what would be there.
    pub(super) fn select<'d>(&self, event: &'d Doc) -> Vec<&'d Doc> {
        self.0.iter().fold(vec![event], |found, step| found.into_iter().flat_map(|doc| step.of(doc)).collect())
    }
}

impl Step {
    fn is_wildcard(&self) -> bool {
        matches!(self, Self::AnyMember | Self::AnyElement)
    }

    fn of<'d>(&self, doc: &'d Doc) -> Vec<&'d Doc> {
        match (self, doc) {
            (_, Doc::Unread(_)) => vec![doc],
            (Self::Member(name), Doc::Map(members)) => members.get(name).into_iter().collect(),
            (Self::AnyMember, Doc::Map(members)) => members.iter().map(|(_, value)| value).collect(),
            // An element that was not read stands for any number of them, and shifts those behind it.
            (Self::Element(index), Doc::List(items)) => {
                let hidden = items.iter().take(index + 1).find(|item| item.unread().is_some());
                hidden.or_else(|| items.get(*index)).into_iter().collect()
            }
            (Self::AnyElement, Doc::List(items)) => items.iter().collect(),
            _ => Vec::new(),
        }
    }
}

fn name(cursor: &mut Cursor<'_>) -> Result<String, Malformed> {
    let name = cursor.take_while(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if name.is_empty() {
        return Err(cursor.malformed("a property is named with letters, digits, `-` and `_`"));
    }
    Ok(name.to_owned())
}

/// `[0]`, `[*]` or `['key']`, whose bracket comes next.
fn bracketed(cursor: &mut Cursor<'_>) -> Result<Step, Malformed> {
    let start = cursor.clone();
    cursor.next();
    let step = match cursor.peek() {
        Some('*') => {
            cursor.next();
            Step::AnyElement
        }
        Some(quote @ ('\'' | '"')) => {
            cursor.next();
            let key = cursor.take_while(|c| c != quote && c != '\\').to_owned();
            if key.is_empty() || cursor.next() != Some(quote) {
                return Err(start.malformed("a key in brackets stands between quotes"));
            }
            Step::Member(key)
        }
        _ => {
            let digits = cursor.take_while(|c| c.is_ascii_digit());
            let index =
                digits.parse().map_err(|_| start.malformed("brackets hold a number, `*` or a key in quotes"))?;
            Step::Element(index)
        }
    };
    if !cursor.take("]") {
        return Err(cursor.malformed("a bracket is not closed"));
    }
    Ok(step)
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        let is_plain = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        self.0.iter().enumerate().try_for_each(|(number, step)| {
            // A bracket at the beginning stands behind a dot as well.
            let dot = if number == 0 { "." } else { "" };
            match step {
                Step::Member(name) if is_plain(name) => write!(f, ".{name}"),
                Step::Member(name) if name.contains('\'') => write!(f, ".[\"{name}\"]"),
                Step::Member(name) => write!(f, ".['{name}']"),
                Step::AnyMember => f.write_str(".*"),
                Step::Element(index) => write!(f, "{dot}[{index}]"),
                Step::AnyElement => write!(f, "{dot}[*]"),
            }
        })
    }
}
