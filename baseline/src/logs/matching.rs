//! Patterns on events, in three-valued logic: what was not read, and what AWS does not document, is unknown where the rest
//! does not decide it.

use std::sync::Arc;

use super::condition::{Condition, Literal};
use super::pattern::Pattern;
use super::selector::Selector;
use super::terms::match_text;
use super::value::{Operand, Operator};
use crate::answer::Answer;
use crate::doc::Doc;
use crate::reason::Unread;

impl Pattern {
    /// Whether it matches an event: a JSON document, as CloudTrail writes it.
    pub fn matches(&self, event: &Doc) -> Answer {
        match self {
            Self::Everything => Answer::Yes("the empty pattern matches every event".to_owned()),
            Self::Terms(terms) => on_text(event, |text| match_text(terms, text), || self.to_string()),
            Self::Expression(expression) => on_text(event, |text| expression.is_match(text), || expression.to_string()),
            Self::Json(condition) => {
                let mut structure = None;
                match holds(condition, event, &mut structure) {
                    Answer::Yes(why) => structure.map_or(Answer::Yes(why), |selector| {
                        Answer::undecided(format!("{selector} selects no text and no number"))
                    }),
                    answer => answer,
                }
            }
        }
    }
}

/// Asks the text of an event: compact JSON, as CloudTrail delivers it.
fn on_text(event: &Doc, test: impl Fn(&str) -> bool, pattern: impl Fn() -> String) -> Answer {
    match first_unread(event) {
        Some(unread) => Answer::Unknown(unread),
        None => Answer::is(test(&event.to_json()), pattern),
    }
}

fn first_unread(doc: &Doc) -> Option<Arc<Unread>> {
    match doc {
        Doc::Unread(unread) => Some(Arc::clone(unread)),
        Doc::List(items) => items.iter().find_map(first_unread),
        Doc::Map(members) => members.iter().find_map(|(_, value)| first_unread(value)),
        _ => None,
    }
}

/// Whether a condition holds. A selector that leads to an array or an object is noted: then the event has not the form of
/// the filter, and AWS does not say whether other conditions of it still count.
fn holds<'c>(condition: &'c Condition, event: &Doc, structure: &mut Option<&'c Selector>) -> Answer {
    match condition {
        // All are looked at, because each may have such a selector.
        Condition::All(conditions) => {
            let answers: Vec<Answer> = conditions.iter().map(|each| holds(each, event, structure)).collect();
            Answer::all(answers)
        }
        Condition::Any(conditions) => {
            let answers: Vec<Answer> = conditions.iter().map(|each| holds(each, event, structure)).collect();
            Answer::any(answers, "")
        }
        Condition::NotExists(selector) => {
            let answer = match selector.select(event).first() {
                Some(Doc::Unread(unread)) => return Answer::Unknown(Arc::clone(unread)),
                found => found.is_none(),
            };
            Answer::is(answer, || condition.to_string())
        }
        Condition::Is(selector, literal) => {
            let is = |value: &&Doc| match value {
                Doc::Unread(unread) => Answer::Unknown(Arc::clone(unread)),
                value => Answer::is(literal.is(value), || condition.to_string()),
            };
            Answer::any(selector.select(event).iter().map(is), &condition.to_string())
        }
        Condition::Compare(selector, operator, operand) => {
            let values = selector.select(event);
            let is_structure = |value: &&Doc| matches!(value, Doc::List(_) | Doc::Map(_));
            if !selector.has_wildcard() && values.iter().any(is_structure) {
                *structure = Some(selector);
            }
            compare(&values, *operator, operand, condition)
        }
    }
}

/// Whether what a selector found compares so. What does not exist compares with nothing, with `!=` as little as with `=`.
fn compare(values: &[&Doc], operator: Operator, operand: &Operand, condition: &Condition) -> Answer {
    let one = |value: &&Doc| match value {
        Doc::Unread(unread) => Answer::Unknown(Arc::clone(unread)),
        value => operand.compare(operator, value).map_or_else(
            || Answer::undecided(format!("AWS does not document how `{condition}` compares with {}", kind(value))),
            |holds| Answer::is(holds, || condition.to_string()),
        ),
    };
    let any = Answer::any(values.iter().map(one), &condition.to_string());
    // Whether `!=` wants any of several values to differ, or all of them, is not documented.
    let all_agree = operator != Operator::NotEqual
        || values.len() < 2
        || matches!(any, Answer::No(_))
        || matches!(Answer::all(values.iter().map(one)), Answer::Yes(_));
    if all_agree { any } else { Answer::undecided(format!("AWS does not document `{condition}` for several values")) }
}

/// How messages call a value.
fn kind(value: &Doc) -> &'static str {
    match value {
        Doc::Null => "null",
        Doc::Bool(_) => "a boolean",
        Doc::Int(_) | Doc::Double(_) => "a number",
        Doc::String(_) => "that text",
        Doc::List(_) | Doc::Map(_) | Doc::Unread(_) => "a structure",
    }
}

impl Literal {
    fn is(self, value: &Doc) -> bool {
        match self {
            Self::Null => value.is_null(),
            Self::True => value == &Doc::Bool(true),
            Self::False => value == &Doc::Bool(false),
        }
    }
}
