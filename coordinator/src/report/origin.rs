//! Where a finding comes from: what one change would close it with others that come from the same.
//!
//! Plain data. An origin is only claimed where it is known. Its name is a stranger's text.

use std::sync::Arc;

/// What one change would close, with all that come from it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// What it is, for machines (`stack`).
    pub kind: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
}

impl Origin {
    /// `kind: name`.
    pub fn text(&self) -> String {
        format!("{}: {}", self.kind, self.name)
    }
}
