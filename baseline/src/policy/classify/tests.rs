//! What policies grant, by example.

mod laws;

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

fn public_with(condition: &str) -> bool {
    let body =
        format!(r#""Effect":"Allow","Action":"s3:GetObject","Resource":"*","Principal":"*","Condition":{condition}"#);
    matches!(statement(&body).is_public(), Answer::Yes(_))
}

#[test]
fn what_everybody_can_satisfy_narrows_nothing() {
    for condition in [
        // Everybody tags principals in an account of their own.
        r#"{"StringEquals":{"aws:PrincipalTag/team":"red"}}"#,
        // Everybody can make a VPC with these addresses, and call through this service.
        r#"{"IpAddress":{"aws:VpcSourceIp":"10.0.0.0/8"}}"#,
        r#"{"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}}"#,
        // Signed by anybody's credentials.
        r#"{"StringEquals":{"lambda:FunctionUrlAuthType":"AWS_IAM"}}"#,
        r#"{"StringEquals":{"sts:ExternalId":"x"}}"#,
        // All addresses in two halves, or in forms that are no range.
        r#"{"IpAddress":{"aws:SourceIp":["0.0.0.0/1","128.0.0.0/1"]}}"#,
        r#"{"IpAddress":{"aws:SourceIp":"::/1"}}"#,
        r#"{"IpAddress":{"aws:SourceIp":"0.0.0.0/00"}}"#,
        r#"{"StringLike":{"aws:SourceIp":"*"}}"#,
        // Every organization, account, bucket that begins like this.
        r#"{"StringLike":{"aws:PrincipalOrgID":"o-*"}}"#,
        r#"{"StringLike":{"aws:PrincipalAccount":"1*"}}"#,
        r#"{"StringLike":{"aws:userid":"A*"}}"#,
        r#"{"StringLike":{"aws:SourceVpce":"vpce-*"}}"#,
        r#"{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-*/r-1/*"}}"#,
        r#"{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::acme*"}}"#,
        // Whoever calls, calls from there.
        r#"{"StringEquals":{"aws:PrincipalAccount":"${aws:PrincipalAccount}"}}"#,
    ] {
        assert!(public_with(condition), "{condition}");
    }
}

#[test]
fn what_names_somebody_narrows() {
    for condition in [
        r#"{"StringEquals":{"AWS:SourceOwner":"111111111111"}}"#,
        r#"{"NumericLessThan":{"s3:TlsVersion":1.2},"StringEquals":{"aws:SourceVpce":"vpce-1"}}"#,
        r#"{"IpAddress":{"aws:SourceIp":["198.51.100.7","2001:db8::/32"]}}"#,
        r#"{"StringLike":{"aws:userid":"AROAEXAMPLE:*"}}"#,
        r#"{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::111111111111:role/*"}}"#,
        r#"{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-1/r-1/ou-1/*"}}"#,
        r#"{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::acme/*"}}"#,
        r#"{"StringEquals":{"aws:PrincipalOrgID":"${aws:ResourceOrgID}"}}"#,
        r#"{"ArnLike":{"aws:SourceVpcArn":"arn:aws:ec2:*:111111111111:vpc/*"}}"#,
    ] {
        assert!(!public_with(condition), "{condition}");
    }
}

#[test]
fn everybody_has_many_names() {
    for principal in [r#"{"*":"*"}"#, r#"{"Service":"*"}"#, r#"{"AWS":""}"#, r#"{"AWS":["111111111111","*"]}"#] {
        let body = format!(r#""Effect":"Allow","Action":"s3:GetObject","Resource":"*","Principal":{principal}"#);
        assert!(matches!(statement(&body).is_public(), Answer::Yes(_)), "{principal}");
    }
}

#[test]
fn a_deny_for_everybody_takes_a_grant_back() {
    let text = r#"{"Statement":[
        {"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"},
        {"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}]}"#;
    assert_eq!(policy(text).is_public(), Answer::No);
}

#[test]
fn a_deny_for_all_but_a_few_takes_a_grant_back() {
    let is_taken_back = |deny: &str| {
        let text = format!(
            r#"{{"Statement":[
                {{"Effect":"Allow","Principal":"*","Action":"s3:Get*","Resource":"arn:aws:s3:::b/*"}},
                {{"Effect":"Deny","Resource":"*",{deny}}}]}}"#
        );
        policy(&text).is_public() == Answer::No
    };
    let all = r#""Action":"s3:*","Principal":"*""#;
    let with = |condition: &str| is_taken_back(&format!(r#"{all},"Condition":{condition}"#));
    assert!(with(r#"{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}"#));
    assert!(with(r#"{"StringNotEqualsIfExists":{"aws:SourceVpce":["vpce-1","vpce-2"]}}"#));
    assert!(with(r#"{"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}}"#));
    assert!(with(
        r#"{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-1"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}"#
    ));
    assert!(is_taken_back(r#""Action":"s3:*","NotPrincipal":{"AWS":"arn:aws:iam::111111111111:root"}"#));
    // These leave strangers in.
    assert!(!with(r#"{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}"#));
    assert!(!with(r#"{"NotIpAddress":{"aws:SourceIp":"0.0.0.0/0"}}"#));
    assert!(!with(r#"{"ForAnyValue:StringNotEquals":{"aws:PrincipalOrgPaths":"o-1/"}}"#));
    assert!(!with(r#"{"StringNotEquals":{"aws:PrincipalTag/team":"red"}}"#));
    assert!(!with(r#"{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"},"StringEquals":{"s3:prefix":"x"}}"#));
    assert!(!with(r#"{"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}"#));
    assert!(!is_taken_back(r#""Action":"s3:Get?","Principal":"*""#));
    assert!(!is_taken_back(r#""Action":"s3:*","NotPrincipal":{"AWS":"*"}"#));
    assert!(!is_taken_back(r#""Action":"s3:*","Principal":{"AWS":"222222222222"}"#));
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
    // More conditions deny less.
    let two = r#""Condition":{"Bool":{"aws:SecureTransport":"false"},"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}"#;
    assert!(!denies(&format!(r#"{deny},"Principal":"*","Action":"s3:*",{two}"#)));
}

#[test]
fn the_bucket_and_all_its_objects_need_tls() {
    let denies = |resources: &[&str]| {
        let statements = resources.iter().map(|resource| {
            format!(
                r#"{{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":{resource},
                "Condition":{{"Bool":{{"aws:SecureTransport":"false"}}}}}}"#
            )
        });
        let text = format!(r#"{{"Statement":[{}]}}"#, statements.collect::<Vec<_>>().join(","));
        matches!(policy(&text).denies_insecure_transport(), Answer::Yes(_))
    };
    assert!(denies(&[r#""*""#]));
    assert!(denies(&[r#""arn:aws:s3:::b*""#]));
    assert!(denies(&[r#""arn:aws:s3:::b""#, r#""arn:aws:s3:::b/*""#]));
    assert!(denies(&[r#""arn:aws-cn:sqs:cn-north-1:111111111111:queue""#]));
    assert!(!denies(&[r#""arn:aws:s3:::b""#]));
    assert!(!denies(&[r#""arn:aws:s3:::b/*""#]));
    assert!(!denies(&[r#"["arn:aws:s3:::b","arn:aws:s3:::b/public/*"]"#]));
}

#[test]
fn full_administration_is_seen_in_every_spelling() {
    let admin = |body: &str| matches!(statement(body).allows_full_admin(), Answer::Yes(_));
    assert!(admin(r#""Effect":"Allow","Action":"*","Resource":"*""#));
    assert!(admin(r#""Effect":"Allow","Action":["s3:Get*","*:*"],"Resource":["*"]"#));
    assert!(admin(r#""Effect":"Allow","NotAction":"aws-portal:*","Resource":"*""#));
    assert!(admin(r#""Effect":"Allow","Action":"**","Resource":"arn:aws-us-gov:*""#));
    assert!(admin(
        r#""Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#
    ));
    assert!(admin(r#""Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::secret/*""#));
    assert!(!admin(r#""Effect":"Allow","NotAction":["iam:*","organizations:*"],"Resource":"*""#));
    assert!(!admin(r#""Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::*""#));
    assert!(!admin(
        r#""Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"red"}}"#
    ));
    assert!(!admin(r#""Effect":"Allow","Action":"s3:*","Resource":"*""#));
    assert!(!admin(r#""Effect":"Deny","Action":"*","Resource":"*""#));
}

fn takes_any_token(provider: &str, conditions: &str) -> bool {
    let body = format!(
        r#""Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity","Principal":{{"Federated":"{provider}"}},"Condition":{conditions}"#
    );
    matches!(statement(&body).trusts_anyone(), Answer::Yes(_))
}

#[test]
fn a_claim_has_to_name_an_owner() {
    let provider = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com";
    let open = |operator: &str, claim: &str, value: &str| {
        let key = format!("token.actions.githubusercontent.com:{claim}");
        takes_any_token(provider, &format!(r#"{{"{operator}":{{"{key}":"{value}"}}}}"#))
    };
    assert!(open("StringEquals", "aud", "sts.amazonaws.com"));
    for value in ["repo:*", "*", "*:ref:refs/heads/main", "repo:acme*", "repo:?*/webshop:*", "repo:*/*", ""] {
        assert!(open("StringLike", "sub", value), "{value}");
    }
    assert!(open("ForAllValues:StringLike", "sub", "repo:acme/webshop:*"));
    assert!(open("StringLikeIfExists", "sub", "repo:acme/webshop:*"));
    assert!(!open("StringLike", "sub", "repo:acme/*"));
    assert!(!open("StringEquals", "sub", "repo:acme/webshop:ref:refs/heads/main"));
    assert!(!open("StringEquals", "repository_owner", "acme"));
    assert!(open("StringLike", "repository_owner", "acme*"));
    assert!(!open("StringLike", "job_workflow_ref", "acme/ci/.github/workflows/*"));
}

#[test]
fn providers_differ_in_whom_they_give_tokens() {
    let arn = |host: &str| format!("arn:aws:iam::111111111111:oidc-provider/{host}");
    // The cluster's own workloads, and the account's own SAML provider.
    assert!(!takes_any_token(&arn("oidc.eks.eu-west-1.amazonaws.com/id/A1"), "{}"));
    assert!(!takes_any_token("arn:aws:iam::111111111111:saml-provider/adfs", "{}"));
    // One tenant's issuer, where the audience is an application of the tenant.
    let tenant = "sts.windows.net/7f0c1b/";
    assert!(!takes_any_token(&arn(tenant), &format!(r#"{{"StringEquals":{{"{tenant}:aud":"api://aws"}}}}"#)));
    assert!(takes_any_token(&arn(tenant), "{}"));
    assert!(takes_any_token(&arn("gitlab.com"), r#"{"StringEquals":{"gitlab.com:aud":"https://gitlab.com"}}"#));
    assert!(!takes_any_token(&arn("gitlab.com"), r#"{"StringLike":{"gitlab.com:sub":"project_path:acme/*"}}"#));
    assert!(!takes_any_token("accounts.google.com", r#"{"StringEquals":{"accounts.google.com:aud":"1234"}}"#));
    assert!(takes_any_token("accounts.google.com", r#"{"StringEquals":{"accounts.google.com:oaud":"aws"}}"#));
    assert!(takes_any_token("cognito-identity.amazonaws.com", "{}"));
    assert!(takes_any_token("*", "{}"));
}

#[test]
fn naming_a_session_lets_nobody_in() {
    let trusts = |action: &str| {
        let body = format!(r#""Effect":"Allow","Principal":"*","Action":{action}"#);
        matches!(statement(&body).trusts_anyone(), Answer::Yes(_))
    };
    assert!(!trusts(r#"["sts:TagSession","sts:SetSourceIdentity"]"#));
    assert!(trusts(r#"["sts:TagSession","sts:AssumeRole"]"#));
    assert!(trusts(r#""sts:*""#));
}

#[test]
fn a_service_acts_for_anyone_unless_a_condition_names_the_source() {
    let open = |condition: &str| {
        let body = format!(
            r#""Effect":"Allow","Principal":{{"Service":"s3.amazonaws.com"}},"Action":"lambda:InvokeFunction","Resource":"f"{condition}"#
        );
        matches!(statement(&body).allows_service_for_anyone("s3.amazonaws.com"), Answer::Yes(_))
    };
    assert!(open(""));
    assert!(open(r#","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::*"}}"#));
    assert!(!open(r#","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::acme-uploads"}}"#));
    assert!(!open(r#","Condition":{"StringEquals":{"AWS:SourceAccount":"111111111111"}}"#));
    let deny =
        r#"{"Statement":{"Effect":"Deny","Principal":{"Service":"s3.amazonaws.com"},"Action":"*","Resource":"*"}}"#;
    assert_eq!(policy(deny).allows_service_for_anyone("s3.amazonaws.com"), Answer::No);
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
