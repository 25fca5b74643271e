//! Which actions the statements cover, their patterns taken apart once: most are a name, the beginning of one, or `*`.

use crate::policy::document::Statement;
use crate::policy::pattern::{Pattern, Token};

/// What each statement covers.
pub(super) struct Covering<'a> {
    statements: Vec<(bool, Vec<Rule<'a>>)>,
}

enum Rule<'a> {
    Everything,
    /// In lower case, and ASCII.
    Name(String),
    Beginning(String),
    Pattern(&'a Pattern),
}

impl<'a> Covering<'a> {
    pub(super) fn of(statements: &[&'a Statement]) -> Self {
        let rules = |statement: &&'a Statement| {
            let patterns = statement.actions.texts.iter().filter_map(|text| text.fixed());
            (statement.actions.inverted, patterns.map(rule).collect())
        };
        Self { statements: statements.iter().map(rules).collect() }
    }

    /// Whether each statement, by number, covers an action.
    pub(super) fn covered(&self, action: &str) -> impl Iterator<Item = bool> {
        self.statements.iter().map(move |(inverted, rules)| rules.iter().any(|rule| rule.covers(action)) != *inverted)
    }
}

/// A pattern of actions, in which case does not matter.
fn rule(pattern: &Pattern) -> Rule<'_> {
    if pattern.takes_everything() {
        return Rule::Everything;
    }
    let (tokens, is_beginning) = match pattern.tokens() {
        [beginning @ .., Token::Many] => (beginning, true),
        tokens => (tokens, false),
    };
    let characters = tokens.iter().map(|token| match token {
        Token::Literal(character) if character.is_ascii() => Some(*character),
        _ => None,
    });
    match characters.collect::<Option<String>>() {
        Some(text) if is_beginning => Rule::Beginning(text),
        Some(text) => Rule::Name(text),
        None => Rule::Pattern(pattern),
    }
}

impl Rule<'_> {
    fn covers(&self, action: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Name(name) => name.eq_ignore_ascii_case(action),
            Self::Beginning(beginning) => action
                .as_bytes()
                .get(..beginning.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(beginning.as_bytes())),
            Self::Pattern(pattern) => pattern.matches(action),
        }
    }
}
