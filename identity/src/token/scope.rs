//! What a token lets in: an agent within bounds, or one operator with a role. One text form, in the token and in what is
//! stored of it.

use std::fmt::{Display, Formatter};
use std::str::FromStr;

use crate::bounds::{self, Bounds};
use crate::operator::{OperatorName, Role};

const OPERATOR: &str = "operator=";
const ROLE: &str = " role=";

/// Whom it lets in, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// A machine that becomes an agent, and works for no more than these.
    Agent(Bounds),
    /// The operator of this name.
    Operator {
        /// What it is called.
        name: OperatorName,
        /// What it may do.
        role: Role,
    },
}

impl Scope {
    /// Whether it is short enough for a token and a certificate.
    pub(super) fn check(&self) -> Result<(), bounds::Invalid> {
        match self {
            Self::Agent(bounds) => bounds.text().map(drop),
            Self::Operator { .. } => Ok(()),
        }
    }
}

impl From<Bounds> for Scope {
    fn from(bounds: Bounds) -> Self {
        Self::Agent(bounds)
    }
}

impl Display for Scope {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Agent(bounds) => bounds.fmt(f),
            Self::Operator { name, role } => f.pad(&format!("{OPERATOR}{name}{ROLE}{role}")),
        }
    }
}

impl FromStr for Scope {
    type Err = bounds::Invalid;

    fn from_str(text: &str) -> Result<Self, bounds::Invalid> {
        let Some(rest) = text.strip_prefix(OPERATOR) else { return text.parse().map(Self::Agent) };
        let (name, role) = rest.split_once(ROLE).ok_or(bounds::Invalid::Form)?;
        let name = name.parse().map_err(|_| bounds::Invalid::Form)?;
        Ok(Self::Operator { name, role: role.parse().map_err(|_| bounds::Invalid::Form)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_that_of_an_agent_or_of_an_operator() {
        for text in ["any", "accounts=111111111111", "operator=anna.k role=viewer", "operator=ci-1 role=operator"] {
            assert_eq!(text.parse::<Scope>().unwrap().to_string(), text);
        }
        for wrong in [
            "operator=anna",
            "operator= role=viewer",
            "operator=anna role=admin",
            "operator=anna role=viewer ",
            "operator=anna role=operator role=viewer",
            "operator=anna  role=viewer",
            "operator=an/na role=viewer",
            "accounts=111111111111 operator=anna role=viewer",
            "role=viewer operator=anna",
        ] {
            assert!(wrong.parse::<Scope>().is_err(), "{wrong}");
        }
    }
}
