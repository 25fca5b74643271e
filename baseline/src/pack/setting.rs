//! One parameter of a control: whether a value fits its default and its rule, and what both come to together. Must not
//! know where the value comes from.

mod rule;

use std::sync::LazyLock;

use regex::Regex;

use crate::doc::{Doc, Key};

pub use rule::{Rule, Stricter};

/// A value that does not fit, and where within it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Misfit {
    /// The place, as `.python3.14` or `[0]`; empty when it is the value itself.
    pub(super) place: String,
    /// What it has to be.
    pub(super) expected: String,
}

/// Whether a value fits, down to what lists and maps hold: a number in a list of names would match nothing, and a date in
/// another form would be compared as text and be wrong. A default that is null takes anything, an empty list takes text.
pub(super) fn misfit(default: &Doc, value: &Doc) -> Option<Misfit> {
    let within = |place: String, default: &Doc, value: &Doc| {
        misfit(default, value).map(|inner| Misfit { place: format!("{place}{}", inner.place), ..inner })
    };
    match (default, value) {
        (Doc::Null, _) => None,
        (Doc::List(defaults), Doc::List(values)) => {
            let text = Doc::from("");
            let default = common(defaults).unwrap_or(&text);
            values.iter().enumerate().find_map(|(index, value)| within(format!("[{index}]"), default, value))
        }
        (Doc::Map(defaults), Doc::Map(values)) => {
            let all: Vec<Doc> = defaults.iter().map(|(_, value)| value.clone()).collect();
            let default = |name: &str| defaults.get(name).or(common(&all)).cloned().unwrap_or_default();
            let mut values = values.iter().map(|(name, value)| (name.as_str(), value));
            values.find_map(|(name, value)| within(format!(".{name}"), &default(name), value))
        }
        _ => {
            let (expected, found) = (kind(default), kind(value));
            let fits = found == expected || (expected == TEXT && found == DATE);
            (!fits).then(|| Misfit { place: String::new(), expected: expected.to_owned() })
        }
    }
}

/// A value on top of its default: the members of a map are added to it and replace those of the same name; anything else
/// replaces the default.
pub fn merged(default: &Doc, value: &Doc) -> Doc {
    let (Doc::Map(defaults), Doc::Map(values)) = (default, value) else { return value.clone() };
    let mut together = defaults.clone();
    for (name, value) in values.iter() {
        together.insert(Key::new(name.as_str()), value.clone());
    }
    Doc::Map(together)
}

const TEXT: &str = "text";
const DATE: &str = "a date such as 2031-06-30";

/// An example of what all of these are; none when they differ, or when there are none.
fn common(values: &[Doc]) -> Option<&Doc> {
    let (first, rest) = values.split_first()?;
    rest.iter().all(|each| kind(each) == kind(first)).then_some(first)
}

/// What kind of value this is, for messages.
fn kind(value: &Doc) -> &'static str {
    match value {
        Doc::Null | Doc::Unread(_) => "empty",
        Doc::Bool(_) => "true or false",
        Doc::Int(_) | Doc::Double(_) => "a number",
        Doc::String(text) if is_date(text) => DATE,
        Doc::String(_) => TEXT,
        Doc::List(_) => "a list",
        Doc::Map(_) => "a map",
    }
}

/// The form of a day as a regular expression.
pub(super) const DAY: &str = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$";

/// Whether text is a day as `now` begins with one, so that both can be compared as text.
pub fn is_date(text: &str) -> bool {
    static FORM: LazyLock<Regex> = LazyLock::new(|| Regex::new(DAY).expect("the form is a regular expression"));
    FORM.is_match(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(default: &str, value: &str, expected: &str) {
        let [default, value] = [default, value].map(|text| Doc::from_json(text).unwrap());
        let found = misfit(&default, &value).map(|found| format!("{} {}", found.place, found.expected));
        assert_eq!(found.unwrap_or_default(), expected, "{default:?} {value:?}");
    }

    #[test]
    fn values_are_of_their_defaults_kind() {
        check("1", "5", "");
        check("1", "0.5", "");
        check("1", r#""5""#, " a number");
        check("true", "0", " true or false");
        check(r#""""#, r#""text""#, "");
        check(r#""""#, r#""2031-06-30""#, "");
        check(r#""""#, "null", " text");
        check("null", "[1]", "");
        check("[]", "{}", " a list");
    }

    #[test]
    fn what_lists_and_maps_hold_is_of_one_kind_too() {
        check(r#"["Owner"]"#, r#"["cost-centre", "team"]"#, "");
        check(r#"["Owner"]"#, r#"["cost-centre", 7]"#, "[1] text");
        check("[]", r#"["logs-*"]"#, "");
        check("[]", "[1]", "[0] text");
        check("[22]", r#"["22"]"#, "[0] a number");
        check(r#"{"a": 1}"#, r#"{"b": 2}"#, "");
        check(r#"{"a": 1}"#, r#"{"b": "2"}"#, ".b a number");
        check("{}", r#"{"b": "2"}"#, "");
        check(r#"{"a": 1, "b": "x"}"#, r#"{"b": 1}"#, ".b text");
        check(r#"[["a"]]"#, r#"[["b", 1]]"#, "[0][1] text");
    }

    #[test]
    fn a_date_is_a_date() {
        let table = r#"{"python3.14": "2029-06-30", "python3.15": "9999-12-31"}"#;
        check(table, r#"{"python3.16": "2031-06-30"}"#, "");
        for wrong in
            [r#""30.06.2031""#, r#""2031""#, "2031", r#""2031-6-30""#, r#""2031-13-01""#, r#""never""#, r#""""#]
        {
            check(table, &format!(r#"{{"python3.14": {wrong}}}"#), ".python3.14 a date such as 2031-06-30");
        }
    }

    #[test]
    fn maps_are_merged_and_everything_else_is_replaced() {
        let together = |default: &str, value: &str| {
            merged(&Doc::from_json(default).unwrap(), &Doc::from_json(value).unwrap()).to_json()
        };
        assert_eq!(together(r#"{"a":1,"b":2}"#, r#"{"b":3,"c":4}"#), r#"{"a":1,"b":3,"c":4}"#);
        assert_eq!(together(r#"{"a":1}"#, "{}"), r#"{"a":1}"#);
        assert_eq!(together("[1,2]", "[3]"), "[3]");
        assert_eq!(together("1", "2"), "2");
    }
}
