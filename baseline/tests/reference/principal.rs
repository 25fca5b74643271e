//! Who calls, and which Principal elements mean that caller.
//!
//! `reference_policies_elements_principal.html`, `reference_policies_elements_notprincipal.html`.

use serde_json::Value;

use super::context::texts;
use super::truth::Truth::{self, No, Undecided, Yes};

/// Who makes a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    Anonymous,
    /// A service principal, such as `sns.amazonaws.com`.
    Service(String),
    /// An identity provider whose user calls, by ARN or name.
    Provider(String),
    /// A user, a role, a session, a federated user or the root user.
    Aws(Arn),
}

/// The parts of an ARN that say who somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arn {
    pub(crate) text: String,
    pub(crate) account: String,
    /// `user/alice`, `role/path/name`, `assumed-role/name/session`, `federated-user/name` or `root`.
    pub(crate) name: String,
}

impl Arn {
    pub(crate) fn read(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let [_, _, _, _, account, name] = parts[..] else { return None };
        Some(Self { text: text.to_owned(), account: account.to_owned(), name: name.to_owned() })
    }

    /// The name of the role of a session.
    fn role_of_session(&self) -> Option<&str> {
        Some(self.name.strip_prefix("assumed-role/")?.split_once('/')?.0)
    }
}

const PROVIDERS: [&str; 4] =
    ["accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com"];

impl Caller {
    /// The caller that a text names, when it makes a certain call.
    pub(crate) fn read(text: &str, action: &str) -> Self {
        let by_token = ["sts:assumerolewithwebidentity", "sts:assumerolewithsaml"];
        if text == "anonymous" {
            Self::Anonymous
        } else if text.contains(":oidc-provider/") || text.contains(":saml-provider/") {
            Self::Provider(text.to_owned())
        } else if let Some(arn) = Arn::read(text) {
            Self::Aws(arn)
        } else if PROVIDERS.contains(&text) && by_token.contains(&action.to_ascii_lowercase().as_str()) {
            Self::Provider(text.to_owned())
        } else {
            Self::Service(text.to_owned())
        }
    }

    pub(crate) fn account(&self) -> Option<&str> {
        match self {
            Self::Aws(arn) => Some(&arn.account),
            _ => None,
        }
    }

    pub(crate) fn is_root(&self) -> bool {
        matches!(self, Self::Aws(arn) if arn.name == "root")
    }

    /// A session that a user made with `GetFederationToken`.
    pub(crate) fn is_federated_user(&self) -> bool {
        matches!(self, Self::Aws(arn) if arn.name.starts_with("federated-user/"))
    }

    /// "SCPs don't affect any service-linked role."
    pub(crate) fn is_service_linked(&self) -> bool {
        matches!(self, Self::Aws(arn) if arn.name.starts_with("role/aws-service-role/")
            || arn.name.starts_with("assumed-role/AWSServiceRoleFor"))
    }
}

/// How a policy comes to mean the caller, from the loosest to the closest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Named {
    /// By its account, which delegates to the account's identity policies.
    Account,
    /// By the role of its session.
    Role,
    /// By itself, or as one of everybody.
    Directly,
}

/// Whether, and how, a statement's Principal or NotPrincipal means the caller.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meant {
    pub(crate) truth: Truth,
    pub(crate) named: Named,
}

impl Meant {
    fn is(truth: Truth) -> Self {
        Self { truth, named: Named::Directly }
    }
}

/// The Principal element.
pub(crate) fn meant(element: &Value, caller: &Caller) -> Meant {
    let Some(entries) = entries(element) else { return Meant::is(Undecided) };
    let meant = entries.iter().map(|(kind, text)| entry(kind, text, caller));
    meant.max_by_key(|meant| (meant.truth, meant.named)).unwrap_or(Meant::is(Undecided))
}

/// The NotPrincipal element: everybody whom Principal would not mean.
pub(crate) fn meant_by_exclusion(element: &Value, caller: &Caller, is_deny: bool, has_boundary: bool) -> Meant {
    let Some(entries) = entries(element) else { return Meant::is(Undecided) };
    let is_aws = matches!(caller, Caller::Aws(_));
    // "Will always deny any IAM principal that has a permissions boundary policy attached."
    if is_deny && is_aws && has_boundary && !caller.is_root() {
        return Meant::is(Yes);
    }
    let spared: Vec<Meant> = entries.iter().map(|(kind, text)| entry(kind, text, caller)).collect();
    let truth = spared.iter().map(|meant| meant.truth).max().unwrap_or(Undecided);
    // "You must also specify the account ARN of the not-denied principal. Otherwise, the policy might deny access", and
    // the role's of a session: whoever is spared in part may be denied.
    let has = |named| spared.iter().any(|meant| meant.truth == Yes && meant.named == named);
    let by_everything = match caller {
        Caller::Aws(arn) if arn.name == "root" => true,
        Caller::Aws(arn) if arn.name.starts_with("role/") => has(Named::Account) && has(Named::Role),
        Caller::Aws(arn) if arn.name.starts_with("assumed-role/") => {
            has(Named::Account) && has(Named::Role) && has(Named::Directly)
        }
        Caller::Aws(_) => has(Named::Account) && has(Named::Directly),
        _ => true,
    };
    let is_everybody = entries.iter().any(|(_, text)| text == "*");
    if truth == Yes && !by_everything && !is_everybody {
        // Who is granted nothing by name may be granted it as one of its account.
        let named = if is_deny { Named::Directly } else { Named::Account };
        return Meant { truth: Undecided, named };
    }
    Meant::is(truth.not())
}

/// The kinds and texts of an element; `"*"` is `{"AWS": "*"}`. Nothing when AWS would refuse the element.
fn entries(element: &Value) -> Option<Vec<(String, String)>> {
    if element == "*" {
        return Some(vec![("AWS".to_owned(), "*".to_owned())]);
    }
    let mut entries = Vec::new();
    for (kind, values) in element.as_object()? {
        entries.extend(texts(values)?.into_iter().map(|text| (kind.clone(), text)));
    }
    (!entries.is_empty()).then_some(entries)
}

fn entry(kind: &str, text: &str, caller: &Caller) -> Meant {
    match kind {
        "AWS" if text == "*" => Meant::is(Yes),
        // "You cannot use a wildcard to match part of a name or an ARN."
        _ if text.contains(['*', '?']) => Meant::is(Undecided),
        "AWS" => aws(text, caller),
        "Service" => Meant::is(Truth::from(*caller == Caller::Service(text.to_owned()))),
        "Federated" => Meant::is(Truth::from(*caller == Caller::Provider(text.to_owned()))),
        // Which account has this canonical ID is not in the request.
        "CanonicalUser" => Meant::is(if matches!(caller, Caller::Aws(_)) { Undecided } else { No }),
        _ => Meant::is(Undecided),
    }
}

fn aws(text: &str, caller: &Caller) -> Meant {
    let is_account_id = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_unique_id = text.starts_with("AIDA") || text.starts_with("AROA");
    let arn = match Arn::read(text) {
        Some(arn) => arn,
        None if is_account_id => Arn { text: String::new(), account: text.to_owned(), name: "root".to_owned() },
        // What is left of a principal that was deleted.
        None if is_unique_id => return Meant::is(No),
        None => return Meant::is(Undecided),
    };
    let Caller::Aws(caller) = caller else { return Meant::is(No) };
    if arn.name == "root" {
        let named = if caller.name == "root" { Named::Directly } else { Named::Account };
        return Meant { truth: Truth::from(arn.account == caller.account), named };
    }
    let is_role = arn.name.starts_with("role/");
    let truth = match caller.role_of_session() {
        // Names of roles are unique in an account, whatever their paths.
        Some(role) if is_role => arn.account == caller.account && arn.name.rsplit('/').next() == Some(role),
        _ => arn.text == caller.text,
    };
    Meant { truth: Truth::from(truth), named: if is_role { Named::Role } else { Named::Directly } }
}
