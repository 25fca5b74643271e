//! Policies of IAM: read from JSON of any form, and asked who gets through.

use std::collections::BTreeMap;

use plumbline_baseline::Doc;
use plumbline_baseline::policy::{Answer, Outsiders, Policy, Why, World};

use super::Read;

/// Reads it, and asks.
pub(super) fn policies(bytes: &[u8]) -> Read {
    let Some(doc) = std::str::from_utf8(bytes).ok().and_then(|text| Doc::from_json(text).ok()) else {
        return Read::Refused;
    };
    let world = World {
        account: Some("111122223333".into()),
        organization: Some("o-exampleorg".into()),
        members: BTreeMap::from([("111122223333".into(), "o-exampleorg/r-abcd/".into())]),
        may_have_other_members: true,
        now: Some(1_795_700_000),
        ..World::default()
    };
    let policy = Policy::parse(&doc);
    let outsiders = Outsiders::default();
    let answers = [
        policy.is_public(&outsiders, &world),
        policy.trusts_anyone(&outsiders, &world),
        policy.allows_service("cloudtrail.amazonaws.com", &world),
        policy.grants_account_outside(&["111122223333".into()], &world),
        policy.allows_action("s3:GetObject", &world),
    ];
    assert_eq!(policy.is_public(&outsiders, &world), answers[0], "two answers to one question");
    // The text of a document and the document are one policy. Null is a policy that is not there, and `null` none of IAM.
    if matches!(doc, Doc::Map(_)) {
        assert_eq!(Policy::parse(&Doc::string(doc.to_json())).is_public(&outsiders, &world), answers[0]);
    }
    if let Answer::Yes(Why::Witness(witness)) = &answers[0] {
        assert!(!witness.statements.is_empty(), "a request gets through, and no statement lets it: {witness:?}");
    }
    answers.iter().any(|answer| !matches!(answer, Answer::Unknown(_))).into()
}

pub(super) fn examples() -> Vec<Vec<u8>> {
    let texts = [
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}"#,
        r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::444455556666:root","AIDAEXAMPLE"]},"NotAction":"s3:Put*","Resource":"*","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-exampleorg"},"Bool":{"aws:SecureTransport":"true"}}}}"#,
        r#"{"Statement":[{"Effect":"Deny","NotPrincipal":{"Service":"cloudtrail.amazonaws.com"},"Action":"*","NotResource":"arn:*:s3:::?","Condition":{"NotIpAddress":{"aws:SourceIp":["10.0.0.0/8","2001:db8::/32"]}}},{"Effect":"Allow","Principal":{"Federated":"accounts.google.com"},"Action":"sts:AssumeRoleWithWebIdentity"}]}"#,
        r#"{"Statement":[{"Sid":"x","Effect":"Allow","Principal":{"AWS":"*"},"Action":["kms:*"],"Resource":"${aws:PrincipalTag/team}","Condition":{"ForAnyValue:StringLike":{"aws:TagKeys":["a*","?"]},"NumericLessThan":{"s3:max-keys":"10"},"DateGreaterThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"},"Null":{"aws:SourceVpc":"false"},"ArnLike":{"aws:SourceArn":"arn:aws:s3:*:*:b"}}}]}"#,
    ];
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}
