//! Texts of a policy: policy variables put in, wildcards kept apart from characters, and whether a text fits.
//!
//! `reference_policies_variables.html`. What a variable brings in is literal.

use super::context::Context;
use super::truth::Truth::{self, No, Undecided};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Character(char),
    /// `?`: exactly one character.
    One,
    /// `*`: any characters, or none.
    Many,
}

use Piece::{Character, Many, One};

/// Why a text of a policy cannot be compared.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Missing {
    /// A variable has no value and no default: the text matches nothing.
    Value,
    /// AWS would refuse the text, or does not say what it means.
    Meaning,
}

impl Missing {
    /// Whether such a text matches.
    pub(crate) fn matches(self) -> Truth {
        match self {
            Self::Value => No,
            Self::Meaning => Undecided,
        }
    }
}

/// The text without any variables.
pub(crate) fn plain(text: &str) -> Vec<Piece> {
    text.chars().map(wildcard_or_character).collect()
}

fn wildcard_or_character(character: char) -> Piece {
    match character {
        '*' => Many,
        '?' => One,
        other => Character(other),
    }
}

/// The text with each `${…}` replaced by what the request has for it.
pub(crate) fn with_variables(text: &str, context: &Context) -> Result<Vec<Piece>, Missing> {
    let Some((before, after)) = text.split_once("${") else { return Ok(plain(text)) };
    let (variable, rest) = after.split_once('}').ok_or(Missing::Meaning)?;
    let mut pieces = plain(before);
    pieces.extend(value_of(variable, context)?.chars().map(Character));
    pieces.extend(with_variables(rest, context)?);
    Ok(pieces)
}

fn value_of(variable: &str, context: &Context) -> Result<String, Missing> {
    if matches!(variable, "*" | "?" | "$") {
        return Ok(variable.to_owned());
    }
    let (key, default) = match variable.split_once(", ") {
        None => (variable, None),
        Some((key, quoted)) => {
            let default = quoted.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
            (key, Some(default.ok_or(Missing::Meaning)?))
        }
    };
    if key.is_empty() || key.contains([' ', '\'', '$', '{']) {
        return Err(Missing::Meaning);
    }
    match context.values(key)[..] {
        [] => default.map(str::to_owned).ok_or(Missing::Value),
        // An empty text can count as no value.
        [""] => Err(Missing::Meaning),
        [value] => Ok(value.to_owned()),
        // "You cannot use a multivalued context key as a policy variable."
        _ => Err(Missing::Meaning),
    }
}

/// Whether a text fits a pattern as a whole.
pub(crate) fn fits(pattern: &[Piece], text: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((Many, rest)) => (0..=text.len()).any(|skipped| fits(rest, &text[skipped..])),
        Some((One, rest)) => !text.is_empty() && fits(rest, &text[1..]),
        Some((Character(wanted), rest)) => text.first() == Some(wanted) && fits(rest, &text[1..]),
    }
}

/// Whether a text is the same, character by character: where there are no wildcards, `*` is one.
pub(crate) fn is(pattern: &[Piece], text: &str) -> bool {
    literal(pattern) == text
}

/// The pieces as a text.
pub(crate) fn literal(pattern: &[Piece]) -> String {
    let characters = pattern.iter().map(|piece| match piece {
        Character(character) => *character,
        One => '?',
        Many => '*',
    });
    characters.collect()
}

/// The six parts of an ARN, each matched alone; the last takes the rest. What is no ARN has no parts and never matches.
pub(crate) fn fits_as_arn(pattern: &[Piece], text: &str) -> bool {
    let wanted: Vec<&[Piece]> = pattern.splitn(6, |piece| *piece == Character(':')).collect();
    let found: Vec<Vec<char>> = text.splitn(6, ':').map(|part| part.chars().collect()).collect();
    let are_arns = wanted.len() == 6 && found.len() == 6 && is(wanted[0], "arn") && text.starts_with("arn:");
    are_arns && wanted.iter().zip(&found).all(|(wanted, found)| fits(wanted, found))
}
