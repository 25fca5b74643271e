//! Collectors: which AWS calls produce the members of which resource type. The checked form of `collectors/*.yaml`.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::doc::Doc;

use super::cloudformation::TypeSchema;

/// Where a type's resources live, and so in which jobs they are collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// In every enabled Region.
    Regional,
    /// Once an account, in the job of the pseudo-Region `aws-global`.
    Global,
    /// Once an organization, in the `aws-global` job of its management account.
    Organization,
}

/// How one resource type is collected.
#[derive(Clone, Debug)]
pub struct ResourceType {
    /// `AWS::S3::Bucket`; `Plumbline::…` for settings, which no AWS type names.
    pub name: Arc<str>,
    /// Where it lives.
    pub scope: Scope,
    /// What reads it.
    pub source: Source,
    /// The listing; `None` for a singleton that consists of gathered members only.
    pub list: Option<List>,
    /// Template with `{Member.Path}`, `{partition}`, `{region}`, `{account}`.
    pub arn: String,
    /// Condition (CEL over the whole resource, `account` and `region`): which of them controls judge; all when absent.
    /// What AWS still lists and nobody can put right any more is left out.
    pub judged_when: Option<String>,
    /// Member that holds tags, as `[{Key, Value}]` or as a map.
    pub tags: Option<String>,
    /// Further calls, by the member that they fill (of the resource, or of each item of a list, see [`within`]), in
    /// declaration order.
    pub gather: Vec<(Arc<str>, Gather)>,
    /// Members that are computed from the others (CEL over the whole resource, `account`, `region` and `now`), in
    /// declaration order: each sees those before it.
    pub derive: Vec<(Arc<str>, String)>,
    /// Members of an item that hold text to decode: path with `[]` for lists, and how.
    pub decode: Vec<(String, Decode)>,
    /// Paths whose values may be secrets and leave the account only as a keyed hash.
    pub redact: Vec<String>,
}

/// What reads the resources of a type.
#[derive(Clone, Debug, Default)]
pub enum Source {
    /// The calls that its collector names.
    #[default]
    Calls,
    /// Cloud Control: a listing of identifiers, and one call for each.
    CloudControl(CloudControl),
    /// AWS Config's record of it.
    Config(Recorded),
}

/// What is known of a type that Cloud Control reads.
#[derive(Clone, Debug, Default)]
pub struct CloudControl {
    /// CloudFormation's schema of the type; where there is none, its members cannot be checked.
    pub schema: Option<Arc<TypeSchema>>,
}

/// How old AWS Config's record of a type may be.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// Items that were written down before that many hours are not read; all are when absent, since an item is written
    /// when a thing changes.
    pub max_age_hours: Option<u32>,
}

/// The call that lists the items.
#[derive(Clone, Debug)]
pub struct List {
    /// The call.
    pub call: Call,
    /// Path of the items; `[]` flattens (`Reservations[].Instances[]`).
    pub items: String,
    /// For items that are plain text: the member that holds it (`QueueUrl`).
    pub item_member: Option<String>,
    /// Error codes that mean "there are none" (a service that is not switched on), by call.
    pub absent: Vec<String>,
}

/// One member filled by one further call.
#[derive(Clone, Debug)]
pub struct Gather {
    /// The call.
    pub call: Call,
    /// Output path to keep; the whole output when empty. Pages are joined.
    pub take: String,
    /// What the member is when AWS answers and leaves it out (S3 does not name us-east-1).
    pub default: Option<Doc>,
    /// How to decode the text that was taken.
    pub decode: Option<Decode>,
    /// Error codes that mean "absent": the member becomes null, and that was read.
    pub absent: Vec<String>,
    /// Condition (CEL over `resource`, `account`, `region`); where it is false, the member is
    /// unread without a call (`not_asked`).
    pub when: Option<String>,
    /// A call to repeat first until it reports that it is done.
    pub prepare: Option<Prepare>,
    /// When what is asked about belongs to another account, and who judges it there.
    pub foreign: Option<Arc<Foreign>>,
}

/// A thing that another account may own: what that one does not show is judged there.
#[derive(Clone, Debug)]
pub struct Foreign {
    /// Condition (CEL over `resource`, `account`, `region`) that holds when another account owns it.
    pub when: String,
    /// Template of its ARN, as of a resource type.
    pub arn: String,
    /// The controls that judge it in its own account; the same control there, whose account the ARN names, when empty.
    pub judged_by: Vec<String>,
}

/// The list and the member that a gathered member's name leads to, where it is gathered for each item of a list of the
/// resource: `Listeners[].Rules`. Its arguments and its condition are then about that item, and about the resource as its
/// `parent`.
pub fn within(member: &str) -> Option<(&str, &str)> {
    member.split_once("[].")
}

/// Names that are no members: they say where the job works.
const BUILTINS: [&str; 3] = ["account", "region", "partition"];

/// Whether a path is such a name.
pub fn is_builtin(path: &str) -> bool {
    BUILTINS.contains(&path)
}

/// The path in the resource around an item, where a path of the item leads there: `parent.HomeRegion`.
pub fn of_parent(path: &str) -> Option<&str> {
    path.strip_prefix("parent.")
}

/// Service, operation, where, and input.
#[derive(Clone, Debug)]
pub struct Call {
    /// Descriptor name of the service.
    pub service: String,
    /// Operation.
    pub operation: String,
    /// Where it is made.
    pub region: CallRegion,
    /// Input members.
    pub with: BTreeMap<String, Argument>,
}

/// The Region in which a call is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallRegion {
    /// The job's.
    Job,
    /// The one at a path of the item: where the thing lives.
    Of(String),
    /// Any that answers, the partition's home Region first: every Region knows what belongs to none, or to all.
    Any,
}

impl ResourceType {
    /// The operations that its source calls besides the listing: once, or for each resource.
    pub fn source_operations(&self) -> &'static [(&'static str, &'static str)] {
        match self.source {
            Source::Calls => &[],
            Source::CloudControl(_) => &[("cloudcontrol", "GetResource")],
            Source::Config(_) => {
                &[("config", "DescribeConfigurationRecorderStatus"), ("config", "DescribeConfigurationRecorders")]
            }
        }
    }

    /// The IAM actions that AWS makes with the caller's rights when it reads the type: those of Cloud Control's handlers.
    pub fn handler_actions(&self) -> impl Iterator<Item = &String> {
        let schema = match &self.source {
            Source::CloudControl(source) => source.schema.as_deref(),
            Source::Calls | Source::Config(_) => None,
        };
        schema.into_iter().flat_map(|schema| schema.list.iter().chain(&schema.read).flatten())
    }

    /// Whether every Region can say it: a singleton whose calls name no Region of their own. A Regional job may then read
    /// what belongs to the account as a whole.
    pub fn is_known_anywhere(&self) -> bool {
        let mut calls = self.gather.iter().map(|(_, gather)| &gather.call);
        self.list.is_none() && self.scope == Scope::Global && calls.all(|call| call.region == CallRegion::Any)
    }
}

impl CallRegion {
    /// The path of the item that names it, if one does.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Of(path) => Some(path),
            Self::Job | Self::Any => None,
        }
    }
}

/// One input value.
#[derive(Clone, Debug)]
pub enum Argument {
    /// `$Path`: a member of the item; also `$account`, `$region` and `$partition`.
    Path(String),
    /// Anything else.
    Literal(Doc),
    /// A list of arguments.
    List(Vec<Argument>),
    /// A structure of arguments (`{ Name: owner-id, Values: [$account] }`).
    Map(BTreeMap<String, Argument>),
}

/// A call that starts something on AWS's side and says when it is done (IAM's credential report).
#[derive(Clone, Debug)]
pub struct Prepare {
    /// Operation of the same service.
    pub operation: String,
    /// Output path to watch.
    pub path: String,
    /// The value that means done.
    pub equals: String,
}

/// How text becomes a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decode {
    /// JSON, URL-encoded or plain.
    Json,
    /// Base64 of CSV with a header line: a list of maps from column to text.
    Csv,
}
