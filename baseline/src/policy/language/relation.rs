//! What can be said of two patterns without an automaton: that every text of one is one of the other's, or that they have
//! none in common. Both answers are exact where they are yes; a no says nothing.

use crate::policy::pattern::{Case, Pattern, Token};

/// Whether every text of `inner` is one of `outer`: the outer pattern takes the inner one token by token, a wildcard
/// whatever the wildcard stands for.
pub(super) fn covers(outer: &Pattern, inner: &Pattern) -> bool {
    if outer.takes_everything() {
        return true;
    }
    // Where the outer one sees case, a letter of the inner one that does not is two letters.
    if outer.case() == Case::Sensitive && inner.case() == Case::Ignored {
        return outer == inner;
    }
    let (outer, inner, case) = (outer.tokens(), inner.tokens(), outer.case());
    let (mut at, mut taken) = (0, 0);
    // The last wildcard of the outer one, and how far it has gone.
    let mut retry: Option<(usize, usize)> = None;
    loop {
        match (outer.get(at), inner.get(taken)) {
            (None, None) => return true,
            (Some(token), _) if token.repeats() => {
                retry = Some((at, taken));
                at += 1;
                continue;
            }
            (Some(token), Some(one)) if !one.repeats() && stands_for(*token, *one, case) => {
                at += 1;
                taken += 1;
                continue;
            }
            _ => {}
        }
        let Some((wildcard, from)) = retry.as_mut() else { return false };
        let Some(one) = inner.get(*from) else { return false };
        if !stands_for(outer[*wildcard], *one, case) {
            return false;
        }
        *from += 1;
        (at, taken) = (*wildcard + 1, *from);
    }
}

/// Whether a token takes all that another one takes at a time.
fn stands_for(outer: Token, inner: Token, case: Case) -> bool {
    match (outer, inner) {
        (Token::One | Token::Many, _) => true,
        (Token::Literal(one), Token::Literal(other)) => one == case.fold(other),
        (Token::OneInField | Token::ManyInField, Token::Literal(character)) => character != ':',
        (Token::OneInField | Token::ManyInField, inner) => matches!(inner, Token::OneInField | Token::ManyInField),
        (Token::Literal(_), _) => false,
    }
}

/// Whether two patterns have no text in common: they differ where both say how a text begins or ends, field by field as
/// long as both keep to their fields.
pub(super) fn are_apart(one: &Pattern, other: &Pattern) -> bool {
    let folds = one.case() == Case::Ignored || other.case() == Case::Ignored;
    let (mut one, mut other) = (one.tokens(), other.tokens());
    while let (Some((field, rest)), Some((with, beyond))) = (first_field(one), first_field(other)) {
        if differ(field, with, folds) {
            return true;
        }
        (one, other) = (rest, beyond);
    }
    differ(one, other, folds)
}

/// The tokens before the first colon, if none of them can be a colon, and those behind it.
fn first_field(tokens: &[Token]) -> Option<(&[Token], &[Token])> {
    let end = tokens.iter().position(|token| matches!(token, Token::Literal(':') | Token::One | Token::Many))?;
    (tokens[end] == Token::Literal(':')).then(|| (&tokens[..end], &tokens[end + 1..]))
}

/// Whether texts of two patterns differ in how they begin, how they end, or how long they are.
fn differ(one: &[Token], other: &[Token], folds: bool) -> bool {
    let are_other = |(one, other): (&Token, &Token)| match (one, other) {
        (Token::Literal(one), Token::Literal(other)) if folds => Case::Ignored.fold(*one) != Case::Ignored.fold(*other),
        (Token::Literal(one), Token::Literal(other)) => one != other,
        (Token::Literal(':'), within) | (within, Token::Literal(':')) => *within == Token::OneInField,
        _ => false,
    };
    // Beyond a wildcard of any length nothing stands at a known place.
    let is_placed = |(one, other): &(&Token, &Token)| !one.repeats() && !other.repeats();
    let fixed = |tokens: &[Token]| tokens.iter().filter(|token| !token.repeats()).count();
    let is_longer = |one: &[Token], other: &[Token]| fixed(one) == one.len() && fixed(other) > one.len();
    one.iter().zip(other).take_while(is_placed).any(are_other)
        || one.iter().rev().zip(other.iter().rev()).take_while(is_placed).any(are_other)
        || is_longer(one, other)
        || is_longer(other, one)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::pattern::{as_arn, wildcard};

    fn glob(text: &str) -> Pattern {
        Pattern::glob(text, Case::Sensitive)
    }

    fn arn(text: &str) -> Pattern {
        Pattern::new(as_arn(text.chars().map(wildcard)).unwrap(), Case::Sensitive)
    }

    #[test]
    fn a_pattern_covers_what_is_narrower() {
        for (outer, inner) in [("a*", "a"), ("a*", "ab*"), ("*a*", "?*a?"), ("?*", "?"), ("a*b*", "a*xb"), ("*", "*")] {
            assert!(covers(&glob(outer), &glob(inner)), "{outer} {inner}");
            assert!(outer == inner || !covers(&glob(inner), &glob(outer)), "{inner} {outer}");
        }
        let ignored = Pattern::glob("AB*", Case::Ignored);
        assert!(covers(&ignored, &glob("aBc")) && !covers(&glob("ab*"), &ignored) && covers(&ignored, &ignored));
    }

    #[test]
    fn what_stays_in_its_field_covers_nothing_that_crosses() {
        let (within, crossing) = (arn("arn:aws:*:*:*:*"), glob("arn:aws:*:*:*:*"));
        assert!(covers(&crossing, &within) && !covers(&within, &crossing));
        assert!(!covers(&arn("arn:aws:s?s:*:*:x"), &glob("arn:aws:s?s:*:*:x")));
        assert!(covers(&within, &arn("arn:aws:sns:*:111111111111:x")));
    }

    #[test]
    fn what_differs_where_both_say_it_is_apart() {
        for (one, other) in [("a*", "b*"), ("*a", "*b"), ("ab", "a"), ("a?", "abc*"), ("a*cc", "ac")] {
            assert!(are_apart(&glob(one), &glob(other)) && are_apart(&glob(other), &glob(one)), "{one} {other}");
        }
        for (one, other) in [("a*", "*b"), ("a*a", "aa"), ("*", "x"), ("a*bc", "a*c"), ("?", "*")] {
            assert!(!are_apart(&glob(one), &glob(other)), "{one} {other}");
        }
        let (own, named) = (arn("arn:aws:*:*:999999999999:?*"), arn("arn:aws:sns:*:111111111111:*"));
        assert!(are_apart(&own, &named) && !are_apart(&own, &glob("arn:aws:sns:*:111111111111:*")));
        let ignored = Pattern::literal("ABC", Case::Ignored);
        assert!(!are_apart(&ignored, &glob("aBC")) && are_apart(&ignored, &glob("aBD")));
    }

    /// Held to the texts of a few letters, one by one.
    #[test]
    fn both_answers_are_exact() {
        let words = |letters: &[char], most: usize| {
            let mut words = vec![String::new()];
            for length in 0..most {
                let longest: Vec<String> = words.iter().filter(|word| word.len() == length).cloned().collect();
                words.extend(
                    longest.iter().flat_map(|word| letters.iter().map(move |letter| format!("{word}{letter}"))),
                );
            }
            words
        };
        let (patterns, texts) = (words(&['a', 'b', '*', '?'], 3), words(&['a', 'b', 'c'], 5));
        let matching = |text: &String| -> Vec<bool> {
            let pattern = glob(text);
            texts.iter().map(|text| pattern.matches(text)).collect()
        };
        let all: Vec<(Pattern, Vec<bool>)> = patterns.iter().map(|text| (glob(text), matching(text))).collect();
        for (one, of_one) in &all {
            for (other, of_other) in &all {
                let both = || of_one.iter().zip(of_other);
                assert!(!are_apart(one, other) || !both().any(|(one, other)| *one && *other), "{one:?} {other:?}");
                assert!(!covers(one, other) || both().all(|(one, other)| *one || !*other), "{one:?} {other:?}");
            }
        }
    }
}
