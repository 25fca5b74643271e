//! One statement: its effect, whom it names, what it covers, under which conditions.

use std::sync::Arc;

use super::condition::Condition;
use super::identity::lets_every_token_in;
use super::malformed;
use super::pattern::Patterns;
use crate::doc::Doc;
use crate::reason::Unread;

/// The actions with which somebody takes a role. `sts:TagSession` and `sts:SetSourceIdentity` alone let nobody in.
const ASSUME: [&str; 3] = ["sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity"];

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
        if self.principals.inverted {
            return self.effect == Effect::Allow;
        }
        self.principals.aws.iter().any(|principal| is_everybody(principal)) || self.names_service("*")
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

    /// Whether it allows everything. A condition on the caller (a second factor, an address) does not change what is
    /// allowed; one on the resource does.
    pub(super) fn allows_full_admin(&self) -> bool {
        self.effect == Effect::Allow
            && self.conditions.iter().all(Condition::is_about_the_caller)
            && self.actions.cover_every_action()
            && self.resources.cover_every_resource()
    }

    /// Whether it denies everybody every action without TLS, on the resources that it names.
    pub(super) fn denies_insecure_transport(&self) -> bool {
        self.effect == Effect::Deny
            && !self.principals.inverted
            && self.principals.aws.iter().any(|principal| principal == "*")
            && self.actions.cover_a_whole_service()
            && matches!(self.conditions.as_slice(), [only] if only.is_insecure_transport())
    }

    /// The resources that it names.
    pub(super) fn resources(&self) -> &Patterns {
        &self.resources
    }

    /// Whether it lets a role be taken.
    pub(super) fn lets_in(&self) -> bool {
        self.effect == Effect::Allow && ASSUME.iter().any(|action| self.actions.cover(action))
    }

    /// Whether a public identity provider's every token is let in.
    pub(super) fn trusts_any_token(&self) -> bool {
        !self.principals.inverted
            && self.principals.federated.iter().any(|provider| lets_every_token_in(provider, &self.conditions))
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

    /// Whether this `Deny` takes back all that another statement grants, from everybody or from all but a few.
    pub(super) fn takes_back(&self, granted: &Self) -> bool {
        self.effect == Effect::Deny
            && self.hits_strangers()
            && self.actions.cover_all_of(&granted.actions)
            && self.resources.cover_all_of(&granted.resources)
    }

    fn hits_strangers(&self) -> bool {
        let names_strangers = match self.principals.inverted {
            true => !self.principals.aws.iter().any(|principal| is_everybody(principal)),
            false => self.principals.aws.iter().any(|principal| principal == "*"),
        };
        let is_kept_out = |condition: &Condition| condition.spares_only_some() || condition.spares_aws();
        names_strangers
            && (self.conditions.is_empty()
                || self.conditions.iter().all(is_kept_out) && self.conditions.iter().any(Condition::spares_only_some))
    }
}

impl Principals {
    fn parse(doc: &Doc) -> Result<Self, Arc<Unread>> {
        let inverted = !doc.get("NotPrincipal").is_null();
        let principal = doc.get(if inverted { "NotPrincipal" } else { "Principal" });
        let mut principals = Self { inverted, ..Self::default() };
        match principal {
            Doc::Null => {}
            Doc::Unread(unread) => return Err(Arc::clone(unread)),
            Doc::String(text) => principals.aws.push(text.to_string()),
            Doc::Map(_) => {
                principals.aws = texts(principal.get("AWS"))?;
                principals.aws.extend(texts(principal.get("*"))?);
                principals.services = texts(principal.get("Service"))?;
                principals.federated = texts(principal.get("Federated"))?;
            }
            _ => return Err(malformed("a Principal is neither text nor a structure")),
        }
        Ok(principals)
    }
}

/// One text, or a list of texts.
pub(super) fn texts(doc: &Doc) -> Result<Vec<String>, Arc<Unread>> {
    match doc {
        Doc::Null => Ok(Vec::new()),
        Doc::String(text) => Ok(vec![text.to_string()]),
        Doc::Bool(value) => Ok(vec![value.to_string()]),
        Doc::Int(value) => Ok(vec![value.to_string()]),
        // `"s3:TlsVersion": 1.2`, as AWS's own examples write it.
        Doc::Double(value) => Ok(vec![value.to_string()]),
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
        Doc::Map(_) => Err(malformed("a policy holds something else than text")),
    }
}

/// AWS judges a principal that is empty text like `*`.
fn is_everybody(principal: &str) -> bool {
    matches!(principal, "*" | "") || account_of(principal).is_some_and(|account| account.contains(['*', '?']))
}

/// The account that a principal belongs to: an id, or the fifth part of an ARN.
fn account_of(principal: &str) -> Option<&str> {
    if principal.len() == 12 && principal.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(principal);
    }
    principal.strip_prefix("arn:")?.split(':').nth(3)
}
