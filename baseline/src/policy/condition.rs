//! Conditions: which of them narrow whom a statement is about. Only an operator that really restricts, on a key that
//! says who or from where, with values that leave somebody out, counts.

use std::sync::Arc;

use super::malformed;
use super::statement::texts;
use crate::doc::Doc;
use crate::reason::Unread;

/// Keys whose values name principals, organizations, sources or networks.
const NARROWING: [&str; 22] = [
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principaltag",
    "aws:userid",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceowner",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceip",
    "aws:vpcsourceip",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourcevpcarn",
    "kms:calleraccount",
    "kms:viaservice",
    "lambda:functionurlauthtype",
    "lambda:eventsourcetoken",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
];

/// Values that are ARNs: the account in them has to be fixed.
const ARNS: [&str; 3] = ["aws:principalarn", "aws:sourcearn", "s3:dataaccesspointarn"];

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

    /// Whether a request that lacks the key, or any request, passes all the same.
    fn restricts(&self) -> bool {
        // `…IfExists` holds without the key; `ForAllValues:` holds for an empty set of values.
        if self.operator.ends_with("ifexists") || self.operator.starts_with("forallvalues:") {
            return false;
        }
        let operator = self.operator.rsplit(':').next().unwrap_or_default();
        let is_positive = matches!(
            operator,
            "stringequals" | "stringequalsignorecase" | "stringlike" | "arnequals" | "arnlike" | "ipaddress"
        );
        is_positive && !self.values.is_empty()
    }

    /// Whether it narrows who may come, or from where.
    pub(super) fn narrows(&self) -> bool {
        let name = self.key.split('/').next().unwrap_or_default();
        self.restricts() && NARROWING.contains(&name) && self.values.iter().all(|value| self.leaves_somebody_out(value))
    }

    fn leaves_somebody_out(&self, value: &str) -> bool {
        let name = self.key.split('/').next().unwrap_or_default();
        if name == "aws:sourceip" || name == "aws:vpcsourceip" {
            return !value.ends_with("/0");
        }
        let has_wildcards = self.operator.contains("like") || self.operator.contains("arn");
        if ARNS.contains(&name) {
            return !has_wildcards || names_somebody(value);
        }
        if name == "lambda:functionurlauthtype" {
            return value.eq_ignore_ascii_case("AWS_IAM");
        }
        !has_wildcards || !value.trim_start_matches(['*', '?']).is_empty() && !value.starts_with(['*', '?'])
    }

    /// Whether the key has to have certain values, and not just any.
    pub(super) fn fixes(&self, key: &str) -> bool {
        let is_open =
            |value: &String| value.chars().all(|c| matches!(c, '*' | '?' | ':' | '/')) || value.starts_with("repo:*");
        self.restricts() && self.key == key.to_ascii_lowercase() && !self.values.iter().any(is_open)
    }

    pub(super) fn denies_insecure_transport(&self) -> bool {
        let is_false = |value: &String| value.eq_ignore_ascii_case("false");
        matches!(self.operator.as_str(), "bool" | "boolifexists")
            && self.key == "aws:securetransport"
            && !self.values.is_empty()
            && self.values.iter().all(is_false)
    }
}

/// Whether an ARN pattern fixes an account, or a bucket, which only one account has.
fn names_somebody(arn: &str) -> bool {
    let mut parts = arn.splitn(6, ':').skip(2);
    let (service, _, account, resource) = (parts.next(), parts.next(), parts.next(), parts.next());
    match (service, account, resource) {
        (Some("s3"), Some(""), Some(bucket)) => !bucket.starts_with(['*', '?']) && !bucket.is_empty(),
        (_, Some(account), _) => !account.is_empty() && !account.contains(['*', '?']),
        _ => false,
    }
}
