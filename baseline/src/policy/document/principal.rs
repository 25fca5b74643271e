//! Whom a statement names.

use std::sync::Arc;

use super::{malformed, texts};
use crate::doc::{Doc, Map};
use crate::reason::Unread;

/// `Principal` or `NotPrincipal`.
#[derive(Clone, Debug)]
pub(crate) struct Principals {
    /// Those named.
    pub(crate) named: Vec<Named>,
    /// Whether it is `NotPrincipal`: everybody but these.
    pub(crate) inverted: bool,
}

/// One that a statement names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// `*` or `{"AWS": "*"}`: everybody, unsigned requests and AWS services included.
    Everybody,
    /// An account as a whole: its id, or the ARN of its root.
    Account(Box<str>),
    /// A user, a role, or a session, by its ARN.
    Arn(Box<str>),
    /// An AWS service; `*` is each of them.
    Service(Box<str>),
    /// A provider of identities; `*` is each of them.
    Federated(Box<str>),
    /// An account, by the id that S3 has for it.
    CanonicalUser(Box<str>),
    /// A principal that was deleted: its unique id is left behind, and matches nobody.
    Deleted(Box<str>),
}

impl Principals {
    pub(super) fn parse(doc: &Doc) -> Result<Option<Self>, Arc<Unread>> {
        let (inverted, element) = match (doc.get("Principal"), doc.get("NotPrincipal")) {
            (Doc::Null, Doc::Null) => return Ok(None),
            (element, Doc::Null) => (false, element),
            (Doc::Null, element) => (true, element),
            _ => return Err(malformed("a statement has both Principal and NotPrincipal")),
        };
        let named = match element {
            Doc::Unread(unread) => return Err(Arc::clone(unread)),
            Doc::String(text) if &**text == "*" => vec![Named::Everybody],
            Doc::Map(kinds) => of_kinds(kinds)?,
            _ => return Err(malformed("a Principal is neither * nor a structure")),
        };
        if named.is_empty() {
            return Err(malformed("a Principal names nobody"));
        }
        Ok(Some(Self { named, inverted }))
    }
}

fn of_kinds(kinds: &Map) -> Result<Vec<Named>, Arc<Unread>> {
    let mut named = Vec::new();
    for (kind, values) in kinds.iter() {
        let values = texts(values, "a Principal")?;
        if values.is_empty() {
            return Err(malformed("a Principal names nobody"));
        }
        for value in values {
            named.push(one(kind.as_str(), &value)?);
        }
    }
    Ok(named)
}

fn one(kind: &str, value: &str) -> Result<Named, Arc<Unread>> {
    if value == "*" {
        return match kind {
            "AWS" | "*" => Ok(Named::Everybody),
            "Service" => Ok(Named::Service("*".into())),
            "Federated" => Ok(Named::Federated("*".into())),
            _ => Err(malformed("a Principal of this kind cannot be *")),
        };
    }
    if value.is_empty() || value.contains(['*', '?']) {
        return Err(malformed("a wildcard stands within a principal, or it is empty"));
    }
    match kind {
        "AWS" => aws(value),
        "Service" => Ok(Named::Service(value.to_ascii_lowercase().into())),
        "Federated" => Ok(Named::Federated(value.into())),
        "CanonicalUser" => Ok(Named::CanonicalUser(value.into())),
        _ => Err(malformed(&format!("there is no kind of principal {kind}"))),
    }
}

fn aws(value: &str) -> Result<Named, Arc<Unread>> {
    if is_account(value) {
        return Ok(Named::Account(value.into()));
    }
    if let Some(account) = value.strip_suffix(":root").and_then(|arn| arn.rsplit(':').next())
        && value.starts_with("arn:")
    {
        return Ok(Named::Account(account.into()));
    }
    if value.starts_with("arn:") && value.split(':').count() >= 6 {
        return Ok(Named::Arn(value.into()));
    }
    let is_unique_id = value.starts_with('A') && value.len() >= 16 && value.bytes().all(|b| b.is_ascii_alphanumeric());
    if is_unique_id {
        Ok(Named::Deleted(value.into()))
    } else {
        Err(malformed("a principal is neither account nor ARN"))
    }
}

/// Whether a text is the id of an account.
pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}
