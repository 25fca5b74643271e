//! The texts that several patterns have in common and others do not: one of them, or the proof that there is none. First
//! by filling in wildcards, which finds what people would write; then exactly, as the product of the patterns' automata.

mod product;
mod relation;

use super::pattern::{Pattern, Token};
use super::work::Work;

/// How many states of a product are looked at before it is too complex, whatever work is left.
const STATES: usize = 20_000;

/// What is wanted of a text: it fits one pattern of each group, and none of the others.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted<'a> {
    /// Groups of patterns, of each of which one has to match.
    pub(crate) within: Vec<Vec<&'a Pattern>>,
    /// Patterns that must not match.
    pub(crate) without: Vec<&'a Pattern>,
}

/// A text, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found<T> {
    /// This.
    One(T),
    /// There is none.
    None,
    /// It would take too long to say.
    TooComplex,
}

impl<T> Found<T> {
    /// It, if it was found.
    pub(crate) fn one(self) -> Option<T> {
        match self {
            Self::One(one) => Some(one),
            Self::None | Self::TooComplex => None,
        }
    }
}

impl Wanted<'_> {
    /// Whether a text is what is wanted.
    pub(crate) fn is(&self, text: &str) -> bool {
        self.within.iter().all(|group| group.iter().any(|pattern| pattern.matches(text)))
            && !self.without.iter().any(|pattern| pattern.matches(text))
    }

    /// A text that is wanted. An empty one only where there is no other: AWS may count it as no value.
    pub(crate) fn text(&self, work: &Work) -> Found<String> {
        let within: usize = self.within.iter().map(Vec::len).sum();
        if !work.take(1 + within * (within + self.without.len())) {
            return Found::TooComplex;
        }
        // Most questions are decided by how texts begin, or by a denial that repeats a grant.
        if self.is_unwanted() || self.is_divided() {
            return Found::None;
        }
        if let Some(group) = self.within.iter().find(|group| group.iter().all(|pattern| is_literal(pattern))) {
            return self.literal(group, work);
        }
        let completed = self.within.iter().flatten().flat_map(|pattern| completions(pattern));
        let everywhere = ["x", "y", "1"].into_iter().map(str::to_owned);
        if let Some(text) = completed.chain(everywhere).find(|text| !text.is_empty() && self.is(text)) {
            return Found::One(text);
        }
        let telling = self.telling();
        match product::search(&telling, work, true) {
            Found::None => product::search(&telling, work, false),
            found => found,
        }
    }

    /// Whether all of a group is unwanted.
    fn is_unwanted(&self) -> bool {
        let is_without = |pattern: &&&Pattern| self.without.iter().any(|other| relation::covers(other, pattern));
        self.within.iter().any(|group| group.iter().filter(is_without).count() == group.len())
    }

    /// Whether two groups have nothing in common.
    fn is_divided(&self) -> bool {
        let are_apart = |one: &[&Pattern], other: &[&Pattern]| {
            one.iter().all(|one| other.iter().all(|other| relation::are_apart(one, other)))
        };
        self.within
            .iter()
            .enumerate()
            .any(|(number, one)| self.within.iter().skip(number + 1).any(|other| are_apart(one, other)))
    }

    /// The same without the patterns that make no difference: what is apart from all of a group, and in a group what is
    /// unwanted.
    fn telling(&self) -> Self {
        let is_possible = |pattern: &&Pattern| {
            let meets = |group: &Vec<&Pattern>| !group.iter().all(|other| relation::are_apart(pattern, other));
            self.within.iter().all(meets)
        };
        let is_wanted = |pattern: &&Pattern| !self.without.iter().any(|other| relation::covers(other, pattern));
        let within = self
            .within
            .iter()
            .map(|group| group.iter().copied().filter(|pattern| is_possible(pattern) && is_wanted(pattern)).collect());
        Self {
            within: within.collect(),
            without: self.without.iter().copied().filter(|pattern| is_possible(pattern)).collect(),
        }
    }

    /// One of a group of texts, where all patterns of the group are texts.
    fn literal(&self, group: &[&Pattern], work: &Work) -> Found<String> {
        let texts = group.iter().filter_map(|pattern| pattern.only_text());
        // Without case there are other spellings, which a pattern with case may tell apart.
        let ignores_case = group.iter().any(|pattern| pattern.case() == super::pattern::Case::Ignored);
        let mut found = texts.filter(|text| self.is(text)).collect::<Vec<_>>();
        found.sort_by_key(String::is_empty);
        match found.into_iter().next() {
            Some(text) => Found::One(text),
            None if ignores_case => product::search(self, work, false),
            None => Found::None,
        }
    }
}

fn is_literal(pattern: &Pattern) -> bool {
    pattern.tokens().iter().all(|token| matches!(token, Token::Literal(_)))
}

/// What a pattern matches, its wildcards filled in as people would: an asterisk for itself, which reads as what is meant,
/// a letter, a digit, or nothing.
fn completions(pattern: &Pattern) -> impl Iterator<Item = String> {
    let tokens = pattern.tokens();
    let fill = |many: &'static str, one: &'static str| {
        let mut filled = String::with_capacity(tokens.len());
        for (number, token) in tokens.iter().enumerate() {
            match token {
                Token::Literal(character) => filled.push(*character),
                Token::Many | Token::ManyInField => filled.push_str(many),
                // `?*` is one asterisk, too.
                Token::One | Token::OneInField => {
                    let is_filled = !many.is_empty() && tokens.get(number + 1).is_some_and(|next| next.repeats());
                    filled.push_str(if is_filled { "" } else { one });
                }
            }
        }
        filled
    };
    [("*", "x"), ("x", "x"), ("1", "1"), ("", "x")].into_iter().map(move |(many, one)| fill(many, one))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::pattern::{Case, as_arn, wildcard};
    use crate::policy::work::STEPS;

    fn globs(texts: &[&str]) -> Vec<Pattern> {
        texts.iter().map(|text| Pattern::glob(text, Case::Sensitive)).collect()
    }

    fn found(within: &[&[&str]], without: &[&str]) -> Found<String> {
        let within: Vec<Vec<Pattern>> = within.iter().map(|group| globs(group)).collect();
        let without = globs(without);
        let wanted = Wanted {
            within: within.iter().map(|group| group.iter().collect()).collect(),
            without: without.iter().collect(),
        };
        let found = wanted.text(&Work::of(STEPS));
        if let Found::One(text) = &found {
            assert!(wanted.is(text), "{text}");
        }
        found
    }

    fn exists(within: &[&[&str]], without: &[&str]) -> bool {
        matches!(found(within, without), Found::One(_))
    }

    #[test]
    fn patterns_have_texts_in_common_that_no_completion_shows() {
        assert!(exists(&[&["arn:*:role/adm*"], &["arn:aws:iam::999999999999:role/?*"]], &[]));
        assert!(exists(&[&["*ab"], &["ab*"], &["????"]], &[]));
        assert!(!exists(&[&["a*"], &["b*"]], &[]));
        assert!(exists(&[&["a*", "b*"], &["*c"]], &["a*"]));
        assert!(!exists(&[&["repo:acme/*"]], &["repo:acme/*"]));
        assert!(exists(&[&["repo:acme*"]], &["repo:acme/*"]));
    }

    #[test]
    fn negatives_together_can_cover_what_none_covers_alone() {
        assert!(!exists(&[&["*a"]], &["?*a", "a"]));
        assert!(exists(&[&["*a"]], &["?*a"]));
        assert!(!exists(&[&["a*"]], &["a", "a?*"]));
    }

    #[test]
    fn an_empty_text_is_the_last_resort() {
        assert_eq!(found(&[&["*"]], &["?*"]), Found::One(String::new()));
        assert!(found(&[&["*"]], &[]).one().is_some_and(|text| !text.is_empty()));
    }

    #[test]
    fn case_matters_only_where_it_does() {
        let ignored = Pattern::glob("ABC", Case::Ignored);
        let upper = Pattern::glob("A*", Case::Sensitive);
        let wanted = Wanted { within: vec![vec![&ignored], vec![&upper]], without: Vec::new() };
        assert!(wanted.text(&Work::of(STEPS)).one().is_some_and(|text| wanted.is(&text)));
        let lower = Pattern::literal("abc", Case::Sensitive);
        let wanted = Wanted { within: vec![vec![&ignored]], without: vec![&lower] };
        assert!(wanted.text(&Work::of(STEPS)).one().is_some_and(|text| wanted.is(&text)));
    }

    #[test]
    fn fields_of_an_arn_are_apart() {
        let arn = |text: &str| Pattern::new(as_arn(text.chars().map(wildcard)).unwrap(), Case::Sensitive);
        let (own, fixed) = (arn("arn:aws:sns:*:999999999999:?*"), arn("arn:aws:sns:*:111111111111:*"));
        let wanted = Wanted { within: vec![vec![&own], vec![&fixed]], without: Vec::new() };
        assert_eq!(wanted.text(&Work::of(STEPS)), Found::None);
        let crossing = Pattern::glob("arn:aws:sns:*:111111111111:*", Case::Sensitive);
        let wanted = Wanted { within: vec![vec![&own], vec![&crossing]], without: Vec::new() };
        assert!(wanted.text(&Work::of(STEPS)).one().is_some());
    }

    #[test]
    fn what_explodes_is_too_complex() {
        let many = format!("*a{}", "?".repeat(30));
        assert_eq!(found(&[&["*b*"], &[&many]], &[&many]), Found::None);
        let (tail, head) = ("?".repeat(20), "?*a");
        let (begins, contains, ends) = (format!("*a{tail}"), format!("{head}{tail}"), format!("a{tail}"));
        assert_eq!(found(&[&[&begins]], &[&contains, &ends]), Found::TooComplex);
    }
}
