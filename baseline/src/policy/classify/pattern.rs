//! Actions and resources of a statement, as patterns, and what they cover.

use std::sync::Arc;

use super::statement::texts;
use crate::doc::Doc;
use crate::glob::glob;
use crate::reason::Unread;

/// One resource of each of three services: what matches all of them matches everything.
const ANY_RESOURCES: [&str; 3] =
    ["arn:aws:iam::111111111111:role/x", "arn:aws:s3:::bucket/key", "arn:aws:ec2:eu-west-1:111111111111:instance/i-1"];
/// What turns a principal into an administrator. `NotAction` that leaves these out leaves out administration.
const ADMINISTRATION: [&str; 3] = ["iam:attachuserpolicy", "iam:createaccesskey", "iam:passrole"];

/// Actions or resources.
#[derive(Clone, Debug, Default)]
pub(super) struct Patterns {
    pub(super) patterns: Vec<String>,
    /// `NotAction`, `NotResource`: everything but these.
    pub(super) inverted: bool,
}

impl Patterns {
    pub(super) fn parse(doc: &Doc, name: &str, inverted_name: &str) -> Result<Self, Arc<Unread>> {
        let inverted = !doc.get(inverted_name).is_null();
        let patterns = texts(doc.get(if inverted { inverted_name } else { name }))?;
        let is_action = name == "Action";
        let patterns =
            patterns.into_iter().map(|text| if is_action { text.to_ascii_lowercase() } else { text }).collect();
        Ok(Self { patterns, inverted })
    }

    pub(super) fn cover(&self, text: &str) -> bool {
        self.patterns.iter().any(|pattern| glob(text, pattern)) != self.inverted
    }

    /// Every action. `NotAction` of a few is nearly everything, and counts unless it leaves administration out.
    pub(super) fn cover_every_action(&self) -> bool {
        if self.inverted {
            return ADMINISTRATION.iter().any(|action| self.cover(action));
        }
        let is_everything = |pattern: &String| pattern.contains('*') && pattern.chars().all(|c| "*?:".contains(c));
        self.patterns.iter().any(is_everything)
    }

    /// Every resource. `NotResource` of a few is nearly everything, and that counts.
    pub(super) fn cover_every_resource(&self) -> bool {
        let is_everything = |pattern: &String| {
            let partition = pattern.split(':').nth(1).filter(|part| part.starts_with("aws-")).unwrap_or("aws");
            let named = |arn: &str| arn.replacen("arn:aws:", &format!("arn:{partition}:"), 1);
            ANY_RESOURCES.iter().all(|arn| glob(&named(arn), pattern))
        };
        self.inverted || self.patterns.iter().any(is_everything)
    }

    /// Every action of a service, or of all.
    pub(super) fn cover_a_whole_service(&self) -> bool {
        !self.inverted && self.patterns.iter().any(|pattern| pattern == "*" || pattern.ends_with(":*"))
    }

    /// Whether a bucket itself is covered. What is no bucket has nothing inside and is covered by being named.
    pub(super) fn cover_the_container(&self) -> bool {
        !self.inverted && self.patterns.iter().any(|pattern| reach(pattern).0)
    }

    /// Whether all objects of a bucket are covered.
    pub(super) fn cover_the_contents(&self) -> bool {
        !self.inverted && self.patterns.iter().any(|pattern| reach(pattern).1)
    }

    /// Whether everything that `other` covers is covered, as far as the patterns show.
    pub(super) fn cover_all_of(&self, other: &Self) -> bool {
        if self.inverted || other.inverted {
            return !self.inverted && self.patterns.iter().any(|pattern| pattern == "*");
        }
        // A `?` of ours would match a `*` of theirs, which stands for more than one character.
        let covers = |pattern: &String, wanted: &String| {
            pattern == wanted || !(pattern.contains('?') && wanted.contains('*')) && glob(wanted, pattern)
        };
        other.patterns.iter().all(|wanted| self.patterns.iter().any(|pattern| covers(pattern, wanted)))
    }
}

/// What of a bucket a resource pattern reaches: the bucket itself, all of its objects.
fn reach(pattern: &str) -> (bool, bool) {
    let mut parts = pattern.splitn(6, ':').skip(2);
    let (service, resource) = (parts.next(), parts.nth(2));
    let Some(resource) = resource else { return (pattern.ends_with('*'), pattern.ends_with('*')) };
    if service.is_some_and(|service| service != "s3" && !service.contains(['*', '?'])) {
        return (true, true);
    }
    match resource.split_once('/') {
        None => (true, resource.ends_with('*')),
        Some((_, key)) => (false, !key.is_empty() && key.chars().all(|c| c == '*')),
    }
}
