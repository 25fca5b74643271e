//! Finds an agent by the beginning of its id.

use super::Member;
use crate::store::{Error, Store};

/// Why there is not one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AgentNotFound {
    /// None begins like this.
    #[error("there is none")]
    None,
    /// Several do.
    #[error("{0} begin like this")]
    Several(usize),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Error),
}

impl Store {
    /// The one agent whose id begins like this.
    ///
    /// # Errors
    /// When there is none, or there are several, or the store fails.
    pub fn find_agent(&self, beginning: &str) -> Result<Member, AgentNotFound> {
        let mut found = self.agents()?;
        found.retain(|member| member.agent.id.starts_with(beginning));
        match <[Member; 1]>::try_from(found) {
            Ok([member]) => Ok(member),
            Err(none) if none.is_empty() => Err(AgentNotFound::None),
            Err(several) => Err(AgentNotFound::Several(several.len())),
        }
    }
}
