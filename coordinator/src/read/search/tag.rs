//! Conditions on tags: `KEY` or `KEY=VALUE`, in every form in which AWS gives tags.

use std::collections::BTreeMap;

use plumbline_baseline::Doc;
use plumbline_baseline::doc::REDACTED;

use super::{About, Answer, Hidden, Undecided};

/// Where types have their tags that do not say where.
const USUAL: [&str; 4] = ["Tags", "TagSet", "TagList", "tags"];
/// What a tag's name and value are called.
const NAMES: [&str; 3] = ["Key", "key", "TagKey"];
const VALUES: [&str; 3] = ["Value", "value", "TagValue"];

/// A tag that is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    key: String,
    /// Any where none is given.
    value: Option<String>,
}

impl Tag {
    /// `KEY` or `KEY=VALUE`; `None` without a key.
    pub fn parse(text: &str) -> Option<Self> {
        let (key, value) = text.split_once('=').map_or((text, None), |(key, value)| (key, Some(value.to_owned())));
        (!key.is_empty()).then(|| Self { key: key.to_owned(), value })
    }

    /// Whether a resource has it.
    pub(super) fn decide(&self, document: &Doc, about: About<'_>) -> Answer {
        match self.is_on(document, about) {
            Ok(true) => Answer::Yes,
            Ok(false) => Answer::No,
            Err(why) => Answer::Unknown(Undecided { member: "tags".to_owned(), why: why.says() }),
        }
    }

    fn is_on(&self, document: &Doc, about: About<'_>) -> Result<bool, Hidden> {
        let member = about.declared.and_then(|declared| declared.tags.as_deref());
        let member = member.or_else(|| USUAL.into_iter().find(|name| has(document, name)));
        // A type of which nobody reads the tags may have some.
        let Some(member) = member.filter(|member| has(document, member) || !is_gathered(about, member)) else {
            return Err(Hidden::NotCollected);
        };
        match document.get(member) {
            Doc::Unread(unread) => Err(Hidden::Unread(unread.to_string())),
            Doc::Map(tags) if tags.is_redacted() => Err(Hidden::Redacted),
            Doc::Map(tags) => tags.get(&self.key).map_or(Ok(false), |value| self.is_value(value)),
            Doc::List(items) => self.is_among(items),
            _ => Ok(false),
        }
    }

    fn is_among(&self, items: &[Doc]) -> Result<bool, Hidden> {
        let mut hidden = None;
        for item in items {
            match named(item, NAMES) {
                Some(Doc::Unread(unread)) => hidden = Some(Hidden::Unread(unread.to_string())),
                Some(key) if key.is_redacted() => hidden = Some(Hidden::Redacted),
                Some(key) if key.as_str() == Some(&self.key) => {
                    return self.is_value(named(item, VALUES).unwrap_or(&Doc::Null));
                }
                _ => {}
            }
        }
        hidden.map_or(Ok(false), Err)
    }

    fn is_value(&self, value: &Doc) -> Result<bool, Hidden> {
        let Some(wanted) = &self.value else { return Ok(true) };
        match value {
            Doc::Unread(unread) => Err(Hidden::Unread(unread.to_string())),
            value if value.is_redacted() => Err(Hidden::Redacted),
            Doc::String(text) if **text != **wanted && text.contains(REDACTED) => Err(Hidden::Redacted),
            Doc::String(text) => Ok(**text == **wanted),
            other => Ok(wanted.is_empty() && other.is_null()),
        }
    }
}

/// The tags of a resource, as far as they were read and are no secrets; `None` where nothing is known of them.
pub fn tags_of(document: &Doc) -> Option<BTreeMap<String, String>> {
    let text = |doc: &Doc| match doc {
        Doc::String(text) if !text.contains(REDACTED) => Some(text.to_string()),
        Doc::Null => Some(String::new()),
        _ => None,
    };
    let member = USUAL.into_iter().find(|name| has(document, name))?;
    match document.get(member) {
        Doc::Map(tags) if !tags.is_redacted() => {
            Some(tags.iter().filter_map(|(key, value)| Some((key.as_str().to_owned(), text(value)?))).collect())
        }
        Doc::List(items) => {
            let of = |item| {
                Some((named(item, NAMES)?.as_str()?.to_owned(), text(named(item, VALUES).unwrap_or(&Doc::Null))?))
            };
            Some(items.iter().filter_map(of).collect())
        }
        Doc::Null => Some(BTreeMap::new()),
        _ => None,
    }
}

/// The member of a tag that has one of these names.
fn named<'d>(item: &'d Doc, names: [&str; 3]) -> Option<&'d Doc> {
    names.into_iter().map(|name| item.get(name)).find(|value| !value.is_null())
}

fn has(document: &Doc, member: &str) -> bool {
    document.as_map().is_some_and(|members| members.get(member).is_some())
}

/// Whether a call of its own fills the member: then it is in the document, unless nobody asked.
fn is_gathered(about: About<'_>, member: &str) -> bool {
    about.declared.is_some_and(|declared| declared.gather.iter().any(|(name, _)| &**name == member))
}
