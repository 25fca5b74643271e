//! What a finding is about, and what of it a word stands for: members of its document, what its ARN says, its place.

use std::collections::BTreeSet;

use crate::Region;
use crate::doc::Doc;
use crate::pack::collector::{OWN_ARN, ResourceType};
use crate::pack::words::LAST;

/// What a finding is about.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The account.
    pub account: &'a str,
    /// The Region, or `aws-global`.
    pub region: &'a str,
    /// The partition.
    pub partition: &'a str,
    /// What names the resource; empty when a finding is about the whole place.
    pub resource: &'a str,
    /// What is stored of it.
    pub document: Option<&'a Doc>,
    /// Its type.
    pub declared: &'a ResourceType,
}

/// What a word stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    One(String),
    /// Which of these, nobody knows but a person.
    Several(Vec<String>),
    Unknown,
}

impl Subject<'_> {
    /// The value at a path.
    pub(super) fn value(&self, path: &str) -> Value {
        let (member, is_last) = path.strip_suffix(LAST).map_or((path, false), |member| (member, true));
        let values = match member {
            "account" => vec![self.account.to_owned()],
            "partition" => vec![self.partition.to_owned()],
            "region" if self.region == Region::GLOBAL || self.region == Region::ORGANIZATION => Vec::new(),
            "region" => vec![self.region.to_owned()],
            // What stands for an account or a Region as a whole has no ARN.
            OWN_ARN => Vec::from_iter(self.resource.starts_with("arn:").then(|| self.resource.to_owned())),
            member => self.members(member),
        };
        let last = |value: &String| value.rsplit(LAST).next().unwrap_or_default().to_owned();
        let values: Vec<String> = if is_last { values.iter().map(last).collect() } else { values };
        let values = match values.is_empty() {
            true => Vec::from_iter(in_arn(&self.declared.arn, self.resource, path)),
            false => values,
        };
        let known: BTreeSet<&String> = values.iter().filter(|value| !value.is_empty()).collect();
        match known.len() {
            0 => Value::Unknown,
            1 => Value::One(known.into_iter().next().cloned().unwrap_or_default()),
            _ => Value::Several(known.into_iter().cloned().collect()),
        }
    }

    /// What the document has at a path, `[]` for the items of a list.
    fn members(&self, path: &str) -> Vec<String> {
        let mut found: Vec<&Doc> = self.document.into_iter().collect();
        for part in path.split('.') {
            let (name, is_list) = part.strip_suffix("[]").map_or((part, false), |name| (name, true));
            found = found.into_iter().map(|document| document.get(name)).collect();
            if is_list {
                found = found.into_iter().flat_map(|document| document.as_list().unwrap_or_default()).collect();
            }
        }
        found.into_iter().filter(|value| !value.is_redacted()).filter_map(written).collect()
    }
}

/// A value as people write it; none for what is no single value, and for what was not read.
fn written(value: &Doc) -> Option<String> {
    match value {
        Doc::String(text) => Some(text.to_string()),
        Doc::Int(_) | Doc::Double(_) | Doc::Bool(_) => Some(value.to_json()),
        _ => None,
    }
}

/// What an ARN has at the place that its template has for a path.
fn in_arn(template: &str, arn: &str, path: &str) -> Option<String> {
    let (mut template, mut arn) = (template, arn);
    let mut found = None;
    while let Some((literal, rest)) = template.split_once('{') {
        arn = arn.strip_prefix(literal)?;
        let (place, rest) = rest.split_once('}')?;
        let next = rest.split('{').next().unwrap_or_default();
        let end =
            if next.is_empty() && rest.is_empty() { arn.len() } else { arn.find(next).filter(|_| !next.is_empty())? };
        if place == path || place.trim_end_matches(LAST) == path.trim_end_matches(LAST) && path.ends_with(LAST) {
            found = arn[..end].rsplit(if path.ends_with(LAST) { LAST } else { '\0' }).next().map(str::to_owned);
        }
        (template, arn) = (rest, &arn[end..]);
    }
    (template == arn).then_some(found).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_says_what_its_template_names() {
        let bucket = "arn:{partition}:s3:::{Name}";
        assert_eq!(in_arn(bucket, "arn:aws:s3:::logs", "Name").as_deref(), Some("logs"));
        assert_eq!(in_arn(bucket, "arn:aws:s3:::logs", "Other"), None);
        assert_eq!(in_arn(bucket, "AWS::::Account:1", "Name"), None);
        let queue = "arn:{partition}:sqs:{region}:{account}:{QueueUrl/}";
        assert_eq!(in_arn(queue, "arn:aws:sqs:eu-west-1:1:jobs", "QueueUrl/").as_deref(), Some("jobs"));
        assert_eq!(in_arn(queue, "arn:aws:sqs:eu-west-1:1:jobs", "QueueUrl"), None);
        assert_eq!(in_arn("{Arn}", "arn:aws:iam::1:user/a/b", "Arn/").as_deref(), Some("b"));
        let group = "arn:{partition}:ec2:{region}:{account}:security-group/{GroupId}";
        assert_eq!(in_arn(group, "arn:aws:ec2:eu-west-1:1:security-group/sg-1", "GroupId").as_deref(), Some("sg-1"));
        assert_eq!(in_arn(group, "arn:aws:ec2:eu-west-1:1:subnet/sg-1", "GroupId"), None);
    }
}
