//! Resource control policies in the questions: what they stop, whom they do not concern, and what is not known of them.

use super::*;
use crate::policy::request::{Context, Principal, Request};
use crate::policy::{Limits, Place};
use std::rc::Rc;

const OWN: &str = "o-a1b2c3d4e5";
const OUTSIDERS: &str = r#""Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}"#;
const DEPUTIES: &str = r#""Condition":{"StringNotEqualsIfExists":{"aws:SourceOrgID":"o-a1b2c3d4e5"},"Null":{"aws:SourceAccount":"false"},"Bool":{"aws:PrincipalIsAWSService":"true"}}"#;

/// A statement of a resource control policy.
fn deny(actions: &str, rest: &str) -> String {
    format!(r#"{{"Sid":"No","Effect":"Deny","Principal":"*","Action":{actions},"Resource":"*",{rest}}}"#)
}

fn limits(content: &Doc) -> Limits {
    let targets = Doc::List(vec![Doc::map([("TargetId", Doc::from("r-1"))])]);
    let policy = Doc::map([("Name", Doc::from("perimeter")), ("Content", content.clone()), ("Targets", targets)]);
    Limits::of(&[policy], "111111111111", &Place::Path(format!("{OWN}/r-1/")))
}

fn within(limits: Limits) -> World {
    World { organization: Some(OWN.to_owned()), limits: Some(Rc::new(limits)), ..world() }
}

/// The world with a resource control policy of these statements.
fn limited(statements: &str) -> World {
    within(limits(&Doc::string(format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#))))
}

fn stranger(statements: &str, rcp: &str) -> bool {
    yes(&policy(statements).is_public(&Outsiders::default(), &limited(rcp)))
}

fn why(answer: &Answer) -> String {
    match answer {
        Answer::Yes(why) | Answer::No(why) => why.sentence(),
        Answer::Unknown(unread) => format!("unknown: {unread}"),
    }
}

#[test]
fn a_denial_of_the_organization_stops_strangers_and_says_so() {
    let rcp = deny(r#""s3:*""#, OUTSIDERS);
    assert!(public(ALLOW) && !stranger(ALLOW, &rcp));
    let answer = policy(ALLOW).is_public(&Outsiders::default(), &limited(&rcp));
    let stopped = "anybody, unsigned: denied by statement `No of the resource control policy perimeter`";
    assert!(why(&answer).contains(stopped), "{}", why(&answer));
    // The organization by a policy variable, as AWS writes it.
    let variable = rcp.replace(OWN, "${aws:ResourceOrgID}");
    assert!(!stranger(ALLOW, &variable));
}

#[test]
fn what_it_does_not_cover_stays_open() {
    for actions in [r#""sqs:*""#, r#""s3:Put*""#, r#"["kms:*","s3:ListBucket"]"#] {
        assert!(stranger(ALLOW, &deny(actions, OUTSIDERS)), "{actions}");
    }
    assert!(stranger(ALLOW, &deny(r#""s3:*""#, r#""Condition":{"Bool":{"aws:SecureTransport":"false"}}"#)));
    assert!(stranger(ALLOW, &deny(r#""s3:*""#, r#""Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-b"}}"#)));
    // Topics are not limited, whatever a policy says.
    let topic = r#"{"Effect":"Allow","Principal":"*","Action":"sns:Publish","Resource":"*"}"#;
    assert!(stranger(topic, &deny(r#"["sns:*","*"]"#, OUTSIDERS)));
}

#[test]
fn an_exception_lets_those_in_whom_it_names() {
    let partner = OUTSIDERS.replace(r#""o-a1b2c3d4e5""#, r#""o-a1b2c3d4e5","aws:PrincipalAccount":"222222222222""#);
    let world = limited(&deny(r#""s3:*""#, &partner));
    let named = Outsiders { accounts: Some(vec!["111111111111".to_owned()]), ..Outsiders::default() };
    assert!(!yes(&policy(ALLOW).is_public(&Outsiders::default(), &world)), "strangers");
    assert!(yes(&policy(ALLOW).is_public(&named, &world)), "the partner");
    let only_named = Outsiders { only_named: true, ..named.clone() };
    assert!(yes(&policy(ALLOW).is_public(&only_named, &world)), "the partner, and nobody else");
    assert!(!yes(&policy(ALLOW).is_public(&only_named, &super::world())), "nobody names anybody");
    // What the policy keeps for its own is not the partner's.
    let network = allow_if(r#"{"StringEquals":{"aws:SourceVpc":"vpc-0123456789abcdef0"}}"#);
    assert!(!yes(&policy(&network).is_public(&named, &world)), "not from the network of the policy");
    let other = ALLOW.replace(r#""Principal":"*""#, r#""Principal":{"AWS":["333333333333"]}"#);
    assert!(!yes(&policy(&other).is_public(&named, &world)), "another account that is named");
}

#[test]
fn a_member_that_counts_as_an_outsider_gets_past_what_stops_strangers() {
    let statements = ALLOW.replace(r#""Principal":"*""#, r#""Principal":{"AWS":"222222222222"}"#);
    let named = Outsiders { accounts: Some(vec!["111111111111".to_owned()]), ..Outsiders::default() };
    let mut world = limited(&deny(r#""s3:*""#, OUTSIDERS));
    assert!(!yes(&policy(&statements).is_public(&named, &world)), "no member");
    world.may_have_other_members = true;
    assert!(yes(&policy(&statements).is_public(&named, &world)), "perhaps a member");
    world.may_have_other_members = false;
    world.members = [("222222222222".to_owned(), String::new())].into();
    assert!(yes(&policy(&statements).is_public(&named, &world)), "a member");
    let inside = Outsiders { members_are_inside: true, ..named };
    assert!(!yes(&policy(&statements).is_public(&inside, &world)), "a member is inside");
}

#[test]
fn confused_deputies_are_stopped_by_the_source() {
    let trail = r#"{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::b/*"}"#;
    assert!(public_to(trail, &deputies()));
    let strict = DEPUTIES.replace(r#""Null":{"aws:SourceAccount":"false"},"#, "");
    let world = limited(&deny(r#""s3:*""#, &strict));
    assert!(!yes(&policy(trail).is_public(&deputies(), &world)));
    // A service that does not say for whom it acts is spared by AWS's own example.
    let world = limited(&deny(r#""s3:*""#, DEPUTIES));
    assert!(yes(&policy(trail).is_public(&deputies(), &world)));
    // Services of one's own organization are let in.
    for source in [OWN, "${aws:ResourceOrgID}"] {
        let world = limited(&deny(r#""s3:*""#, &strict.replace(OWN, source)));
        let own = policy(trail).allows_service("cloudtrail.amazonaws.com", &world);
        assert!(yes(&own), "{source}");
        assert!(!yes(&policy(trail).allows_service_for_anyone("cloudtrail.amazonaws.com", &world)), "{source}");
    }
}

#[test]
fn roles_cannot_be_taken_from_outside() {
    let trust =
        |principal: &str| policy(&format!(r#"{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole"}}"#));
    let world = limited(&deny(r#""sts:AssumeRole""#, OUTSIDERS));
    assert!(!yes(&trust(r#""*""#).trusts_anyone(&Outsiders::default(), &world)));
    let elsewhere = limited(&deny(r#""s3:*""#, OUTSIDERS));
    assert!(yes(&trust(r#""*""#).trusts_anyone(&Outsiders::default(), &elsewhere)));
    let github = policy(
        r#"{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}}}"#,
    );
    assert!(yes(&github.trusts_anyone(&Outsiders::default(), &world)));
    let tenants = r#""Condition":{"StringNotLikeIfExists":{"token.actions.githubusercontent.com:sub":"repo:acme/*"}}"#;
    let tokens = limited(&deny(r#""sts:AssumeRoleWithWebIdentity""#, tenants));
    assert!(!yes(&github.trusts_anyone(&Outsiders::default(), &tokens)));
}

#[test]
fn grants_of_keys_can_be_retired_all_the_same() {
    let key = |actions: &str| format!(r#"{{"Effect":"Allow","Principal":"*","Action":{actions},"Resource":"*"}}"#);
    let rcp = deny(r#""kms:*""#, OUTSIDERS);
    assert!(!stranger(&key(r#"["kms:Decrypt","kms:Encrypt"]"#), &rcp));
    assert!(stranger(&key(r#"["kms:Decrypt","kms:RetireGrant"]"#), &rcp));
}

#[test]
fn plain_http_is_denied_by_the_organization_alone() {
    let tls = deny(r#"["s3:*","sqs:*"]"#, r#""Condition":{"BoolIfExists":{"aws:SecureTransport":"false"}}"#);
    let denies = |statements: &str, service: Option<&str>, world: &World| {
        let policy = if statements.is_empty() { Policy::parse(&Doc::Null) } else { policy(statements) };
        yes(&policy.denies_insecure_transport(service, world))
    };
    let world = limited(&tls);
    assert!(denies(ALLOW, None, &world) && denies(ALLOW, Some("s3"), &world));
    assert!(denies("", Some("s3"), &world) && denies("", Some("sqs"), &world));
    assert!(!denies("", Some("sns"), &world) && !denies("", None, &world));
    assert!(!denies("", Some("s3"), &limited(&tls.replace("s3:*", "s3:Get*"))));
    assert!(!denies("", Some("s3"), &limited(&deny(r#""s3:*""#, OUTSIDERS))));
    // Each denies a part.
    let own = r#"{"Effect":"Deny","Principal":"*","Action":"s3:P*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}"#;
    let rest = tls.replace(
        r#"["s3:*","sqs:*"]"#,
        r#"["s3:A*","s3:B*","s3:C*","s3:D*","s3:G*","s3:L*","s3:R*","s3:I*","s3:O*","s3:U*","s3:S*","s3:T*","s3:E*"]"#,
    );
    assert!(!denies(own, None, &super::world()) && denies(own, None, &limited(&rest)));
}

#[test]
fn what_was_not_read_may_stop_what_gets_through_and_nothing_else() {
    let denied = Arc::new(Unread::new(UnreadReason::AccessDenied, "organizations:ListPolicies", ""));
    let world = within(Limits::unknown(Arc::clone(&denied)));
    let answer = policy(ALLOW).is_public(&Outsiders::default(), &world);
    assert_eq!(answer, Answer::Unknown(Arc::clone(&denied)));
    let closed = ALLOW.replace(r#""Principal":"*""#, r#""Principal":{"AWS":"111111111111"}"#);
    assert!(!yes(&policy(&closed).is_public(&Outsiders::default(), &world)));
    let topic = r#"{"Effect":"Allow","Principal":"*","Action":"sns:Publish","Resource":"*"}"#;
    assert!(yes(&policy(topic).is_public(&Outsiders::default(), &world)), "topics are not limited");
    assert!(matches!(policy(ALLOW).denies_insecure_transport(Some("s3"), &world), Answer::Unknown(_)));
    // A denial that is known decides, whatever else there may be.
    let broken = deny(r#""s3:*""#, OUTSIDERS) + r#",{"Effect":"Perhaps"}"#;
    assert!(!stranger(ALLOW, &broken));
    let other = limited(&(deny(r#""sqs:*""#, OUTSIDERS) + r#",{"Effect":"Perhaps"}"#));
    assert!(matches!(policy(ALLOW).is_public(&Outsiders::default(), &other), Answer::Unknown(_)));
}

#[test]
fn an_exception_for_what_is_tagged_is_not_decided_without_the_tags() {
    let tagged = OUTSIDERS.replace(r#""o-a1b2c3d4e5""#, r#""o-a1b2c3d4e5","aws:ResourceTag/perimeter":"open""#);
    let answer = policy(ALLOW).is_public(&Outsiders::default(), &limited(&deny(r#""s3:*""#, &tagged)));
    assert!(why(&answer).contains("tagged"), "{}", why(&answer));
    // Where it would be open anyway it is.
    let rest = deny(r#""s3:Put*""#, &tagged);
    assert!(stranger(ALLOW, &rest));
}

#[test]
fn a_single_request_is_held_against_them() {
    let request = |principal: &str| Request {
        principal: Principal::parse(principal).expect("a principal"),
        action: "s3:GetObject".to_owned(),
        resource: "arn:aws:s3:::b/k".to_owned(),
        resource_account: Some("111111111111".to_owned()),
        context: Context::new(),
    };
    let world = limited(&deny(r#""s3:*""#, OUTSIDERS));
    assert!(yes(&policy(ALLOW).allows(&request("anonymous"), &super::world())));
    assert!(!yes(&policy(ALLOW).allows(&request("anonymous"), &world)));
    let own = world.with_organization_of(request("arn:aws:iam::111111111111:role/r"));
    assert!(yes(&policy(ALLOW).allows(&own, &world)));
    assert!(!yes(
        &policy(ALLOW).allows_action("s3:GetObject", &limited(&deny(r#""s3:GetObject""#, r#""Condition":{}"#)))
    ));
    // They limit what resources' policies grant, and not what those of principals do.
    let identity = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}"#;
    assert!(yes(&policy(identity).allows(&request("anonymous"), &world)));
    let unknown = within(Limits::unknown(Arc::new(Unread::new(UnreadReason::AccessDenied, "", ""))));
    assert!(matches!(policy(ALLOW).allows(&request("anonymous"), &unknown), Answer::Unknown(_)));
}
