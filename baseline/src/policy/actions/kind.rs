//! What a kind of resource looks like, and which of its resources a policy can be about.

use super::{Callers, Kind, Root, is_among};
use crate::policy::document::Patterns;
use crate::policy::pattern::{Case, Pattern, Token, as_arn, wildcard};

impl Kind {
    pub(super) fn is_of(&self, service: &str) -> bool {
        self.service == service
    }

    /// Whether patterns of actions cover all of its service by themselves.
    pub(crate) fn is_covered_by(&self, actions: &Patterns) -> bool {
        let covers = |pattern: &Pattern| {
            pattern.takes_everything()
                || matches!(pattern.tokens(), [beginning @ .., Token::Many]
                    if beginning.iter().copied().eq(self.service.chars().chain([':']).map(Token::Literal)))
        };
        !actions.inverted && actions.texts.iter().filter_map(|text| text.fixed()).any(covers)
    }

    /// Whether it has an action that everybody can ask for, unsigned and signed.
    pub(crate) fn is_open(&self) -> bool {
        self.actions.iter().any(|action| action.callers == Callers::All)
    }

    /// Whether only some actions of its service carry a condition key.
    pub(super) fn tells(&self, key: &str) -> bool {
        let is_own = key.strip_prefix(self.service.as_str()).is_some_and(|rest| rest.starts_with(':'));
        is_own && is_among(key, &self.some_carry)
    }

    /// Those of its resources that a policy can be about, by the patterns of resources that it has: S3 stores no policy that
    /// names another bucket than its own. Nothing, where all patterns name every bucket, or where nobody sees to it.
    pub(crate) fn named(&self, patterns: &[&Pattern]) -> Vec<Pattern> {
        let inside: &[Token] = match self.root {
            Root::Itself => return Vec::new(),
            Root::Holds => &[],
            Root::Inside => &[Token::Literal('/'), Token::One, Token::Many],
        };
        let of_pattern = |pattern: &&Pattern| {
            let tokens = pattern.tokens();
            let (fourth, _) = tokens.iter().enumerate().filter(|(_, token)| **token == Token::Literal(':')).nth(4)?;
            let end = tokens[fourth..].iter().position(|token| *token == Token::Literal('/'));
            let root = &tokens[..end.map_or(tokens.len(), |end| fourth + end)];
            let is_named = root[fourth + 1..].iter().any(|token| matches!(token, Token::Literal(_)));
            is_named.then(|| Pattern::new(root.iter().chain(inside).copied(), Case::Sensitive))
        };
        let mut named: Vec<Pattern> = Vec::new();
        for pattern in patterns.iter().filter_map(of_pattern) {
            // A bucket and its objects are of one bucket.
            if !named.contains(&pattern) {
                named.push(pattern);
            }
        }
        named
    }

    /// What the ARNs of its resources look like, and what they do not.
    pub(crate) fn shape(&self, partition: &str) -> (Pattern, Option<&Pattern>) {
        let shape = match partition {
            "aws" => self.shape.clone(),
            partition => Self::shape_in(&self.arn, partition).expect("the table was checked"),
        };
        (shape, self.without.as_ref())
    }

    /// The pattern of an ARN of the table; none if it is no ARN.
    pub(super) fn shape_in(arn: &str, partition: &str) -> Option<Pattern> {
        let tokens = as_arn(arn.replace("{partition}", partition).chars().map(wildcard))?;
        Some(Pattern::new(tokens, Case::Sensitive))
    }
}
