//! Paths to members, as the pack writes them: `PublicAccessBlock.BlockPublicAcls`, `Rules[].Actions`. A list is entered
//! with or without `[]`, and then every element counts. A name with a dot in it stands in quotation marks.

use std::fmt::{Display, Formatter};

use plumbline_baseline::Doc;
use plumbline_baseline::doc::{NULL, REDACTED};

use super::{About, Hidden};

/// The way to a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberPath {
    text: String,
    names: Vec<String>,
}

/// Why a text is no path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// A name is missing: `A..B`, `[].A`.
    #[error("`{0}` has a place without a name in it")]
    Nameless(String),
    /// A quotation mark that is not closed, or that is within a name.
    #[error("`{0}` has a quotation mark that stands alone")]
    Quote(String),
}

/// What a path leads to.
#[derive(Debug, Default)]
pub(super) struct Found<'d> {
    /// The values: several where the path leads through lists, none where those are empty.
    pub(super) values: Vec<&'d Doc>,
    /// Why there may be others.
    pub(super) hidden: Option<Hidden>,
    /// Whether a list was entered.
    pub(super) through_list: bool,
}

impl Found<'_> {
    /// The first reason is kept.
    pub(super) fn hide(&mut self, why: Hidden) {
        if self.hidden.is_none() {
            self.hidden = Some(why);
        }
    }
}

impl MemberPath {
    /// Reads a path.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let mut names = Vec::new();
        let mut rest = text;
        loop {
            let (name, after) = match rest.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').ok_or_else(|| PathError::Quote(text.to_owned()))?,
                None => rest.split_at(rest.find('.').unwrap_or(rest.len())),
            };
            let is_quoted = rest.starts_with('"');
            let (name, after) = if is_quoted { (name, after) } else { (name.trim_end_matches("[]"), after) };
            let after = if is_quoted { after.trim_start_matches("[]") } else { after };
            if name.is_empty() {
                return Err(PathError::Nameless(text.to_owned()));
            }
            if !is_quoted && name.contains('"') {
                return Err(PathError::Quote(text.to_owned()));
            }
            names.push(name.to_owned());
            match after.strip_prefix('.') {
                Some(next) => rest = next,
                None if after.is_empty() => return Ok(Self { text: text.to_owned(), names }),
                None => return Err(PathError::Quote(text.to_owned())),
            }
        }
    }

    /// The names on the way.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// What it leads to in a document.
    pub(super) fn values<'d>(&self, document: &'d Doc, about: About<'_>) -> Found<'d> {
        let mut found = Found::default();
        self.walk(document, 0, about, &mut found);
        found
    }

    fn walk<'d>(&self, doc: &'d Doc, depth: usize, about: About<'_>, found: &mut Found<'d>) {
        match (doc, self.names.get(depth)) {
            (Doc::Unread(unread), _) => found.hide(Hidden::Unread(unread.to_string())),
            (Doc::List(items), _) => {
                found.through_list = true;
                items.iter().for_each(|item| self.walk(item, depth, about, found));
            }
            (_, None) => found.values.push(doc),
            (Doc::Map(members), Some(name)) if members.is_redacted() && name != REDACTED => {
                found.hide(Hidden::Redacted);
            }
            (Doc::Map(members), Some(name)) => match members.get(name) {
                Some(value) => self.walk(value, depth + 1, about, found),
                None => match about.absent(&self.names[..=depth]) {
                    Some(why) => found.hide(why),
                    None => found.values.push(&NULL),
                },
            },
            (_, Some(_)) => found.values.push(&NULL),
        }
    }
}

impl About<'_> {
    /// Why a member that is not in the document may be there all the same. What is gathered is always in it, be it null.
    fn absent(self, names: &[String]) -> Option<Hidden> {
        let declared = self.declared?;
        let is_at =
            |path: &str| path.split('.').map(|part| part.trim_end_matches("[]")).eq(names.iter().map(String::as_str));
        if declared.gather.iter().any(|(member, _)| is_at(member)) {
            return Some(Hidden::NotCollected);
        }
        let is_along = |path: &String| {
            let parts = path.split('.').map(|part| part.trim_end_matches("[]"));
            parts.zip(names).all(|(part, name)| part == name)
        };
        (!self.has_changing && declared.volatile.iter().any(is_along)).then_some(Hidden::NotKept)
    }
}

impl Display for MemberPath {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}
