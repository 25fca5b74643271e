//! What is a policy and what is none.

use super::*;

fn document(text: &str) -> Document {
    Document::parse(&Doc::string(text))
}

fn is_whole(statement: &str) -> bool {
    document(&format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#)).unread().is_none()
}

#[test]
fn what_aws_refuses_is_malformed() {
    for statement in [
        r#"{"Effect":"allow","Action":"*","Resource":"*"}"#,
        r#"{"Effect":"Allow","Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":[],"Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":"","Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":"*","NotAction":"iam:*","Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":"*","Resource":"*","NotResource":"*"}"#,
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Conditions":{}}"#,
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Principal":"111111111111"}"#,
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Principal":{"AWS":[]}}"#,
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Principal":{"AWS":""}}"#,
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Principal":{"AWS":"arn:aws:iam::*:root"}}"#,
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Principal":{"AWS":"somebody"}}"#,
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Principal":{"Service":"*.amazonaws.com"}}"#,
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Principal":{"Person":"me"}}"#,
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":[]}"#,
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringSame":{"a:b":"c"}}}"#,
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NullIfExists":{"a:b":"true"}}}"#,
        r#"{"Effect":"Allow","Action":"s3","Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":"s3:G\u0435tObject","Resource":"*"}"#,
        r#"{"Effect":"Allow","NotAction":["iam:*","${aws:username}"],"Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::${aws:username"}"#,
        r#"{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::${}"}"#,
        r#"{"Effect":"Allow","Action":"*","Resource":"arn:aws:sqs:*:${aws:PrincipalAccount}:q"}"#,
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringLike":{"a:b":"${aws:username, x}"}}}"#,
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"a:b":{"c":"d"}}}}"#,
        "5",
    ] {
        assert!(!is_whole(statement), "{statement}");
    }
    for text in ["{", "{}", "5", r#"{"Version":"2020-01-01","Statement":[]}"#] {
        assert!(document(text).unread().is_some(), "{text}");
    }
}

#[test]
fn what_aws_takes_is_whole() {
    for statement in [
        r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#,
        r#"{"Sid":"x","Effect":"Deny","NotAction":["iam:*"],"NotResource":["arn:aws:s3:::b"]}"#,
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Principal":{"AWS":["111111111111","AROAEXAMPLEEXAMPLE123"]}}"#,
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Principal":{"Service":"s3.amazonaws.com","Federated":"*"}}"#,
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NumericLessThan":{"s3:TlsVersion":1.2}}}"#,
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"ForAllValues:StringNotEqualsIgnoreCaseIfExists":{"a:b":true}}}"#,
        r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"a:b":[]}}}"#,
        r#"{"Effect":"Allow","Action":["*","**","*:*"],"Resource":["**","arn:aws:s3:::${aws:PrincipalTag/a, 'b c'}${$}"]}"#,
    ] {
        assert!(is_whole(statement), "{statement}");
    }
    assert!(document(r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#).unread().is_none());
    assert!(Document::parse(&Doc::Null).unread().is_none());
}

#[test]
fn a_kind_of_policy_has_the_elements_that_it_needs() {
    let text = |principal: &str, resource: &str| {
        document(&format!(r#"{{"Statement":{{"Effect":"Allow","Action":"*"{principal}{resource}}}}}"#))
    };
    let (principal, resource) = (r#","Principal":"*""#, r#","Resource":"*""#);
    assert!(text(principal, resource).unread_as(Kind::Resource).is_none());
    assert!(text(principal, resource).unread_as(Kind::Identity).is_some());
    assert!(text("", resource).unread_as(Kind::Resource).is_some());
    assert!(text("", resource).unread_as(Kind::Identity).is_none());
    assert!(text(principal, "").unread_as(Kind::Trust).is_none());
    // A policy of a resource that names none is about that one.
    assert!(text(principal, "").unread_as(Kind::Resource).is_none());
    let (everybody_else, path) = (r#","NotPrincipal":{"AWS":"111111111111"}"#, r#","Resource":"execute-api:/*""#);
    assert!(text(everybody_else, "").unread_as(Kind::Trust).is_some());
    assert!(text(everybody_else, "").unread_as(Kind::Resource).is_none());
    assert!(text(principal, path).unread_as(Kind::Resource).is_none());
    assert!(text("", path).unread_as(Kind::Identity).is_some());
}

#[test]
fn a_part_that_was_not_read_leaves_the_rest() {
    let mut doc = Doc::from_json(
        r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"*","Resource":"*"}]}"#,
    )
    .unwrap();
    let Doc::Map(map) = &mut doc else { panic!() };
    let Some(Doc::List(statements)) = map.get_mut("Statement") else { panic!() };
    let Doc::Map(second) = &mut statements[1] else { panic!() };
    second.insert("Condition", Doc::Unread(malformed("not read")));
    let document = Document::parse(&doc);
    assert_eq!(document.statements().len(), 1);
    assert!(document.unread().is_some());
}
