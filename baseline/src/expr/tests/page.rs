//! The reference page says what is: every example on it is evaluated, and no function is missing from it.

use super::*;

const PAGE: &str = include_str!("../../../../docs/control-language.md");

/// Expressions of the page with their resource and the answer that the page gives.
fn examples() -> Vec<(&'static str, &'static str, &'static str)> {
    let blocks = PAGE.split("```cel\n").skip(1).filter_map(|block| block.split("```").next());
    let of_block = |block: &'static str| {
        let (first, rest) = block.split_once('\n').unwrap();
        let resource = first.strip_prefix("// resource: ").unwrap_or_else(|| panic!("no resource: {first}"));
        rest.lines().map(move |line| {
            let (expression, answer) = line.rsplit_once("//").unwrap_or_else(|| panic!("no answer: {line}"));
            (expression.trim(), resource, answer.trim())
        })
    };
    blocks.flat_map(of_block).collect()
}

#[test]
fn every_example_answers_what_it_says() {
    let examples = examples();
    assert!(examples.len() > 60, "{}", examples.len());
    for (expression, resource, expected) in examples {
        let actual = match answer(expression, resource).0 {
            Truth::True => "true",
            Truth::False => "false",
            Truth::Unknown(_) => "unknown",
        };
        assert_eq!(actual, expected, "{expression} on {resource}");
    }
}

#[test]
fn every_function_has_an_example() {
    let examples = examples();
    for function in functions::FUNCTIONS {
        let call = format!("{}(", function.name);
        assert!(examples.iter().any(|(expression, ..)| expression.contains(&call)), "{} has no example", function.name);
    }
}

#[test]
fn the_limits_are_the_ones_that_hold() {
    let limit = |text: String| assert!(PAGE.contains(&text), "the page does not say: {text}");
    limit(format!("at most {} bytes and {} levels", syntax::LONGEST, syntax::DEEPEST));
    limit(format!(
        "at most {} members, of each at most {} bytes, and at most {} witnesses",
        evidence::ENTRIES,
        crate::Evidence::VALUE_BYTES,
        evidence::WITNESSES
    ));
}
