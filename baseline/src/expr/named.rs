//! Named expressions: a control's `let`, a type's `derive`, and the definitions that all share. They are written out where
//! they are used, so what they are depends on that; here is what is known of them before.

use std::sync::Arc;

use super::Problem;
use super::syntax::{Expr, parse};

/// A name that a control gives to an expression. It sees the names that stand before it.
#[derive(Clone, Debug)]
pub struct Let {
    pub(super) name: Arc<str>,
    /// Absent when it could not be read: then nothing more is said of it.
    pub(super) body: Option<Arc<Expr>>,
}

/// An expression over parameters, called like a function.
#[derive(Clone, Debug)]
pub struct Definition {
    pub(super) name: Arc<str>,
    pub(super) parameters: Vec<String>,
    pub(super) body: Arc<Expr>,
}

/// A member that is computed from the resource.
#[derive(Clone, Debug)]
pub struct Derived {
    pub(super) name: Arc<str>,
    pub(super) body: Arc<Expr>,
}

impl Let {
    /// Reads one, and says why its text is no expression if it is none. The name is there all the same.
    pub fn parse(name: &str, text: &str) -> (Self, Option<Problem>) {
        let name: Arc<str> = name.into();
        match parse(text) {
            Ok(body) => (Self { name, body: Some(Arc::new(body)) }, None),
            Err(problem) => {
                let problem = Problem { within: Some(Arc::clone(&name)), ..problem };
                (Self { name, body: None }, Some(problem))
            }
        }
    }
}

impl Definition {
    /// Reads one.
    ///
    /// # Errors
    /// The text is no expression.
    pub fn parse(name: &str, parameters: &[String], text: &str) -> Result<Self, Problem> {
        Ok(Self { name: name.into(), parameters: parameters.to_vec(), body: Arc::new(parse(text)?) })
    }

    /// Its name.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// What it is about, in the order in which a call has it.
    pub fn parameters(&self) -> &[String] {
        &self.parameters
    }
}

impl Derived {
    /// Its name.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }
}
