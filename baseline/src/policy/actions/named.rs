//! Actions of services of which no list is there: what the policies name, and what they do not.

use crate::policy::document::Statement;
use crate::policy::language::{Found, Wanted};
use crate::policy::pattern::{Case, Pattern, Token};
use crate::policy::text::Text;
use crate::policy::work::{STEPS, Work};

/// The services that a policy can be about: those that its statements name, when every one that allows says by its actions
/// or its resources which service it is about. Nothing, and so all, where one of them does not.
pub(super) fn services(statements: &[&Statement]) -> Vec<String> {
    let mut services: Vec<&[Token]> = Vec::new();
    for statement in statements {
        let resources = statement.resources.iter().filter(|resources| !resources.inverted);
        let actions = statement.actions.texts.iter().map(|text| field(text, 0));
        let resources = resources.flat_map(|resources| &resources.texts).map(|text| field(text, 2));
        // What `NotAction` leaves out says nothing of what it allows.
        let is_told = !statement.actions.inverted && says(actions.clone()) || says(resources.clone());
        if statement.allows() && !is_told {
            return Vec::new();
        }
        for service in actions.chain(resources).flatten() {
            if !services.contains(&service) {
                services.push(service);
            }
        }
    }
    let mut services: Vec<String> = services.into_iter().map(written).collect();
    services.sort_unstable();
    services
}

/// Whether all of some texts name a service.
fn says<'a>(mut names: impl Iterator<Item = Option<&'a [Token]>>) -> bool {
    names.next().is_some_and(|first| first.is_some()) && names.all(|name| name.is_some())
}

/// A field of a text, between its colons, where it is written in full.
fn field(text: &Text, number: usize) -> Option<&[Token]> {
    let mut fields = text.fixed()?.tokens().split(|token| *token == Token::Literal(':'));
    let field = fields.nth(number)?;
    fields.next()?;
    let is_in_full = field.iter().all(|token| matches!(token, Token::Literal(_)));
    (is_in_full && !field.is_empty()).then_some(field)
}

/// The characters of a text that is written in full.
fn written(tokens: &[Token]) -> String {
    let characters = tokens.iter().filter_map(|token| match token {
        Token::Literal(character) => Some(*character),
        _ => None,
    });
    characters.collect()
}

/// How many patterns of one service are told apart.
const MOST: usize = 6;

/// Actions of a service of which no list is there: for every pattern that a statement that allows has, one that is
/// covered by each set of the other patterns.
pub(super) fn actions_of(service: &str, statements: &[&Statement]) -> (Vec<String>, bool) {
    let work = Work::of(STEPS / 20);
    let shape = Pattern::glob(&format!("{service}:?*"), Case::Ignored);
    let patterns: Vec<&Pattern> =
        statements.iter().flat_map(|statement| &statement.actions.texts).filter_map(|text| text.fixed()).collect();
    let mut telling: Vec<&Pattern> = Vec::new();
    for pattern in patterns {
        let names_the_service = Wanted { within: vec![vec![&shape], vec![pattern]], without: Vec::new() };
        let covers_it = Wanted { within: vec![vec![&shape]], without: vec![pattern] };
        if names_the_service.text(&work) != Found::None
            && covers_it.text(&work) != Found::None
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
        actions.extend(wanted.text(&work).one());
    }
    (actions, is_partial || work.is_done())
}
