//! Answers in three-valued logic that say why. What a question asks of a list, `all` and `any` put together: what was not
//! read makes an answer unknown only where the rest does not decide it.

use std::sync::Arc;

use crate::doc::Doc;
use crate::reason::{Unread, UnreadReason};

/// An answer to a question, with what decided it, as a sentence without a full stop.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Yes, because of this.
    Yes(String),
    /// No, because of this.
    No(String),
    /// It depends on something that was not read, or that nobody can tell.
    Unknown(Arc<Unread>),
}

impl Answer {
    /// Yes, when it is so, and else no: both because of this.
    pub fn is(holds: bool, because: impl FnOnce() -> String) -> Self {
        if holds { Self::Yes(because()) } else { Self::No(because()) }
    }

    /// Nobody can tell from what was read.
    pub fn undecided(detail: impl Into<String>) -> Self {
        Self::Unknown(undecided(detail))
    }

    /// What only another account, or another Region, can see.
    pub fn not_visible(detail: impl Into<String>) -> Self {
        let (reason, operation) = (UnreadReason::NotVisible, String::new());
        Self::Unknown(Arc::new(Unread::new(reason, operation, detail)))
    }

    /// Whether all hold: the first no decides, then the first unknown. Of nothing at all it is yes, for no reason.
    pub fn all(answers: impl IntoIterator<Item = Self>) -> Self {
        let mut so_far = Self::Yes(String::new());
        for answer in answers {
            match (&so_far, answer) {
                (_, no @ Self::No(_)) => return no,
                (Self::Unknown(_), _) => {}
                (Self::Yes(_), Self::Yes(why)) if why.is_empty() => {}
                (_, answer) => so_far = answer,
            }
        }
        so_far
    }

    /// Whether one holds: the first yes decides, then the first unknown. Of nothing at all it is no, because of what is
    /// given here.
    pub fn any(answers: impl IntoIterator<Item = Self>, otherwise: &str) -> Self {
        let mut so_far = Self::No(otherwise.to_owned());
        for answer in answers {
            match (&so_far, answer) {
                (_, yes @ Self::Yes(_)) => return yes,
                (Self::Unknown(_), _) => {}
                (_, answer) => so_far = answer,
            }
        }
        so_far
    }

    /// The opposite, for the same reason.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Yes(why) => Self::No(why),
            Self::No(why) => Self::Yes(why),
            unknown => unknown,
        }
    }
}

/// The reason of what nobody can tell from what was read.
pub fn undecided(detail: impl Into<String>) -> Arc<Unread> {
    Arc::new(Unread::new(UnreadReason::ControlError, "", detail))
}

/// The items of a list that AWS may have left out. An unread item stands for items that were not read.
///
/// # Errors
/// When the list was not read, or is no list.
pub fn items(doc: &Doc) -> Result<&[Doc], Arc<Unread>> {
    match doc {
        Doc::Null => Ok(&[]),
        Doc::List(items) => Ok(items),
        Doc::Unread(unread) => Err(Arc::clone(unread)),
        _ => Err(undecided("something else stands where a list is wanted")),
    }
}

/// The text of a member that AWS may have left out.
///
/// # Errors
/// When it was not read, or is no text.
pub fn text(doc: &Doc) -> Result<Option<&str>, Arc<Unread>> {
    match doc {
        Doc::Null => Ok(None),
        Doc::String(text) => Ok(Some(text)),
        Doc::Unread(unread) => Err(Arc::clone(unread)),
        _ => Err(undecided("something else stands where text is wanted")),
    }
}

/// The number of a member that AWS may have left out.
///
/// # Errors
/// When it was not read, or is no number.
pub fn number(doc: &Doc) -> Result<Option<f64>, Arc<Unread>> {
    match doc {
        Doc::Null => Ok(None),
        Doc::Int(number) => Ok(Some(*number as f64)),
        Doc::Double(number) if number.is_finite() => Ok(Some(*number)),
        Doc::Unread(unread) => Err(Arc::clone(unread)),
        _ => Err(undecided("something else stands where a number is wanted")),
    }
}

/// The answer of a computation that stops at what was not read.
impl From<Result<Answer, Arc<Unread>>> for Answer {
    fn from(result: Result<Answer, Arc<Unread>>) -> Self {
        result.unwrap_or_else(Self::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yes(why: &str) -> Answer {
        Answer::Yes(why.to_owned())
    }

    fn no(why: &str) -> Answer {
        Answer::No(why.to_owned())
    }

    #[test]
    fn one_no_decides_whether_all_hold_and_one_yes_whether_any_does() {
        let unknown = || Answer::undecided("?");
        assert_eq!(Answer::all([yes("a"), unknown(), no("b"), no("c")]), no("b"));
        assert_eq!(Answer::all([yes("a"), unknown(), yes("b")]), unknown());
        assert_eq!(Answer::all([yes("a"), yes("b")]), yes("b"));
        assert_eq!(Answer::any([no("a"), unknown(), yes("b"), yes("c")], "none"), yes("b"));
        assert_eq!(Answer::any([no("a"), unknown(), no("b")], "none"), unknown());
        assert_eq!(Answer::any([no("a"), no("b")], "none"), no("b"));
        assert_eq!(Answer::any([], "none"), no("none"));
    }
}
