//! One statement: its effect, whom it names, which actions and resources, under which conditions.

use std::sync::Arc;

use super::condition::Condition;
use super::principal::Principals;
use super::{Kind, malformed, texts};
use crate::doc::Doc;
use crate::policy::pattern::{Case, Wildcards};
use crate::policy::text::{Reading, Text, Version};
use crate::reason::Unread;

/// The elements that a statement may have.
const ELEMENTS: [&str; 9] =
    ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Allow,
    Deny,
}

/// `Action` or `NotAction`, `Resource` or `NotResource`.
#[derive(Clone, Debug)]
pub(crate) struct Patterns {
    /// The patterns, of which one has to match.
    pub(crate) texts: Vec<Text>,
    /// Whether it is the `Not…` element: everything but these.
    pub(crate) inverted: bool,
    /// Whether each is an ARN or `*`. Some policies of resources have others, as those of API Gateway do.
    pub(crate) are_arns: bool,
}

/// A statement.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    /// Its `Sid`, or its number in the document from 0.
    pub(crate) name: String,
    /// Allow or Deny.
    pub(crate) effect: Effect,
    /// Whom it names; absent in identity policies.
    pub(crate) principals: Option<Principals>,
    /// The actions.
    pub(crate) actions: Patterns,
    /// The resources; absent in trust policies and some other policies of resources, which are about the resource that they
    /// belong to.
    pub(crate) resources: Option<Patterns>,
    /// The conditions, of which all have to hold.
    pub(crate) conditions: Vec<Condition>,
}

impl Statement {
    pub(super) fn parse(doc: &Doc, number: usize, version: Version) -> Result<Self, Arc<Unread>> {
        if let Some(unread) = doc.unread() {
            return Err(Arc::clone(unread));
        }
        let members = doc.as_map().ok_or_else(|| malformed("a statement is no structure"))?;
        if let Some((name, _)) = members.iter().find(|(name, _)| !ELEMENTS.contains(&name.as_str())) {
            return Err(malformed(&format!("a statement has no element {}", name.as_str())));
        }
        let actions = patterns(doc, ["Action", "NotAction"], version)?.ok_or_else(|| malformed("no Action"))?;
        Ok(Self {
            name: doc.get("Sid").as_str().map_or_else(|| number.to_string(), str::to_owned),
            effect: effect(doc.get("Effect"))?,
            principals: Principals::parse(doc)?,
            actions,
            resources: patterns(doc, ["Resource", "NotResource"], version)?,
            conditions: Condition::parse_all(doc.get("Condition"), version)?,
        })
    }

    /// What it has or lacks for a kind of policy.
    pub(crate) fn misfit(&self, kind: Kind) -> Option<&'static str> {
        match (kind, &self.principals, &self.resources) {
            (Kind::Identity, Some(_), _) => Some("a statement of an identity policy names a principal"),
            (Kind::Identity, _, None) => Some("a statement names no resource"),
            (Kind::Identity, _, Some(resources)) if !resources.are_arns => Some("a resource is neither * nor an ARN"),
            (Kind::Resource | Kind::Trust, None, _) => Some("a statement names no principal"),
            (Kind::Trust, Some(principals), _) if principals.inverted => {
                Some("AWS takes no NotPrincipal in a trust policy")
            }
            _ => None,
        }
    }

    /// Whether it allows.
    pub(crate) fn allows(&self) -> bool {
        self.effect == Effect::Allow
    }
}

fn effect(doc: &Doc) -> Result<Effect, Arc<Unread>> {
    match doc {
        Doc::Unread(unread) => Err(Arc::clone(unread)),
        doc => match doc.as_str() {
            Some("Allow") => Ok(Effect::Allow),
            Some("Deny") => Ok(Effect::Deny),
            _ => Err(malformed("the Effect of a statement is neither Allow nor Deny")),
        },
    }
}

/// The patterns of an element or of its opposite, of which a statement has one.
fn patterns(doc: &Doc, names: [&str; 2], version: Version) -> Result<Option<Patterns>, Arc<Unread>> {
    let [name, opposite] = names;
    let (inverted, element) = match (doc.get(name), doc.get(opposite)) {
        (Doc::Null, Doc::Null) => return Ok(None),
        (element, Doc::Null) => (false, element),
        (Doc::Null, element) => (true, element),
        _ => return Err(malformed(&format!("a statement has both {name} and {opposite}"))),
    };
    // Actions take no variables, and resources are compared by case, `*` crossing every character.
    let reading = match name {
        "Action" => Reading { version: Version::V2008, wildcards: Wildcards::All, case: Case::Ignored },
        _ => Reading { version, wildcards: Wildcards::All, case: Case::Sensitive },
    };
    let mut texts = texts(element, name)?;
    if name == "Resource" && [doc.get("Principal"), doc.get("NotPrincipal")].iter().all(|each| **each == Doc::Null) {
        texts.iter_mut().for_each(complete);
    }
    if texts.is_empty() || texts.iter().any(String::is_empty) {
        return Err(malformed(&format!("a statement has an empty {name}")));
    }
    let is_refused: fn(&str, Version) -> Option<&'static str> =
        if name == "Action" { |text, _| refused_action(text) } else { refused_resource };
    if let Some(refusal) = texts.iter().find_map(|text| is_refused(text, version)) {
        return Err(malformed(refusal));
    }
    let are_arns = texts.iter().all(|text| is_everything(text) || text.starts_with("arn:"));
    Ok(Some(Patterns { texts: texts.iter().map(|text| Text::parse(text, reading)).collect(), inverted, are_arns }))
}

/// Asterisks alone are everything.
fn is_everything(text: &str) -> bool {
    text.bytes().all(|byte| byte == b'*')
}

/// Why AWS would refuse an action.
fn refused_action(text: &str) -> Option<&'static str> {
    let is_of_service = text.split(':').count() == 2 && text.is_ascii() && !text.contains("${");
    (!is_everything(text) && !is_of_service).then_some("an action is neither * nor a service's")
}

/// Why AWS would refuse a resource: variables stand in the last part of an ARN only.
fn refused_resource(text: &str, version: Version) -> Option<&'static str> {
    if !text.contains('$') {
        return None;
    }
    let is_early = || {
        let before = text.split("${").next().unwrap_or_default();
        text.starts_with("arn:") && before.len() < text.len() && before.split(':').count() < 6
    };
    match version {
        Version::V2012 if is_early() => Some("a policy variable stands before the last part of an ARN"),
        version => Text::refusal(text, version),
    }
}

/// Completes an ARN of fewer than six parts with wildcards, as AWS does in policies of principals.
fn complete(arn: &mut String) {
    let parts = arn.split(':').count();
    if arn.starts_with("arn:") && parts < 6 {
        arn.push_str(&":*".repeat(6 - parts));
    }
}
