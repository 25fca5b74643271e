//! Controls: what must hold, why, who acts and how. The checked form of `controls/<service>/<id>.yaml`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::setting::Rule;
use crate::doc::Doc;
use crate::verdict::{Severity, Status};

/// Who or what puts a failed control right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FixBy {
    /// Only the root user can.
    RootUser,
    /// A person in the console or CLI.
    Console,
    /// Infrastructure as code.
    Iac,
    /// A mixture; the steps say which.
    Mixed,
    /// The organization's management account.
    Organization,
}

/// What a control is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Resources of these types.
    Types(Vec<Arc<str>>),
    /// Resources of every type whose collector declares tags.
    Tagged,
    /// An account, looked at by a person: no expression.
    Manual,
}

/// One control.
#[derive(Clone, Debug)]
pub struct Control {
    /// `s3-bucket-tls-only`: the service and the wanted state. Never reused.
    pub id: Arc<str>,
    /// One sentence that reads true when the control passes.
    pub title: String,
    /// How much a failure matters.
    pub severity: Severity,
    /// Maturity: 1 essential, 2 standard, 3 advanced.
    pub level: u8,
    /// Who puts it right.
    pub fix_by: FixBy,
    /// What it is about.
    pub subject: Subject,
    /// The partitions that it is about (`aws`); all when empty.
    pub partitions: Vec<String>,
    /// What a failure says; `None` only for manual controls.
    pub finding: Option<Finding>,
    /// Which variant of its file it is, if the file has any.
    pub variant: Option<Arc<str>>,
    /// CEL: named expressions, each of which sees those before it.
    pub lets: Vec<(Arc<str>, String)>,
    /// CEL: which resources it is about; all when absent.
    pub applies_when: Option<String>,
    /// CEL: the wanted state. `None` only for manual controls.
    pub pass_when: Option<String>,
    /// Parameters and their defaults.
    pub settings: BTreeMap<String, Doc>,
    /// What values a parameter takes, where its default does not say it all.
    pub setting_rules: BTreeMap<String, Rule>,
    /// Why it matters, as Markdown.
    pub why: String,
    /// How to put it right.
    pub remediation: Remediation,
    /// Links to AWS's documentation.
    pub references: Vec<String>,
    /// Worked examples; they run as tests.
    pub cases: Vec<Case>,
}

/// What a failure says: the title says what is wanted, and read in a list of failures it would say the opposite.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    /// Of one thing: `The bucket is open to the internet`.
    pub one: String,
    /// Of several: `{count} buckets are open to the internet`.
    pub other: String,
}

/// The place for the number of findings.
pub(super) const COUNT: &str = "{count}";

impl Finding {
    /// What so many failures say.
    pub fn of(&self, count: u64) -> String {
        if count == 1 { self.one.clone() } else { self.other.replace(COUNT, &count.to_string()) }
    }
}

/// How to put a failed control right. Empty text where a way does not apply.
#[derive(Clone, Debug, Default)]
pub struct Remediation {
    /// What to do, in order, as Markdown.
    pub steps: String,
    /// AWS CLI.
    pub cli: String,
    /// Terraform.
    pub terraform: String,
    /// CloudFormation.
    pub cloudformation: String,
    /// What in those a person chooses, and what it is: `LOG_BUCKET`, the bucket that logs go to.
    pub choose: BTreeMap<String, String>,
}

impl Control {
    /// Whether it is about a partition.
    pub fn is_in(&self, partition: &str) -> bool {
        self.partitions.is_empty() || self.partitions.iter().any(|known| known == partition)
    }
}

/// One worked example.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// Line in the control's file, for messages.
    pub line: usize,
    /// The resource document.
    pub resource: Doc,
    /// Type of the resource, where the control has several.
    pub resource_type: Option<Arc<str>>,
    /// Members of the resource that were not read (dotted paths).
    pub unknown: Vec<String>,
    /// Other resources for `all(…)`: type → documents. A type named in `unknown_types` was not (fully) listed.
    pub others: BTreeMap<String, Vec<Doc>>,
    /// Types whose listing is incomplete.
    pub unknown_types: Vec<String>,
    /// Settings that differ from the defaults.
    pub settings: BTreeMap<String, Doc>,
    /// `account` as the expression sees it; a fixed example when absent.
    pub account: Option<Doc>,
    /// `organization` as the expression sees it: who its members are. Null when absent, as where nobody knows.
    pub organization: Option<Doc>,
    /// The Region; `us-east-1` when absent.
    pub region: Option<String>,
    /// The scan's start, ISO-8601; `2026-01-15T00:00:00Z` when absent.
    pub now: Option<String>,
    /// The expected status.
    pub expect: Status,
}
