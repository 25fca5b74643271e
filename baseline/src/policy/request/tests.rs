//! What people write as a principal, and the keys that AWS derives.

use super::*;

#[test]
fn a_principal_is_read_from_what_people_write() {
    let role = Principal::parse("arn:aws:sts::111111111111:assumed-role/deploy/ci");
    let arn = "arn:aws:iam::111111111111:role/deploy".to_owned();
    assert_eq!(role, Some(Principal::Role { arn, session: Some("ci".to_owned()) }));
    assert_eq!(Principal::parse("111111111111"), Some(Principal::Root { account: "111111111111".to_owned() }));
    let service = Principal::Service { name: "cloudtrail.amazonaws.com".to_owned() };
    assert_eq!(Principal::parse("cloudtrail.amazonaws.com"), Some(service));
    assert_eq!(Principal::parse("arn:aws:s3:::b"), None);
}

#[test]
fn names_of_keys_ignore_case() {
    let mut context = Context::new();
    context.set("aws:PrincipalTag/Team", ["red"]);
    assert_eq!(context.fact("aws:principaltag/team"), Fact::Values(&["red".to_owned()]));
    context.leave_open("AWS:principaltag/TEAM");
    assert_eq!(context.fact("aws:principaltag/team"), Fact::Undecided);
}

#[test]
fn unsigned_requests_carry_an_account_and_no_word_on_services() {
    let request = Request {
        principal: Principal::Anonymous,
        action: "s3:GetObject".to_owned(),
        resource: "arn:aws:s3:::b/k".to_owned(),
        resource_account: Some("111111111111".to_owned()),
        context: Context::new(),
    };
    let context = request.with_derived_keys().context;
    assert_eq!(context.fact("aws:principalaccount"), Fact::Values(&["anonymous".to_owned()]));
    assert_eq!(context.fact("aws:principalisawsservice"), Fact::Absent);
    assert_eq!(context.fact("aws:principalarn"), Fact::Absent);
}
