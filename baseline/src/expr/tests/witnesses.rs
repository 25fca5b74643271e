//! Which witnesses an answer has: those of the branch that decided, and no others.

use super::*;

/// A resource with a public policy, one that refuses plain HTTP, one that was not read, and two members.
const RESOURCE: &str = r#"{"Name": "a", "Absent": null, "Unread": UNREAD,
    "Public": {"Statement": [{"Sid": "Oops", "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}]},
    "Tls": {"Statement": [{"Sid": "Tls", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]},
    "Many": [{"Statement": []}, {"Statement": [{"Sid": "First", "Effect": "Allow", "Principal": "*", "Action": "a:*",
        "Resource": "*"}]}, {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "a:*", "Resource": "*"}]}]}"#;

/// The statements of the witnesses.
fn statements(expression: &str) -> Vec<String> {
    let expression = expression
        .replace("PUBLIC", "policy(resource.Public).is_public()")
        .replace("TLS", "policy(resource.Tls).denies_insecure_transport()")
        .replace("UNKNOWN", "policy(resource.Unread).is_public()");
    let witnesses = answer(&expression, RESOURCE).1.witnesses;
    witnesses.iter().map(|each| each.parts().get("statements").unwrap().to_json()).collect()
}

fn check(expression: &str, expected: &[&str]) {
    let expected: Vec<String> = expected.iter().map(|name| format!("[\"{name}\"]")).collect();
    assert_eq!(statements(expression), expected, "{expression}");
}

#[test]
fn the_statement_that_decided_is_named() {
    let witnesses = answer("!policy(resource.Public).is_public()", RESOURCE).1.witnesses;
    assert_eq!(witnesses[0].sentence(), "anybody, unsigned: `s3:GetObject` on `arn:aws:s3:::*/*`, by statement `Oops`");
    check("PUBLIC", &["Oops"]);
    check("PUBLIC == false", &["Oops"]);
    check("policy(resource.Absent).is_public()", &[]);
    check("UNKNOWN", &[]);
}

#[test]
fn what_did_not_decide_shows_nothing() {
    check("PUBLIC && TLS", &["Oops", "Tls"]);
    check("PUBLIC && resource.Name == 'b'", &[]);
    check("PUBLIC || TLS", &["Oops"]);
    check("!PUBLIC || TLS", &["Tls"]);
    check("!PUBLIC || !TLS", &["Oops", "Tls"]);
    check("!PUBLIC && TLS", &["Oops"]);
    check("PUBLIC && UNKNOWN", &[]);
    check("UNKNOWN && PUBLIC", &[]);
    check("UNKNOWN && !PUBLIC", &["Oops"]);
    check("UNKNOWN || PUBLIC", &["Oops"]);
    check("UNKNOWN || !PUBLIC", &[]);
    check("PUBLIC ? TLS : UNKNOWN", &["Oops", "Tls"]);
    check("UNKNOWN ? TLS : resource.Name == 'a'", &["Tls"]);
    check("UNKNOWN ? TLS : resource.Name == 'b'", &[]);
}

#[test]
fn of_many_the_one_that_decided_shows() {
    check("resource.Many.exists(each, policy(each).is_public())", &["First"]);
    check("resource.Many.all(each, !policy(each).is_public())", &["First"]);
    check("size(resource.Many.filter(each, policy(each).is_public())) == 2", &["First", "0"]);
    check("resource.Many.exists_one(each, policy(each).is_public())", &["First", "0"]);
    check("[resource.Unread, resource.Public].exists(each, policy(each).is_public())", &["Oops"]);
    check("[resource.Unread, resource.Public].all(each, policy(each).is_public())", &[]);
}

#[test]
fn there_are_never_many() {
    let expression = (0..20).map(|number| format!("policy(resource.Public).allows_action('s3:{number}')"));
    let expression = expression.collect::<Vec<_>>().join(" && ");
    let sentences: Vec<String> =
        answer(&expression, RESOURCE).1.witnesses.iter().map(|each| each.sentence().to_owned()).collect();
    assert_eq!(sentences.len(), evidence::WITNESSES);
    assert_eq!(sentences.last().unwrap(), "anybody, unsigned: `s3:19` on `*`, by statement `Oops`");
}
