//! Decisions over several policies. Expectations are from the IAM User Guide, "Policy evaluation logic".

use super::*;
use crate::doc::Doc;
use crate::policy::request::{Context, Principal};

const USER: &str = "arn:aws:iam::111111111111:user/anna";
const ROLE: &str = "arn:aws:iam::111111111111:role/deploy";
const SESSION: &str = "arn:aws:sts::111111111111:assumed-role/deploy/ci";

fn document(statement: &str) -> Document {
    Document::parse(&Doc::string(format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#)))
}

fn allow(action: &str) -> Document {
    document(&format!(
        r#"{{"Sid":"Allow{}","Effect":"Allow","Action":"{action}","Resource":"*"}}"#,
        action.replace([':', '*'], "")
    ))
}

fn deny(action: &str) -> Document {
    document(&format!(r#"{{"Sid":"Deny","Effect":"Deny","Action":"{action}","Resource":"*"}}"#))
}

fn grant(principal: &str) -> Option<Document> {
    Some(document(&format!(r#"{{"Effect":"Allow","Principal":{principal},"Action":"*","Resource":"*"}}"#)))
}

fn request(principal: &str, action: &str, resource: &str) -> Request {
    Request {
        principal: Principal::parse(principal).unwrap(),
        action: action.to_owned(),
        resource: resource.to_owned(),
        resource_account: Some("111111111111".to_owned()),
        context: Context::new(),
    }
}

fn outcome(policies: &Policies, principal: &str) -> Outcome {
    decide(policies, &request(principal, "s3:GetObject", "arn:aws:s3:::b/k")).outcome
}

#[test]
fn nothing_is_allowed_until_something_allows_it() {
    let mut policies = Policies::default();
    assert_eq!(outcome(&policies, USER), Outcome::ImplicitDeny);
    policies.identity.push(allow("s3:*"));
    assert_eq!(outcome(&policies, USER), Outcome::Allow);
    policies.identity.push(deny("s3:Get*"));
    assert_eq!(outcome(&policies, USER), Outcome::ExplicitDeny);
}

#[test]
fn what_aws_leaves_open_is_unknown() {
    let open = |statement: &str, action: &str, resource: &str| {
        let policies = Policies { resource: Some(document(statement)), ..Policies::default() };
        decide(&policies, &request(USER, action, resource)).outcome
    };
    let repository = "arn:aws:ecr:eu-west-1:111111111111:repository/r";
    let (s3, key) = ("s3:GetObject", "arn:aws:s3:::b/k");
    // Policies of repositories, as of roles, name no resource.
    let pull = r#"{"Effect":"Allow","Principal":"*","Action":"ecr:BatchGetImage"}"#;
    assert_eq!(open(pull, "ecr:BatchGetImage", repository), Outcome::Allow);
    assert_eq!(open(pull, "ecr:PutImage", repository), Outcome::ImplicitDeny);
    // Whose canonical id it is, the request does not say.
    let by_id = |effect: &str, element: &str| {
        format!(
            r#"{{"Effect":"{effect}","{element}":{{"CanonicalUser":"79a59df900b949e55d96a1e698fbaced"}},"Action":"s3:*","Resource":"*"}}"#
        )
    };
    assert_eq!(open(&by_id("Allow", "Principal"), s3, key), Outcome::Unknown);
    assert_eq!(open(&by_id("Allow", "NotPrincipal"), s3, key), Outcome::Unknown);
    let denied = format!(
        "{},{}",
        r#"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}"#,
        by_id("Deny", "Principal")
    );
    assert_eq!(open(&denied, s3, key), Outcome::Unknown);
    // AWS takes no NotPrincipal in trust policies.
    let (take, role) = ("sts:AssumeRole", "arn:aws:iam::111111111111:role/x");
    let others = r#"{"Effect":"Allow","NotPrincipal":{"AWS":"222222222222"},"Action":"sts:AssumeRole"}"#;
    assert_eq!(open(others, take, role), Outcome::Unknown);
    assert_eq!(open(others, "sts:TagSession", role), Outcome::ImplicitDeny);
    let mut policies = Policies { identity: vec![allow("*")], ..Policies::default() };
    policies.identity.push(document(r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}"#));
    assert_eq!(outcome(&policies, USER), Outcome::Unknown);
}

#[test]
fn the_deciding_statements_are_named() {
    let mut policies = Policies { identity: vec![allow("s3:*")], scps: vec![vec![allow("*")]], ..Policies::default() };
    let request = request(USER, "s3:GetObject", "arn:aws:s3:::b/k");
    let decision = decide(&policies, &request);
    let names: Vec<_> = decision.statements.iter().map(|each| (each.layer, each.statement.as_str())).collect();
    assert_eq!(names, [(Layer::ServiceControl(0), "Allow"), (Layer::Identity, "Allows3")]);
    policies.scps.push(vec![allow("ec2:*"), deny("s3:*")]);
    let decision = decide(&policies, &request);
    assert_eq!(decision.outcome, Outcome::ExplicitDeny);
    assert_eq!(decision.statements.len(), 1);
    assert_eq!((decision.statements[0].layer, decision.statements[0].document), (Layer::ServiceControl(1), 1));
    policies.scps[1].pop();
    let decision = decide(&policies, &request);
    assert_eq!((decision.outcome, decision.missing), (Outcome::ImplicitDeny, vec![Layer::ServiceControl(1)]));
}

#[test]
fn within_an_account_either_side_is_enough() {
    let with = |principal: &str| Policies { resource: grant(principal), ..Policies::default() };
    assert_eq!(outcome(&with(&format!(r#"{{"AWS":"{USER}"}}"#)), USER), Outcome::Allow);
    assert_eq!(outcome(&with(r#""*""#), USER), Outcome::Allow);
    // Naming the account leaves the decision to the account.
    assert_eq!(outcome(&with(r#"{"AWS":"111111111111"}"#), USER), Outcome::ImplicitDeny);
    assert_eq!(outcome(&with(&format!(r#"{{"AWS":"{ROLE}"}}"#)), SESSION), Outcome::Allow);
    assert_eq!(outcome(&with(&format!(r#"{{"AWS":"{ROLE}"}}"#)), USER), Outcome::ImplicitDeny);
}

#[test]
fn across_accounts_both_sides_have_to_allow() {
    let stranger = "arn:aws:iam::222222222222:user/otto";
    let resource = grant(r#"{"AWS":"222222222222"}"#);
    let mut policies = Policies { resource, ..Policies::default() };
    assert_eq!(outcome(&policies, stranger), Outcome::ImplicitDeny);
    policies.identity.push(allow("s3:*"));
    assert_eq!(outcome(&policies, stranger), Outcome::Allow);
    policies.resource = None;
    assert_eq!(outcome(&policies, stranger), Outcome::ImplicitDeny);
}

#[test]
fn a_boundary_limits_identities_and_roles_that_are_named_but_not_users_and_sessions() {
    let boundary = Some(allow("ec2:*"));
    let of = |principal: &str, identity: Vec<Document>| Policies {
        boundary: boundary.clone(),
        resource: grant(principal),
        identity,
        ..Policies::default()
    };
    let nobody = r#"{"AWS":"333333333333"}"#;
    assert_eq!(outcome(&of(nobody, vec![allow("s3:*")]), USER), Outcome::ImplicitDeny);
    assert_eq!(outcome(&of(&format!(r#"{{"AWS":"{USER}"}}"#), vec![]), USER), Outcome::Allow);
    assert_eq!(outcome(&of(&format!(r#"{{"AWS":"{ROLE}"}}"#), vec![]), SESSION), Outcome::ImplicitDeny);
    assert_eq!(outcome(&of(&format!(r#"{{"AWS":"{SESSION}"}}"#), vec![]), SESSION), Outcome::Allow);
    assert_eq!(outcome(&of(r#""*""#, vec![]), SESSION), Outcome::Allow);
}

#[test]
fn a_session_policy_limits_what_the_role_has() {
    let mut policies = Policies { identity: vec![allow("*")], session: vec![allow("ec2:*")], ..Policies::default() };
    assert_eq!(outcome(&policies, SESSION), Outcome::ImplicitDeny);
    policies.session.push(allow("s3:Get*"));
    assert_eq!(outcome(&policies, SESSION), Outcome::Allow);
}

#[test]
fn service_control_policies_concern_principals_of_accounts() {
    let scps = vec![vec![allow("*")], vec![deny("s3:*")]];
    let mut policies = Policies { scps, resource: grant(r#""*""#), ..Policies::default() };
    assert_eq!(outcome(&policies, USER), Outcome::ExplicitDeny);
    assert_eq!(outcome(&policies, "111111111111"), Outcome::ExplicitDeny);
    assert_eq!(outcome(&policies, "anonymous"), Outcome::Allow);
    assert_eq!(outcome(&policies, "cloudtrail.amazonaws.com"), Outcome::Allow);
    policies.rcps = vec![vec![document(r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}"#)]];
    assert_eq!(outcome(&policies, "anonymous"), Outcome::ExplicitDeny);
}

#[test]
fn the_root_user_needs_no_policy() {
    let mut policies = Policies { boundary: Some(allow("ec2:*")), ..Policies::default() };
    assert_eq!(outcome(&policies, "111111111111"), Outcome::Allow);
    policies.scps = vec![vec![allow("ec2:*")]];
    assert_eq!(outcome(&policies, "111111111111"), Outcome::ImplicitDeny);
}

#[test]
fn a_key_and_a_role_have_to_allow_in_any_case() {
    let key = "arn:aws:kms:eu-west-1:111111111111:key/1";
    let ask = |resource: Option<Document>, identity: Vec<Document>| {
        let policies = Policies { resource, identity, ..Policies::default() };
        decide(&policies, &request(USER, "kms:Decrypt", key)).outcome
    };
    let delegates = r#"{"AWS":"arn:aws:iam::111111111111:root"}"#;
    let other = r#"{"AWS":"arn:aws:iam::111111111111:role/other"}"#;
    assert_eq!(ask(grant(other), vec![allow("kms:*")]), Outcome::ImplicitDeny);
    assert_eq!(ask(grant(delegates), vec![allow("kms:*")]), Outcome::Allow);
    assert_eq!(ask(grant(delegates), vec![]), Outcome::ImplicitDeny);
    assert_eq!(ask(grant(&format!(r#"{{"AWS":"{USER}"}}"#)), vec![]), Outcome::Allow);
    assert_eq!(ask(None, vec![allow("kms:*")]), Outcome::Unknown);
    let policies = Policies { identity: vec![allow("kms:*")], ..Policies::default() };
    assert_eq!(decide(&policies, &request(USER, "kms:ListKeys", "*")).outcome, Outcome::Allow);
}

#[test]
fn all_but_some_spares_only_who_is_named_whole() {
    let with = |list: &str| Policies {
        identity: vec![allow("*")],
        resource: Some(document(&format!(
            r#"{{"Effect":"Deny","NotPrincipal":{{"AWS":[{list}]}},"Action":"*","Resource":"*"}}"#
        ))),
        ..Policies::default()
    };
    let account = r#""arn:aws:iam::111111111111:root""#;
    assert_eq!(outcome(&with(&format!(r#"{account},"{USER}""#)), USER), Outcome::Allow);
    assert_eq!(outcome(&with(&format!(r#""{USER}""#)), USER), Outcome::Unknown);
    assert_eq!(outcome(&with(r#""222222222222""#), USER), Outcome::ExplicitDeny);
    let mut bounded = with(&format!(r#"{account},"{USER}""#));
    bounded.boundary = Some(allow("*"));
    assert_eq!(outcome(&bounded, USER), Outcome::ExplicitDeny);
}

#[test]
fn what_is_malformed_leaves_open_only_what_depends_on_it() {
    let broken = document(r#"{"Effect":"Maybe"}"#);
    let policies = Policies { identity: vec![allow("s3:*"), broken.clone()], ..Policies::default() };
    assert_eq!(outcome(&policies, USER), Outcome::Unknown);
    let policies = Policies { identity: vec![deny("s3:*"), broken.clone()], ..Policies::default() };
    assert_eq!(outcome(&policies, USER), Outcome::ExplicitDeny);
    let scps = vec![vec![allow("ec2:*")]];
    let policies = Policies { identity: vec![broken], scps, ..Policies::default() };
    assert_eq!(outcome(&policies, USER), Outcome::ImplicitDeny);
}

#[test]
fn an_identity_policy_that_names_principals_is_none() {
    let policies = Policies { identity: vec![grant(r#""*""#).unwrap()], ..Policies::default() };
    assert_eq!(outcome(&policies, USER), Outcome::Unknown);
}
