//! What values a parameter takes beside what its default shows: bounds of numbers, words to choose from, the form of text.
//! For a list or a map, what each of its values has to be.

use std::fmt::Write;

use regex::Regex;

use super::Misfit;
use crate::doc::Doc;

/// The rule of one parameter. Empty when its default says enough.
#[derive(Clone, Debug, Default)]
pub struct Rule {
    /// What the parameter is for, in one sentence.
    pub says: String,
    /// The least number.
    pub min: Option<f64>,
    /// The greatest number.
    pub max: Option<f64>,
    /// The values to choose from; any when empty.
    pub one_of: Vec<Doc>,
    /// What text has to match, whole.
    pub matches: Option<Regex>,
    /// The facts of the pack that are its default.
    pub facts: Option<String>,
    /// In which direction the control is stricter, where that can be said.
    pub stricter: Option<Stricter>,
}

/// Which of two values of a parameter asks for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stricter {
    /// The lower number; false.
    Lower,
    /// The higher number; true.
    Higher,
    /// The list that lacks some of the other one.
    Fewer,
    /// The list that has all of the other one and more.
    More,
}

impl Stricter {
    /// All of them, as they are written.
    pub const ALL: &[(&'static str, Self)] =
        &[("lower", Self::Lower), ("higher", Self::Higher), ("fewer", Self::Fewer), ("more", Self::More)];

    /// Whether a value is at least as strict as another one; nothing where they cannot be compared.
    fn holds(self, value: &Doc, other: &Doc) -> Option<bool> {
        let number = |value: &Doc| value.as_number().or(value.as_bool().map(f64::from));
        let is_part = |one: &Doc, other: &Doc| {
            let (one, other) = (one.as_list()?, other.as_list()?);
            Some(one.iter().all(|each| other.contains(each)))
        };
        let lists = |part: &Doc, whole: &Doc| match (is_part(part, whole)?, is_part(whole, part)?) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        };
        match self {
            Self::Lower => Some(number(value)? <= number(other)?),
            Self::Higher => Some(number(value)? >= number(other)?),
            Self::Fewer => lists(value, other),
            Self::More => lists(other, value),
        }
    }
}

impl Rule {
    /// The first value, at any depth, that breaks the rule.
    pub(in crate::pack) fn misfit(&self, value: &Doc) -> Option<Misfit> {
        let within = |place: String, value: &Doc| {
            self.misfit(value).map(|inner| Misfit { place: format!("{place}{}", inner.place), ..inner })
        };
        match value {
            Doc::List(values) => {
                values.iter().enumerate().find_map(|(index, value)| within(format!("[{index}]"), value))
            }
            Doc::Map(values) => values.iter().find_map(|(name, value)| within(format!(".{}", name.as_str()), value)),
            _ => (!self.takes(value)).then(|| Misfit { place: String::new(), expected: self.expected() }),
        }
    }

    /// Whether a value is at least as strict as another one; nothing where nobody can say.
    pub fn is_as_strict(&self, value: &Doc, other: &Doc) -> Option<bool> {
        if value == other {
            return Some(true);
        }
        self.stricter?.holds(value, other)
    }

    fn takes(&self, value: &Doc) -> bool {
        let number = value.as_number();
        let is_within = |bound: Option<f64>, holds: fn(f64, f64) -> bool| {
            bound.is_none_or(|bound| number.is_some_and(|number| holds(number, bound)))
        };
        let is_chosen = self.one_of.is_empty() || self.one_of.contains(value);
        let matches = |form: &Regex| value.as_str().is_some_and(|text| form.is_match(text));
        is_within(self.min, |number, bound| number >= bound)
            && is_within(self.max, |number, bound| number <= bound)
            && is_chosen
            && self.matches.as_ref().is_none_or(matches)
    }

    /// `a number from 1 to 90`, as it ends the sentence "setting x is …".
    pub fn expected(&self) -> String {
        let mut text = match (self.min, self.max) {
            (Some(min), Some(max)) => format!("a number from {min} to {max}"),
            (Some(min), None) => format!("a number, at least {min}"),
            (None, Some(max)) => format!("a number, at most {max}"),
            (None, None) => String::new(),
        };
        let mut and = |part: String| {
            let joint = if text.is_empty() { "" } else { ", and " };
            let _ = write!(text, "{joint}{part}");
        };
        if !self.one_of.is_empty() {
            let words: Vec<String> = self.one_of.iter().map(Doc::to_json).collect();
            and(format!("one of {}", words.join(", ")));
        }
        if let Some(form) = &self.matches {
            and(format!("text of the form {}", form.as_str()));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rule: &Rule, value: &str, expected: &str) {
        let found = rule.misfit(&Doc::from_json(value).unwrap());
        let found = found.map(|found| format!("{} {}", found.place, found.expected)).unwrap_or_default();
        assert_eq!(found, expected, "{value}");
    }

    #[test]
    fn numbers_have_bounds() {
        let days = Rule { min: Some(1.0), max: Some(90.0), ..Rule::default() };
        check(&days, "1", "");
        check(&days, "90", "");
        check(&days, "0", " a number from 1 to 90");
        check(&days, "90.5", " a number from 1 to 90");
        check(&Rule { min: Some(0.0), ..Rule::default() }, "-1", " a number, at least 0");
        check(&Rule { max: Some(0.5), ..Rule::default() }, "1", " a number, at most 0.5");
    }

    #[test]
    fn words_are_chosen_and_text_has_a_form() {
        let protocol = Rule { one_of: vec![Doc::from("tcp"), Doc::from("udp")], ..Rule::default() };
        check(&protocol, r#""tcp""#, "");
        check(&protocol, r#""TCP""#, r#" one of "tcp", "udp""#);
        let account = Rule { matches: Regex::new("^([0-9]{12})?$").ok(), ..Rule::default() };
        check(&account, r#""""#, "");
        check(&account, r#""123456789012""#, "");
        check(&account, r#""12345""#, " text of the form ^([0-9]{12})?$");
    }

    #[test]
    fn a_rule_is_about_what_lists_and_maps_hold() {
        let port = Rule { min: Some(0.0), max: Some(65535.0), ..Rule::default() };
        check(&port, "[22, 3389]", "");
        check(&port, "[]", "");
        check(&port, "[22, 70000]", "[1] a number from 0 to 65535");
        check(&port, r#"{"ssh": 22, "rdp": -1}"#, ".rdp a number from 0 to 65535");
    }

    #[test]
    fn the_stricter_value_is_known_where_a_direction_is() {
        let check = |stricter: Option<Stricter>, value: &str, other: &str, expected: Option<bool>| {
            let [value, other] = [value, other].map(|text| Doc::from_json(text).unwrap());
            let rule = Rule { stricter, ..Rule::default() };
            assert_eq!(rule.is_as_strict(&value, &other), expected, "{stricter:?} {value:?} {other:?}");
        };
        check(Some(Stricter::Lower), "60", "90", Some(true));
        check(Some(Stricter::Lower), "90.5", "90", Some(false));
        check(Some(Stricter::Higher), "true", "false", Some(true));
        check(Some(Stricter::Higher), "false", "true", Some(false));
        check(Some(Stricter::Fewer), "[]", r#"["a"]"#, Some(true));
        check(Some(Stricter::Fewer), r#"["a", "b"]"#, r#"["a"]"#, Some(false));
        check(Some(Stricter::Fewer), r#"["a"]"#, r#"["b"]"#, None);
        check(Some(Stricter::More), r#"["a", "b"]"#, r#"["a"]"#, Some(true));
        check(Some(Stricter::More), r#"["b"]"#, r#"["a", "b"]"#, Some(false));
        check(Some(Stricter::Lower), r#""x""#, "1", None);
        check(None, "1", "2", None);
        check(None, "2", "2", Some(true));
    }
}
