//! What policies let through, by example: who is named, who can meet a condition, who escapes a denial.

mod administration;
mod laws;
mod limits;
mod pitfalls;
mod trust;

use super::*;

const SERVICES: &str = "*";

fn policy(statements: &str) -> Policy {
    Policy::parse(&Doc::string(format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)))
}

fn world() -> World {
    World { account: Some("111111111111".to_owned()), now: Some(1_768_435_200), ..World::default() }
}

/// Whether an answer is yes; a witness has to get through, which the search checks, and to be said.
fn yes(answer: &Answer) -> bool {
    match answer {
        Answer::Yes(why) => {
            assert!(!why.sentence().is_empty() && why.shown().is_some());
            true
        }
        Answer::No(_) => false,
        Answer::Unknown(unread) => panic!("unknown: {unread}"),
    }
}

fn public(statements: &str) -> bool {
    yes(&policy(statements).is_public(&Outsiders::default(), &world()))
}

fn public_to(statements: &str, outsiders: &Outsiders) -> bool {
    yes(&policy(statements).is_public(outsiders, &world()))
}

fn deputies() -> Outsiders {
    Outsiders { services: vec![SERVICES.to_owned()], ..Outsiders::default() }
}

const ALLOW: &str =
    r#"{"Sid":"Oops","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}"#;

/// A statement that lets everybody read, under a condition.
fn allow_if(condition: &str) -> String {
    format!(
        r#"{{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{condition}}}"#
    )
}

/// Everybody may read, but for what this denies.
fn denied(deny: &str) -> String {
    format!(r#"{ALLOW},{{"Effect":"Deny",{deny}}}"#)
}

fn denied_if(condition: &str) -> String {
    denied(&format!(r#""Principal":"*","Action":"s3:*","Resource":"*","Condition":{condition}"#))
}

#[test]
fn a_witness_reads_as_a_sentence() {
    let Answer::Yes(why) = policy(ALLOW).is_public(&Outsiders::default(), &world()) else { panic!() };
    assert_eq!(why.sentence(), "anybody, unsigned: `s3:GetObject` on `arn:aws:s3:::b/*`, by statement `Oops`");
    let parts = Doc::Map(why.shown().unwrap().parts().clone());
    assert_eq!(parts.get("caller").as_str(), Some("anybody, unsigned"));
    assert_eq!(parts.get("statements").to_json(), r#"["Oops"]"#);
    let referer = allow_if(r#"{"StringLike":{"aws:Referer":"https://example.com/*"}}"#);
    let Answer::Yes(why) = policy(&referer).is_public(&Outsiders::default(), &world()) else { panic!() };
    assert_eq!(
        why.sentence(),
        "anybody, unsigned: `s3:GetObject` on `arn:aws:s3:::b/*` with `aws:Referer` = `https://example.com/*`, which the caller chooses, by statement `0`"
    );
    let Answer::No(why) = policy(&denied_if(r#"{"StringNotEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}"#))
        .is_public(&Outsiders::default(), &world())
    else {
        panic!()
    };
    assert!(why.sentence().contains("anybody, unsigned: denied by statement `1`"), "{}", why.sentence());
}

#[test]
fn everybody_is_public_and_whoever_is_named_is_not() {
    let with = |principal: &str| {
        public(&format!(r#"{{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*",{principal}}}"#))
    };
    assert!(with(r#""Principal":"*""#));
    assert!(with(r#""Principal":{"AWS":["*","111111111111"]}"#));
    assert!(with(r#""NotPrincipal":{"AWS":"111111111111"}"#));
    assert!(!with(r#""Principal":{"AWS":"222222222222"}"#));
    assert!(!with(r#""Principal":{"AWS":"arn:aws:iam::222222222222:role/x"}"#));
    assert!(!with(r#""Principal":{"Service":"sns.amazonaws.com"}"#));
    assert!(!public(r#"{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}"#));
    assert!(!yes(&Policy::parse(&Doc::Null).is_public(&Outsiders::default(), &world())));
}

#[test]
fn what_aws_leaves_open_is_closed_to_nobody() {
    let ask = |statements: &str| policy(statements).is_public(&Outsiders::default(), &world());
    let unknown = |statements: &str| assert!(matches!(ask(statements), Answer::Unknown(_)), "{statements}");
    // Without a resource it is about its own.
    assert!(public(r#"{"Effect":"Allow","Principal":"*","Action":"ecr:BatchGetImage"}"#));
    assert!(!public(r#"{"Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"ecr:*"}"#));
    unknown(&allow_if(r#"{"ForAnyValue:StringEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}"#));
    unknown(&allow_if(r#"{"IpAddress":{"aws:SourceIp":[]}}"#));
    unknown(&denied_if(r#"{"StringEquals":{"aws:PrincipalAccount":[]}}"#));
    unknown(&denied_if(r#"{"NotIpAddress":{"aws:SourceIp":[]},"Bool":{"aws:SecureTransport":["true","false"]}}"#));
    unknown(&denied_if(r#"{"ForAllValues:Null":{"aws:PrincipalOrgID":"false"}}"#));
    assert!(public(&denied_if(r#"{"ForAnyValue:StringEquals":{"aws:PrincipalOrgPaths":[]}}"#)));
    // A key that is there and empty, or not there: only the empty text gets through, and AWS does not say whether it does.
    unknown(&allow_if(r#"{"Null":{"aws:Referer":"false"},"StringEquals":{"aws:Referer":""}}"#));
    unknown(&allow_if(r#"{"Null":{"aws:Referer":"true"},"StringEquals":{"aws:Referer":""}}"#));
    assert!(public(&allow_if(r#"{"StringEquals":{"aws:Referer":""}}"#)));
}

#[test]
fn what_everybody_can_arrange_keeps_nobody_out() {
    for condition in [
        r#"{"StringEquals":{"aws:PrincipalTag/team":"red"}}"#,
        r#"{"IpAddress":{"aws:VpcSourceIp":"10.0.0.0/8"}}"#,
        r#"{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}"#,
        r#"{"StringNotEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}"#,
        r#"{"ForAllValues:StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}"#,
        r#"{"Null":{"aws:PrincipalOrgID":"true"}}"#,
        r#"{"Bool":{"aws:SecureTransport":"true"}}"#,
        r#"{"StringEquals":{"aws:UserAgent":"secret"}}"#,
        r#"{"IpAddress":{"aws:SourceIp":["0.0.0.0/1","128.0.0.0/1"]}}"#,
        r#"{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","0.0.0.0/0"]}}"#,
        r#"{"IpAddress":{"aws:SourceIp":["192.0.2.0/24","::/0"]}}"#,
        r#"{"IpAddress":{"aws:SourceIp":"2000::/4"}}"#,
        r#"{"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}}"#,
        r#"{"StringLike":{"aws:SourceIp":"*"}}"#,
        r#"{"StringLike":{"aws:PrincipalOrgID":"o-*"}}"#,
        r#"{"StringLike":{"aws:PrincipalAccount":"1*"}}"#,
        r#"{"StringLike":{"aws:userid":"A*"}}"#,
        r#"{"StringLike":{"aws:userid":"*:admin"}}"#,
        r#"{"StringLike":{"aws:SourceVpce":"vpce-*"}}"#,
        r#"{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-*/r-ab12/*"}}"#,
        r#"{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/admin"}}"#,
        r#"{"StringLike":{"aws:PrincipalArn":"*111122223333*"}}"#,
        r#"{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:topic"}}"#,
        r#"{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::acme*"}}"#,
        r#"{"StringEquals":{"aws:PrincipalAccount":"${aws:PrincipalAccount}"}}"#,
        r#"{"StringEquals":{"s3:ExistingObjectTag/public":"yes"}}"#,
        r#"{"StringNotEquals":{"aws:PrincipalAccount":"111111111111"}}"#,
        r#"{"DateLessThan":{"aws:CurrentTime":"2999-01-01T00:00:00Z"}}"#,
        r#"{"StringEquals":{"example:UnknownKey":"x"}}"#,
        r#"{"Bool":{"aws:ViaAWSService":"true"}}"#,
        r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#,
        r#"{"Null":{"aws:TokenIssueTime":"true"}}"#,
        r#"{"StringEquals":{"aws:ResourceAccount":"111111111111"}}"#,
        r#"{"NumericGreaterThan":{"s3:TlsVersion":"1.1"}}"#,
    ] {
        assert!(public(&allow_if(condition)), "{condition}");
    }
}

#[test]
fn what_nobody_outside_has_keeps_them_out() {
    for condition in [
        r#"{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}"#,
        r#"{"StringEquals":{"aws:PrincipalAccount":["111111111111","222222222222"]}}"#,
        r#"{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::111111111111:role/*"}}"#,
        r#"{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111111111111:role/x"}}"#,
        r#"{"StringEquals":{"AWS:SourceOwner":"111111111111"}}"#,
        r#"{"NumericLessThan":{"s3:TlsVersion":1.2},"StringEquals":{"aws:SourceVpce":"vpce-1"}}"#,
        r#"{"IpAddress":{"aws:SourceIp":["198.51.100.7","2001:db8::/32"]}}"#,
        r#"{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}"#,
        r#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#,
        r#"{"StringLike":{"aws:userid":"AROAEXAMPLEEXAMPLE123:*"}}"#,
        r#"{"StringLike":{"aws:userid":"AROAEXAMPLE*"}}"#,
        r#"{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/r-1/ou-1/*"}}"#,
        r#"{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::acme-uploads/*"}}"#,
        r#"{"ArnLike":{"aws:SourceArn":"arn:aws:s3:*:*:acme-uploads"}}"#,
        r#"{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:111111111111:*"}}"#,
        r#"{"StringLike":{"aws:SourceArn":"arn:aws:events:*:111111111111:rule/*"}}"#,
        r#"{"StringEquals":{"aws:PrincipalOrgID":"${aws:ResourceOrgID}"}}"#,
        r#"{"StringEquals":{"aws:PrincipalAccount":"${aws:ResourceAccount}"}}"#,
        r#"{"ArnLike":{"aws:SourceVpcArn":"arn:aws:ec2:*:111111111111:vpc/*"}}"#,
        r#"{"StringEquals":{"aws:SourceVpc":"vpc-0a1b2c3d"}}"#,
        r#"{"Null":{"aws:PrincipalAccount":"true"}}"#,
        r#"{"DateGreaterThan":{"aws:CurrentTime":"2999-01-01T00:00:00Z"}}"#,
        r#"{"DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}}"#,
        r#"{"DateLessThan":{"aws:TokenIssueTime":"2020-01-01T00:00:00Z"}}"#,
        r#"{"StringEquals":{"s3:prefix":"x"}}"#,
        r#"{"StringLike":{"aws:PrincipalAccount":"1111111*"}}"#,
    ] {
        assert!(!public(&allow_if(condition)), "{condition}");
    }
}

#[test]
fn a_denial_for_all_but_some() {
    for condition in [
        r#"{"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}"#,
        r#"{"StringNotEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}"#,
        r#"{"StringNotEqualsIfExists":{"aws:SourceVpce":["vpce-0a1b2c3d4e","vpce-1"]}}"#,
        r#"{"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}}"#,
        r#"{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}"#,
    ] {
        assert!(!public(&denied_if(condition)), "{condition}");
        // A service that anybody can make act is named by `*` as well, and some let services off.
        let spares_services = condition.contains("PrincipalIsAWSService");
        assert_eq!(public_to(&denied_if(condition), &deputies()), spares_services, "{condition}");
    }
    for condition in [
        r#"{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}"#,
        r#"{"NotIpAddress":{"aws:SourceIp":"0.0.0.0/0"}}"#,
        r#"{"ForAnyValue:StringNotEquals":{"aws:PrincipalOrgPaths":"o-1/"}}"#,
        r#"{"StringNotEquals":{"aws:PrincipalTag/team":"red"}}"#,
        r#"{"StringNotEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"},"StringEquals":{"s3:prefix":"x"}}"#,
        r#"{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"},"Bool":{"aws:PrincipalIsAWSService":"false"}}"#,
        r#"{"Bool":{"aws:MultiFactorAuthPresent":"false"}}"#,
    ] {
        assert!(public(&denied_if(condition)), "{condition}");
    }
    assert!(!public(&denied(r#""Principal":"*","Action":"s3:*","Resource":"*""#)));
    assert!(public(&denied(r#""Principal":"*","Action":"s3:Put*","Resource":"*""#)));
    assert!(public(&denied(r#""Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/private/*""#)));
    assert!(public(&denied(r#""Principal":{"AWS":"222222222222"},"Action":"s3:*","Resource":"*""#)));
    assert!(!public(&denied(
        r#""NotPrincipal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"s3:*","Resource":"*""#
    )));
    assert!(public(&denied(r#""NotPrincipal":{"AWS":"*"},"Action":"s3:*","Resource":"*""#)));
}

#[test]
fn services_that_act_for_strangers() {
    let with = |condition: &str| {
        format!(
            r#"{{"Effect":"Allow","Principal":{{"Service":"s3.amazonaws.com"}},"Action":"lambda:InvokeFunction","Resource":"f"{condition}}}"#
        )
    };
    let open = with("");
    assert!(!public(&open));
    assert!(public_to(&open, &deputies()));
    let trusted = Outsiders { trusted_services: vec!["s3.amazonaws.com".to_owned()], ..deputies() };
    assert!(!public_to(&open, &trusted));
    let bucket = with(r#","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::acme-uploads"}}"#);
    assert!(!public_to(&bucket, &deputies()));
    assert!(public_to(&bucket, &Outsiders { takeover: true, ..deputies() }));
    assert!(public_to(&with(r#","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::*"}}"#), &deputies()));
    let account = with(r#","Condition":{"StringEquals":{"AWS:SourceAccount":"111111111111"}}"#);
    assert!(!public_to(&account, &Outsiders { takeover: true, ..deputies() }));
    let both = with(
        r#","Condition":{"StringEquals":{"AWS:SourceAccount":"111111111111"},"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::acme-uploads"}}"#,
    );
    assert!(!public_to(&both, &Outsiders { takeover: true, ..deputies() }));
    let if_exists = with(r#","Condition":{"StringEqualsIfExists":{"AWS:SourceAccount":"111111111111"}}"#);
    assert!(public_to(&if_exists, &deputies()));
    let rule =
        with(r#","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:events:eu-west-1:111111111111:rule/nightly"}}"#);
    assert!(!public_to(&rule, &deputies()));
}

#[test]
fn accounts_that_nobody_knows() {
    let outside = |statements: &str, accounts: &[&str]| {
        let accounts = Some(accounts.iter().map(|account| (*account).to_owned()).collect());
        public_to(statements, &Outsiders { accounts, ..Outsiders::default() })
    };
    let with = |principal: &str, condition: &str| {
        format!(r#"{{"Effect":"Allow","Principal":{principal},"Action":"s3:*","Resource":"*"{condition}}}"#)
    };
    assert!(outside(&with(r#"{"AWS":"222222222222"}"#, ""), &["111111111111"]));
    assert!(!outside(&with(r#"{"AWS":"222222222222"}"#, ""), &["111111111111", "222222222222"]));
    assert!(outside(&with(r#"{"AWS":"arn:aws:iam::222222222222:role/x"}"#, ""), &["111111111111"]));
    let by_condition = with(r#""*""#, r#","Condition":{"StringEquals":{"aws:PrincipalAccount":"222222222222"}}"#);
    assert!(outside(&by_condition, &["111111111111"]));
    assert!(!outside(&by_condition, &["222222222222"]));
    let organization = with(r#""*""#, r#","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}"#);
    assert!(!outside(&organization, &["111111111111"]));
}

#[test]
fn whoever_is_named_is_let_in_beside_a_block() {
    let named = Outsiders { only_named: true, ..deputies() };
    assert!(!public_to(ALLOW, &Outsiders { services: Vec::new(), ..named.clone() }));
    let service = r#"{"Effect":"Allow","Principal":{"Service":"cloudfront.amazonaws.com"},"Action":"s3:GetObject","Resource":"*"}"#;
    assert!(public_to(service, &named));
}

#[test]
fn transport() {
    let denies = |statements: &str| yes(&policy(statements).denies_insecure_transport(None, &world()));
    let deny = |resource: &str, rest: &str| format!(r#"{{"Effect":"Deny","Resource":{resource},{rest}}}"#);
    let plain = r#""Condition":{"Bool":{"aws:SecureTransport":"false"}}"#;
    let all = format!(r#""Principal":"*","Action":"s3:*",{plain}"#);
    let both = r#"["arn:aws:s3:::b","arn:aws:s3:::b/*"]"#;
    assert!(denies(&deny(both, &all)));
    assert!(denies(&deny(r#""*""#, &all)));
    assert!(denies(&deny(r#""arn:aws:s3:::b*""#, &all)));
    assert!(denies(&format!("{ALLOW},{}", deny(both, &all))));
    assert!(denies(&format!("{},{}", deny(r#""arn:aws:s3:::b""#, &all), deny(r#""arn:aws:s3:::b/*""#, &all))));
    for open in [
        deny(r#""arn:aws:s3:::b""#, &all),
        deny(r#""arn:aws:s3:::b/*""#, &all),
        deny(r#"["arn:aws:s3:::b","arn:aws:s3:::b/public/*"]"#, &all),
        deny(both, &format!(r#""Principal":"*","Action":"s3:GetObject",{plain}"#)),
        deny(both, &format!(r#""Principal":{{"AWS":"111111111111"}},"Action":"s3:*",{plain}"#)),
        deny(both, r#""Principal":"*","Action":"s3:*","Condition":{"Bool":{"aws:SecureTransport":"true"}}"#),
        deny(
            both,
            r#""Principal":"*","Action":"s3:*","Condition":{"Bool":{"aws:SecureTransport":"false"},"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}"#,
        ),
        deny(
            both,
            r#""Principal":"*","Action":"s3:*","Condition":{"Bool":{"aws:SecureTransport":"false"},"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::111111111111:role/old"}}"#,
        ),
        deny(
            both,
            r#""Principal":"*","Action":"s3:*","Condition":{"Bool":{"aws:SecureTransport":"false"},"Null":{"aws:PrincipalArn":"false"}}"#,
        ),
        deny(both, r#""Principal":"*","Action":"s3:*","Condition":{"NumericLessThan":{"s3:TlsVersion":"1.2"}}"#),
    ] {
        assert!(!denies(&open), "{open}");
    }
    assert!(denies(&deny(
        both,
        r#""Principal":"*","Action":"s3:*","Condition":{"Bool":{"aws:SecureTransport":"false"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}"#
    )));
    assert!(!yes(&Policy::parse(&Doc::Null).denies_insecure_transport(None, &world())));
}

#[test]
fn services_and_actions() {
    let statement = r#"{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::logs/*","Condition":{"StringEquals":{"aws:SourceArn":"arn:aws:cloudtrail:us-east-1:111111111111:trail/all"}}}"#;
    let logs = policy(statement);
    assert!(yes(&logs.allows_service("cloudtrail.amazonaws.com", &world())));
    assert!(!yes(&logs.allows_service("config.amazonaws.com", &world())));
    assert!(!yes(&logs.allows_service_for_anyone("cloudtrail.amazonaws.com", &world())));
    assert!(yes(&logs.allows_action("s3:PutObject", &world())));
    assert!(!yes(&logs.allows_action("s3:GetObject", &world())));
    assert!(!yes(&policy(ALLOW).allows_service("cloudtrail.amazonaws.com", &world())));
    let identity = policy(r#"{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}"#);
    assert!(yes(&identity.allows_action("s3:GetObject", &world())));
}

#[test]
fn what_is_malformed_or_was_not_read_proves_nothing() {
    for statements in [
        r#"{"Effect":"Maybe"}"#,
        r#"{"Effect":"Allow","Principal":5,"Action":"*","Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#,
        r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::*:root"},"Action":"*","Resource":"*"}"#,
    ] {
        for statements in [statements.to_owned(), format!("{ALLOW},{statements}")] {
            let answer = policy(&statements).is_public(&Outsiders::default(), &world());
            assert!(matches!(answer, Answer::Unknown(_)), "{statements}");
        }
    }
}
