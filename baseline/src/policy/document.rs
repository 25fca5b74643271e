//! A policy document as parsed: statements with their patterns compiled. Strict: what AWS would refuse to store
//! (an unknown operator, an `Effect` in the wrong case, both `Action` and `NotAction`, a wildcard inside a principal) is
//! malformed, and a malformed document proves nothing.

mod condition;
mod principal;
mod statement;
mod value;

use std::sync::Arc;

use super::text::Version;
use crate::doc::Doc;
use crate::reason::{Unread, UnreadReason};

pub(crate) use condition::{Comparison, Condition, Operand, Order, SetOperator};
pub(crate) use principal::{Named, Principals, is_account};
pub(crate) use statement::{Effect, Patterns, Statement};
pub(crate) use value::{boolean, number};

/// What kind of policy a document is used as, which decides the elements that its statements must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Attached to a principal, or a limit on principals: a boundary, a service control policy, a session policy.
    Identity,
    /// Attached to a resource, or a limit on resources: statements name principals. Some services ask for a resource, too;
    /// where a statement names none, AWS says, it is the one that the policy is attached to.
    Resource,
    /// A role's trust policy: statements name principals and no resource, for it is the role.
    Trust,
}

/// A parsed policy document.
#[derive(Clone, Debug)]
pub struct Document {
    statements: Vec<Statement>,
    /// Why it is not known completely.
    unread: Option<Arc<Unread>>,
}

impl Document {
    /// Reads a policy document. Never fails: what is malformed or was not read makes answers unknown. Null is a policy
    /// without statements; text is parsed as JSON.
    pub fn parse(doc: &Doc) -> Self {
        let mut document = Self { statements: Vec::new(), unread: None };
        match doc {
            Doc::Null => {}
            Doc::Unread(unread) => document.unread = Some(Arc::clone(unread)),
            Doc::String(text) => match Doc::from_json(text) {
                Ok(doc @ Doc::Map(_)) => return Self::parse(&doc),
                Ok(_) => document.unread = Some(malformed("it is no structure")),
                Err(_) => document.unread = Some(malformed("it is not JSON")),
            },
            Doc::Map(_) => document.read(doc),
            _ => document.unread = Some(malformed("it is no structure")),
        }
        document
    }

    fn read(&mut self, doc: &Doc) {
        let version = match version(doc.get("Version")) {
            Ok(version) => version,
            Err(unread) => {
                self.unread = Some(unread);
                return;
            }
        };
        match doc.get("Statement") {
            Doc::List(list) => list.iter().for_each(|statement| self.add(statement, version)),
            Doc::Null => self.unread = Some(malformed("it has no Statement")),
            statement => self.add(statement, version),
        }
    }

    fn add(&mut self, doc: &Doc, version: Version) {
        let number = self.statements.len();
        match Statement::parse(doc, number, version) {
            Ok(statement) => self.statements.push(statement),
            Err(unread) => self.unread = Some(unread),
        }
    }

    /// The statements that could be read.
    pub(crate) fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// The statements that could be read, to try others.
    pub(crate) fn statements_mut(&mut self) -> &mut Vec<Statement> {
        &mut self.statements
    }

    /// Why the document is not known completely, if it is not.
    pub fn unread(&self) -> Option<&Arc<Unread>> {
        self.unread.as_ref()
    }

    /// Why the document is not known completely when it is used as this kind of policy: statements without a principal
    /// are no resource policy, and statements with one, or without a resource, no identity policy.
    pub(crate) fn unread_as(&self, kind: Kind) -> Option<Arc<Unread>> {
        let misfit = || {
            let statements = self.statements.iter();
            statements.filter_map(|statement| statement.misfit(kind)).next().map(malformed)
        };
        self.unread.clone().or_else(misfit)
    }
}

fn version(doc: &Doc) -> Result<Version, Arc<Unread>> {
    match doc {
        Doc::Null => Ok(Version::V2008),
        Doc::Unread(unread) => Err(Arc::clone(unread)),
        doc => match doc.as_str() {
            Some("2008-10-17") => Ok(Version::V2008),
            Some("2012-10-17") => Ok(Version::V2012),
            _ => Err(malformed("its Version is none of AWS's")),
        },
    }
}

/// A document that AWS would refuse.
pub(crate) fn malformed(detail: &str) -> Arc<Unread> {
    let detail = format!("the policy is malformed: {detail}");
    Arc::new(Unread::new(UnreadReason::ControlError, "", detail))
}

/// One text, or a list of texts; AWS's own examples write numbers and booleans plainly, too.
fn texts(doc: &Doc, what: &str) -> Result<Vec<String>, Arc<Unread>> {
    let one = |doc: &Doc| match doc {
        Doc::String(text) => Ok(text.to_string()),
        Doc::Bool(value) => Ok(value.to_string()),
        Doc::Int(value) => Ok(value.to_string()),
        Doc::Double(value) => Ok(value.to_string()),
        Doc::Unread(unread) => Err(Arc::clone(unread)),
        _ => Err(malformed(&format!("{what} holds something else than text"))),
    };
    match doc {
        Doc::List(items) => items.iter().map(one).collect(),
        doc => Ok(vec![one(doc)?]),
    }
}

#[cfg(test)]
mod tests;
