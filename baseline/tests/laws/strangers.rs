//! Random requests that a stranger can make of a bucket: unsigned, or as a principal of an account that no policy names.

use serde_json::{Map, Value, json};

use super::dice::Dice;
use super::vocabulary::STRANGERS_KEYS;

/// The account of the stranger.
const STRANGE: &str = "999988887777";
/// What can be asked for, by action.
const ASKED: [(&str, &str); 6] = [
    ("s3:GetObject", "arn:aws:s3:::docs/x"),
    ("s3:GetObject", "arn:aws:s3:::docs/x/xy"),
    ("s3:GetObject", "arn:aws:s3:::docs/xy"),
    ("s3:PutObject", "arn:aws:s3:::docs/x"),
    ("s3:PutObject", "arn:aws:s3:::docs/y/x"),
    ("s3:ListBucket", "arn:aws:s3:::docs"),
];

/// A request.
pub(crate) fn request(dice: &mut Dice) -> Value {
    let (action, resource) = ASKED[dice.below(ASKED.len())];
    let mut context = Map::new();
    for key in STRANGERS_KEYS {
        let found = match key.name {
            "s3:max-keys" if action != "s3:ListBucket" => continue,
            "s3:RequestObjectTagKeys" if action != "s3:PutObject" => continue,
            // A request has these in any case.
            "aws:SecureTransport" | "aws:SourceIp" => json!(dice.one(key.found)),
            _ if dice.percent(35) => continue,
            _ if key.is_multivalued => json!(dice.some(1, 3, key.found)),
            _ => json!(dice.one(key.found)),
        };
        context.insert(key.name.to_owned(), found);
    }
    json!({
        "principal": caller(dice, &mut context),
        "action": action,
        "resource": resource,
        "resource_account": "111122223333",
        "context": context,
    })
}

/// Who asks; only users have a name, and only signed requests have tags of a principal.
fn caller(dice: &mut Dice, context: &mut Map<String, Value>) -> String {
    let name = context.remove("aws:username");
    match (dice.below(3), name) {
        (0, _) => {
            context.retain(|key, _| !key.starts_with("aws:PrincipalTag/"));
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
