//! A text of a policy as it is compared: a pattern, or one that is only known once a request fills in its policy
//! variables (`${aws:username}`). What a variable brings in is literal: a tag value `*` is an asterisk.

use super::pattern::{Case, Pattern, Token, Wildcards, as_arn, wildcard};

/// The version of the policy language that a document is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// `2008-10-17`, also where none is named: `${…}` is plain text.
    V2008,
    /// `2012-10-17`: `${…}` is a policy variable.
    V2012,
}

/// How a text is to be read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// The version of its document.
    pub(crate) version: Version,
    /// What `*` and `?` are.
    pub(crate) wildcards: Wildcards,
    /// Whether capitals matter.
    pub(crate) case: Case,
}

/// A text of a policy.
#[derive(Clone, Debug)]
pub(crate) enum Text {
    /// Without variables. `None` matches nothing: it should be an ARN and is none.
    Fixed(Option<Pattern>),
    /// With variables.
    Variable(Template),
}

/// A text with policy variables.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    pieces: Vec<Piece>,
    reading: Reading,
}

#[derive(Clone, Debug)]
enum Piece {
    Tokens(Vec<Token>),
    Variable { key: Box<str>, default: Option<String> },
}

/// What a request gives for a policy variable.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Filling<'a> {
    /// This value.
    Value(&'a str),
    /// None: the key is absent, or has several values, which a variable cannot stand for.
    Nothing,
    /// It is not said what.
    Undecided,
}

/// A text with its variables filled in.
#[derive(Clone, Debug)]
pub(crate) enum Filled {
    /// A pattern; `None` matches nothing.
    Pattern(Option<Pattern>),
    /// A variable has no value: a positive match fails.
    NoValue,
    /// A variable has a value that is not known.
    Undecided,
}

impl Text {
    /// Reads a text.
    pub(crate) fn parse(text: &str, reading: Reading) -> Self {
        if reading.version == Version::V2008 || !text.contains('$') {
            return Self::Fixed(compile(text.chars().map(|character| token(character, reading.wildcards)), reading));
        }
        let pieces = pieces(text, reading.wildcards);
        if pieces.iter().any(|piece| matches!(piece, Piece::Variable { .. })) {
            return Self::Variable(Template { pieces, reading });
        }
        Self::Fixed(compile(pieces.iter().flat_map(Piece::tokens).copied(), reading))
    }

    /// Why AWS would refuse a text: a variable that is not closed, has no name, or has what is no default.
    pub(crate) fn refusal(text: &str, version: Version) -> Option<&'static str> {
        if version == Version::V2008 || !text.contains('$') {
            return None;
        }
        let mut rest = text;
        while let Some((_, after)) = rest.split_once("${") {
            let Some((variable, behind)) = after.split_once('}') else {
                return Some("a policy variable has no closing brace");
            };
            let (key, default) = variable.split_once(", ").map_or((variable, None), |(key, text)| (key, Some(text)));
            if key.is_empty() || key.contains([' ', ',', '\'', '$', '{']) && key != "$" {
                return Some("a policy variable has no name, or one that none has");
            }
            if default.is_some_and(|text| text.len() < 2 || !text.starts_with('\'') || !text.ends_with('\'')) {
                return Some("the default of a policy variable is not in quotes");
            }
            rest = behind;
        }
        None
    }

    /// Whether the whole text matches, where no variable stands in the way.
    pub(crate) fn fixed(&self) -> Option<&Pattern> {
        match self {
            Self::Fixed(pattern) => pattern.as_ref(),
            Self::Variable(_) => None,
        }
    }

    /// The keys of its variables, in lower case.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &str> {
        let pieces = match self {
            Self::Fixed(_) => &[],
            Self::Variable(template) => template.pieces.as_slice(),
        };
        pieces.iter().filter_map(|piece| match piece {
            Piece::Variable { key, .. } => Some(&**key),
            Piece::Tokens(_) => None,
        })
    }

    /// The pattern for one request.
    pub(crate) fn fill<'a>(&self, value: impl Fn(&str) -> Filling<'a>) -> Filled {
        match self {
            Self::Fixed(pattern) => Filled::Pattern(pattern.clone()),
            Self::Variable(template) => template.fill(value),
        }
    }
}

impl Template {
    fn fill<'a>(&self, value: impl Fn(&str) -> Filling<'a>) -> Filled {
        let mut tokens = Vec::new();
        let mut is_undecided = false;
        for piece in &self.pieces {
            match piece {
                Piece::Tokens(literal) => tokens.extend(literal),
                Piece::Variable { key, default } => match (value(key), default) {
                    (Filling::Value(text), _) => tokens.extend(text.chars().map(Token::Literal)),
                    (Filling::Nothing, Some(text)) => tokens.extend(text.chars().map(Token::Literal)),
                    (Filling::Nothing, None) => return Filled::NoValue,
                    (Filling::Undecided, _) => is_undecided = true,
                },
            }
        }
        if is_undecided { Filled::Undecided } else { Filled::Pattern(compile(tokens, self.reading)) }
    }
}

impl Piece {
    fn tokens(&self) -> &[Token] {
        match self {
            Self::Tokens(tokens) => tokens,
            Self::Variable { .. } => &[],
        }
    }
}

fn compile(tokens: impl IntoIterator<Item = Token>, reading: Reading) -> Option<Pattern> {
    match reading.wildcards {
        Wildcards::Arn => as_arn(tokens).map(|tokens| Pattern::new(tokens, reading.case)),
        Wildcards::None | Wildcards::All => Some(Pattern::new(tokens, reading.case)),
    }
}

fn tokens(text: &str, wildcards: Wildcards) -> Vec<Token> {
    text.chars().map(|character| token(character, wildcards)).collect()
}

fn token(character: char, wildcards: Wildcards) -> Token {
    match wildcards {
        Wildcards::None => Token::Literal(character),
        Wildcards::All | Wildcards::Arn => wildcard(character),
    }
}

/// Cuts a text at its variables. `${*}`, `${?}` and `${$}` are those characters; what is not closed is plain text.
fn pieces(text: &str, wildcards: Wildcards) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(length) = rest[start..].find('}') else { break };
        let name = &rest[start + 2..start + length];
        pieces.push(Piece::Tokens(tokens(&rest[..start], wildcards)));
        pieces.push(match name {
            "*" | "?" | "$" => Piece::Tokens(name.chars().map(Token::Literal).collect()),
            _ => variable(name),
        });
        rest = &rest[start + length + 1..];
    }
    pieces.push(Piece::Tokens(tokens(rest, wildcards)));
    pieces
}

/// `aws:PrincipalTag/team`, or `aws:PrincipalTag/team, 'default'`.
fn variable(name: &str) -> Piece {
    let (key, default) = match name.split_once(", ") {
        Some((key, quoted)) => {
            (key, quoted.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).map(str::to_owned))
        }
        None => (name, None),
    };
    Piece::Variable { key: key.to_lowercase().into(), default }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(version: Version, text: &str, wanted: &str) -> bool {
        let reading = Reading { version, wildcards: Wildcards::All, case: Case::Sensitive };
        let filled = Text::parse(text, reading).fill(|key| match key {
            "aws:username" => Filling::Value("a*"),
            _ => Filling::Nothing,
        });
        matches!(filled, Filled::Pattern(Some(pattern)) if pattern.matches(wanted))
    }

    #[test]
    fn a_variable_brings_in_literal_text() {
        assert!(matches(Version::V2012, "home/${aws:UserName}/*", "home/a*/x"));
        assert!(!matches(Version::V2012, "home/${aws:username}/*", "home/ab/x"));
        assert!(matches(Version::V2012, "${aws:PrincipalTag/x, 'none'}", "none"));
        assert!(!matches(Version::V2012, "${aws:PrincipalTag/x}", ""));
        assert!(matches(Version::V2012, "a${*}b${?}${$}", "a*b?$"));
        assert!(!matches(Version::V2012, "a${*}b", "axb"));
    }

    #[test]
    fn what_is_no_variable_is_refused() {
        for text in ["a${b", "${}", "${aws:username, x}", "${aws:username,'x'}", "${ aws:username}", "${a${b}}"] {
            assert!(Text::refusal(text, Version::V2012).is_some(), "{text}");
            assert_eq!(Text::refusal(text, Version::V2008), None, "{text}");
        }
        for text in ["a", "$", "a${*}b${?}${$}{c}", "${aws:PrincipalTag/x, 'none at all'}", "${aws:PrincipalTag/x, ''}"]
        {
            assert_eq!(Text::refusal(text, Version::V2012), None, "{text}");
        }
    }

    #[test]
    fn the_old_version_has_no_variables() {
        assert!(matches(Version::V2008, "${aws:username}", "${aws:username}"));
        assert!(!matches(Version::V2008, "${aws:username}", "a*"));
    }
}
