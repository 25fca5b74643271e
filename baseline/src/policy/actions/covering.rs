//! Which actions the statements cover, their patterns taken apart once: most are a name, the beginning of one, or `*`.

use crate::policy::document::Statement;
use crate::policy::pattern::{Pattern, Token};

/// What each statement covers.
pub(super) struct Covering<'a> {
    statements: Vec<(bool, Vec<Rule<'a>>)>,
}

enum Rule<'a> {
    Everything,
    /// Characters in lower case, and ASCII.
    Name(&'a [Token]),
    Beginning(&'a [Token]),
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
    let is_plain = tokens.iter().all(|token| matches!(token, Token::Literal(character) if character.is_ascii()));
    match (is_plain, is_beginning) {
        (true, true) => Rule::Beginning(tokens),
        (true, false) => Rule::Name(tokens),
        (false, _) => Rule::Pattern(pattern),
    }
}

impl Rule<'_> {
    fn covers(&self, action: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Name(name) => name.len() == action.len() && begins(action, name),
            Self::Beginning(beginning) => begins(action, beginning),
            Self::Pattern(pattern) => pattern.matches(action),
        }
    }
}

/// Whether a name begins so, in whatever case.
fn begins(name: &str, beginning: &[Token]) -> bool {
    let is_same = |(byte, token): (u8, &Token)| *token == Token::Literal(char::from(byte.to_ascii_lowercase()));
    name.len() >= beginning.len() && name.bytes().zip(beginning).all(is_same)
}
