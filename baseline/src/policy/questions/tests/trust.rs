//! Whom a role's trust policy lets in.

use super::*;

fn answer(statements: &str) -> Answer {
    policy(statements).trusts_anyone(&Outsiders::default(), &world())
}

fn trusts(statements: &str) -> bool {
    yes(&answer(statements))
}

fn token(provider: &str, conditions: &str) -> String {
    format!(
        r#"{{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity","Principal":{{"Federated":"{provider}"}},"Condition":{conditions}}}"#
    )
}

fn arn(host: &str) -> String {
    format!("arn:aws:iam::111111111111:oidc-provider/{host}")
}

#[test]
fn principals_of_accounts() {
    let with = |principal: &str, action: &str, condition: &str| {
        trusts(&format!(r#"{{"Effect":"Allow","Principal":{principal},"Action":{action}{condition}}}"#))
    };
    let assume = r#""sts:AssumeRole""#;
    assert!(with(r#""*""#, assume, ""));
    assert!(with(r#"{"AWS":"*"}"#, r#""sts:*""#, ""));
    assert!(with(r#"{"AWS":"*"}"#, assume, r#","Condition":{"StringEquals":{"sts:ExternalId":"secret"}}"#));
    assert!(with(r#"{"AWS":"*"}"#, assume, r#","Condition":{"StringEquals":{"aws:PrincipalTag/team":"red"}}"#));
    assert!(!with(r#"{"AWS":"*"}"#, assume, r#","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}"#));
    assert!(!with(r#"{"AWS":"222222222222"}"#, assume, ""));
    assert!(!with(r#"{"Service":"lambda.amazonaws.com"}"#, assume, ""));
    assert!(!with(r#""*""#, r#"["sts:TagSession","sts:SetSourceIdentity"]"#, ""));
    assert!(with(r#""*""#, r#"["sts:TagSession","sts:AssumeRole"]"#, ""));
}

#[test]
fn a_claim_has_to_name_an_owner() {
    let open = |operator: &str, claim: &str, value: &str| {
        let key = format!("token.actions.githubusercontent.com:{claim}");
        trusts(&token(
            &arn("token.actions.githubusercontent.com"),
            &format!(r#"{{"{operator}":{{"{key}":"{value}"}}}}"#),
        ))
    };
    assert!(open("StringEquals", "aud", "sts.amazonaws.com"));
    for value in [
        "repo:*",
        "*",
        "*:ref:refs/heads/main",
        "repo:acme*",
        "repo:?*/webshop:*",
        "repo:*/*",
        "environment:production",
        "environment:production:*",
        "ref:refs/heads/main",
    ] {
        assert!(open("StringLike", "sub", value), "{value}");
    }
    assert!(open("ForAllValues:StringLike", "sub", "repo:*/webshop:*"));
    assert!(open("StringLike", "repository_owner", "acme*"));
    assert!(open("StringEquals", "environment", "production"));
    for value in ["repo:acme/*", "repo:acme/webshop:*", "repository_owner:acme:environment:prod"] {
        assert!(!open("StringLike", "sub", value), "{value}");
    }
    assert!(!open("StringEquals", "sub", "repo:acme/webshop:ref:refs/heads/main"));
    assert!(!open("StringEquals", "repository_owner", "acme"));
    assert!(!open("StringEquals", "repository_owner_id", "1234567"));
    assert!(!open("StringLike", "job_workflow_ref", "acme/ci/.github/workflows/*"));
}

#[test]
fn providers_differ_in_whom_they_give_tokens() {
    assert!(!trusts(&token(&arn("oidc.eks.eu-west-1.amazonaws.com/id/A1"), "{}")));
    assert!(!trusts(&token(
        &arn("oidc-eks.eu-west-1.api.aws/id/A1B2"),
        r#"{"StringEquals":{"oidc-eks.eu-west-1.api.aws/id/A1B2:aud":"sts.amazonaws.com"}}"#
    )));
    assert!(!trusts(
        r#"{"Effect":"Allow","Action":"sts:AssumeRoleWithSAML","Principal":{"Federated":"arn:aws:iam::111111111111:saml-provider/adfs"}}"#
    ));
    let tenant = "sts.windows.net/7f0c1b/";
    assert!(!trusts(&token(&arn(tenant), &format!(r#"{{"StringEquals":{{"{tenant}:aud":"api://aws"}}}}"#))));
    assert!(trusts(&token(&arn(tenant), "{}")));
    let workspace = "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc";
    assert!(!trusts(&token(
        &arn(workspace),
        &format!(r#"{{"StringEquals":{{"{workspace}:aud":"ari:cloud:bitbucket::workspace/1"}}}}"#)
    )));
    assert!(trusts(&token(&arn("gitlab.com"), r#"{"StringEquals":{"gitlab.com:aud":"https://gitlab.com"}}"#)));
    assert!(!trusts(&token(&arn("gitlab.com"), r#"{"StringLike":{"gitlab.com:sub":"project_path:acme/*"}}"#)));
    assert!(!trusts(&token("accounts.google.com", r#"{"StringEquals":{"accounts.google.com:aud":"1234567"}}"#)));
    assert!(trusts(&token("accounts.google.com", r#"{"StringEquals":{"accounts.google.com:oaud":"aws"}}"#)));
    assert!(trusts(&token("cognito-identity.amazonaws.com", "{}")));
}

#[test]
fn guests_of_an_identity_pool() {
    let with = |conditions: &str| trusts(&token("cognito-identity.amazonaws.com", conditions));
    let pool = r#""StringEquals":{"cognito-identity.amazonaws.com:aud":"eu-west-1:5e1d"}"#;
    let amr = |value: &str| {
        format!(r#"{{{pool},"ForAnyValue:StringLike":{{"cognito-identity.amazonaws.com:amr":"{value}"}}}}"#)
    };
    assert!(with(&amr("unauthenticated")));
    assert!(!with(&amr("authenticated")));
    assert!(with(&format!("{{{pool}}}")));
}

#[test]
fn nobody_knows_who_gets_the_tokens_of_an_unknown_provider() {
    let host = "idp.example.com";
    let with = |condition: &str| answer(&token(&arn(host), condition));
    assert!(matches!(with("{}"), Answer::Unknown(unread) if unread.detail.contains(host)));
    assert!(matches!(with(&format!(r#"{{"StringEquals":{{"{host}:aud":"aws"}}}}"#)), Answer::Unknown(_)));
    assert!(!yes(&with(&format!(r#"{{"StringEquals":{{"{host}:sub":"service-17"}}}}"#))));
}

#[test]
fn trust_in_everybody_else() {
    let with = |effect: &str| {
        format!(
            r#"{{"Effect":"{effect}","NotPrincipal":{{"AWS":"arn:aws:iam::111111111111:root"}},"Action":"sts:AssumeRole"}}"#
        )
    };
    assert!(trusts(&with("Allow")));
    let all = r#"{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}"#;
    let kept_out = format!("{all},{}", with("Deny"));
    assert!(matches!(answer(&kept_out), Answer::Unknown(_)));
}
