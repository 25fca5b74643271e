//! Random requests that a stranger can make: unsigned, or as a principal of an account that no policy names. They are
//! aimed: half of the values are taken from the policy's own patterns, filled in and then missed by a letter.

use serde_json::{Map, Value, json};

use super::attached::Attached;
use super::dice::Dice;
use super::vocabulary::{FREE_TEXTS, Key};

/// The account of the stranger.
const STRANGE: &str = "999988887777";

/// What a policy compares with, by the condition key in lower case, and its resources.
pub(crate) struct Aim {
    keys: Vec<(String, String)>,
    resources: Vec<String>,
}

impl Aim {
    pub(crate) fn at(policy: &Value) -> Self {
        let mut aim = Self { keys: Vec::new(), resources: Vec::new() };
        for statement in policy["Statement"].as_array().into_iter().flatten() {
            let conditions = statement["Condition"].as_object().into_iter().flatten();
            for (key, values) in conditions.filter_map(|(_, keys)| keys.as_object()).flatten() {
                aim.keys.extend(texts(values).map(|value| (key.to_ascii_lowercase(), value)));
            }
            let resources = ["Resource", "NotResource"].into_iter().flat_map(|name| texts(&statement[name]));
            aim.resources.extend(resources.filter(|text| text.starts_with("arn:")));
        }
        aim
    }

    /// A value that a stranger is free to choose.
    fn value(&self, dice: &mut Dice, key: &Key) -> String {
        let wanted: Vec<&str> = self
            .keys
            .iter()
            .filter(|(name, _)| *name == key.name.to_ascii_lowercase())
            .map(|(_, value)| value.as_str())
            .collect();
        // Only texts are free: accounts and organizations are drawn, and booleans and numbers are few.
        if key.found != FREE_TEXTS || wanted.is_empty() || dice.percent(50) {
            return dice.one(key.found).to_owned();
        }
        let wanted = dice.one(&wanted).to_owned();
        near(dice, &wanted)
    }
}

fn texts(value: &Value) -> impl Iterator<Item = String> {
    let list = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
    list.into_iter().filter_map(|text| text.as_str().map(str::to_owned))
}

/// A text that a pattern matches, or nearly.
fn near(dice: &mut Dice, pattern: &str) -> String {
    let mut text = filled(dice, pattern);
    match dice.below(6) {
        0 => drop(text.pop()),
        1 => text.push_str(dice.one(&["x", "y", "X"])),
        2 => text = text.to_ascii_uppercase(),
        3 => text.insert_str(0, dice.one(&["x", "a"])),
        _ => {}
    }
    // Of an empty text AWS does not say whether it is a value.
    if text.is_empty() { "x".to_owned() } else { text }
}

/// A pattern with its variables and wildcards filled in.
fn filled(dice: &mut Dice, pattern: &str) -> String {
    let mut text = String::new();
    let mut rest = pattern;
    while let Some(character) = rest.chars().next() {
        rest = match rest.strip_prefix("${").and_then(|rest| rest.split_once('}')) {
            Some((_, behind)) => {
                text.push_str(dice.one(FREE_TEXTS));
                behind
            }
            None => {
                match character {
                    '*' => text.push_str(dice.one(&["", "x", "xy", "yx"])),
                    '?' => text.push_str(dice.one(&["x", "y"])),
                    character => text.push(character),
                }
                &rest[character.len_utf8()..]
            }
        };
    }
    text
}

/// A request to what a policy is attached to.
pub(crate) fn request(dice: &mut Dice, attached: &Attached, aim: &Aim) -> Value {
    let (action, resource, carried) = attached.asked[dice.below(attached.asked.len())];
    let mut context = Map::new();
    for key in attached.keys() {
        let is_general = key.name.starts_with("aws:");
        let found = match key.name {
            _ if !is_general && !carried.contains(&key.name) => continue,
            // A request has these in any case.
            "aws:SecureTransport" | "aws:SourceIp" | "aws:PrincipalAccount" => json!(dice.one(key.found)),
            _ if dice.percent(35) => continue,
            _ if key.is_multivalued => json!((0..1 + dice.below(3)).map(|_| aim.value(dice, key)).collect::<Vec<_>>()),
            _ => json!(aim.value(dice, key)),
        };
        context.insert(key.name.to_owned(), found);
    }
    // A service that signs every call has no unsigned ones; a user agent is always there.
    if attached.keys().any(|key| key.name == "aws:UserAgent") {
        context.entry("aws:UserAgent").or_insert_with(|| json!("x"));
    }
    json!({
        "principal": caller(dice, attached, &mut context),
        "action": action,
        "resource": self::resource(dice, resource, aim),
        "resource_account": "111122223333",
        "context": context,
    })
}

/// The resource, or one beside it that the policy names: of the same kind, and of the same bucket.
fn resource(dice: &mut Dice, usual: &str, aim: &Aim) -> String {
    let parent = &usual[..usual.rfind([':', '/']).map_or(0, |at| at + 1)];
    if parent.ends_with(":::") || aim.resources.is_empty() || dice.percent(50) {
        return usual.to_owned();
    }
    let pattern = aim.resources[dice.below(aim.resources.len())].clone();
    let near = near(dice, &pattern);
    let is_beside = near.starts_with(parent) && near.len() > parent.len();
    if is_beside { near } else { usual.to_owned() }
}

/// Who asks; only users have a name, and only signed requests have tags of a principal, and keys of the call itself that
/// unsigned ones lack.
fn caller(dice: &mut Dice, attached: &Attached, context: &mut Map<String, Value>) -> String {
    let name = context.remove("aws:username");
    match (dice.below(3), name) {
        (0, _) if !attached.is_trust() => {
            let signed = ["aws:PrincipalTag/", "aws:PrincipalOrgID", "kms:"];
            context.retain(|key, _| !signed.iter().any(|start| key.starts_with(start)));
            if context.contains_key("aws:PrincipalAccount") {
                context.insert("aws:PrincipalAccount".to_owned(), json!("anonymous"));
            }
            "anonymous".to_owned()
        }
        (1, Some(name)) => {
            let arn = format!("arn:aws:iam::{STRANGE}:user/{}", name.as_str().unwrap_or_default());
            context.insert("aws:username".to_owned(), name);
            arn
        }
        _ => format!("arn:aws:sts::{STRANGE}:assumed-role/x/s"),
    }
}
