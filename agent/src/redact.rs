//! Secrets never leave the account: values that may be secrets are replaced by a keyed hash, so that a change shows and
//! the value does not.
//!
//! A redacted value is a map (`{"$redacted": "…"}`) on purpose: an expression that looks into it gets "unknown" and
//! not an answer about the hash. Applied as soon as a resource is complete, and so nothing downstream sees the value;
//! and once more to what functions of the control language made of it, before that leaves the agent.

mod text;

use plumbline_baseline::doc::REDACTED;
use plumbline_baseline::{Doc, Witness};

use crate::path::for_each_mut;
use text::is_secret;

/// Members whose text is a secret wherever it appears, whatever the collector says.
const SECRET_MEMBERS: [&str; 22] = [
    "AuthToken",
    "ClientSecret",
    "CustomerGatewayConfiguration",
    "MasterPassword",
    "MasterUserPassword",
    "OldPassword",
    "Passphrase",
    "Password",
    "PreSharedKey",
    "PrivateKey",
    "SecretAccessKey",
    "SecretBinary",
    "SecretKey",
    "SecretString",
    "SessionToken",
    "SharedSecret",
    "UserData",
    "authToken",
    "clientSecret",
    "password",
    "secretAccessKey",
    "userData",
];

/// Replaces secrets by hashes under one key.
#[derive(Clone)]
pub struct Redactor {
    key: [u8; 32],
}

impl Redactor {
    /// A redactor with the deployment's key: equal values have equal hashes under one key, and nowhere else.
    pub fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// Redacts the values at `paths`, and everything that is known to be a secret.
    pub fn redact(&self, doc: &mut Doc, paths: &[String]) {
        for path in paths {
            for_each_mut(doc, path, &mut |value| self.leaves(value));
        }
        self.known_secrets(doc);
    }

    /// The witness without secrets: what it was made of has none, and what a function put together may be one.
    pub(crate) fn witness(&self, witness: &Witness) -> Witness {
        let redacted = Witness::new(self.sentence(witness.sentence()));
        witness.parts().iter().fold(redacted, |redacted, (name, part)| {
            let mut part = Doc::map([(name.as_str(), part.clone())]);
            self.known_secrets(&mut part);
            redacted.with(name.as_str(), part.get(name.as_str()).clone())
        })
    }

    /// The sentence, its names one by one.
    fn sentence(&self, sentence: &str) -> String {
        let shown = |(index, part): (usize, &str)| match index % 2 == 1 && is_secret(part) {
            true => self.mark(&Doc::from(part)),
            false => part.to_owned(),
        };
        let parts: Vec<String> = sentence.split('`').enumerate().map(shown).collect();
        let sentence = parts.join("`");
        if is_secret(&sentence) { self.mark(&Doc::from(sentence)) } else { sentence }
    }

    /// Hashes every value below, keeping the names of members: which variables are set is worth knowing.
    fn leaves(&self, value: &mut Doc) {
        match value {
            Doc::Null | Doc::Unread(_) => {}
            Doc::Map(map) if map.is_redacted() => {}
            Doc::Map(map) => map.iter_mut().for_each(|(_, member)| self.leaves(member)),
            Doc::List(items) => items.iter_mut().for_each(|item| self.leaves(item)),
            Doc::String(_) | Doc::Bool(_) | Doc::Int(_) | Doc::Double(_) => *value = self.hashed(value),
        }
    }

    fn known_secrets(&self, value: &mut Doc) {
        match value {
            Doc::Map(map) => {
                for (name, member) in map.iter_mut() {
                    let secret = SECRET_MEMBERS.binary_search(&name.as_str()).is_ok();
                    if secret && matches!(member, Doc::String(_) | Doc::Map(_) | Doc::List(_)) {
                        self.leaves(member);
                    } else {
                        self.known_secrets(member);
                    }
                }
            }
            Doc::List(items) => items.iter_mut().for_each(|item| self.known_secrets(item)),
            Doc::String(text) if is_secret(text) => *value = self.hashed(value),
            _ => {}
        }
    }

    fn hashed(&self, value: &Doc) -> Doc {
        Doc::map([(REDACTED, Doc::from(self.hash(value)))])
    }

    /// A hashed value in running text.
    fn mark(&self, value: &Doc) -> String {
        format!("{REDACTED} {}", self.hash(value))
    }

    fn hash(&self, value: &Doc) -> String {
        blake3::keyed_hash(&self.key, value.to_json().as_bytes()).to_hex().as_str()[..16].to_owned()
    }
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redactor").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redacted(json: &str, paths: &[&str], key: u8) -> String {
        let mut doc = Doc::from_json(json).unwrap();
        let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        Redactor::new([key; 32]).redact(&mut doc, &paths);
        doc.to_json()
    }

    #[test]
    fn the_list_of_members_is_sorted_for_the_search() {
        assert!(SECRET_MEMBERS.is_sorted());
    }

    #[test]
    fn values_at_paths_are_hashed_and_names_are_kept() {
        let json = r#"{"Environment":{"Variables":{"TOKEN":"hunter2","MODE":"on"}},"Name":"f"}"#;
        let text = redacted(json, &["Environment.Variables"], 1);
        assert!(!text.contains("hunter2") && !text.contains("\"on\""), "{text}");
        assert!(text.contains("TOKEN") && text.contains("MODE") && text.contains(r#""Name":"f""#), "{text}");
    }

    #[test]
    fn lists_are_entered() {
        let json = r#"{"Containers":[{"Environment":[{"Name":"A","Value":"s1"},{"Name":"B","Value":"s2"}]}]}"#;
        let text = redacted(json, &["Containers[].Environment[].Value"], 1);
        assert!(!text.contains("s1") && !text.contains("s2") && text.contains(r#""Name":"A""#), "{text}");
    }

    #[test]
    fn equal_values_have_equal_hashes_under_one_key_only() {
        let (a, b) = (r#"{"Password":"x"}"#, r#"{"Password":"y"}"#);
        assert_eq!(redacted(a, &[], 1), redacted(a, &[], 1));
        assert_ne!(redacted(a, &[], 1), redacted(b, &[], 1));
        assert_ne!(redacted(a, &[], 1), redacted(a, &[], 2));
        assert_eq!(redacted(a, &["Password"], 1), redacted(a, &[], 1), "hashed once");
    }

    #[test]
    fn known_secrets_are_hashed_wherever_they_are() {
        let json = r#"{"A":[{"SecretAccessKey":"k1"}],"Pem":"-----BEGIN PRIVATE KEY-----k2","UserData":"k3"}"#;
        let text = redacted(json, &[], 1);
        assert!(["k1", "k2", "k3"].iter().all(|secret| !text.contains(secret)), "{text}");
    }

    #[test]
    fn a_secret_in_the_middle_of_a_document_is_hashed_and_the_rest_is_kept() {
        let json = r#"{"Subscriptions":[{"Protocol":"https","Endpoint":"https://ann:hunter2@hooks.example.com/x"}]}"#;
        let text = redacted(json, &[], 1);
        assert!(!text.contains("hunter2") && text.contains(r#""Protocol":"https""#), "{text}");
    }

    #[test]
    fn a_witness_brings_no_secret_along() {
        let secret = "https://ann:hunter2@hooks.example.com/x";
        let made = Witness::new(format!("`{secret}` is told, by statement `Oops`"))
            .with("topic", secret)
            .with("Password", "hunter2")
            .with("context", Doc::map([("aws:Referer", Doc::from("API_KEY=hunter2"))]))
            .with("statements", vec!["Oops".into()]);
        let shown = Redactor::new([1; 32]).witness(&made);
        let parts = Doc::Map(shown.parts().clone()).to_json();
        assert!(!parts.contains("hunter2") && parts.contains(r#""statements":["Oops"]"#), "{parts}");
        assert!(shown.sentence().starts_with("`$redacted ") && shown.sentence().ends_with("by statement `Oops`"));
        let bare = Redactor::new([1; 32]).witness(&Witness::new("it says API_KEY=hunter2"));
        assert!(!bare.sentence().contains("hunter2"), "{bare:?}");
        let harmless =
            Witness::new("anybody, unsigned: `s3:GetObject` on `arn:aws:s3:::b/*`").with("caller", "anybody");
        assert_eq!(Redactor::new([1; 32]).witness(&harmless), harmless);
    }

    #[test]
    fn settings_with_such_names_are_no_secrets() {
        let json = r#"{"Password":true,"UserData":null,"MinimumPasswordLength":14}"#;
        assert_eq!(redacted(json, &[], 1), json);
    }
}
