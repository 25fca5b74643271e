//! IAM policies classified by their text: what a policy grants or denies, in three-valued logic. Pure.
//!
//! A policy that cannot be understood answers `Unknown`, never `No`.

mod condition;
mod identity;
mod pattern;
mod statement;

use std::sync::Arc;

use crate::doc::Doc;
use crate::reason::{Unread, UnreadReason};
use statement::{Effect, Statement};

/// An answer, with the statement that decides it.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Yes: the statement's `Sid`, or its number from 0.
    Yes(String),
    /// No.
    No,
    /// It depends on something that was not read or not understood.
    Unknown(Arc<Unread>),
}

/// A parsed policy.
#[derive(Clone, Debug)]
pub struct Policy {
    statements: Vec<Statement>,
    /// Why the policy is not known completely.
    unread: Option<Arc<Unread>>,
}

impl Policy {
    /// Reads a policy document. Never fails: what is malformed makes answers unknown. Null is a policy without
    /// statements; text is parsed as JSON.
    pub fn parse(doc: &Doc) -> Self {
        let mut policy = Self { statements: Vec::new(), unread: None };
        match doc {
            Doc::Null => {}
            Doc::Unread(unread) => policy.unread = Some(Arc::clone(unread)),
            Doc::String(text) => match Doc::from_json(text) {
                Ok(doc @ Doc::Map(_)) => return Self::parse(&doc),
                _ => policy.unread = Some(malformed("the policy is not JSON")),
            },
            Doc::Map(_) => match doc.get("Statement") {
                Doc::List(list) => list.iter().for_each(|statement| policy.add(statement)),
                Doc::Null => policy.unread = Some(malformed("the policy has no Statement")),
                statement => policy.add(statement),
            },
            _ => policy.unread = Some(malformed("the policy is no structure")),
        }
        policy
    }

    fn add(&mut self, doc: &Doc) {
        match Statement::parse(doc, self.statements.len()) {
            Ok(statement) => self.statements.push(statement),
            Err(unread) => self.unread = Some(unread),
        }
    }

    /// Whether every request without TLS is denied: a `Deny` for everybody, on every action, when
    /// `aws:SecureTransport` is false, on the resource itself and on all that is in it, by one statement or by several.
    pub fn denies_insecure_transport(&self) -> Answer {
        let denying = || self.statements.iter().filter(|statement| statement.denies_insecure_transport());
        let container = denying().find(|statement| statement.resources().cover_the_container());
        let has_contents = denying().any(|statement| statement.resources().cover_the_contents());
        match container {
            Some(statement) if has_contents => Answer::Yes(statement.name.clone()),
            _ => self.no(),
        }
    }

    /// Whether anything is granted to everybody, and no condition narrows whom or from where.
    pub fn is_public(&self) -> Answer {
        self.any_not_taken_back(|statement| {
            statement.effect == Effect::Allow && statement.names_everybody() && !statement.is_narrowed()
        })
    }

    /// Whether every action on every resource is allowed.
    pub fn allows_full_admin(&self) -> Answer {
        self.any(|statement| statement.allows_full_admin())
    }

    /// Whether a service principal (`cloudtrail.amazonaws.com`) is allowed anything.
    pub fn allows_service(&self, service: &str) -> Answer {
        self.any(|statement| statement.effect == Effect::Allow && statement.names_service(service))
    }

    /// Whether a service is allowed anything on behalf of any account: no condition says whose bucket, topic or rule
    /// it is that calls.
    pub fn allows_service_for_anyone(&self, service: &str) -> Answer {
        self.any_not_taken_back(|statement| {
            statement.effect == Effect::Allow && statement.names_service(service) && !statement.is_narrowed()
        })
    }

    /// Whether an action (`s3:GetObject`) is allowed to anyone.
    pub fn allows_action(&self, action: &str) -> Answer {
        self.any(|statement| statement.effect == Effect::Allow && statement.covers_action(action))
    }

    /// Whether a role's trust policy lets anybody in: everybody in AWS, or everybody at a public identity provider
    /// whose tokens no condition tells apart.
    pub fn trusts_anyone(&self) -> Answer {
        self.any_not_taken_back(|statement| {
            statement.lets_in()
                && ((statement.names_everybody() && !statement.is_narrowed()) || statement.trusts_any_token())
        })
    }

    /// Whether anything is granted to an account that is not in the list.
    pub fn grants_account_outside(&self, accounts: &[String]) -> Answer {
        self.any(|statement| {
            statement.effect == Effect::Allow && !statement.is_narrowed() && statement.names_account_outside(accounts)
        })
    }

    /// Like `any`, without what a `Deny` takes back. A statement that was not read may be such a `Deny`.
    fn any_not_taken_back(&self, test: impl Fn(&Statement) -> bool) -> Answer {
        match (self.any(|statement| test(statement) && !self.takes_back(statement)), &self.unread) {
            (Answer::Yes(_), Some(unread)) => Answer::Unknown(Arc::clone(unread)),
            (answer, _) => answer,
        }
    }

    /// Whether a `Deny` for everybody, or for all but a few, takes back all that a statement grants.
    fn takes_back(&self, granted: &Statement) -> bool {
        self.statements.iter().any(|statement| statement.takes_back(granted))
    }

    fn any(&self, test: impl Fn(&Statement) -> bool) -> Answer {
        if let Some(statement) = self.statements.iter().find(|statement| test(statement)) {
            return Answer::Yes(statement.name.clone());
        }
        self.no()
    }

    /// No, as far as the policy is known.
    fn no(&self) -> Answer {
        self.unread.clone().map_or(Answer::No, Answer::Unknown)
    }
}

fn malformed(detail: &str) -> Arc<Unread> {
    Arc::new(Unread::new(UnreadReason::ControlError, "", detail))
}

#[cfg(test)]
mod tests;
