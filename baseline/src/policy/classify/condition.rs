//! Conditions: which of them narrow whom a statement is about. Only an operator that really restricts, on a key that
//! says who or from where, with values that leave somebody out, counts. What fixes a value follows S3's own meaning of
//! "public": no wildcard and no policy variable in the part that says whose it is.

use std::net::IpAddr;
use std::sync::Arc;

use super::malformed;
use super::statement::texts;
use crate::doc::Doc;
use crate::reason::Unread;

/// What the values of a key look like, and so which part of them says whose they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Names {
    /// An id: all of it.
    Id,
    /// An ARN: its account, or its bucket.
    Arn,
    /// `o-1/r-2/ou-3/*`: what stands before the first `/`.
    OrganizationPath,
    /// `AROAEXAMPLE:session`: what stands before the `:`.
    UserId,
    /// A range of addresses, small enough to belong to somebody.
    Network,
}

/// Keys whose values name principals, organizations, sources or networks. Keys that anybody can satisfy are not here:
/// a tag of the principal (everybody tags in their own account), a private address, the service that a call comes
/// through, a referrer, an external id.
const NARROWING: [(&str, Names); 22] = [
    ("aws:principalorgid", Names::Id),
    ("aws:principalorgpaths", Names::OrganizationPath),
    ("aws:principalaccount", Names::Id),
    ("aws:principalarn", Names::Arn),
    ("aws:userid", Names::UserId),
    ("aws:sourceaccount", Names::Id),
    ("aws:sourcearn", Names::Arn),
    ("aws:sourceowner", Names::Id),
    ("aws:sourceorgid", Names::Id),
    ("aws:sourceorgpaths", Names::OrganizationPath),
    ("aws:sourceip", Names::Network),
    ("aws:sourcevpc", Names::Id),
    ("aws:sourcevpce", Names::Id),
    ("aws:sourcevpcarn", Names::Arn),
    ("aws:vpceaccount", Names::Id),
    ("aws:vpceorgid", Names::Id),
    ("aws:vpceorgpaths", Names::OrganizationPath),
    ("kms:calleraccount", Names::Id),
    ("lambda:eventsourcetoken", Names::Id),
    ("s3:dataaccesspointaccount", Names::Id),
    ("s3:dataaccesspointarn", Names::Arn),
    ("s3:x-amz-server-side-encryption-aws-kms-key-id", Names::Arn),
];

/// Variables that stand for the owner of the resource, and so for somebody.
const OWNERS: [&str; 3] = ["${aws:resourceaccount}", "${aws:resourceorgid}", "${aws:resourceorgpaths}"];

/// Keys that say who asks and how, and nothing of what is asked for. Prefixes.
const ABOUT_THE_CALLER: [&str; 13] = [
    "aws:currenttime",
    "aws:epochtime",
    "aws:multifactorauth",
    "aws:principal",
    "aws:referer",
    "aws:securetransport",
    "aws:source",
    "aws:tokenissuetime",
    "aws:useragent",
    "aws:userid",
    "aws:username",
    "aws:viaawsservice",
    "aws:vpc",
];

/// One operator, key and its values.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    operator: String,
    key: String,
    values: Vec<String>,
}

impl Condition {
    pub(super) fn parse_all(doc: &Doc) -> Result<Vec<Self>, Arc<Unread>> {
        let mut conditions = Vec::new();
        match doc {
            Doc::Null => {}
            Doc::Unread(unread) => return Err(Arc::clone(unread)),
            Doc::Map(operators) => {
                for (operator, keys) in operators.iter() {
                    let keys = keys.as_map().ok_or_else(|| malformed("a Condition is no structure"))?;
                    for (key, values) in keys.iter() {
                        conditions.push(Self {
                            operator: operator.as_str().to_ascii_lowercase(),
                            key: key.as_str().to_ascii_lowercase(),
                            values: texts(values)?,
                        });
                    }
                }
            }
            _ => return Err(malformed("a Condition is no structure")),
        }
        Ok(conditions)
    }

    /// Whether a request that lacks the key, or has another value, fails the condition.
    fn restricts(&self) -> bool {
        // `…IfExists` holds without the key; `ForAllValues:` holds for an empty set of values.
        if self.operator.ends_with("ifexists") || self.operator.starts_with("forallvalues:") {
            return false;
        }
        let is_positive = matches!(
            self.plain_operator(),
            "stringequals" | "stringequalsignorecase" | "stringlike" | "arnequals" | "arnlike" | "ipaddress"
        );
        is_positive && !self.values.is_empty()
    }

    /// The operator without what it says of sets.
    fn plain_operator(&self) -> &str {
        self.operator.rsplit(':').next().unwrap_or_default()
    }

    /// Whether it narrows who may come, or from where.
    pub(super) fn narrows(&self) -> bool {
        self.restricts() && self.names_somebody()
    }

    /// In a `Deny`: whether it hits all but those whom it names. A request without the key is hit as well, with
    /// `…IfExists` too.
    pub(super) fn spares_only_some(&self) -> bool {
        let operator = self.operator.strip_prefix("forallvalues:").unwrap_or(&self.operator);
        let is_negative = matches!(
            operator.strip_suffix("ifexists").unwrap_or(operator),
            "stringnotequals"
                | "stringnotequalsignorecase"
                | "stringnotlike"
                | "arnnotequals"
                | "arnnotlike"
                | "notipaddress"
        );
        is_negative && !self.values.is_empty() && self.names_somebody()
    }

    /// In a `Deny`: whether it spares AWS's own services.
    pub(super) fn spares_aws(&self) -> bool {
        self.is_bool("aws:principalisawsservice", "false")
    }

    /// Whether it says who asks, or how, and not what is asked for.
    pub(super) fn is_about_the_caller(&self) -> bool {
        ABOUT_THE_CALLER.iter().any(|prefix| self.key.starts_with(prefix))
    }

    /// Whether it holds when the request came without TLS, and only then.
    pub(super) fn is_insecure_transport(&self) -> bool {
        self.is_bool("aws:securetransport", "false")
    }

    fn is_bool(&self, key: &str, wanted: &str) -> bool {
        matches!(self.operator.as_str(), "bool" | "boolifexists")
            && self.key == key
            && !self.values.is_empty()
            && self.values.iter().all(|value| value.eq_ignore_ascii_case(wanted))
    }

    fn names_somebody(&self) -> bool {
        let key = NARROWING.iter().find(|(name, _)| *name == self.key);
        key.is_some_and(|(_, names)| self.values.iter().all(|value| self.is_fixed(value, *names)))
    }

    /// Whether a value names somebody, and not just anybody.
    fn is_fixed(&self, value: &str, names: Names) -> bool {
        let mut value = value.to_ascii_lowercase();
        for owner in OWNERS {
            value = value.replace(owner, "owner");
        }
        if value.contains("${") {
            return false;
        }
        if names == Names::Network && self.operator.contains("ipaddress") {
            return is_small_network(&value);
        }
        if !self.has_wildcards() {
            return true;
        }
        match names {
            Names::Arn => arn_names_somebody(&value),
            Names::OrganizationPath => is_plain(value.split('/').next().unwrap_or_default()),
            Names::UserId => is_plain(value.split(':').next().unwrap_or_default()),
            Names::Id | Names::Network => is_plain(&value),
        }
    }

    /// The values that a key has to have, when it cannot have others.
    pub(super) fn required_values(&self, key: &str) -> Option<impl Iterator<Item = &String>> {
        (self.restricts() && self.key == key.to_ascii_lowercase()).then(|| self.values.iter())
    }

    /// Whether `*` and `?` in its values are wildcards.
    pub(super) fn has_wildcards(&self) -> bool {
        self.operator.contains("like") || self.operator.contains("arn")
    }
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && !text.contains(['*', '?'])
}

/// Whether a range is small enough to belong to somebody. S3 draws the line at /8 for IPv4 and at /32 for IPv6.
fn is_small_network(range: &str) -> bool {
    let (address, length) = range.split_once('/').map_or((range, None), |(address, length)| (address, Some(length)));
    let Ok(address) = address.trim().parse::<IpAddr>() else { return false };
    let (shortest, longest) = if address.is_ipv4() { (8, 32) } else { (32, 128) };
    match length.map(|length| length.trim().parse::<u8>()) {
        None => true,
        Some(Ok(length)) => (shortest..=longest).contains(&length),
        Some(Err(_)) => false,
    }
}

/// Whether an ARN pattern fixes an account, or a bucket, which only one account has.
fn arn_names_somebody(arn: &str) -> bool {
    let mut parts = arn.splitn(6, ':').skip(2);
    let (service, _, account, resource) = (parts.next(), parts.next(), parts.next(), parts.next());
    match (service, account, resource) {
        (Some("s3"), Some(""), Some(bucket)) => is_plain(bucket.split('/').next().unwrap_or_default()),
        (_, Some(account), _) => is_plain(account),
        _ => false,
    }
}
