//! Ids that AWS draws: of accounts and organizations. An outsider has one that no policy names in full, and can draw
//! again until it fits a pattern that fixes a few characters.

use super::keys::names_in_full;
use super::pattern::{Pattern, Token};

/// Ids, one for each of the ways in which patterns can tell them apart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Drawn {
    /// The ids, the first of which fits no pattern.
    pub(crate) ids: Vec<String>,
    /// Whether there may be ways that no id stands for.
    pub(crate) is_partial: bool,
}

/// How many ids are told apart; beyond them is_partial says that there may be more.
const MOST: usize = 24;

/// Ids of a prefix and a length, written with some characters, that are not taken.
pub(crate) fn ids(prefix: &str, length: usize, characters: &str, patterns: &[Pattern], taken: &[String]) -> Drawn {
    let (named, lucky): (Vec<&Pattern>, Vec<&Pattern>) =
        patterns.iter().partition(|pattern| names_in_full(pattern.tokens(), prefix));
    let is_free = |id: &String| !taken.contains(id) && !named.iter().any(|pattern| pattern.matches(id));
    let plain = characters.chars().map(|character| fill(prefix, length, character, &[]));
    let fitting = lucky
        .iter()
        .flat_map(|pattern| characters.chars().map(|character| fill(prefix, length, character, pattern.tokens())));
    let mut ids: Vec<String> = Vec::new();
    let mut seen: Vec<Vec<bool>> = Vec::new();
    for id in plain.chain(fitting).filter(is_free) {
        let ways: Vec<bool> = lucky.iter().map(|pattern| pattern.matches(&id)).collect();
        if !seen.contains(&ways) {
            seen.push(ways);
            ids.push(id);
        }
        if seen.len() == MOST || lucky.len() < 8 && seen.len() == 1 << lucky.len() {
            break;
        }
    }
    // One pattern has two ways, of which the second may be impossible; more may have ways that were not tried.
    Drawn { is_partial: ids.is_empty() || lucky.iter().filter(|pattern| !pattern.takes_everything()).count() > 1, ids }
}

/// A pattern filled in up to the length, or the prefix and the same character throughout.
fn fill(prefix: &str, length: usize, character: char, tokens: &[Token]) -> String {
    let begins = |text: &str| tokens.iter().zip(text.chars()).all(|(token, c)| *token == Token::Literal(c));
    let (mut text, rest) = match tokens {
        _ if !prefix.is_empty() && tokens.len() >= prefix.len() && begins(prefix) => {
            (prefix.to_owned(), &tokens[prefix.len()..])
        }
        [Token::Many, ..] if !prefix.is_empty() => (prefix.to_owned(), tokens),
        _ => (if tokens.is_empty() { prefix.to_owned() } else { String::new() }, tokens),
    };
    let total = prefix.chars().count() + length;
    let fixed = rest.iter().filter(|token| !token.repeats()).count();
    let mut room = total.saturating_sub(text.chars().count() + fixed);
    for token in rest {
        match token {
            Token::Literal(literal) => text.push(*literal),
            Token::One | Token::OneInField => text.push(character),
            Token::Many | Token::ManyInField => {
                text.extend(std::iter::repeat_n(character, room));
                room = 0;
            }
        }
    }
    if tokens.is_empty() {
        text.extend(std::iter::repeat_n(character, room));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::pattern::Case;

    fn accounts(patterns: &[&str], taken: &[&str]) -> Drawn {
        let patterns: Vec<Pattern> = patterns.iter().map(|text| Pattern::glob(text, Case::Sensitive)).collect();
        let taken: Vec<String> = taken.iter().map(|id| (*id).to_owned()).collect();
        ids("", 12, "9876", &patterns, &taken)
    }

    #[test]
    fn an_outsider_has_an_account_that_nobody_names() {
        assert_eq!(accounts(&[], &["999999999999"]).ids, ["888888888888"]);
        let drawn = accounts(&["1*"], &[]);
        assert_eq!(drawn.ids, ["999999999999", "199999999999"]);
        assert!(!drawn.is_partial);
        assert_eq!(accounts(&["12345*"], &[]).ids, ["999999999999"]);
        assert!(accounts(&["1*", "*1"], &[]).is_partial);
    }

    #[test]
    fn an_organization_has_a_prefix() {
        let pattern = Pattern::glob("o-a*", Case::Sensitive);
        let drawn = ids("o-", 10, "zy", &[pattern], &[]);
        assert_eq!(drawn.ids, ["o-zzzzzzzzzz", "o-azzzzzzzzz"]);
    }
}
