//! The lines of a snapshot: what `plumbline snapshot` prints and `plumbline controls try` reads.
//!
//! `{"account", "region", "about"}` is what is known of the account, with an `"organization"` beside it if somebody wrote
//! one, and of a stored scan which one read it, and when; `{"account", "region", "unread"}` says that nothing of a place is
//! kept; `{…, "type", "arn", "resource"}` is a resource;
//! `{…, "type", "complete": true}` says that the listing of a type is complete; `{…, "type", "unread"}` says that it is
//! not, and why.

use std::sync::Arc;

use plumbline_baseline::expr::{DELEGATED_ADMINISTRATORS, RESOURCE_CONTROL_POLICIES, account_type};
use plumbline_baseline::resource::{Resource, Snapshot};
use plumbline_baseline::{Doc, Unread, UnreadReason};
use serde::Deserialize;
use serde_json::json;

/// One line, as read.
#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    account: String,
    #[serde(default)]
    region: String,
    #[serde(default, rename = "type")]
    type_name: String,
    #[serde(default)]
    arn: String,
    resource: Option<Doc>,
    unread: Option<Unread>,
    about: Option<Doc>,
    organization: Option<Doc>,
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
    /// What the lines say of the account.
    about: Doc,
    /// What they say of its organization.
    organization: Option<Doc>,
}

impl Saved {
    /// Refuses lines of another account or Region than those before, and one that says that there is nothing to read.
    fn check(&self, line: &Line) -> Result<(), String> {
        let differs = |known: &str, other: &str| !known.is_empty() && !other.is_empty() && known != other;
        if differs(&self.account, &line.account) || differs(&self.region, &line.region) {
            let Line { account, region, .. } = line;
            return Err(format!(
                "it is of {account} in {region}, and those before are of another place: choose one with \
                                --accounts and --regions"
            ));
        }
        match &line.unread {
            Some(unread) if line.type_name.is_empty() => {
                Err(format!("nothing of the account and Region is kept: {unread}"))
            }
            _ => Ok(()),
        }
    }

    /// The account as a scan gives it to controls. What the lines do not say of it was not read, and is not null.
    pub(crate) fn account(&self) -> Doc {
        let member = |name: &str| match (name, self.about.as_map().and_then(|about| about.get(name))) {
            (_, Some(known)) => known.clone(),
            ("id", None) => Doc::from(self.account.as_str()),
            (_, None) => self.unsaid(&format!("the account's {name}"), &format!("\"about\": {{\"{name}\": …}}")),
        };
        Doc::map(account_type().members.keys().map(|name| (name.as_str(), member(name))))
    }

    /// The organization as a scan gives it to controls: what the account's line says of it.
    pub(crate) fn organization(&self) -> Doc {
        let said = match &self.organization {
            Some(Doc::Map(said)) => Some(said),
            Some(other) => return other.clone(),
            None => None,
        };
        let members = [
            ("accounts", "who belongs to the organization", "\"organization\": {\"accounts\": […]}"),
            (
                DELEGATED_ADMINISTRATORS,
                "who administers services for the organization",
                "\"organization\": {\"delegated_administrators\": {\"SERVICE.amazonaws.com\": [\"ACCOUNT\"]}}",
            ),
        ];
        let of_line = |name: &str| said.and_then(|said| said.get(name)).cloned();
        let wanted = members.map(|(name, what, add)| (name, of_line(name).unwrap_or_else(|| self.unsaid(what, add))));
        // Where nobody says whether there are any, policies are judged without them.
        let limits = (RESOURCE_CONTROL_POLICIES, of_line(RESOURCE_CONTROL_POLICIES).unwrap_or_default());
        Doc::map(wanted.into_iter().chain([limits]))
    }

    /// What the lines do not say, and what to add to that of the account.
    fn unsaid(&self, what: &str, add: &str) -> Doc {
        let Self { account, region, .. } = self;
        let line = format!("{{\"account\": \"{account}\", \"region\": \"{region}\", {add}}}");
        let detail = format!("the snapshot does not say {what}: add it to the line of the account, as {line}");
        Doc::Unread(Arc::new(Unread::new(UnreadReason::NotRun, "", detail)))
    }
}

/// What is known of the account.
pub(crate) fn account_line(account: &str, region: &str, about: &Doc) -> String {
    json!({ "account": account, "region": region, "about": about }).to_string()
}

/// What is known of the account, and which scan read the place and when its documents were stored, if they were.
pub(crate) fn stored_account_line(account: &str, region: &str, about: &Doc, scan: &str, read: Option<&str>) -> String {
    json!({ "account": account, "region": region, "about": about, "scan": scan, "read": read }).to_string()
}

/// A place of which nothing is kept.
pub(crate) fn nothing_line(account: &str, region: &str, unread: &Unread) -> String {
    json!({ "account": account, "region": region, "unread": unread }).to_string()
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
        saved.check(&line).map_err(|error| (number + 1, error))?;
        if let Some(about) = line.about {
            (saved.account, saved.region, saved.about) = (line.account, line.region, about);
            saved.organization = line.organization;
            continue;
        }
        if line.type_name.is_empty() {
            let what = "it has no `type` and is about no resource; the line of the account has `about`: {\"account\": \"…\", \
                        \"region\": \"…\", \"about\": {}}";
            return Err((number + 1, what.to_owned()));
        }
        let type_name: Arc<str> = line.type_name.as_str().into();
        let listing = saved.snapshot.listings.entry(Arc::clone(&type_name)).or_default();
        if let Some(doc) = line.resource {
            // What somebody wrote by hand may have no name, and is told by its place.
            let arn = if line.arn.is_empty() { format!("line {}", number + 1) } else { line.arn };
            listing.items.push(Resource { type_name, arn, doc });
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
        let unread = Unread::new(plumbline_baseline::UnreadReason::Throttled, "ec2:DescribeVpcs", "");
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

    #[test]
    fn lines_of_several_places_and_of_nothing_are_refused() {
        let about = Doc::map([]);
        let (one, other) = (account_line("1", "us-east-1", &about), account_line("1", "eu-west-1", &about));
        assert_eq!(read(&format!("{one}\n{other}")).unwrap_err().0, 2);
        let unread = Unread::new(plumbline_baseline::UnreadReason::NotRun, "", "given up");
        let (number, why) = read(&format!("{one}\n{}", nothing_line("1", "us-east-1", &unread))).unwrap_err();
        assert!(number == 2 && why.contains("not_run: given up"), "{why}");
    }

    #[test]
    fn who_belongs_to_the_organization_is_what_the_line_says() {
        let line = |rest: &str| format!(r#"{{"account":"1","region":"us-east-1","about":{{}}{rest}}}"#);
        let accounts = |rest: &str| read(&line(rest)).unwrap().organization().get("accounts").clone();
        let said = accounts(r#","organization":{"accounts":["222222222222"]}"#);
        assert_eq!(said, Doc::List(vec![Doc::from("222222222222")]));
        assert_eq!(accounts("").unread().map(|unread| unread.reason.code()), Some("not_run"));
    }

    #[test]
    fn what_is_not_said_of_the_account_was_not_read() {
        let about = Doc::map([("is_management", true.into()), ("organization_id", Doc::Null)]);
        let complete = complete_line("1", "us-east-1", "AWS::SNS::Topic");
        for (text, is_said) in [(account_line("1", "us-east-1", &about) + "\n" + &complete, true), (complete, false)] {
            let account = read(&text).unwrap().account();
            assert_eq!(account.get("id").as_str(), Some("1"));
            assert_eq!(account.get("is_management").as_bool(), is_said.then_some(true));
            assert_eq!(account.get("organization_id").is_null(), is_said);
            let tags = account.get("tags").unread().unwrap().to_string();
            let expected = "not_run: the snapshot does not say the account's tags: add it to the line of the account, as \
                            {\"account\": \"1\", \"region\": \"us-east-1\", \"about\": {\"tags\": …}}";
            assert_eq!(tags, expected);
        }
    }
}
