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

mod laws {
    //! What holds for every policy.

    use proptest::prelude::*;

    use super::*;

    fn principal() -> impl Strategy<Value = String> {
        prop_oneof![
            Just(r#""*""#.to_owned()),
            Just(r#"{"AWS":"*"}"#.to_owned()),
            Just(r#"{"AWS":["111111111111","arn:aws:iam::222222222222:root"]}"#.to_owned()),
            Just(r#"{"Service":"sns.amazonaws.com"}"#.to_owned()),
        ]
    }

    fn any_statement() -> impl Strategy<Value = String> {
        let effect = prop_oneof![Just("Allow"), Just("Deny")];
        let action = prop_oneof![Just("*"), Just("s3:*"), Just("s3:GetObject"), Just("kms:Decrypt")];
        let condition = prop_oneof![
            Just(""),
            Just(r#","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}"#),
            Just(r#","Condition":{"Bool":{"aws:SecureTransport":"false"}}"#),
        ];
        (effect, action, principal(), condition).prop_map(|(effect, action, principal, condition)| {
            format!(r#"{{"Effect":"{effect}","Action":"{action}","Resource":"*","Principal":{principal}{condition}}}"#)
        })
    }

    fn of(statements: &[String]) -> Policy {
        policy(&format!(r#"{{"Statement":[{}]}}"#, statements.join(",")))
    }

    fn says(answer: &Answer) -> bool {
        matches!(answer, Answer::Yes(_))
    }

    proptest! {
        #[test]
        fn a_deny_never_makes_more_public(statements in prop::collection::vec(any_statement(), 0..5), deny in any_statement()) {
            let mut more = statements.clone();
            more.push(deny.replace("Allow", "Deny"));
            prop_assert!(says(&of(&statements).is_public()) || !says(&of(&more).is_public()));
        }

        #[test]
        fn the_order_of_statements_does_not_matter(statements in prop::collection::vec(any_statement(), 0..5)) {
            let mut reversed = statements.clone();
            reversed.reverse();
            let (one, other) = (of(&statements), of(&reversed));
            prop_assert_eq!(says(&one.is_public()), says(&other.is_public()));
            prop_assert_eq!(says(&one.denies_insecure_transport()), says(&other.denies_insecure_transport()));
            prop_assert_eq!(says(&one.allows_full_admin()), says(&other.allows_full_admin()));
        }

        #[test]
        fn one_text_and_a_list_of_one_are_the_same(statement in any_statement()) {
            let listed = statement.replace(r#""Resource":"*""#, r#""Resource":["*"]"#).replace(r#"{"AWS":"*"}"#, r#"{"AWS":["*"]}"#);
            let (one, other) = (of(&[statement]), of(&[listed]));
            prop_assert_eq!(one.is_public(), other.is_public());
            prop_assert_eq!(one.denies_insecure_transport(), other.denies_insecure_transport());
        }

        #[test]
        fn anything_parses(text in ".{0,200}") {
            let _ = policy(&text).is_public();
        }
    }
}
