//! The lines of a snapshot: what `plumbline snapshot` prints and `plumbline controls try` reads.
//!
//! `{"account", "region", "type", "arn", "resource"}` is a resource; `{…, "type", "complete": true}` says that the
//! listing of a type is complete; `{…, "type", "unread"}` says that it is not, and why.

use std::sync::Arc;

use plumbline_baseline::resource::{Resource, Snapshot};
use plumbline_baseline::{Doc, Unread};
use serde::Deserialize;
use serde_json::json;

/// One line, as read.
#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    account: String,
    #[serde(default)]
    region: String,
    #[serde(rename = "type")]
    type_name: String,
    #[serde(default)]
    arn: String,
    resource: Option<Doc>,
    unread: Option<Unread>,
}

/// A snapshot that was read from lines.
#[derive(Debug, Default)]
pub(crate) struct Saved {
    /// The account of the lines.
    pub(crate) account: String,
    /// Their Region.
    pub(crate) region: String,
    /// The documents.
    pub(crate) snapshot: Snapshot,
}

/// A resource.
pub(crate) fn resource_line(account: &str, region: &str, resource: &Resource) -> String {
    let head = json!({ "account": account, "region": region, "type": &*resource.type_name, "arn": resource.arn });
    let mut line = head.to_string();
    // The document keeps the order of the API's members, which a JSON value would not.
    line.truncate(line.len() - 1);
    format!("{line},\"resource\":{}}}", resource.doc.to_json())
}

/// A type that was not read to the end.
pub(crate) fn incomplete_line(account: &str, region: &str, type_name: &str, unread: &Unread) -> String {
    json!({ "account": account, "region": region, "type": type_name, "unread": unread }).to_string()
}

/// A type that was read to the end.
pub(crate) fn complete_line(account: &str, region: &str, type_name: &str) -> String {
    json!({ "account": account, "region": region, "type": type_name, "complete": true }).to_string()
}

/// Reads the lines of one snapshot.
///
/// # Errors
/// The number of the first line that cannot be read, and why.
pub(crate) fn read(text: &str) -> Result<Saved, (usize, String)> {
    let mut saved = Saved::default();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let line: Line = serde_json::from_str(line).map_err(|error| (number + 1, error.to_string()))?;
        let type_name: Arc<str> = line.type_name.as_str().into();
        let listing = saved.snapshot.listings.entry(Arc::clone(&type_name)).or_default();
        if let Some(doc) = line.resource {
            listing.items.push(Resource { type_name, arn: line.arn, doc });
        }
        if let Some(unread) = line.unread {
            listing.unread = Some(Arc::new(unread));
        }
        (saved.account, saved.region) = (line.account, line.region);
    }
    Ok(saved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        let doc = Doc::from_json(r#"{"B":1,"A":{"$unread":{"reason":"access_denied"}}}"#).unwrap();
        let resource = Resource { type_name: "AWS::S3::Bucket".into(), arn: "arn:aws:s3:::b".into(), doc };
        let unread = Unread {
            reason: plumbline_baseline::UnreadReason::Throttled,
            operation: "ec2:DescribeVpcs".into(),
            detail: String::new(),
        };
        let text = [
            resource_line("1", "us-east-1", &resource),
            incomplete_line("1", "us-east-1", "AWS::EC2::VPC", &unread),
            complete_line("1", "us-east-1", "AWS::SNS::Topic"),
        ]
        .join("\n");
        assert!(text.contains(r#""resource":{"B":1,"A":"#));
        let saved = read(&text).unwrap();
        assert_eq!(saved.snapshot.listings["AWS::S3::Bucket"].items[0].doc.get("B"), &Doc::Int(1));
        assert!(saved.snapshot.listings["AWS::EC2::VPC"].unread.is_some());
        assert!(saved.snapshot.listings["AWS::SNS::Topic"].unread.is_none());
        assert_eq!(read("{}\n").unwrap_err().0, 1);
    }
}
