//! Laws of the policy engine: it answers the table of hand-derived cases, agrees with the reference evaluator on random
//! policies and requests, and its search neither misses nor invents a request that gets through.
//!
//! The number of random policies is printed; `PLUMBLINE_POLICY_LAWS=N` makes it N times as many, and
//! `PLUMBLINE_POLICY_STRANGERS=N` tries N requests on each policy that the search calls closed.

#[path = "laws/attached.rs"]
mod attached;
#[path = "reference/cases.rs"]
mod cases;
#[path = "laws/dice.rs"]
mod dice;
#[path = "laws/engine.rs"]
mod engine;
#[path = "laws/generate.rs"]
mod generate;
#[path = "reference/evaluator.rs"]
mod reference;
#[path = "laws/strangers.rs"]
mod strangers;
#[path = "laws/vocabulary.rs"]
mod vocabulary;

use std::collections::BTreeMap;

use cases::{cases, read_policies, read_request};
use dice::Dice;
use reference::Decision;
use serde_json::{Value, json};

/// Random policies of a run, and requests to each.
const POLICIES: u64 = 1_500;
const REQUESTS: usize = 12;
/// Random policies of each kind of resource to search, and random requests of strangers to each that is closed.
const SEARCHES: u64 = 200;
const STRANGERS: u64 = 100;

/// How many times as much as usual.
fn times() -> u64 {
    number("PLUMBLINE_POLICY_LAWS", 1)
}

fn number(variable: &str, usual: u64) -> u64 {
    let asked = std::env::var(variable).ok();
    asked.map_or(usual, |number| number.parse().unwrap_or_else(|_| panic!("{variable} is a number")))
}

/// Cases of the table to which the engine has another answer, and why. Each has to differ: whoever brings the two
/// together takes it from the list.
const NOT_THE_SAME: [(&str, &str); 4] = [
    ("elements 49:", MALFORMED),
    ("malformed 17:", MALFORMED),
    ("malformed 19:", MALFORMED),
    ("malformed 20:", MALFORMED),
];

/// AWS stores no such document: what the rest of it would say is more than anybody knows.
const MALFORMED: &str = "to the engine nothing that a malformed document says is certain";

#[test]
fn the_reference_answers_every_case_as_aws_says() {
    none(wrong(reference::decide));
}

#[test]
fn the_engine_answers_every_case_as_aws_says() {
    let (known, other): (Vec<String>, Vec<String>) = wrong(engine::decision)
        .into_iter()
        .partition(|answer| NOT_THE_SAME.iter().any(|(name, _)| answer.starts_with(name)));
    none(other);
    for (name, why) in NOT_THE_SAME {
        assert!(known.iter().any(|answer| answer.starts_with(name)), "{name} is the same now: {why}");
    }
    assert_eq!(known.len(), 5, "{}", known.join("\n"));
}

/// The cases to which somebody has another answer than the table.
fn wrong(decide: impl Fn(&reference::Policies, &reference::Request) -> Decision) -> Vec<String> {
    let cases = cases();
    assert!(cases.len() > 900, "only {} cases", cases.len());
    let answers = cases.iter().map(|case| (case, decide(&case.policies, &case.request)));
    answers
        .filter(|(case, found)| *found != case.expected)
        .map(|(case, found)| format!("{} ({}): {found:?}, not {:?}", case.name, case.principal, case.expected))
        .collect()
}

fn none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn engine_and_reference_agree_on_random_requests() {
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    for seed in 0..POLICIES * times() {
        let mut dice = Dice::new(seed);
        let policies = generate::policies(&mut dice);
        let read = read_policies(&policies);
        let parsed = engine::Parsed::of(&read);
        for _ in 0..REQUESTS {
            let asked = generate::request(&mut dice);
            let request = read_request(&asked);
            let (expected, found) = (reference::decide(&read, &request), parsed.decision(&request));
            assert!(
                found == expected,
                "seed {seed}: the engine says {found:?}, the reference {expected:?}:\n{}",
                shown(&policies, &asked)
            );
            *outcomes.entry(format!("{expected:?}")).or_default() += 1;
        }
    }
    println!("{} policies, {} requests to each: {outcomes:?}", POLICIES * times(), REQUESTS);
    assert!(outcomes.len() == 4 && outcomes.values().all(|count| *count > 100), "{outcomes:?}");
}

/// The account of the resource.
const OWN: &str = "111122223333";

#[test]
fn the_search_finds_what_gets_through_and_nothing_else() {
    let strangers = number("PLUMBLINE_POLICY_STRANGERS", STRANGERS);
    for attached in attached::ALL {
        let (mut open, mut closed, mut unknown) = (0, 0, 0);
        for seed in 0..SEARCHES * times() {
            let mut dice = Dice::new(seed);
            let policy = generate::open_policy(&mut dice, attached);
            let policies = of_strangers(&policy);
            match engine::search(&policy, attached, OWN) {
                engine::Found::Open(witness) => {
                    open += 1;
                    let found = reference::decide(&policies, &witness);
                    let name = attached.name;
                    assert!(found == Decision::Allow, "{name} {seed}: {found:?} for {witness:?}:\n{policy:#}");
                }
                engine::Found::Closed => {
                    closed += 1;
                    let aim = strangers::Aim::at(&policy);
                    for _ in 0..strangers {
                        let asked = strangers::request(&mut dice, attached, &aim);
                        let found = reference::decide(&policies, &read_request(&asked));
                        let name = attached.name;
                        assert!(found != Decision::Allow, "{name} {seed}: this gets through:\n{asked:#}\n{policy:#}");
                    }
                }
                engine::Found::Unknown => unknown += 1,
            }
        }
        let tried = closed * strangers;
        println!("{}: {open} open, {closed} closed to {tried} requests of strangers, {unknown} unknown", attached.name);
        assert!(open > SEARCHES / 10 && closed > SEARCHES / 10, "{}: {open} open, {closed} closed", attached.name);
        assert!(unknown * 4 < open + closed, "{}: {unknown} unknown", attached.name);
    }
}

/// A resource's policy, and a stranger whose own account lets it do everything.
fn of_strangers(policy: &Value) -> reference::Policies {
    let everything =
        json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" } });
    read_policies(&json!({ "identity": [everything], "resource": policy }))
}

/// The smallest part of a question on which engine and reference still differ in the same way.
fn shown(policies: &Value, asked: &Value) -> String {
    let request = read_request(asked);
    let both = |policies: &Value| {
        let read = read_policies(policies);
        (engine::decision(&read, &request), reference::decide(&read, &request))
    };
    let wanted = both(policies);
    let mut smallest = policies.clone();
    while let Some(smaller) = smaller(&smallest).into_iter().find(|smaller| both(smaller) == wanted) {
        smallest = smaller;
    }
    format!("{smallest:#}\n{asked:#}")
}

/// The value with one member of an object or one item of a list left out, anywhere.
fn smaller(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => {
            let without = (0..items.len()).map(|at| {
                let mut rest = items.clone();
                rest.remove(at);
                Value::Array(rest)
            });
            let within = items.iter().enumerate().flat_map(|(at, item)| {
                smaller(item).into_iter().map(move |item| {
                    let mut rest = items.clone();
                    rest[at] = item;
                    Value::Array(rest)
                })
            });
            without.chain(within).collect()
        }
        Value::Object(fields) => {
            // What every statement has stays: without it AWS would refuse the policy.
            let has_to_stay = |name: &str| fields.contains_key("Effect") && !["Condition", "Sid"].contains(&name);
            let without = fields.keys().filter(|name| !has_to_stay(name)).map(|name| {
                let mut rest = fields.clone();
                rest.remove(name);
                Value::Object(rest)
            });
            let within = fields.iter().flat_map(|(name, field)| {
                smaller(field).into_iter().map(move |field| {
                    let mut rest = fields.clone();
                    rest.insert(name.clone(), field);
                    Value::Object(rest)
                })
            });
            without.chain(within).collect()
        }
        _ => Vec::new(),
    }
}
