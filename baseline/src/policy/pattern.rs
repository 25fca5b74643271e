//! Patterns as IAM compares them: literal text, `*` and `?`, and in ARNs a `*` that stays within its field. Compiled
//! once; a pattern matches a whole text or not at all. The search reads the tokens as an automaton.

use std::sync::Arc;

/// One position of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Token {
    /// This character. In a pattern without case it is folded.
    Literal(char),
    /// `?`: any one character.
    One,
    /// `*`: any characters, or none.
    Many,
    /// `?` within a field of an ARN: any one character but a colon.
    OneInField,
    /// `*` within a field of an ARN: any characters but colons, or none.
    ManyInField,
}

impl Token {
    /// Whether it stands for any number of characters.
    pub(crate) fn repeats(self) -> bool {
        matches!(self, Self::Many | Self::ManyInField)
    }

    /// Whether it takes a character, which is folded already where the pattern ignores case.
    pub(crate) fn takes(self, character: char) -> bool {
        match self {
            Self::Literal(literal) => literal == character,
            Self::One | Self::Many => true,
            Self::OneInField | Self::ManyInField => character != ':',
        }
    }
}

/// Whether capitals matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Case {
    /// They do.
    Sensitive,
    /// They do not.
    Ignored,
}

impl Case {
    /// The character as it is compared.
    pub(crate) fn fold(self, character: char) -> char {
        match self {
            Self::Sensitive => character,
            Self::Ignored if character.is_ascii() => character.to_ascii_lowercase(),
            Self::Ignored => {
                let mut lower = character.to_lowercase();
                match (lower.next(), lower.next()) {
                    (Some(only), None) => only,
                    _ => character,
                }
            }
        }
    }
}

/// How the text of a pattern is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Wildcards {
    /// Not at all: `*` is an asterisk.
    None,
    /// `*` and `?` cross everything.
    All,
    /// As an ARN: six fields, of which each but the last keeps its wildcards to itself.
    Arn,
}

/// A compiled pattern. Clones share its tokens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Pattern {
    tokens: Arc<[Token]>,
    case: Case,
}

impl Pattern {
    /// A pattern of tokens; literals are folded here.
    pub(crate) fn new(tokens: impl IntoIterator<Item = Token>, case: Case) -> Self {
        let tokens = tokens.into_iter();
        // Of the characters of a text the lower bound is a quarter.
        let (least, most) = tokens.size_hint();
        let mut folded: Vec<Token> = Vec::with_capacity(most.unwrap_or(least));
        for token in tokens {
            match token {
                Token::Literal(literal) => folded.push(Token::Literal(case.fold(literal))),
                // Two in a row are one.
                token if token.repeats() && folded.last() == Some(&token) => {}
                token => folded.push(token),
            }
        }
        Self { tokens: folded.into(), case }
    }

    /// A pattern with `*` and `?`.
    pub(crate) fn glob(text: &str, case: Case) -> Self {
        Self::new(text.chars().map(wildcard), case)
    }

    /// A text that has to be exactly this.
    pub(crate) fn literal(text: &str, case: Case) -> Self {
        Self::new(text.chars().map(Token::Literal), case)
    }

    /// The positions.
    pub(crate) fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// Whether capitals matter.
    pub(crate) fn case(&self) -> Case {
        self.case
    }

    /// Whether every text matches.
    pub(crate) fn takes_everything(&self) -> bool {
        matches!(*self.tokens, [Token::Many])
    }

    /// The one text that matches, if there is only one.
    pub(crate) fn only_text(&self) -> Option<String> {
        self.tokens
            .iter()
            .map(|token| match token {
                Token::Literal(character) => Some(*character),
                _ => None,
            })
            .collect()
    }

    /// Whether the whole text matches.
    pub(crate) fn matches(&self, text: &str) -> bool {
        if self.takes_everything() {
            return true;
        }
        let mut rest = text.chars();
        let mut at = 0;
        // The last wildcard, and the text behind what it has taken so far.
        let mut retry: Option<(usize, std::str::Chars<'_>)> = None;
        loop {
            let mut ahead = rest.clone();
            let next = ahead.next().map(|character| self.case.fold(character));
            match (self.tokens.get(at), next) {
                (None, None) => return true,
                (Some(token), _) if token.repeats() => {
                    retry = Some((at, rest.clone()));
                    at += 1;
                    continue;
                }
                (Some(token), Some(character)) if token.takes(character) => {
                    rest = ahead;
                    at += 1;
                    continue;
                }
                _ => {}
            }
            let Some(position) = self.take_one_more(&mut retry) else { return false };
            at = position + 1;
            rest = retry.as_ref().map_or("".chars(), |(_, from)| from.clone());
        }
    }

    /// Lets the last wildcard take one more character. A wildcard that cannot (it ends at a colon, or at the end of the
    /// text) has tried everything: an earlier one could only move its own end, and with it this one's start, no nearer.
    fn take_one_more(&self, retry: &mut Option<(usize, std::str::Chars<'_>)>) -> Option<usize> {
        let (position, from) = retry.as_mut()?;
        let character = self.case.fold(from.next()?);
        self.tokens[*position].takes(character).then_some(*position)
    }
}

/// A character of a pattern with wildcards.
pub(crate) fn wildcard(character: char) -> Token {
    match character {
        '*' => Token::Many,
        '?' => Token::One,
        character => Token::Literal(character),
    }
}

/// Reads tokens as an ARN: the wildcards of the first five fields stop at colons. `None` where they are no ARN, which
/// matches nothing.
pub(crate) fn as_arn(tokens: impl IntoIterator<Item = Token>) -> Option<Vec<Token>> {
    let tokens = tokens.into_iter();
    let mut colons = 0;
    let mut fields = Vec::with_capacity(tokens.size_hint().1.unwrap_or_default());
    for token in tokens {
        if token == Token::Literal(':') {
            colons += 1;
        }
        fields.push(match token {
            Token::Many if colons < 5 => Token::ManyInField,
            Token::One if colons < 5 => Token::OneInField,
            token => token,
        });
    }
    let is_arn = || {
        let first = fields.iter().copied().take_while(|token| *token != Token::Literal(':'));
        first.clone().eq("arn".chars().map(Token::Literal)) || Pattern::new(first, Case::Sensitive).matches("arn")
    };
    (colons >= 5 && is_arn()).then_some(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glob(pattern: &str, text: &str) -> bool {
        Pattern::glob(pattern, Case::Sensitive).matches(text)
    }

    fn arn(pattern: &str, text: &str) -> bool {
        as_arn(pattern.chars().map(wildcard)).is_some_and(|tokens| Pattern::new(tokens, Case::Sensitive).matches(text))
    }

    #[test]
    fn wildcards_match_the_whole_text() {
        for (pattern, text) in
            [("*", ""), ("a*", "a"), ("a*c", "abc"), ("*a*a", "aaa"), ("?", "ü"), ("a**b", "ab"), ("*b*c", "abcbc")]
        {
            assert!(glob(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("", "a"), ("a", ""), ("?", ""), ("a*c", "ab"), ("a?", "a"), ("*a", "ab"), ("?", "ab")]
        {
            assert!(!glob(pattern, text), "{pattern} {text}");
        }
        assert!(Pattern::glob("S3:Get*", Case::Ignored).matches("s3:gEtObject"));
        assert!(!Pattern::literal("a*", Case::Sensitive).matches("ab"));
    }

    #[test]
    fn an_arn_keeps_its_wildcards_in_their_fields() {
        assert!(arn("arn:aws:iam::*:role/x", "arn:aws:iam::111111111111:role/x"));
        assert!(!arn("arn:aws:iam::*:role/x", "arn:aws:iam::1:2:role/x"));
        assert!(arn("arn:aws:sns:*:*:t*", "arn:aws:sns:r:1:t:x"));
        assert!(arn("arn:*:s3:*:*:b", "arn:aws:s3:::b"));
        assert!(!arn("arn:aws:*", "arn:aws:s3:::b"));
        assert!(!arn("*", "arn:aws:s3:::b"));
        assert!(arn("*:aws:s3:::b", "arn:aws:s3:::b"));
        assert!(!arn("urn:aws:s3:::b", "urn:aws:s3:::b"));
        assert!(!arn("arn:aws:iam::1*1:*a", "arn:aws:iam::1:1:a"));
    }
}
