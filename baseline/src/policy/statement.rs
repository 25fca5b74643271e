//! One statement: its effect, whom it names, what it covers, under which conditions.

use std::sync::Arc;

use super::condition::Condition;
use super::malformed;
use crate::doc::Doc;
use crate::expr::glob;
use crate::reason::Unread;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Allow,
    Deny,
}

/// Whom a statement names.
#[derive(Clone, Debug, Default)]
struct Principals {
    aws: Vec<String>,
    services: Vec<String>,
    federated: Vec<String>,
    /// `NotPrincipal`: everybody but these.
    inverted: bool,
    /// Whether the statement names anyone at all; identity policies do not.
    present: bool,
}

/// Actions or resources.
#[derive(Clone, Debug, Default)]
struct Patterns {
    patterns: Vec<String>,
    /// `NotAction`, `NotResource`: everything but these.
    inverted: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) name: String,
    pub(super) effect: Effect,
    principals: Principals,
    actions: Patterns,
    resources: Patterns,
    conditions: Vec<Condition>,
}

impl Statement {
    pub(super) fn parse(doc: &Doc, number: usize) -> Result<Self, Arc<Unread>> {
        if let Some(unread) = doc.unread() {
            return Err(Arc::clone(unread));
        }
        let effect = match doc.get("Effect").as_str() {
            Some("Allow") => Effect::Allow,
            Some("Deny") => Effect::Deny,
            _ => return Err(malformed("a statement has no Effect")),
        };
        Ok(Self {
            name: doc.get("Sid").as_str().map_or_else(|| number.to_string(), str::to_owned),
            effect,
            principals: Principals::parse(doc)?,
            actions: Patterns::parse(doc, "Action", "NotAction")?,
            resources: Patterns::parse(doc, "Resource", "NotResource")?,
            conditions: Condition::parse_all(doc.get("Condition"))?,
        })
    }

    /// Whether everybody is named: `*`, `{"AWS": "*"}`, `arn:aws:iam::*:root`, or everybody but a few.
    pub(super) fn names_everybody(&self) -> bool {
        self.principals.inverted && self.effect == Effect::Allow
            || !self.principals.inverted && self.principals.aws.iter().any(|principal| is_everybody(principal))
    }

    /// Whether a condition narrows who may come, or from where.
    pub(super) fn is_narrowed(&self) -> bool {
        self.conditions.iter().any(Condition::narrows)
    }

    pub(super) fn names_service(&self, service: &str) -> bool {
        !self.principals.inverted && self.principals.services.iter().any(|each| each == service || each == "*")
    }

    pub(super) fn covers_action(&self, action: &str) -> bool {
        self.actions.cover(&action.to_ascii_lowercase())
    }

    pub(super) fn allows_full_admin(&self) -> bool {
        self.effect == Effect::Allow
            && self.conditions.is_empty()
            && self.actions.cover_everything(&["*", "*:*"])
            && self.resources.cover_everything(&["*"])
    }

    pub(super) fn denies_insecure_transport(&self) -> bool {
        let denies_plain = |condition: &Condition| condition.denies_insecure_transport();
        self.effect == Effect::Deny
            && !self.principals.inverted
            && self.principals.aws.iter().any(|principal| principal == "*")
            && !self.actions.inverted
            && self.actions.patterns.iter().any(|pattern| pattern == "*" || pattern.ends_with(":*"))
            && !self.resources.patterns.is_empty()
            && !self.resources.inverted
            && matches!(self.conditions.as_slice(), [only] if denies_plain(only))
            && self.covers_what_is_inside()
    }

    /// Whether the objects of a bucket are covered and not only the bucket; other resources have nothing inside.
    fn covers_what_is_inside(&self) -> bool {
        let is_bucket = |pattern: &String| pattern.split(':').nth(2) == Some("s3");
        let patterns = &self.resources.patterns;
        patterns.iter().any(|pattern| pattern.ends_with('*')) || !patterns.iter().any(is_bucket)
    }

    /// Whether a public identity provider's every token is let in.
    pub(super) fn trusts_any_token(&self) -> bool {
        let is_open = |provider: &String| {
            let host = provider.rsplit_once("oidc-provider/").map_or(provider.as_str(), |(_, host)| host);
            let is_oidc = provider.contains("oidc-provider/") || !provider.starts_with("arn:");
            let wanted = if host == "cognito-identity.amazonaws.com" { "aud" } else { "sub" };
            is_oidc && !self.conditions.iter().any(|condition| condition.fixes(&format!("{host}:{wanted}")))
        };
        !self.principals.inverted
            && (self.principals.federated.iter().any(is_open)
                || self.principals.federated.iter().any(|name| name == "*"))
    }

    pub(super) fn names_account_outside(&self, accounts: &[String]) -> bool {
        if self.names_everybody() {
            return true;
        }
        self.principals
            .aws
            .iter()
            .filter_map(|principal| account_of(principal))
            .any(|account| !accounts.iter().any(|known| known == account))
    }

    /// Whether this `Deny` takes back all that another statement grants.
    pub(super) fn takes_back(&self, granted: &Self) -> bool {
        self.effect == Effect::Deny
            && self.conditions.is_empty()
            && !self.principals.inverted
            && self.principals.aws.iter().any(|principal| principal == "*")
            && self.actions.cover_all_of(&granted.actions)
            && self.resources.cover_all_of(&granted.resources)
    }
}

impl Principals {
    fn parse(doc: &Doc) -> Result<Self, Arc<Unread>> {
        let inverted = !doc.get("NotPrincipal").is_null();
        let principal = doc.get(if inverted { "NotPrincipal" } else { "Principal" });
        let mut principals = Self { inverted, ..Self::default() };
        match principal {
            Doc::Null => {}
            Doc::String(text) => principals.aws.push(text.to_string()),
            Doc::Map(_) => {
                principals.aws = texts(principal.get("AWS"))?;
                principals.services = texts(principal.get("Service"))?;
                principals.federated = texts(principal.get("Federated"))?;
            }
            _ => return Err(malformed("a Principal is neither text nor a structure")),
        }
        principals.present = !principal.is_null();
        Ok(principals)
    }
}

impl Patterns {
    fn parse(doc: &Doc, name: &str, inverted_name: &str) -> Result<Self, Arc<Unread>> {
        let inverted = !doc.get(inverted_name).is_null();
        let patterns = texts(doc.get(if inverted { inverted_name } else { name }))?;
        let is_action = name == "Action";
        let patterns =
            patterns.into_iter().map(|text| if is_action { text.to_ascii_lowercase() } else { text }).collect();
        Ok(Self { patterns, inverted })
    }

    fn cover(&self, text: &str) -> bool {
        self.patterns.iter().any(|pattern| glob(text, pattern)) != self.inverted
    }

    /// Everything; `NotAction` of a few is nearly everything, and that counts.
    fn cover_everything(&self, everything: &[&str]) -> bool {
        self.inverted || self.patterns.iter().any(|pattern| everything.contains(&pattern.as_str()))
    }

    fn cover_all_of(&self, other: &Self) -> bool {
        if self.inverted || other.inverted {
            return !self.inverted && self.patterns.iter().any(|pattern| pattern == "*");
        }
        other
            .patterns
            .iter()
            .all(|wanted| self.patterns.iter().any(|pattern| pattern == wanted || glob(wanted, pattern)))
    }
}

/// One text, or a list of texts.
pub(super) fn texts(doc: &Doc) -> Result<Vec<String>, Arc<Unread>> {
    match doc {
        Doc::Null => Ok(Vec::new()),
        Doc::String(text) => Ok(vec![text.to_string()]),
        Doc::Bool(value) => Ok(vec![value.to_string()]),
        Doc::Int(value) => Ok(vec![value.to_string()]),
        Doc::Unread(unread) => Err(Arc::clone(unread)),
        Doc::List(items) => {
            let mut all = Vec::new();
            for item in items {
                match item {
                    Doc::List(_) | Doc::Map(_) => {
                        return Err(malformed("a list of a policy holds something else than text"));
                    }
                    item => all.extend(texts(item)?),
                }
            }
            Ok(all)
        }
        Doc::Double(_) | Doc::Map(_) => Err(malformed("a policy holds something else than text")),
    }
}

fn is_everybody(principal: &str) -> bool {
    principal == "*" || account_of(principal).is_some_and(|account| account.contains(['*', '?']))
}

/// The account that a principal belongs to: an id, or the fifth part of an ARN.
fn account_of(principal: &str) -> Option<&str> {
    if principal.len() == 12 && principal.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(principal);
    }
    principal.strip_prefix("arn:")?.split(':').nth(3)
}
