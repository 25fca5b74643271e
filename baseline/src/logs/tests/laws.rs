//! Laws: nothing makes the parser panic, what it reads it writes again, and conditions hold as a plain model says.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::condition::Condition;
use super::super::cursor::Cursor;
use super::super::selector::Selector;
use super::super::value::{Operand, Operator};
use super::*;

const NAMES: [&str; 3] = ["a", "b.c", "d-e"];
const TEXTS: [&str; 6] = ["x", "xy", "yx", "x y", "q\"\\", "7"];

fn selector(name: &str) -> Selector {
    let written = format!("$.['{name}']");
    Selector::parse(&mut Cursor::new(&written)).unwrap()
}

fn leaf() -> impl Strategy<Value = Condition> {
    let name = prop::sample::select(NAMES.to_vec());
    let pattern = (prop::sample::select(TEXTS.to_vec()), any::<bool>(), any::<bool>());
    (name, pattern, 0..3_u8).prop_map(|(name, (text, before, after), kind)| {
        let star = |there: bool| if there { "*" } else { "" };
        let operand = Operand::Text { text: format!("{}{text}{}", star(before), star(after)), is_quoted: true };
        match kind {
            0 => Condition::NotExists(selector(name)),
            1 => Condition::Compare(selector(name), Operator::Equal, operand),
            _ => Condition::Compare(selector(name), Operator::NotEqual, operand),
        }
    })
}

fn condition() -> impl Strategy<Value = Condition> {
    leaf().prop_recursive(4, 24, 3, |inner| {
        let several = prop::collection::vec(inner, 2..4);
        prop_oneof![several.clone().prop_map(Condition::All), several.prop_map(Condition::Any)]
    })
}

fn event() -> impl Strategy<Value = BTreeMap<&'static str, &'static str>> {
    prop::collection::btree_map(prop::sample::select(NAMES.to_vec()), prop::sample::select(TEXTS.to_vec()), 0..4)
}

/// What AWS's page says, written without the code that is tested.
fn model(condition: &Condition, event: &BTreeMap<&str, &str>) -> bool {
    let value = |selector: &Selector| {
        NAMES.iter().find(|name| *selector == super::laws::selector(name)).and_then(|name| event.get(name))
    };
    match condition {
        Condition::All(conditions) => conditions.iter().all(|each| model(each, event)),
        Condition::Any(conditions) => conditions.iter().any(|each| model(each, event)),
        Condition::NotExists(selector) => value(selector).is_none(),
        Condition::Compare(selector, operator, Operand::Text { text, .. }) => value(selector).is_some_and(|value| {
            let is_equal = match (text.starts_with('*'), text.ends_with('*')) {
                (false, false) => value == text,
                (true, false) => value.ends_with(&text[1..]),
                (false, true) => value.starts_with(&text[..text.len() - 1]),
                (true, true) => value.contains(&text[1..text.len() - 1]),
            };
            is_equal == (*operator == Operator::Equal)
        }),
        other => unreachable!("the strategy makes no {other}"),
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC*") {
        let _ = filter_matches(&Doc::from(text), &Doc::from_json(EVENT).unwrap());
    }

    #[test]
    fn nothing_like_a_pattern_makes_the_parser_panic(parts in prop::collection::vec(prop::sample::select(vec![
        "{", "}", "(", ")", "$", ".", "$.a", "[", "]", "0", "*", "'k'", "=", "!=", "<=", "\"", "\"x\"", "\\", "%", "%x%",
        "NOT EXISTS", "IS", "NULL", "&&", "||", " ", "1e5", "-", "?", "é",
    ]), 0..24)) {
        let text = parts.concat();
        if let Ok(pattern) = Pattern::parse(&text) {
            prop_assert_eq!(Pattern::parse(&pattern.to_string()), Ok(pattern));
        }
    }

    #[test]
    fn what_is_written_is_read_again(condition in condition()) {
        let pattern = Pattern::Json(condition);
        prop_assert_eq!(Pattern::parse(&pattern.to_string()), Ok(pattern));
    }

    #[test]
    fn conditions_hold_as_the_model_says(condition in condition(), event in event()) {
        let doc = Doc::map(event.iter().map(|(name, text)| (*name, Doc::from(*text))));
        let expected = if model(&condition, &event) { "yes" } else { "no" };
        let answer = Pattern::Json(condition).matches(&doc);
        prop_assert_eq!(word(&answer), expected, "{:?}", answer);
    }
}
