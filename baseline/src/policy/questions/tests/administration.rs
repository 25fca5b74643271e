//! Full administration, and ways to it.

use super::*;
use crate::policy::decide::Policies;
use crate::policy::questions::administration::escalations;

fn admin(statement: &str) -> bool {
    yes(&policy(statement).allows_full_admin(&world()))
}

fn all_if(condition: &str) -> String {
    format!(r#"{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{condition}}}"#)
}

#[test]
fn everything_in_every_spelling() {
    for statement in [
        r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#.to_owned(),
        r#"{"Effect":"Allow","Action":["s3:Get*","*:*"],"Resource":["*"]}"#.to_owned(),
        r#"{"Effect":"Allow","NotAction":"aws-portal:*","Resource":"*"}"#.to_owned(),
        r#"{"Effect":"Allow","Action":"**","Resource":"arn:aws-us-gov:*"}"#.to_owned(),
        r#"{"Effect":"Allow","Action":"*","Resource":"arn:aws:*"}"#.to_owned(),
        r#"{"Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::secret/*"}"#.to_owned(),
        r#"{"Effect":"Allow","NotAction":["iam:*User*","iam:*AccessKey*","iam:PassRole"],"Resource":"*"}"#.to_owned(),
        all_if(r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#),
        all_if(r#"{"StringEquals":{"aws:ResourceAccount":"111111111111"}}"#),
        all_if(r#"{"StringEquals":{"aws:RequestedRegion":["us-east-1","eu-west-1"]}}"#),
        all_if(r#"{"Null":{"aws:RequestTag/x":"true"}}"#),
        all_if(r#"{"StringNotEquals":{"aws:ResourceTag/team":"red"}}"#),
        all_if(r#"{"StringEqualsIfExists":{"aws:ResourceTag/team":"red"}}"#),
        all_if(r#"{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}"#),
    ] {
        assert!(admin(&statement), "{statement}");
    }
}

#[test]
fn less_than_everything() {
    for statement in [
        r#"{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"}"#.to_owned(),
        r#"{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::*"}"#.to_owned(),
        r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#.to_owned(),
        r#"{"Effect":"Allow","Action":"iam:*","Resource":"*"}"#.to_owned(),
        r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#.to_owned(),
        r#"{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":["iam:*"],"Resource":"*"}"#
            .to_owned(),
        all_if(r#"{"StringEquals":{"aws:ResourceTag/team":"red"}}"#),
        all_if(r#"{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}"#),
    ] {
        assert!(!admin(&statement), "{statement}");
    }
}

#[test]
fn an_identity_policy_that_names_a_principal_is_none() {
    let answer =
        policy(r#"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}"#).allows_full_admin(&world());
    assert!(matches!(answer, Answer::Unknown(_)));
}

fn identity(statements: &[&str]) -> Policies {
    let identity = statements.iter().map(|statement| policy(statement).document().clone()).collect();
    Policies { identity, ..Policies::default() }
}

fn routes(policies: &Policies) -> Vec<String> {
    let found = escalations(policies, &world()).unwrap();
    found
        .into_iter()
        .map(|escalation| escalation.route + if escalation.is_bounded { " (bounded)" } else { "" })
        .collect()
}

#[test]
fn two_halves_in_two_policies() {
    let pass = |service: &str| {
        format!(
            r#"{{"Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":{{"StringEquals":{{"iam:PassedToService":"{service}"}}}}}}"#
        )
    };
    let create = r#"{"Effect":"Allow","Action":["lambda:CreateFunction","lambda:InvokeFunction"],"Resource":"*"}"#;
    assert_eq!(routes(&identity(&[&pass("lambda.amazonaws.com"), create])), ["role for a function"]);
    assert!(routes(&identity(&[&pass("ec2.amazonaws.com"), create])).is_empty());
    assert!(routes(&identity(&[create])).is_empty());
}

#[test]
fn boundaries_and_control_policies_stop_a_route() {
    let put = r#"{"Effect":"Allow","Action":"iam:PutRolePolicy","Resource":"*"}"#;
    let mut policies = identity(&[put]);
    assert_eq!(routes(&policies), ["inline policy of a role"]);
    policies.boundary = Some(policy(r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#).document().clone());
    assert!(routes(&policies).is_empty());
    policies.boundary = None;
    policies.scps = vec![vec![
        policy(r#"{"Effect":"Deny","Action":"iam:*","Resource":"*"},{"Effect":"Allow","Action":"*","Resource":"*"}"#)
            .document()
            .clone(),
    ]];
    assert!(routes(&policies).is_empty());
}

#[test]
fn what_has_to_carry_a_boundary_leads_no_further() {
    let put = r#"{"Effect":"Allow","Action":"iam:PutRolePolicy","Resource":"*","Condition":{"StringEquals":{"iam:PermissionsBoundary":"arn:aws:iam::111111111111:policy/limit"}}}"#;
    assert_eq!(routes(&identity(&[put])), ["inline policy of a role (bounded)"]);
}
