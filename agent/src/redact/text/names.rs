//! Names that say of a value that it is a secret.

/// How much a name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// Its value is a secret.
    Secret,
    /// Its value is one where it is assigned; elsewhere the word means other things, too.
    Assigned,
    /// Nothing.
    Plain,
}

/// How names end whose value is a secret, without marks between words.
const SECRETS: [&str; 32] = [
    "accesskey",
    "accesstoken",
    "accountkey",
    "apikey",
    "apisecret",
    "apitoken",
    "appsecret",
    "authkey",
    "authtoken",
    "bearertoken",
    "bottoken",
    "clientsecret",
    "consumersecret",
    "customergatewayconfiguration",
    "deploytoken",
    "idtoken",
    "integrationkey",
    "passphrase",
    "passwd",
    "password",
    "presharedkey",
    "privatekey",
    "refreshtoken",
    "routingkey",
    "secretaccesskey",
    "secretbinary",
    "secretkey",
    "secretstring",
    "sessiontoken",
    "sharedsecret",
    "signingkey",
    "webhooksecret",
];

/// Last words of names whose value is a secret where it is assigned.
const ASSIGNED: [&str; 12] = [
    "appkey",
    "authorization",
    "credential",
    "credentials",
    "pass",
    "pat",
    "pwd",
    "secret",
    "secrets",
    "sig",
    "signature",
    "token",
];

/// Members whose value is a secret, and of which the name is one of AWS's or a single word.
const WORDS: [&str; 4] = ["secret", "token", "userdata", "pwd"];

/// What a name says of its value. Words are told apart by marks between them and by capitals.
pub(super) fn of(name: &str) -> Name {
    let words = words(name);
    let whole = words.concat();
    if SECRETS.iter().any(|end| whole.ends_with(end)) {
        return Name::Secret;
    }
    let last_two = words.len().checked_sub(2).map(|start| words[start..].concat());
    let last = words.last().into_iter().chain(&last_two);
    if last.into_iter().any(|last| ASSIGNED.contains(&last.as_str())) { Name::Assigned } else { Name::Plain }
}

/// Whether the value of such a member is a secret. Of names in one piece with capitals, as AWS has them (`ClientToken`),
/// only those that leave no doubt; of those that people give (`GITHUB_TOKEN`), all.
pub(in crate::redact) fn is_secret_member(name: &str) -> bool {
    match of(name) {
        Name::Secret => true,
        Name::Assigned => {
            let last = words(name).pop().unwrap_or_default();
            let is_given =
                name.contains(['_', '-', '.', '/', ' ']) || !name.bytes().any(|byte| byte.is_ascii_uppercase());
            matches!(last.as_str(), "secret" | "token" | "pwd" | "pass") && is_given
                || WORDS.contains(&name.to_ascii_lowercase().as_str())
        }
        Name::Plain => WORDS.contains(&name.to_ascii_lowercase().as_str()),
    }
}

/// The words of a name, in small letters: `dbPassword`, `DB_PASSWORD`, `APIKey`.
fn words(name: &str) -> Vec<String> {
    let bytes = name.as_bytes();
    let mut words = vec![String::new()];
    for (at, byte) in bytes.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| bytes[before]);
        let next = bytes.get(at + 1);
        let begins = byte.is_ascii_uppercase()
            && before.is_some_and(|before| {
                before.is_ascii_lowercase()
                    || before.is_ascii_digit()
                    || before.is_ascii_uppercase() && next.is_some_and(u8::is_ascii_lowercase)
            });
        if begins || !byte.is_ascii_alphanumeric() {
            words.push(String::new());
        }
        if byte.is_ascii_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(char::from(byte.to_ascii_lowercase()));
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
