//! Federated principals: whether a role takes every token of an identity provider that issues them to strangers.
//! Whoever may ask for a token chooses its audience, so with a shared provider only a claim that names an owner counts.

use super::condition::Condition;

/// Providers that issue tokens to everybody, and the claims that tell one customer's tokens from another's.
const SHARED: [(&str, &[&str]); 8] = [
    (
        "token.actions.githubusercontent.com",
        &[
            "sub",
            "repository",
            "repository_id",
            "repository_owner",
            "repository_owner_id",
            "enterprise",
            "enterprise_id",
            "job_workflow_ref",
        ],
    ),
    ("gitlab.com", &["sub"]),
    ("app.terraform.io", &["sub"]),
    // For Google `aud` is the client or service account that asked for the token, which nobody else can be.
    ("accounts.google.com", &["sub", "aud"]),
    ("www.amazon.com", &["app_id", "user_id"]),
    ("graph.facebook.com", &["app_id", "id"]),
    // The identity pool.
    ("cognito-identity.amazonaws.com", &["aud", "sub"]),
    ("agent.buildkite.com", &["sub"]),
];

/// Providers whose issuer names one tenant: a fixed audience is enough.
const OF_ONE_TENANT: [&str; 6] = [
    "cognito-idp.",
    "login.microsoftonline.com/",
    "oidc.circleci.com/org/",
    "sts.windows.net/",
    "token.actions.githubusercontent.com/",
    "vstoken.dev.azure.com/",
];

/// Whether every token of this provider gets in.
pub(super) fn lets_every_token_in(provider: &str, conditions: &[Condition]) -> bool {
    if provider == "*" {
        return true;
    }
    let host = match provider.rsplit_once("oidc-provider/") {
        Some((_, host)) => host,
        // SAML providers belong to the account.
        None if provider.starts_with("arn:") => return false,
        None => provider,
    };
    let host = host.to_ascii_lowercase();
    // A cluster of the account issues tokens to its own workloads only.
    if host.starts_with("oidc.eks.") {
        return false;
    }
    let claims: &[&str] = match SHARED.iter().find(|(shared, _)| *shared == host) {
        Some((_, claims)) => claims,
        None if is_of_one_tenant(&host) => &["sub", "aud"],
        None => &["sub"],
    };
    !claims.iter().any(|claim| is_fixed(&format!("{host}:{claim}"), conditions))
}

fn is_of_one_tenant(host: &str) -> bool {
    OF_ONE_TENANT.iter().any(|start| host.starts_with(start))
        || host.contains(".okta.com")
        || host.contains(".auth0.com")
}

fn is_fixed(key: &str, conditions: &[Condition]) -> bool {
    conditions.iter().any(|condition| {
        condition
            .required_values(key)
            .is_some_and(|mut values| values.all(|value| names_an_owner(value, condition.has_wildcards())))
    })
}

/// Whether a claim's value, with its wildcards, still belongs to one owner: `repo:acme/*` does, `repo:acme*` is also
/// `repo:acme-evil/…`, and `*:ref:refs/heads/main` is anybody's.
fn names_an_owner(value: &str, has_wildcards: bool) -> bool {
    if value.is_empty() || value.contains("${") {
        return false;
    }
    if !has_wildcards || !value.contains(['*', '?']) {
        return true;
    }
    let literal = value.split(['*', '?']).next().unwrap_or_default();
    // `repo:acme/…`, `organization:acme:…`, or `acme/…`: the owner, and what ends its name.
    let owner = match (literal.find(':'), literal.find('/')) {
        (Some(colon), slash) if slash.is_none_or(|slash| colon < slash) => &literal[colon + 1..],
        _ => literal,
    };
    owner.find([':', '/']).is_some_and(|end| end > 0)
}
