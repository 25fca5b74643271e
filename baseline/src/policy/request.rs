//! A request as IAM sees it: who asks, for which action, on which resource, with which condition keys.

use std::fmt;

use crate::arn::Arn;

/// Who makes a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Principal {
    /// Nobody signed it.
    Anonymous,
    /// The root user of an account.
    Root {
        /// The account's id.
        account: String,
    },
    /// A user.
    User {
        /// `arn:aws:iam::111111111111:user/path/name`.
        arn: String,
    },
    /// A session of a role.
    Role {
        /// The role: `arn:aws:iam::111111111111:role/path/name`.
        arn: String,
        /// The name of the session, where it matters.
        session: Option<String>,
    },
    /// A session that a user made with `GetFederationToken`.
    FederatedUser {
        /// `arn:aws:sts::111111111111:federated-user/name`.
        arn: String,
    },
    /// An AWS service, by its service principal.
    Service {
        /// `cloudtrail.amazonaws.com`.
        name: String,
    },
    /// Whoever shows a token or an assertion of a provider of identities.
    Federated {
        /// The ARN of the provider in the account, or the name of one that IAM knows (`accounts.google.com`).
        provider: String,
    },
    /// An account of which only the id that S3 has for it is known.
    CanonicalUser {
        /// That id.
        id: String,
    },
}

impl Principal {
    /// The principal that an ARN, an account id or a service principal names; a session's ARN names the role without
    /// its path, which the ARN of a session does not say.
    pub fn parse(text: &str) -> Option<Self> {
        if crate::policy::document::is_account(text) {
            return Some(Self::Root { account: text.to_owned() });
        }
        if text == "*" || text.eq_ignore_ascii_case("anonymous") {
            return Some(Self::Anonymous);
        }
        let Some(Arn { partition, service, account, resource, .. }) = Arn::parse(text) else {
            let is_service = text.contains('.') && !text.contains([':', '/', ' ', '*']);
            return is_service.then(|| Self::Service { name: text.to_ascii_lowercase() });
        };
        let (kind, name) = resource.split_once('/').unwrap_or((resource, ""));
        match (service, kind) {
            ("iam", "root") => Some(Self::Root { account: account.to_owned() }),
            ("iam", "user") => Some(Self::User { arn: text.to_owned() }),
            ("iam", "role") => Some(Self::Role { arn: text.to_owned(), session: None }),
            ("iam", "oidc-provider" | "saml-provider") => Some(Self::Federated { provider: text.to_owned() }),
            ("sts", "assumed-role") => {
                let (role, session) = name.split_once('/')?;
                let arn = format!("arn:{partition}:iam::{account}:role/{role}");
                Some(Self::Role { arn, session: Some(session.to_owned()) })
            }
            ("sts", "federated-user") => Some(Self::FederatedUser { arn: text.to_owned() }),
            _ => None,
        }
    }

    /// The account that it belongs to.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Root { account } => Some(account),
            Self::User { arn } | Self::Role { arn, .. } | Self::FederatedUser { arn } => Arn::account_of(arn),
            Self::Anonymous | Self::Service { .. } | Self::Federated { .. } | Self::CanonicalUser { .. } => None,
        }
    }

    /// Whether its own policies count: it is a user, a role, or a session of one.
    pub fn has_identity_policies(&self) -> bool {
        self.account().is_some()
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => f.write_str("anonymous"),
            Self::Root { account } => write!(f, "root user of {account}"),
            Self::User { arn } | Self::FederatedUser { arn } => f.write_str(arn),
            Self::Role { arn, session: None } => f.write_str(arn),
            Self::Role { arn, session: Some(session) } => write!(f, "{arn} as {session}"),
            Self::Service { name } => f.write_str(name),
            Self::Federated { provider } => f.write_str(provider),
            Self::CanonicalUser { id } => write!(f, "canonical user {id}"),
        }
    }
}

/// What is said of a condition key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fact<'a> {
    /// The request does not have it.
    Absent,
    /// It has these values, at least one.
    Values(&'a [String]),
    /// It is not said whether it has it, or with which value.
    Undecided,
}

/// Where the condition keys of a request come from. Keys are in lower case.
pub(crate) trait Facts {
    /// What is said of a key.
    fn fact(&self, key: &str) -> Fact<'_>;
}

/// Condition keys and their values. Names of keys ignore case; a key that is not there is absent from the request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    keys: Vec<(String, Option<Vec<String>>)>,
}

impl Context {
    /// No keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a key; without values it is absent.
    pub fn set(&mut self, key: &str, values: impl IntoIterator<Item = impl Into<String>>) {
        let values: Vec<String> = values.into_iter().map(Into::into).collect();
        self.remove(key);
        if !values.is_empty() {
            self.keys.push((key.to_owned(), Some(values)));
        }
    }

    /// Says that it is not known whether the request has the key, or with which value.
    pub fn leave_open(&mut self, key: &str) {
        self.remove(key);
        self.keys.push((key.to_owned(), None));
    }

    /// Makes a key absent.
    pub fn remove(&mut self, key: &str) {
        self.keys.retain(|(name, _)| !name.eq_ignore_ascii_case(key));
    }

    /// The values of a key, if the request is known to have it.
    pub fn get(&self, key: &str) -> Option<&[String]> {
        let (_, values) = self.keys.iter().find(|(name, _)| name.eq_ignore_ascii_case(key))?;
        values.as_deref()
    }

    /// The keys that the request is known to have, as they were written, with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.keys.iter().filter_map(|(key, values)| Some((key.as_str(), values.as_deref()?)))
    }
}

impl Facts for Context {
    fn fact(&self, key: &str) -> Fact<'_> {
        match self.keys.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)) {
            None => Fact::Absent,
            Some((_, None)) => Fact::Undecided,
            Some((_, Some(values))) => Fact::Values(values),
        }
    }
}

/// A concrete request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub principal: Principal,
    /// `s3:GetObject`.
    pub action: String,
    /// The ARN of the resource, or `*` for an action that has none.
    pub resource: String,
    /// The account that owns the resource. `None` is the account of the principal.
    pub resource_account: Option<String>,
    /// The condition keys.
    pub context: Context,
}

impl Request {
    /// Whether principal and resource are of one account.
    pub(crate) fn is_within_an_account(&self) -> bool {
        self.resource_account.as_deref().is_none_or(|account| self.principal.account() == Some(account))
    }

    /// Adds the keys that AWS derives from the principal and the resource's account, where they are not set already.
    #[must_use]
    pub fn with_derived_keys(mut self) -> Self {
        let account = self.principal.account().map(str::to_owned);
        let is_service = matches!(self.principal, Principal::Service { .. });
        let mut add = |key: &str, value: Option<&str>| {
            if let Some(value) = value
                && self.context.fact(key) == Fact::Absent
            {
                self.context.set(key, [value]);
            }
        };
        let (kind, arn) = match &self.principal {
            Principal::Anonymous => ("Anonymous", None),
            Principal::Root { account } => ("Account", Some(format!("arn:aws:iam::{account}:root"))),
            Principal::User { arn } => ("User", Some(arn.clone())),
            Principal::Role { arn, .. } => ("AssumedRole", Some(arn.clone())),
            Principal::FederatedUser { arn } => ("FederatedUser", Some(arn.clone())),
            Principal::Service { .. } | Principal::Federated { .. } | Principal::CanonicalUser { .. } => ("", None),
        };
        add("aws:PrincipalArn", arn.as_deref());
        add("aws:PrincipalType", Some(kind).filter(|kind| !kind.is_empty()));
        add("aws:PrincipalAccount", account.as_deref().or((kind == "Anonymous").then_some("anonymous")));
        let is_signed = account.is_some() || is_service;
        add("aws:PrincipalIsAWSService", is_signed.then_some(if is_service { "true" } else { "false" }));
        if let Principal::Service { name } = &self.principal {
            add("aws:PrincipalServiceName", Some(name));
        }
        if let Principal::User { arn } = &self.principal {
            add("aws:username", arn.rsplit('/').next());
        }
        let owner = self.resource_account.clone().or(account);
        add("aws:ResourceAccount", owner.as_deref());
        self
    }
}

#[cfg(test)]
mod tests;
