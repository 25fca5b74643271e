//! Actions of services of which no list is there: what the policies name, and what they do not.

use crate::policy::document::Statement;
use crate::policy::language::{Found, STATES, Wanted};
use crate::policy::pattern::{Case, Pattern, Token};

/// The services whose actions or resources statements name.
pub(super) fn services(statements: &[&Statement]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for statement in statements {
        for text in &statement.actions.texts {
            let tokens = text.fixed().map_or(&[][..], Pattern::tokens);
            let service: Option<String> = tokens
                .split(|token| *token == Token::Literal(':'))
                .next()
                .filter(|service| service.len() < tokens.len())
                .and_then(|service| {
                    service
                        .iter()
                        .map(|token| match token {
                            Token::Literal(character) => Some(*character),
                            _ => None,
                        })
                        .collect()
                });
            found.extend(service.filter(|service| !found.contains(service)));
        }
    }
    found
}

/// How many patterns of one service are told apart.
const MOST: usize = 6;

/// Actions of a service of which no list is there: for every pattern that a statement that allows has, one that is
/// covered by each set of the other patterns.
pub(super) fn actions_of(service: &str, statements: &[&Statement]) -> (Vec<String>, bool) {
    let shape = Pattern::glob(&format!("{service}:?*"), Case::Ignored);
    let patterns: Vec<&Pattern> =
        statements.iter().flat_map(|statement| &statement.actions.texts).filter_map(|text| text.fixed()).collect();
    let mut telling: Vec<&Pattern> = Vec::new();
    for pattern in patterns {
        let names_the_service = Wanted { within: vec![vec![&shape], vec![pattern]], without: Vec::new() };
        let covers_it = Wanted { within: vec![vec![&shape]], without: vec![pattern] };
        if names_the_service.text(STATES) != Found::None
            && covers_it.text(STATES) != Found::None
            && !telling.contains(&pattern)
        {
            telling.push(pattern);
        }
    }
    let is_partial = telling.len() > MOST;
    telling.truncate(MOST);
    let mut actions = Vec::new();
    for set in 0..1_u32 << telling.len() {
        let is_in = |number: usize| set & (1 << number) != 0;
        let numbered = || telling.iter().enumerate();
        let mut wanted = Wanted { within: vec![vec![&shape]], without: Vec::new() };
        wanted.within.extend(numbered().filter(|(number, _)| is_in(*number)).map(|(_, pattern)| vec![*pattern]));
        wanted.without.extend(numbered().filter(|(number, _)| !is_in(*number)).map(|(_, pattern)| *pattern));
        actions.extend(wanted.text(STATES).one());
    }
    (actions, is_partial)
}
