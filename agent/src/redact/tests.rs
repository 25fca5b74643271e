//! Redaction of documents: at declared paths, by form and by name, in every position.

mod canary;
mod forms;

use super::*;

fn redactor(key: u8) -> Redactor {
    Redactor::new(RedactionKey::from([key; 32]))
}

fn redacted(json: &str, paths: &[&str], key: u8) -> String {
    let mut doc = Doc::from_json(json).unwrap();
    let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
    redactor(key).redact(&mut doc, &paths);
    doc.to_json()
}

#[test]
fn values_at_paths_are_hashed_and_names_are_kept() {
    let json = r#"{"Environment":{"Variables":{"ONE":"hunter2","MODE":"on"}},"Name":"f"}"#;
    let text = redacted(json, &["Environment.Variables"], 1);
    assert!(!text.contains("hunter2") && !text.contains("\"on\""), "{text}");
    assert!(text.contains("ONE") && text.contains("MODE") && text.contains(r#""Name":"f""#), "{text}");
}

#[test]
fn lists_are_entered() {
    let json = r#"{"Containers":[{"Environment":[{"Name":"A","Value":"s1"},{"Name":"B","Value":"s2"}]}]}"#;
    for path in ["Containers[].Environment[].Value", "Containers.Environment.Value"] {
        let text = redacted(json, &[path], 1);
        assert!(!text.contains("s1") && !text.contains("s2") && text.contains(r#""Name":"A""#), "{text}");
    }
}

#[test]
fn text_on_the_way_is_hashed_as_a_whole() {
    let text = redacted(r#"{"Configuration":"{\"A\":\"hunter2 \"}","B":1}"#, &["Configuration.A"], 1);
    assert!(!text.contains("hunter2") && text.contains(r#""B":1"#), "{text}");
    assert_eq!(redacted(r#"{"A":7,"B":""}"#, &["A.B", "B.C"], 1), r#"{"A":7,"B":""}"#);
}

#[test]
fn equal_values_have_equal_hashes_under_one_key_only() {
    let (a, b) = (r#"{"Password":"x1"}"#, r#"{"Password":"y1"}"#);
    assert!(redacted(a, &[], 1).contains("$redacted"));
    assert_eq!(redacted(a, &[], 1), redacted(a, &[], 1));
    assert_ne!(redacted(a, &[], 1), redacted(b, &[], 1));
    assert_ne!(redacted(a, &[], 1), redacted(a, &[], 2));
    assert_eq!(redacted(a, &["Password"], 1), redacted(a, &[], 1), "hashed once");
}

#[test]
fn known_secrets_are_hashed_wherever_they_are() {
    let json = r#"{"A":[{"SecretAccessKey":"k1x"}],"Pem":"-----BEGIN PRIVATE KEY-----k2x","UserData":{"Value":"k3x"}}"#;
    let text = redacted(json, &[], 1);
    assert!(["k1x", "k2x", "k3x"].iter().all(|secret| !text.contains(secret)), "{text}");
}

#[test]
fn what_is_beside_the_name_of_a_secret_is_one() {
    for json in [
        r#"{"Tags":[{"Key":"db-password","Value":"correct horse"}]}"#,
        r#"{"Environment":[{"name":"GITHUB_TOKEN","value":"correct horse"}]}"#,
        r#"{"Parameters":[{"ParameterKey":"DbPassword","ParameterValue":"correct horse"}]}"#,
        r#"{"Headers":[{"Name":"x-api-key","Values":["correct horse"]}]}"#,
        r#"{"Command":["run","--db-password","correct horse"]}"#,
        r#"{"Labels":{"db_password":"correct horse"}}"#,
        r#"{"Password":{"Value":["correct horse"]}}"#,
    ] {
        let text = redacted(json, &[], 1);
        assert!(!text.contains("correct") && text.contains("$redacted"), "{text}");
    }
    for json in [
        r#"{"Tags":[{"Key":"Owner","Value":"correct horse"}]}"#,
        r#"{"Environment":[{"name":"GITHUB_TOKEN","type":"PARAMETER_STORE","value":"arn:aws:ssm:x:1:parameter/t"}]}"#,
        r#"{"Command":["run","--password-stdin","--token","--verbose"]}"#,
    ] {
        assert_eq!(redacted(json, &[], 1), json);
    }
}

#[test]
fn names_of_members_are_hashed_where_they_are_secrets() {
    let json = r#"{"Labels":{"AKIAIOSFODNN7EXAMPLE":{"Kept":1},"b":2},"Env":{"AKIAIOSFODNN7EXAMPLF":"x"}}"#;
    let text = redacted(json, &["Env"], 1);
    assert!(!text.contains("AKIA") && text.contains(r#"{"Kept":1},"b":2"#), "{text}");
    assert_eq!(redacted(&text, &["Env"], 1), text);
}

#[test]
fn the_name_of_an_access_key_is_kept_where_it_names_one() {
    let kept = r#"{"AccessKeys":[{"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","Status":"Active"}]}"#;
    assert_eq!(redacted(kept, &[], 1), kept);
    for secret in [
        r#"{"Environment":{"AWS_ACCESS_KEY_ID":"AKIAIOSFODNN7EXAMPLE"}}"#,
        r#"{"Description":"AKIAIOSFODNN7EXAMPLE"}"#,
        r#"{"AccessKeyId":"AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}"#,
        r#"{"AccessKeyId":"password=hunter2"}"#,
    ] {
        let text = redacted(secret, &[], 1);
        assert!(!text.contains("IOSFODNN7EXAMPLE") && !text.contains("hunter2"), "{text}");
    }
    let declared = redacted(kept, &["AccessKeys[].AccessKeyId"], 1);
    assert!(!declared.contains("IOSFODNN7EXAMPLE"), "{declared}");
}

#[test]
fn a_document_that_calls_itself_redacted_is_not_believed() {
    for json in [
        r#"{"Environment":{"$redacted":"hunter2 hunter2"}}"#,
        r#"{"Environment":{"$redacted":"0123456789ABCDEF"}}"#,
        r#"{"Environment":{"$redacted":{"a":"hunter2"}}}"#,
        r#"{"Environment":{"$redacted":"0123456789abcdef","a":"hunter2"}}"#,
    ] {
        let text = redacted(json, &["Environment"], 1);
        assert!(!text.contains("hunter2") && !text.contains("ABCDEF"), "{text}");
    }
}

#[test]
fn what_aws_said_instead_of_a_value_gives_nothing_away() {
    let json = r#"{"A":{"$unread":{"reason":"throttled","detail":"bad URL https://ann:hunter2@example.com"}}}"#;
    let text = redacted(json, &[], 1);
    assert!(!text.contains("hunter2") && text.contains(r#""reason":"throttled""#), "{text}");
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
    let shown = redactor(1).witness(&made);
    let parts = Doc::Map(shown.parts().clone()).to_json();
    assert!(!parts.contains("hunter2") && parts.contains(r#""statements":["Oops"]"#), "{parts}");
    assert!(shown.sentence().starts_with("`$redacted ") && shown.sentence().ends_with("by statement `Oops`"));
    let bare = redactor(1).witness(&Witness::new("it says API_KEY=hunter2"));
    assert!(!bare.sentence().contains("hunter2"), "{bare:?}");
    let harmless = Witness::new("anybody, unsigned: `s3:GetObject` on `arn:aws:s3:::b/*`").with("caller", "anybody");
    assert_eq!(redactor(1).witness(&harmless), harmless);
}

#[test]
fn settings_with_such_names_are_no_secrets() {
    let json = r#"{"Password":true,"UserData":null,"MinimumPasswordLength":14,"Secret":"","PasswordPolicy":{"A":"b"}}"#;
    assert_eq!(redacted(json, &["UserData", "Secret"], 1), json);
}

#[test]
fn looking_changes_nothing_and_finds_what_writing_would_change() {
    let json = r#"{"A":{"Password":"x1"},"B":"plain","C":[{"E":"v"}],"AKIAIOSFODNN7EXAMPLE":1}"#;
    let mut doc = Doc::from_json(json).unwrap();
    let found = redactor(1).hidden_members(&mut doc, &["C[].E".to_owned()]);
    assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), ["A", "AKIAIOSFODNN7EXAMPLE", "C"]);
    assert_eq!(doc.to_json(), json);
}

#[test]
fn the_key_is_not_told() {
    assert_eq!(format!("{:?}", redactor(7)), "Redactor { key: RedactionKey(…) }");
}
