//! What policies grant, by example.

use super::*;

fn policy(text: &str) -> Policy {
    Policy::parse(&Doc::string(text))
}

fn statement(body: &str) -> Policy {
    policy(&format!(r#"{{"Statement": [{{{body}}}]}}"#))
}

#[test]
fn everybody_is_public_unless_a_condition_narrows_it() {
    let public = |body: &str| matches!(statement(body).is_public(), Answer::Yes(_));
    let allow = r#""Effect":"Allow","Action":"s3:GetObject","Resource":"*""#;
    assert!(public(&format!(r#"{allow},"Principal":"*""#)));
    assert!(public(&format!(r#"{allow},"Principal":{{"AWS":["*","111111111111"]}}"#)));
    assert!(public(&format!(r#"{allow},"Principal":{{"AWS":"arn:aws:iam::*:root"}}"#)));
    assert!(public(&format!(r#"{allow},"NotPrincipal":{{"AWS":"111111111111"}}"#)));
    assert!(!public(&format!(r#"{allow},"Principal":{{"AWS":"111111111111"}}"#)));
    assert!(!public(&format!(r#"{allow},"Principal":{{"Service":"sns.amazonaws.com"}}"#)));
    let with = |condition: &str| public(&format!(r#"{allow},"Principal":"*","Condition":{condition}"#));
    assert!(!with(r#"{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}"#));
    assert!(with(r#"{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-1"}}"#));
    assert!(with(r#"{"StringLike":{"aws:PrincipalOrgID":"*"}}"#));
    assert!(with(r#"{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}"#));
    assert!(with(r#"{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","0.0.0.0/0"]}}"#));
    assert!(!with(r#"{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}"#));
    assert!(with(r#"{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:topic"}}"#));
    assert!(!with(r#"{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:111111111111:*"}}"#));
    assert!(!with(r#"{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::bucket"}}"#));
    assert!(with(r#"{"ForAllValues:StringEquals":{"aws:PrincipalOrgID":"o-1"}}"#));
    assert!(with(r#"{"Bool":{"aws:SecureTransport":"true"}}"#));
}

#[test]
fn a_deny_for_everybody_takes_a_grant_back() {
    let text = r#"{"Statement":[
        {"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"},
        {"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}]}"#;
    assert_eq!(policy(text).is_public(), Answer::No);
}

#[test]
fn insecure_transport_is_denied_for_everybody_and_everything() {
    let denies = |body: &str| matches!(statement(body).denies_insecure_transport(), Answer::Yes(_));
    let deny = r#""Effect":"Deny","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]"#;
    let plain = r#""Condition":{"Bool":{"aws:SecureTransport":"false"}}"#;
    assert!(denies(&format!(r#"{deny},"Principal":"*","Action":"s3:*",{plain}"#)));
    assert!(denies(&format!(r#"{deny},"Principal":{{"AWS":"*"}},"Action":"*",{plain}"#)));
    assert!(!denies(&format!(r#"{deny},"Principal":{{"AWS":"111111111111"}},"Action":"s3:*",{plain}"#)));
    assert!(!denies(&format!(r#"{deny},"Principal":"*","Action":"s3:GetObject",{plain}"#)));
    assert!(!denies(&format!(r#"{deny},"Principal":"*","Action":"s3:*""#)));
    assert_eq!(Policy::parse(&Doc::Null).denies_insecure_transport(), Answer::No);
}

#[test]
fn full_administration_is_seen_in_every_spelling() {
    let admin = |body: &str| matches!(statement(body).allows_full_admin(), Answer::Yes(_));
    assert!(admin(r#""Effect":"Allow","Action":"*","Resource":"*""#));
    assert!(admin(r#""Effect":"Allow","Action":["s3:Get*","*:*"],"Resource":["*"]"#));
    assert!(admin(r#""Effect":"Allow","NotAction":"iam:*","Resource":"*""#));
    assert!(!admin(r#""Effect":"Allow","Action":"s3:*","Resource":"*""#));
    assert!(!admin(r#""Effect":"Deny","Action":"*","Resource":"*""#));
}

#[test]
fn tokens_of_anybody_are_not_trusted() {
    let open = |condition: &str| {
        let body = format!(
            r#""Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity","Principal":{{"Federated":"arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}},"Condition":{condition}"#
        );
        matches!(statement(&body).trusts_anyone(), Answer::Yes(_))
    };
    let key = "token.actions.githubusercontent.com";
    assert!(open(&format!(r#"{{"StringEquals":{{"{key}:aud":"sts.amazonaws.com"}}}}"#)));
    assert!(open(&format!(r#"{{"StringLike":{{"{key}:sub":"repo:*"}}}}"#)));
    assert!(!open(&format!(r#"{{"StringLike":{{"{key}:sub":"repo:plumbline/*"}}}}"#)));
}

#[test]
fn what_is_not_understood_is_unknown() {
    for text in [
        "no json",
        "{}",
        r#"{"Statement":[{"Effect":"Maybe"}]}"#,
        r#"{"Statement":[{"Effect":"Allow","Principal":5}]}"#,
    ] {
        assert!(matches!(policy(text).is_public(), Answer::Unknown(_)), "{text}");
    }
}
