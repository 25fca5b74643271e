//! Conditions on members: `PATH=VALUE`, `PATH!=VALUE`, `PATH~TEXT`.
//!
//! A value is a JSON scalar. Without quotation marks it also equals a text that reads the same: AWS writes many numbers
//! and booleans as text. An absent member is null. Through lists, any element will do; `!=` is the opposite of `=`.

use plumbline_baseline::Doc;
use plumbline_baseline::doc::REDACTED;

use super::{About, Answer, Hidden, MemberPath, PathError, Undecided};

/// What a member has to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The member.
    pub path: MemberPath,
    operator: Operator,
    wanted: Wanted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equals,
    Differs,
    Contains,
}

/// A value as it was written.
#[derive(Clone, Debug, PartialEq)]
struct Wanted {
    value: Doc,
    /// The text that it equals as well; none where it was written in quotation marks, or is null.
    text: Option<String>,
}

/// Why a text is no condition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConditionError {
    /// There is no operator.
    #[error("`{0}` compares nothing: PATH=VALUE, PATH!=VALUE or PATH~TEXT is wanted")]
    NoOperator(String),
    /// What stands before the operator is no path.
    #[error(transparent)]
    Path(#[from] PathError),
}

impl Condition {
    /// Reads a condition.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, ConditionError> {
        let none = || ConditionError::NoOperator(text.to_owned());
        let mut is_quoted = false;
        let at = text.char_indices().find(|(_, letter)| {
            is_quoted ^= *letter == '"';
            !is_quoted && matches!(letter, '=' | '!' | '~')
        });
        let (path, rest) = text.split_at(at.ok_or_else(none)?.0);
        let operators =
            [("!=", Operator::Differs), ("==", Operator::Equals), ("=", Operator::Equals), ("~", Operator::Contains)];
        let operator = operators.into_iter().find_map(|(sign, operator)| Some((operator, rest.strip_prefix(sign)?)));
        let (operator, value) = operator.ok_or_else(none)?;
        Ok(Self { path: MemberPath::parse(path.trim())?, operator, wanted: Wanted::parse(value.trim()) })
    }

    /// Whether it holds for a document.
    pub(super) fn decide(&self, document: &Doc, about: About<'_>) -> Answer {
        let mut found = self.path.values(document, about);
        let mut is_any = false;
        for value in std::mem::take(&mut found.values) {
            match self.compare(value) {
                Ok(holds) => is_any |= holds,
                Err(why) => found.hide(why),
            }
        }
        let is_opposite = self.operator == Operator::Differs;
        match found.hidden {
            Some(why) if !is_any => Answer::Unknown(Undecided { member: self.path.to_string(), why: why.says() }),
            _ if is_any != is_opposite => Answer::Yes,
            _ => Answer::No,
        }
    }

    /// Whether one value equals, or contains, what is wanted.
    fn compare(&self, value: &Doc) -> Result<bool, Hidden> {
        if value.is_redacted() {
            // Whatever it is, it is something.
            return if self.wanted.value.is_null() { Ok(false) } else { Err(Hidden::Redacted) };
        }
        let holds = match self.operator {
            Operator::Equals | Operator::Differs => self.wanted.equals(value),
            Operator::Contains => self.wanted.is_in(value),
        };
        let hides = value.as_str().is_some_and(|text| text.contains(REDACTED)) && !self.wanted.value.is_null();
        if hides && !holds { Err(Hidden::Redacted) } else { Ok(holds) }
    }
}

impl Wanted {
    fn parse(text: &str) -> Self {
        let scalar =
            Doc::from_json(text).ok().filter(|value| !matches!(value, Doc::Map(_) | Doc::List(_) | Doc::Unread(_)));
        match scalar {
            Some(value @ (Doc::String(_) | Doc::Null)) => Self { value, text: None },
            Some(value) => Self { value, text: Some(text.to_owned()) },
            None => Self { value: Doc::from(text), text: None },
        }
    }

    fn equals(&self, value: &Doc) -> bool {
        *value == self.value || (self.text.is_some() && value.as_str() == self.text.as_deref())
    }

    fn is_in(&self, value: &Doc) -> bool {
        let wanted = self.text.as_deref().or(self.value.as_str()).unwrap_or("null");
        match value {
            Doc::String(text) => text.contains(wanted),
            Doc::Bool(_) | Doc::Int(_) | Doc::Double(_) => value.to_json().contains(wanted),
            Doc::Null | Doc::List(_) | Doc::Map(_) | Doc::Unread(_) => false,
        }
    }
}
