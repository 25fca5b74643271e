//! What a classifier, or a search with samples, gets wrong.

use super::*;
use crate::policy::request::{Context, Principal, Request};

#[test]
fn two_patterns_need_a_member_in_common() {
    // The role's name begins with what one condition wants, and the account is the stranger's own.
    assert!(public(&allow_if(r#"{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/adm*"}}"#)));
    let deny = r#"{"StringNotLike":{"aws:PrincipalTag/t":["a*","*b"]}}"#;
    assert!(public(&denied_if(deny)));
}

#[test]
fn a_union_of_negatives_can_cover_a_positive() {
    let statements = format!(
        "{},{}",
        allow_if(r#"{"StringLike":{"aws:UserAgent":"*a"}}"#),
        r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringLike":{"aws:UserAgent":["?*a","a"]}}}"#
    );
    assert!(!public(&statements));
}

#[test]
fn several_denials_cover_together_what_none_covers_alone() {
    let deny = |condition: &str| {
        format!(r#"{{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{condition}}}"#)
    };
    let (with, without) = (deny(r#"{"Null":{"aws:Referer":"false"}}"#), deny(r#"{"Null":{"aws:Referer":"true"}}"#));
    assert!(!public(&format!("{ALLOW},{with},{without}")));
    assert!(public(&format!("{ALLOW},{with}")));
    let below = deny(r#"{"NumericLessThanEqualsIfExists":{"s3:signatureAge":"5"}}"#);
    let above = deny(r#"{"NumericGreaterThanEquals":{"s3:signatureAge":"5"}}"#);
    assert!(!public(&format!("{ALLOW},{below},{above}")));
    let gap = deny(r#"{"NumericGreaterThanEquals":{"s3:signatureAge":"5.1"}}"#);
    assert!(public(&format!("{ALLOW},{below},{gap}")));
}

#[test]
fn nested_ranges() {
    let allow = allow_if(r#"{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}"#);
    let deny = |ranges: &str| {
        format!(
            r#"{allow},{{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{{"IpAddress":{{"aws:SourceIp":[{ranges}]}}}}}}"#
        )
    };
    assert!(public(&deny(r#""0.0.0.0/1","192.0.0.0/2""#)));
    assert!(!public(&deny(r#""0.0.0.0/1","128.0.0.0/1""#)));
}

#[test]
fn two_elements_of_one_key() {
    let both = r#"{"ForAnyValue:StringEquals":{"aws:TagKeys":"a"}}"#;
    let statements = format!(
        "{},{}",
        allow_if(both).replace("s3:GetObject", "s3:PutObject"),
        r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}}"#
    );
    assert!(public(&statements));
}

#[test]
fn every_action_denied_by_name_leaves_none() {
    let all: Vec<String> = include_str!("../../../../pack/policy/actions.csv")
        .lines()
        .filter(|line| line.starts_with("sns:topic,"))
        .map(|line| format!(r#""{}""#, line.split(',').nth(1).unwrap()))
        .collect();
    let statements = format!(
        r#"{{"Effect":"Allow","Principal":"*","Action":"sns:*","Resource":"*"}},{{"Effect":"Deny","Principal":"*","Action":[{}],"Resource":"*"}}"#,
        all.join(",")
    );
    assert!(!public(&statements));
}

#[test]
fn an_action_needs_its_own_kind_of_resource() {
    let on = |action: &str, resource: &str| {
        public(&format!(r#"{{"Effect":"Allow","Principal":"*","Action":"{action}","Resource":"{resource}"}}"#))
    };
    assert!(!on("s3:GetObject", "arn:aws:s3:::b"));
    assert!(on("s3:GetObject", "arn:aws:s3:::b/*"));
    assert!(on("s3:ListBucket", "arn:aws:s3:::b"));
    assert!(!on("s3:ListBucket", "arn:aws:s3:::b/*"));
    assert!(on("s3:*", "*"));
}

#[test]
fn a_variable_can_hold_what_no_policy_names() {
    // A stranger tags itself with the path of its own organization.
    let condition = r#"{"ForAnyValue:StringEquals":{"aws:PrincipalOrgPaths":"${aws:PrincipalTag/t}"}}"#;
    assert!(public(&allow_if(condition)));
    assert!(public(&allow_if(r#"{"StringEquals":{"aws:username":"${aws:PrincipalTag/name}"}}"#)));
    let home =
        r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${aws:username}/*"}"#;
    assert!(public(home));
}

#[test]
fn a_variable_that_nothing_decides_is_unknown() {
    let statements = format!(
        "{},{}",
        allow_if(r#"{"StringEquals":{"aws:UserAgent":"${aws:Referer}x"}}"#),
        r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringNotEquals":{"aws:UserAgent":"zzz"}}}"#
    );
    let answer = policy(&statements).is_public(&Outsiders::default(), &world());
    assert!(matches!(answer, Answer::Unknown(_) | Answer::Yes(_)), "{answer:?}");
}

#[test]
fn a_plain_operator_on_several_values_is_not_defined() {
    let condition = r#"{"StringEquals":{"aws:TagKeys":"a"},"ForAnyValue:StringEquals":{"aws:TagKeys":"b"}}"#;
    let statements = allow_if(condition).replace("s3:GetObject", "s3:PutObject");
    assert!(matches!(policy(&statements).is_public(&Outsiders::default(), &world()), Answer::Unknown(_)));
}

#[test]
fn a_denial_of_which_nobody_knows_whether_it_applies_lets_nobody_in_for_certain() {
    let statements = denied_if(r#"{"StringEquals":{"aws:TagKeys":"a"}}"#);
    let mut context = Context::new();
    context.set("aws:TagKeys", ["a", "b"]);
    let request = Request {
        principal: Principal::Anonymous,
        action: "s3:GetObject".to_owned(),
        resource: "arn:aws:s3:::b/k".to_owned(),
        resource_account: None,
        context,
    };
    assert!(matches!(policy(&statements).allows(&request, &world()), Answer::Unknown(_)));
}

#[test]
fn another_resource_escapes_a_denial() {
    let deny =
        |resources: &str| public(&denied(&format!(r#""Principal":"*","Action":"s3:*","Resource":[{resources}]"#)));
    assert!(deny(r#""arn:aws:s3:::b/?","arn:aws:s3:::b/*???x""#));
    assert!(!deny(r#""arn:aws:s3:::b/?","arn:aws:s3:::b/??*","arn:aws:s3:::b/""#));
}

#[test]
fn what_explodes_is_too_complex_and_never_a_no() {
    let statements = format!(
        "{},{}",
        allow_if(&format!(r#"{{"StringLike":{{"aws:UserAgent":"*a{0}","aws:Referer":"*"}}}}"#, "?".repeat(20))),
        format_args!(
            r#"{{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{{"StringLike":{{"aws:UserAgent":["*a{0}","*b{0}"]}}}}}}"#,
            "?".repeat(20)
        )
    );
    let answer = policy(&statements).is_public(&Outsiders::default(), &world());
    assert!(
        matches!(&answer, Answer::Unknown(unread) if unread.detail.contains("too_complex"))
            || matches!(answer, Answer::No(_)),
        "{answer:?}"
    );
}

#[test]
fn only_addresses_of_the_own_domain_may_be_subscribed() {
    let subscribe = |pattern: &str| {
        public(&format!(
            r#"{{"Effect":"Allow","Principal":"*","Action":"SNS:Subscribe","Resource":"*","Condition":{{"StringLike":{{"SNS:Endpoint":"{pattern}"}}}}}}"#
        ))
    };
    assert!(!subscribe("*@example.com"));
    assert!(!subscribe("https://example.com/*"));
    assert!(subscribe("*example.com"));
    assert!(subscribe("https://*"));
    assert!(public(
        r#"{"Effect":"Allow","Principal":"*","Action":"SNS:Subscribe","Resource":"*","Condition":{"StringEquals":{"SNS:Protocol":"https"}}}"#
    ));
}

#[test]
fn a_function_url() {
    let with = |auth: &str| {
        policy(&format!(
            r#"{{"Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunctionUrl","Resource":"f","Condition":{{"StringEquals":{{"lambda:FunctionUrlAuthType":"{auth}"}}}}}}"#
        ))
        .is_public(&Outsiders::default(), &world())
    };
    let who = |answer: Answer| match answer {
        Answer::Yes(Why::Witness(witness)) => Some(witness.who),
        _ => None,
    };
    assert_eq!(who(with("NONE")), Some(Who::Anybody));
    assert_eq!(who(with("AWS_IAM")), Some(Who::AnyAccount));
}

#[test]
fn a_policy_is_about_the_one_resource_that_it_names() {
    let all = r#"{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}"#;
    let deny = |resources: &str| format!(r#"{{"Effect":"Deny","Principal":"*","Action":"*","Resource":{resources}}}"#);
    assert!(!public(&format!("{all},{}", deny(r#"["arn:aws:s3:::b","arn:aws:s3:::b/*"]"#))));
    assert!(public(&format!("{all},{}", deny(r#""arn:aws:s3:::b/*""#))));
    assert!(public(&format!("{all},{}", deny(r#"["arn:aws:s3:::b","arn:aws:s3:::b/private/*"]"#))));
}

#[test]
fn a_key_belongs_to_its_actions() {
    let with = |action: &str, resource: &str| {
        public(&format!(
            r#"{{"Effect":"Allow","Principal":"*","Action":"{action}","Resource":"{resource}","Condition":{{"StringEquals":{{"s3:prefix":"x"}}}}}}"#
        ))
    };
    assert!(with("s3:ListBucket", "arn:aws:s3:::b"));
    assert!(!with("s3:GetObject", "arn:aws:s3:::b/*"));
}

#[test]
fn what_is_left_out_does_not_say_what_is_meant() {
    let all_but = |actions: &str| {
        public(&format!(r#"{{"Effect":"Allow","Principal":"*","NotAction":{actions},"Resource":"*"}}"#))
    };
    assert!(all_but(r#""iam:*""#));
    assert!(all_but(r#"["iam:*","s3:Delete*"]"#));
    assert!(!all_but(r#""*""#));
    let on = r#"{"Effect":"Allow","Principal":"*","NotAction":"s3:*","Resource":"arn:aws:s3:::b/*"}"#;
    assert!(!public(on));
}

#[test]
fn a_denial_for_another_queue_says_nothing_of_this_one() {
    let statements = r#"{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"},
        {"Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"arn:aws:sqs:eu-west-1:111111111111:other"}"#;
    assert!(public(statements));
}

#[test]
fn everybody_may_mean_a_service() {
    let with = |condition: &str| allow_if(condition);
    assert!(public(&with(r#"{"StringEquals":{"aws:PrincipalServiceName":"cloudfront.amazonaws.com"}}"#)));
    assert!(public(&with(r#"{"Bool":{"aws:PrincipalIsAWSService":"true"}}"#)));
    assert!(!public(&with(
        r#"{"Bool":{"aws:PrincipalIsAWSService":"true"},"StringEquals":{"aws:SourceAccount":"111111111111"}}"#
    )));
}

#[test]
fn what_a_statement_names_narrows_no_other_statement() {
    let everything = r#"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"0.0.0.0/1"}}}"#;
    let everything_else = r#"{"Effect":"Allow","Principal":"*","NotAction":"sts:*","Resource":"*"}"#;
    for allow in [everything, everything_else] {
        assert!(public(allow));
        assert!(public(&format!(
            r#"{allow},{{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}}"#
        )));
        assert!(public(&format!(
            r#"{allow},{{"Effect":"Deny","Principal":"*","Action":"*","Resource":"arn:aws:sqs:*:*:*"}}"#
        )));
        assert!(public(&format!(
            r#"{allow},{{"Effect":"Allow","Principal":{{"AWS":"111111111111"}},"Action":"sqs:SendMessage","Resource":"*"}}"#
        )));
        assert!(!public(&format!(r#"{allow},{{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}"#)));
    }
}
