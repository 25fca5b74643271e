//! Collectors: which AWS calls produce the members of which resource type. The checked form of `collectors/*.yaml`.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::doc::Doc;

use super::cloudformation::TypeSchema;
use super::words::Words;

/// Where a type's resources live, and so in which jobs they are collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// In every enabled Region.
    Regional,
    /// Once an account, in the job of the pseudo-Region `aws-global`.
    Global,
    /// Once an organization, in the `aws-global` job of its management account.
    Organization,
    /// Once an organization, when all other jobs of a scan have ended: what they found. No agent collects it.
    Findings,
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
    /// The partitions that have it (`aws`); all when empty.
    pub partitions: Vec<String>,
    /// The listing; `None` for a singleton that consists of gathered members only.
    pub list: Option<List>,
    /// Template with `{Member.Path}`, `{partition}`, `{region}`, `{account}`, `{parent.Path}`.
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
    /// Paths of members that change by themselves: they are evaluated, and are no change of the resource.
    pub volatile: Vec<String>,
    /// What stands for its identifiers in remediations.
    pub words: Words,
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
    /// What the same scan found, in the rows of its jobs: one resource for each account.
    Findings(Counted),
}

/// What is counted of the rows of a scan.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    /// The ids of the controls whose rows are looked at.
    pub controls: Vec<Arc<str>>,
}

/// What is known of a type that Cloud Control reads.
#[derive(Clone, Debug, Default)]
pub struct CloudControl {
    /// CloudFormation's schema of the type; where there is none, its members cannot be checked.
    pub schema: Option<Arc<TypeSchema>>,
}

/// How old AWS Config's record of a type may be, and whose it is.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// Items that were written down before that many hours are not read; all are when absent, since an item is written
    /// when a thing changes.
    pub max_age_hours: Option<u32>,
    /// The aggregator that has the records of all accounts and Regions; each account and Region is asked for its own
    /// when absent.
    pub aggregator: Option<Aggregator>,
}

/// An aggregator of AWS Config in the management account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aggregator {
    /// Its name.
    pub name: String,
    /// The Region that it is in.
    pub region: String,
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
    /// Error codes that mean "there are none" (a service that is not switched on, a parent that is gone), by call.
    pub absent: Vec<String>,
    /// What it is asked for each of; once when absent.
    pub each: Option<Each>,
}

/// The parents of a listing: it is made once for each resource of another type of the same job.
#[derive(Clone, Debug)]
pub struct Each {
    /// Their type (`AWS::ECS::Cluster`).
    pub type_name: Arc<str>,
    /// The member of an item that holds what it keeps of its parent, and which of the parent's members those are.
    pub kept: Option<(String, Vec<String>)>,
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
    /// How an answer about many resources is joined to each of them; an answer about one when absent.
    pub joined: Option<Join>,
}

/// An answer about many resources, and which part of it is about which.
#[derive(Clone, Debug)]
pub struct Join {
    /// Path of the answer's items. What a member takes, it takes of one of them.
    pub items: String,
    /// Path in such an item of what names the resource (`ResourceARN`),
    pub key: String,
    /// and path in the resource of what is equal to it (`arn`).
    pub equals: String,
    /// How many resources one call asks about; one call is about all of them when absent.
    pub batch: Option<Batch>,
}

/// A call that is told whom it is about, as a list: the argument that takes `$items.…`.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The most that AWS takes.
    pub size: usize,
    /// Where the answer says whom it leaves out.
    pub failures: Option<Failures>,
}

/// The part of an answer that names whom it has no answer for.
#[derive(Clone, Debug)]
pub struct Failures {
    /// Path of the list.
    pub items: String,
    /// Path in one of its items of what was asked for; empty when the items are names.
    pub key: String,
    /// Path in one of its items of the code that says why; empty when they say nothing, and the list's name is the code.
    pub reason: String,
    /// Codes that mean that the resource is gone.
    pub gone: Vec<String>,
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

impl Failures {
    /// What stands for a code where the list says none: its own name.
    pub fn name(&self) -> &str {
        self.items.rsplit('.').next().unwrap_or_default().trim_end_matches("[]")
    }
}

/// The path in what is around: of a resource, its parent; of an item of a list, the resource (`parent.HomeRegion`).
pub fn of_parent(path: &str) -> Option<&str> {
    path.strip_prefix("parent.")
}

/// The path in each resource of a batch, where an argument takes them all: `items.serviceArn`.
pub fn of_items(path: &str) -> Option<&str> {
    path.strip_prefix("items.")
}

/// The list and the member that a gathered member's name leads to, where it is gathered for each item of a list of the
/// resource: `Listeners[].Rules`. Its arguments and its condition are then about that item, and about the resource as its
/// `parent`.
pub fn within(member: &str) -> Option<(&str, &str)> {
    member.split_once("[].")
}

/// Names that are no members: they say where the job works.
pub(super) const BUILTINS: [&str; 3] = ["account", "region", "partition"];

/// What calls name the resource's own ARN by.
pub const OWN_ARN: &str = "arn";

/// Whether a path is such a name.
pub fn is_builtin(path: &str) -> bool {
    BUILTINS.contains(&path)
}

/// The paths that a template such as that of an ARN names, built-in names included.
pub fn template_paths(template: &str) -> impl Iterator<Item = &str> {
    template.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(path, _)| path.trim_end_matches('/'))
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
    /// This one, which answers for all: `us-west-2`.
    Named(String),
    /// Any that answers, the partition's home Region first: every Region knows what belongs to none, or to all.
    Any,
}

impl ResourceType {
    /// The operations that its source calls besides the listing: once, or for each resource.
    pub fn source_operations(&self) -> &'static [(&'static str, &'static str)] {
        match self.source {
            Source::Calls | Source::Findings(_) => &[],
            Source::CloudControl(_) => &[("cloudcontrol", "GetResource")],
            Source::Config(Recorded { aggregator: None, .. }) => {
                &[("config", "DescribeConfigurationRecorderStatus"), ("config", "DescribeConfigurationRecorders")]
            }
            // What is recorded where is asked of the aggregator, too.
            Source::Config(Recorded { aggregator: Some(_), .. }) => &[
                ("config", "DescribeConfigurationAggregatorSourcesStatus"),
                ("config", "DescribeConfigurationAggregators"),
                ("config", "SelectAggregateResourceConfig"),
            ],
        }
    }

    /// The IAM actions that AWS makes with the caller's rights when it reads the type: those of Cloud Control's handlers.
    pub fn handler_actions(&self) -> impl Iterator<Item = &String> {
        let schema = match &self.source {
            Source::CloudControl(source) => source.schema.as_deref(),
            Source::Calls | Source::Config(_) | Source::Findings(_) => None,
        };
        schema.into_iter().flat_map(|schema| schema.list.iter().chain(&schema.read).flatten())
    }

    /// Whether a partition has it.
    pub fn is_in(&self, partition: &str) -> bool {
        self.partitions.is_empty() || self.partitions.iter().any(|known| known == partition)
    }

    /// The type that it is listed for each of.
    pub fn parent(&self) -> Option<&Each> {
        self.list.as_ref()?.each.as_ref()
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
            Self::Job | Self::Named(_) | Self::Any => None,
        }
    }
}

/// One input value.
#[derive(Clone, Debug)]
pub enum Argument {
    /// `$Path`: a member of the item; also `$account`, `$region`, `$partition`, `$arn`, `$parent.Path`, `$items.Path`.
    Path(String),
    /// Anything else.
    Literal(Doc),
    /// A list of arguments.
    List(Vec<Argument>),
    /// A structure of arguments (`{ Name: owner-id, Values: [$account] }`).
    Map(BTreeMap<String, Argument>),
}

impl Gather {
    /// The paths in the resource that the call takes, and that its answer is joined by. What its parent has, and what is
    /// built in, is none of them.
    pub fn resource_paths(&self) -> impl Iterator<Item = &str> {
        let joined = self.joined.as_ref().map(|joined| joined.equals.as_str());
        let paths = self.call.paths().chain(joined).map(|path| of_items(path).unwrap_or(path));
        paths.filter(|path| !is_builtin(path) && *path != OWN_ARN && of_parent(path).is_none())
    }

    /// Whether the call differs from resource to resource.
    pub fn reads_resource(&self) -> bool {
        self.when.is_some() || self.call.paths().any(|path| !is_builtin(path))
    }

    /// How many resources a call takes, where it takes several.
    pub fn batch(&self) -> Option<&Batch> {
        self.joined.as_ref()?.batch.as_ref()
    }
}

impl Call {
    /// Service and operation, as reports name them.
    pub fn name(&self) -> String {
        format!("{}:{}", self.service, self.operation)
    }
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
