//! What a filter pattern is, and how it is written. Must not know how it is matched.

use std::fmt;

use super::condition::Condition;
use super::regex::Expression;
use super::terms::Term;

/// A parsed filter pattern.
#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    /// The empty pattern: every event.
    Everything,
    /// Words and phrases that stand in the event, or do not.
    Terms(Vec<Term>),
    /// A regular expression on the event's text.
    Expression(Expression),
    /// A condition on a JSON event.
    Json(Condition),
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => Ok(()),
            Self::Terms(terms) => {
                for (number, term) in terms.iter().enumerate() {
                    write!(f, "{}{term}", if number == 0 { "" } else { " " })?;
                }
                Ok(())
            }
            Self::Expression(expression) => write!(f, "{expression}"),
            Self::Json(condition) => write!(f, "{{ {condition} }}"),
        }
    }
}
