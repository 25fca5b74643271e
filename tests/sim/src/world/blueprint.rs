//! What a realistic account holds: the resources of each type, well kept unless a flaw is asked for.
//!
//! A flaw is named by the control that finds it, so that whoever builds a world says which controls fail where, and
//! the expected result of a scan is the list of flaws. Nothing here knows how a control decides.

mod audit;
mod backup;
mod compute;
mod containers;
mod data;
mod identity;
mod network;
mod routing;
mod storage;

use plumbline_baseline::Doc;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// One account in one Region (or its global part), and what is wrong there.
pub(crate) struct Site<'a> {
    pub(crate) account: &'a str,
    pub(crate) account_name: &'a str,
    pub(crate) region: &'a str,
    /// What accounts of the same kind have in common: identifiers and flaws follow from it.
    pub(crate) kind: &'a str,
    /// The Region where trails and account-wide things live.
    pub(crate) home: &'a str,
    /// The organization's management account.
    pub(crate) management: &'a str,
    pub(crate) organization: &'a str,
    /// Whether it is the account that has the organization's analyzers of IAM Access Analyzer.
    pub(crate) has_organization_analyzers: bool,
    /// How many of each ordinary resource there are.
    pub(crate) count: usize,
    /// How many there are of the type that is asked for, if that was said.
    pub(crate) of_type: Option<usize>,
    pub(crate) now: OffsetDateTime,
    /// Whether a control fails on the thing of this name.
    pub(crate) flaws: &'a dyn Fn(&str, &str) -> bool,
    /// How trails are arranged.
    pub(crate) trails: Trails,
}

/// Who keeps the trail that records an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trails {
    /// Each account has its own.
    Own,
    /// The management account has one for the whole organization.
    Organization,
}

/// The resources of one type.
pub(crate) fn resources(site: &Site<'_>, type_name: &str) -> Vec<Doc> {
    let values = identity::resources(site, type_name)
        .or_else(|| storage::resources(site, type_name))
        .or_else(|| audit::resources(site, type_name))
        .or_else(|| network::resources(site, type_name))
        .or_else(|| routing::resources(site, type_name))
        .or_else(|| backup::resources(site, type_name))
        .or_else(|| compute::resources(site, type_name))
        .or_else(|| containers::resources(site, type_name))
        .or_else(|| data::resources(site, type_name))
        .unwrap_or_default();
    values.into_iter().map(document).collect()
}

/// A JSON value as a document.
pub(crate) fn document(value: Value) -> Doc {
    serde_json::from_value(value).expect("every JSON value is a document")
}

impl Site<'_> {
    fn flawed(&self, control: &str, name: &str) -> bool {
        (self.flaws)(control, name)
    }

    fn is_management(&self) -> bool {
        self.account == self.management
    }

    fn is_home(&self) -> bool {
        self.region == self.home
    }

    fn days_ago(&self, days: i64) -> String {
        let moment = self.now - Duration::days(days);
        let moment = moment.replace_nanosecond(0).unwrap_or(moment);
        moment.format(&Rfc3339).unwrap_or_default()
    }

    fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.region, self.account)
    }

    /// Tags as `[{Key, Value}]`; none when `tags-required` fails.
    fn tags(&self, name: &str) -> Value {
        if self.flawed("tags-required", name) {
            return json!([]);
        }
        let tags = [
            ("Name", name),
            ("Owner", "platform-team@example.com"),
            ("Environment", self.environment()),
            ("CostCenter", "CC-4711"),
            ("Project", "webshop"),
            ("Application", "webshop"),
            ("DataClassification", "internal"),
        ];
        let tags = tags.map(|(key, value)| (key, value.to_owned()));
        let tags = tags.into_iter().chain(self.stack_of(name).into_iter().flatten());
        tags.map(|(key, value)| json!({ "Key": key, "Value": value })).collect()
    }

    /// The tags of the stack that made it, where one did: what keeps logs comes from one stack set in all accounts, what
    /// the shop serves from a stack in each place.
    fn stack_of(&self, name: &str) -> Option<[(&'static str, String); 2]> {
        let is_of = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
        let stack = match name {
            _ if is_of(&["access-logs", "backups", "trail"]) => {
                format!("StackSet-logging-baseline-0a1b2c3d-4e5f-6071-8293-{}", self.account)
            }
            _ if is_of(&["assets", "uploads", "static-site"]) => "webshop".to_owned(),
            _ => return None,
        };
        let id = self.arn("cloudformation", &format!("stack/{stack}/{}", self.account));
        Some([("aws:cloudformation:stack-name", stack), ("aws:cloudformation:stack-id", id)])
    }

    /// Tags as a map.
    fn tag_map(&self, name: &str) -> Value {
        let tags = self.tags(name);
        let pairs = tags.as_array().into_iter().flatten();
        let text = |tag: &Value, part: &str| tag[part].as_str().unwrap_or_default().to_owned();
        Value::Object(pairs.map(|tag| (text(tag, "Key"), Value::from(text(tag, "Value")))).collect())
    }

    fn environment(&self) -> &'static str {
        let name = self.account_name;
        ["prod", "staging", "dev", "sandbox"].into_iter().find(|stage| name.contains(stage)).unwrap_or("shared")
    }

    /// A stable identifier in AWS's hexadecimal form (`vol-0a1b…`).
    fn id(&self, prefix: &str, name: &str) -> String {
        let hash = crate::chance::stable_hash(&[self.kind, self.region, prefix, name]);
        format!("{prefix}-0{hash:016x}")
    }

    /// The first `count` names of a list, then numbered ones.
    fn names(&self, base: &[&str]) -> Vec<String> {
        let numbered = |index: usize| match base.get(index) {
            Some(name) => (*name).to_owned(),
            None => format!("{}-{:03}", base[index % base.len()], index / base.len() + 1),
        };
        (0..self.of_type.unwrap_or(self.count)).map(numbered).collect()
    }
}
