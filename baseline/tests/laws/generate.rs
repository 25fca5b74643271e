//! Random policies and requests, biased towards what evaluators get wrong: Denies that share keys with each other and
//! with the Allow, set operators twice on one key, ranges within ranges, variables, `Not…` elements, absent keys.

use serde_json::{Map, Value, json};

use super::attached::Attached as On;
use super::dice::Dice;
use super::vocabulary::{ASKED, CALLERS, KEYS, Key, NAMED, WANTED_ACTIONS, WANTED_RESOURCES};

/// What a policy is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attached {
    ToPrincipal,
    ToResource,
}

/// All policies of a question, as `plumbline iam can --batch` takes them; `session` besides.
pub(crate) fn policies(dice: &mut Dice) -> Value {
    let identity = documents(dice, 2);
    let with = |dice: &mut Dice, share, attached| match dice.percent(share) {
        true => document(dice, attached),
        false => Value::Null,
    };
    let levels = if dice.percent(25) { 1 + dice.below(2) } else { 0 };
    json!({
        "identity": identity,
        "resource": with(dice, 65, Attached::ToResource),
        "boundary": with(dice, 20, Attached::ToPrincipal),
        "session": with(dice, 15, Attached::ToPrincipal),
        "scps": (0..levels).map(|_| documents(dice, 2)).collect::<Vec<_>>(),
    })
}

fn documents(dice: &mut Dice, most: usize) -> Vec<Value> {
    let count = 1 + dice.below(most);
    (0..count).map(|_| document(dice, Attached::ToPrincipal)).collect()
}

/// One document: mostly one broad Allow and Denies around the same keys.
fn document(dice: &mut Dice, attached: Attached) -> Value {
    document_about(dice, attached, &KEYS.iter().collect::<Vec<_>>())
}

/// One document whose conditions are about some keys.
fn document_about(dice: &mut Dice, attached: Attached, all: &[&Key]) -> Value {
    let keys: Vec<&Key> = (0..3).map(|_| all[dice.below(all.len())]).collect();
    let mut statements: Vec<Value> =
        (0..1 + dice.below(2)).map(|_| statement(dice, "Allow", attached, &keys)).collect();
    statements.extend((0..dice.below(5)).map(|_| statement(dice, "Deny", attached, &keys)));
    let mut document = json!({ "Statement": statements });
    if dice.percent(90) {
        document["Version"] = json!("2012-10-17");
    } else if dice.percent(50) {
        document["Version"] = json!("2008-10-17");
    }
    document
}

/// A policy of a resource that mostly speaks of everybody.
pub(crate) fn open_policy(dice: &mut Dice, attached: &On) -> Value {
    let keys: Vec<&Key> = attached.keys().collect();
    let mut document = document_about(dice, Attached::ToResource, &keys);
    for statement in document["Statement"].as_array_mut().expect("statements are a list") {
        let fields = statement.as_object_mut().expect("a statement is an object");
        for (name, words) in [("Action", attached.wanted_actions), ("Resource", attached.wanted_resources)] {
            for element in [name.to_owned(), format!("Not{name}")] {
                match fields.get_mut(&element) {
                    // A role is what its trust policy is about.
                    Some(_) if words.is_empty() => drop(fields.remove(&element)),
                    Some(texts) if *texts != json!("*") && *texts != json!(["*"]) => {
                        *texts = json!(dice.some(1, 2, words));
                    }
                    _ => {}
                }
            }
        }
        // AWS says of NotPrincipal in trust policies that it does not belong there.
        if attached.is_trust() || dice.percent(85) {
            fields.remove("NotPrincipal");
            fields.insert("Principal".to_owned(), json!("*"));
        }
    }
    document
}

fn statement(dice: &mut Dice, effect: &str, attached: Attached, keys: &[&Key]) -> Value {
    let mut fields = Map::new();
    // What AWS would refuse, now and then: it is unknown as far as it matters.
    fields.insert("Effect".to_owned(), json!(if dice.percent(1) { "allow" } else { effect }));
    let is_broad = dice.percent(50);
    let (name, other) = ("Action", "NotAction");
    let actions = if is_broad { vec!["*"] } else { dice.some(1, 2, WANTED_ACTIONS) };
    fields.insert(if !is_broad && dice.percent(20) { other } else { name }.to_owned(), list(dice, &actions));
    let resources = if is_broad { vec!["*"] } else { dice.some(1, 2, WANTED_RESOURCES) };
    let name = if !is_broad && dice.percent(20) { "NotResource" } else { "Resource" };
    fields.insert(name.to_owned(), list(dice, &resources));
    if attached == Attached::ToResource {
        let name = if dice.percent(12) { "NotPrincipal" } else { "Principal" };
        fields.insert(name.to_owned(), principals(dice));
    }
    let most = if effect == "Deny" { 3 } else { 2 };
    if dice.percent(75) {
        fields.insert("Condition".to_owned(), conditions(dice, keys, most));
    }
    Value::Object(fields)
}

/// One text plainly, or a list.
fn list(dice: &mut Dice, texts: &[&str]) -> Value {
    if texts.len() == 1 && dice.percent(50) { json!(texts[0]) } else { json!(texts) }
}

fn principals(dice: &mut Dice) -> Value {
    if dice.percent(30) {
        return json!("*");
    }
    let mut kinds = Map::new();
    for _ in 0..1 + dice.below(3) {
        let (kind, text) = NAMED[dice.below(NAMED.len())];
        let texts = kinds.entry(kind).or_insert_with(|| json!([]));
        texts.as_array_mut().expect("it was made as a list").push(json!(text));
    }
    Value::Object(kinds)
}

fn conditions(dice: &mut Dice, keys: &[&Key], most: usize) -> Value {
    let mut operators: Map<String, Value> = Map::new();
    for _ in 0..1 + dice.below(most) {
        let key = keys[dice.below(keys.len())];
        let (operator, wanted) = condition(dice, key);
        let name = if dice.percent(10) { key.name.to_ascii_uppercase() } else { key.name.to_owned() };
        operators.entry(operator).or_insert_with(|| json!({}))[name.as_str()] = wanted;
    }
    Value::Object(operators)
}

fn condition(dice: &mut Dice, key: &Key) -> (String, Value) {
    if dice.percent(8) {
        let set = if dice.percent(10) { dice.one(&["ForAllValues:", "ForAnyValue:"]) } else { "" };
        return (format!("{set}Null"), json!(dice.one(&["true", "false"])));
    }
    let set = match (key.is_multivalued, dice.below(100)) {
        (true, 0..45) | (false, 0..5) => "ForAllValues:",
        (true, 45..90) | (false, 5..10) => "ForAnyValue:",
        _ => "",
    };
    let operator = dice.one(key.operators);
    let exists = if dice.percent(20) { "IfExists" } else { "" };
    let wanted = if dice.percent(2) { Vec::new() } else { dice.some(1, 2, key.wanted) };
    (format!("{set}{operator}{exists}"), list(dice, &wanted))
}

/// A request: who, what, and which keys it has.
pub(crate) fn request(dice: &mut Dice) -> Value {
    let (action, resource) = ASKED[dice.below(ASKED.len())];
    let mut context = Map::new();
    for key in KEYS {
        if dice.percent(35) {
            continue;
        }
        let found = if key.is_multivalued { dice.some(0, 3, key.found) } else { vec![dice.one(key.found)] };
        let value = if key.is_multivalued { json!(found) } else { json!(found[0]) };
        context.insert(key.name.to_owned(), value);
    }
    json!({
        "principal": dice.one(CALLERS),
        "action": action,
        "resource": resource,
        "resource_account": dice.one(&["111122223333", "444455556666"]),
        "context": context,
    })
}
