//! Which resources somebody looks for: conditions on documents, in three-valued logic. Pure.
//!
//! What was not read, was replaced because it may be a secret, was not collected or is not kept decides nothing, unless
//! the answer does not depend on it: such a resource is neither a match nor none.

mod condition;
mod path;
mod tag;

use plumbline_baseline::Doc;
use plumbline_baseline::pack::collector::ResourceType;

pub use condition::{Condition, ConditionError};
pub use path::{MemberPath, PathError};
pub use tag::{Tag, tags_of};

use crate::store::StoredDocument;

/// What is looked for. Everything must hold.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// A part of the ARN.
    pub arn: Option<String>,
    /// Tags that it has.
    pub tags: Vec<Tag>,
    /// What members are.
    pub members: Vec<Condition>,
}

/// What is known of a type beside its documents.
#[derive(Clone, Copy, Debug, Default)]
pub struct About<'a> {
    /// How the pack collects it; none where the pack does not know it.
    pub declared: Option<&'a ResourceType>,
    /// Whether members that change by themselves are in the documents.
    pub has_changing: bool,
}

/// Whether a resource is what is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// Nobody can tell.
    Unknown(Undecided),
}

/// What could not be decided.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Undecided {
    /// The member.
    pub member: String,
    /// Why: a code, and what is known besides (`access_denied: s3:GetBucketPolicy`).
    pub why: String,
}

/// Why what is at a path cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Hidden {
    /// It was not read.
    Unread(String),
    /// It may be a secret, and was replaced.
    Redacted,
    /// No control that was enabled reads it.
    NotCollected,
    /// It changes by itself, and is not kept so long.
    NotKept,
}

impl Hidden {
    fn says(self) -> String {
        match self {
            Self::Unread(why) => why,
            Self::Redacted => "redacted".to_owned(),
            Self::NotCollected => "not_collected".to_owned(),
            Self::NotKept => "not_kept".to_owned(),
        }
    }
}

impl Search {
    /// Whether a resource is what is looked for.
    pub fn decide(&self, resource: &StoredDocument, about: About<'_>) -> Answer {
        if self.arn.as_ref().is_some_and(|part| !resource.id.contains(part.as_str())) {
            return Answer::No;
        }
        let document = &resource.document;
        let tags = self.tags.iter().map(|tag| tag.decide(document, about));
        let members = self.members.iter().map(|condition| condition.decide(document, about));
        let mut answer = Answer::Yes;
        for each in tags.chain(members) {
            match each {
                Answer::No => return Answer::No,
                Answer::Unknown(_) if answer == Answer::Yes => answer = each,
                _ => {}
            }
        }
        answer
    }
}

impl MemberPath {
    /// What is there, as it is shown: one value, or a list of them where the path leads through lists.
    pub fn shown(&self, document: &Doc, about: About<'_>) -> Doc {
        let found = self.values(document, about);
        let hidden = found.hidden.into_iter().map(|hidden| Doc::map([("$unread", hidden.says().as_str().into())]));
        let mut values: Vec<Doc> = found.values.into_iter().cloned().chain(hidden).collect();
        match values.pop() {
            Some(only) if values.is_empty() && !found.through_list => only,
            last => Doc::List(values.into_iter().chain(last).collect()),
        }
    }
}

#[cfg(test)]
mod tests;
