//! What is looked at: an account, a unit, or all of it.

use std::sync::Arc;

/// What is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// All accounts, and what is done once for them.
    Organization,
    /// The accounts of a unit and of those below it, by its path: a stranger's text.
    Unit(String),
    /// An account, by its id.
    Account(Arc<str>),
}
