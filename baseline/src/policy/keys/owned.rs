//! What names an owner: a repository belongs to whom it is named after, an address to its domain. Whoever the policies
//! name in full is not an outsider; a name that a wildcard cuts off is nobody's.

use crate::policy::pattern::{Case, Pattern, Token, wildcard};

/// Characters that AWS or a provider draws are hit by chance: with up to so many of them fixed, an outsider draws again
/// until they fit.
const LUCK: usize = 4;

/// A shape with the place of the owner's name: `repo:{name}/*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OwnerShape {
    before: String,
    behind: String,
    /// What stands between the last wildcard before the name and the name.
    fixed: Vec<Token>,
}

impl OwnerShape {
    /// Reads a shape.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (before, behind) = text.split_once("{name}").ok_or_else(|| format!("`{text}` has no {{name}}"))?;
        let fixed = before.rsplit('*').next().unwrap_or_default().chars().map(wildcard).collect();
        Ok(Self { before: before.to_owned(), behind: behind.to_owned(), fixed })
    }

    /// The patterns of everything that is the property of those whom a value names in this shape. The shape may begin
    /// anywhere in the value where a field begins.
    pub(crate) fn property_of(&self, value: &[Token]) -> Vec<Pattern> {
        let mut found = Vec::new();
        // With a wildcard the place of the name may be anywhere behind the start: the first start finds them all.
        let starts = if self.before.contains('*') { 1 } else { value.len() };
        for start in 0..starts.min(value.len()) {
            if start > 0 && value[start - 1] != Token::Literal(':') {
                continue;
            }
            for name in self.names(&value[start..]) {
                let whole = format!("{}{name}{}", self.before, self.behind);
                found.push(Pattern::glob(&whole, Case::Ignored));
                found.push(Pattern::glob(&format!("*:{whole}"), Case::Ignored));
                if self.behind.is_empty() {
                    found.push(Pattern::glob(&format!("{whole}:*"), Case::Ignored));
                    found.push(Pattern::glob(&format!("*:{whole}:*"), Case::Ignored));
                }
            }
        }
        found
    }

    /// The names that a value may have at the place of the shape's, written in full. Behind a wildcard of the shape that
    /// place may be anywhere.
    fn names(&self, value: &[Token]) -> Vec<String> {
        let places = match self.before.contains('*') {
            true => 0..=value.len(),
            false => 0..=0,
        };
        places
            .filter(|place| value[*place..].starts_with(&self.fixed))
            .filter_map(|place| self.name(&value[place + self.fixed.len()..]))
            .collect()
    }

    /// The name with which a text begins, if it is written in full.
    fn name(&self, value: &[Token]) -> Option<String> {
        let end = self.behind.chars().next();
        let mut name = String::new();
        for token in value {
            match token {
                Token::Literal(character) if Some(*character) == end => {
                    return Some(name).filter(|name| !name.is_empty());
                }
                Token::Literal(':') if end.is_none() => return Some(name).filter(|name| !name.is_empty()),
                Token::Literal(character) => name.push(*character),
                _ => return None,
            }
        }
        // At the end of the value a name is whole if nothing has to follow it.
        Some(name).filter(|name| end.is_none() && !name.is_empty())
    }
}

/// Whether a value fixes so much of what nobody can choose that it is somebody's: more than a few characters beyond what
/// all of these begin with.
pub(crate) fn names_in_full(value: &[Token], prefix: &str) -> bool {
    let begins: Vec<Token> = prefix.chars().map(Token::Literal).collect();
    let rest = value.strip_prefix(begins.as_slice()).unwrap_or(value);
    rest.iter().filter(|token| matches!(token, Token::Literal(_))).count() > LUCK
        || value.iter().all(|token| matches!(token, Token::Literal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owns(shape: &str, value: &str, other: &str) -> bool {
        let tokens: Vec<Token> = value.chars().map(wildcard).collect();
        OwnerShape::parse(shape).unwrap().property_of(&tokens).iter().any(|pattern| pattern.matches(other))
    }

    #[test]
    fn a_name_in_full_has_an_owner() {
        let repo = "repo:{name}/*";
        assert!(owns(repo, "repo:acme/webshop:*", "repo:acme/other"));
        assert!(owns(repo, "repo:acme/*", "repo:ACME/x"));
        assert!(owns(repo, "environment:prod:repo:acme/x", "ref:x:repo:acme/y"));
        assert!(!owns(repo, "repo:acme/*", "repo:acmex/x"));
        for value in ["repo:*", "*", "repo:acme*", "repo:?*/webshop:*", "*:ref:refs/heads/main", "xrepo:acme/*"] {
            assert!(!owns(repo, value, "repo:acme/x"), "{value}");
        }
        assert!(owns("{name}", "acme", "acme"));
        assert!(!owns("{name}", "acme*", "acme"));
        assert!(owns("*@{name}", "*@example.com", "x@example.com"));
        assert!(!owns("*@{name}", "*example.com", "x@example.com"));
        assert!(!owns("https://{name}/*", "https://*.example.com/*", "https://a.example.com/x"));
        let queue = "arn:*:*:*:{name}:*";
        assert!(owns(queue, "arn:aws:sqs:*:111111111111:*", "arn:aws:sqs:eu-west-1:111111111111:q"));
        assert!(!owns(queue, "arn:aws:sqs:eu-west-1:*:q", "arn:aws:sqs:eu-west-1:999999999999:q"));
        assert!(owns("repository_owner:{name}", "repository_owner:acme:environment:x", "repository_owner:acme"));
    }

    #[test]
    fn a_few_characters_are_luck() {
        let named = |value: &str, prefix: &str| names_in_full(&value.chars().map(wildcard).collect::<Vec<_>>(), prefix);
        assert!(named("vpce-1", "vpce-"));
        assert!(named("o-a1b2c*", "o-"));
        assert!(!named("o-a1*", "o-"));
        assert!(!named("o-*", "o-"));
        assert!(!named("1*", ""));
        assert!(named("", ""));
    }
}
