//! The command line: what can be said, with examples. Must not do anything.

mod agents;
mod controls;
mod coordinator;
mod diff;
mod folder;
mod frameworks;
mod governance;
mod handbook;
mod history;
mod iam;
mod operators;
mod reading;
mod replay;
mod resource_types;
mod resources;
mod result;
mod roadmap;
mod running;
mod schedules;
mod snapshot;
mod store;

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::{documents, exit};

pub(crate) use agents::{AgentArgs, AgentsCommand, AuditArgs, BoundsOptions};
pub(crate) use controls::ControlsCommand;
pub(crate) use coordinator::{CoordinatorArgs, CoordinatorCommand, InitArgs};
pub(crate) use diff::{ChangesFormat, DiffArgs, Only};
pub(crate) use folder::GovernanceOptions;
pub(crate) use frameworks::{FrameworksCommand, RequirementFormat};
pub(crate) use governance::{
    AttestArgs, CheckGovernance, ExceptionsCommand, GovernanceCommand, ListExceptions, ShowFormat, ShowGovernance,
};
pub(crate) use handbook::{ExplainArgs, HandbookArgs, HandbookCommand};
pub(crate) use history::HistoryArgs;
pub(crate) use iam::{AnswerFormat, CanArgs, IamCommand};
pub(crate) use operators::{OperatorsCommand, OperatorsJoin};
pub(crate) use reading::{
    FilterOptions, FindingsArgs, LATEST, LineFormat, ListArgs, ReportArgs, ReportFormat, RowFormat, ScanFormat,
    ScansArgs, ScansCommand, SortKey, StoredScanOptions,
};
pub(crate) use replay::{ReplayArgs, ReplayFormat};
pub(crate) use resource_types::TypesArgs;
pub(crate) use resources::{NightOptions, ResourcesArgs};
pub(crate) use result::{DemoArgs, ResultOptions};
pub(crate) use roadmap::{RoadmapArgs, RoadmapFormat};
pub(crate) use running::{RunningScan, StartArgs};
pub(crate) use schedules::{ListSchedules, ScheduleName, SchedulesArgs, SchedulesCommand};
pub(crate) use snapshot::SnapshotArgs;
pub(crate) use store::{PruneArgs, StoreCommand, StoreFormat};

/// Holds an AWS organization against a written baseline, and says where each account stands.
#[derive(Debug, Parser)]
#[command(name = "plumbline", version, after_help = exit::HELP, max_term_width = 110)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Where results are kept [default: $XDG_DATA_HOME/plumbline, or ~/.local/share/plumbline].
    #[arg(long, global = true, env = "PLUMBLINE_DATA_DIR", value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Say more on standard error; repeat for more.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// How log lines on standard error look.
    #[arg(
        long,
        global = true,
        env = "PLUMBLINE_LOG_FORMAT",
        value_enum,
        default_value = "text",
        value_name = "FORMAT"
    )]
    pub(crate) log_format: LogFormat,
}

/// What log lines look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines: one object a line.
    Json,
}

/// Reads the command line and the environment.
///
/// # Errors
/// What the parser has to say: what is wrong, or the help that was asked for.
pub(crate) fn parse() -> Result<Arguments, clap::Error> {
    let matches = without_empty_variables(Arguments::command()).try_get_matches()?;
    Arguments::from_arg_matches(&matches)
}

/// No variable can have this name.
const NEVER_SET: &str = "=";

/// A variable that a pipeline left empty is not set. `clap` can be given another variable, and cannot be told to forget one.
fn without_empty_variables(command: clap::Command) -> clap::Command {
    let is_empty = |name: &OsStr| std::env::var_os(name).is_some_and(|value| value.to_string_lossy().trim().is_empty());
    command
        .mut_args(|option| match option.get_env() {
            Some(name) if is_empty(name) => option.env(NEVER_SET).hide_env(true),
            _ => option,
        })
        .mut_subcommands(without_empty_variables)
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Scan the organization (or the account) of the credentials at hand, and report.
    #[command(after_help = "\
Examples:
  plumbline scan                                      everything that the credentials lead to
  plumbline scan --accounts 111111111111,222222222222 --regions eu-central-1,us-east-1
  plumbline scan --ou Root/Workloads --controls 's3-*,iam-root-*' --fail-on high
  plumbline scan --config plumbline.yaml --output ./report")]
    Scan(ScanArgs),
    /// Scan a simulated organization: no AWS account needed.
    #[command(after_help = "Examples:\n  plumbline demo\n  plumbline demo --accounts 40 --output ./demo-report")]
    Demo(DemoArgs),
    /// Show what a scan would do (accounts, Regions, jobs, calls) before anything is called in member accounts.
    #[command(after_help = "Examples:\n  plumbline plan\n  plumbline plan --ou Root/Workloads --controls 's3-*'")]
    Plan(PlanArgs),
    /// Run the coordinator: it scans when its schedules say so, or somebody asks, and agents connect to it.
    #[command(after_help = coordinator::HELP)]
    Coordinator(CoordinatorArgs),
    /// Run an agent: lease jobs from a coordinator, collect, evaluate, deliver.
    #[command(after_help = "\
Examples:
  plumbline agent --join TOKEN                        on a machine that has not joined yet
  plumbline agent                                     on one that has
  plumbline agent --coordinator http://127.0.0.1:7443 --capacity 8     on the coordinator's own")]
    Agent(AgentArgs),
    /// List, show and ban agents, and make tokens with which machines join.
    #[command(subcommand)]
    Agents(AgentsCommand),
    /// Add, list and revoke those who may ask the coordinator from other machines; and become one of them.
    #[command(subcommand)]
    Operators(OperatorsCommand),
    /// Print the log of who did what.
    #[command(
        after_help = "Examples:\n  plumbline audit\n  plumbline audit --format ndjson | jq 'select(.action == \"agent.banned\")'"
    )]
    Audit(AuditArgs),
    /// Print the findings of a scan, filtered.
    #[command(after_help = "\
Examples:
  plumbline findings --status fail --severity high
  plumbline findings --accounts 111111111111 --controls 's3-*' --format csv
  plumbline findings --framework cis-aws-foundations:3.0.0 --sort severity --limit 20
  plumbline findings --status unknown --format ndjson | jq .reason")]
    Findings(FindingsArgs),
    /// Render the report of a scan.
    #[command(after_help = "\
Examples:
  plumbline report
  plumbline report --format html --output report.html
  plumbline report --ou Root/Workloads/Payments --format html --output payments.html
  plumbline report --scan 01JD2Q... --format ndjson > findings.ndjson")]
    Report(ReportArgs),
    /// Show what differs between two stored scans: findings and resources.
    #[command(after_help = diff::HELP)]
    Diff(DiffArgs),
    /// Show what became of a resource or of a control, from scan to scan.
    #[command(after_help = history::HELP)]
    History(HistoryArgs),
    /// List the stored scans, show one of them as a whole, and start, watch and cancel those of a coordinator that runs.
    #[command(
        after_help = "Examples:\n  plumbline scans\n  plumbline scans list --format ndjson\n  plumbline scans show\n  plumbline scans start --ou Root/Workloads --watch"
    )]
    Scans(ScansArgs),
    /// List the schedules of the coordinator, run one now, let one pause.
    #[command(
        after_help = "Examples:\n  plumbline schedules\n  plumbline schedules run nightly\n  plumbline schedules pause nightly"
    )]
    Schedules(SchedulesArgs),
    /// Operate the store: what it holds, whether it is whole, backups, and what is kept.
    #[command(subcommand)]
    Store(StoreCommand),
    /// Print resource documents as the controls see them, secrets redacted, as NDJSON.
    #[command(after_help = "\
Examples:
  plumbline snapshot --regions eu-central-1 --type AWS::S3::Bucket > buckets.ndjson
  plumbline snapshot --accounts 111111111111 --regions aws-global
of a stored scan, without a call:
  plumbline snapshot --scan latest --type AWS::S3::Bucket > buckets.ndjson
  plumbline snapshot --at 2026-11-20 --accounts 111111111111")]
    Snapshot(SnapshotArgs),
    /// Find resources in a stored scan: by type, place, tag, ARN and what members are.
    #[command(after_help = "\
Examples:
  plumbline resources --type AWS::S3::Bucket
  plumbline resources --type AWS::S3::Bucket --where PublicAccessBlock.BlockPublicAcls=false
  plumbline resources --tag owner=payments --regions eu-central-1 --at 2026-11-20
  plumbline resources --type 'AWS::EC2::*' --arn vpc-0a1b --format ndjson")]
    Resources(ResourcesArgs),
    /// Evaluate today's controls on what a stored scan collected, and say what would differ; or on every night since a day.
    /// Calls nobody.
    #[command(after_help = "\
Examples:
  plumbline replay                                    what today's pack would have said of the last scan
  plumbline replay --at 2026-11-20 --pack ./controls --controls 's3-*'
  plumbline replay --all --controls s3-bucket-tls-only     with what each PASS rests on
  plumbline replay --since 2026-11-01 --control s3-bucket-tls-only     since when, and where
Exit codes: 0 nothing differs (with --since: nothing failed), 1 something does, 2 trouble")]
    Replay(ReplayArgs),
    /// Read what is to be done and how: list and show processes and guides, or write them as a site.
    #[command(after_help = handbook::HELP)]
    Handbook(HandbookArgs),
    /// Show how far the organization, a unit or an account is along the handbook, and which steps come next.
    #[command(after_help = roadmap::HELP)]
    Roadmap(RoadmapArgs),
    /// Find what is written about something: processes, guides, controls, and which service logs where.
    #[command(after_help = handbook::EXPLAIN_HELP)]
    Explain(ExplainArgs),
    /// Check the folder of governance, and show what holds in an account.
    #[command(subcommand)]
    Governance(GovernanceCommand),
    /// List the exceptions of the folder of governance.
    #[command(subcommand)]
    Exceptions(ExceptionsCommand),
    /// Confirm a step of a process that no API can tell: writes a file into the folder of governance.
    #[command(after_help = governance::ATTEST_HELP)]
    Attest(AttestArgs),
    /// List, show, check and try controls.
    #[command(subcommand)]
    Controls(ControlsCommand),
    /// List resource types, the members of one, or what collectors can call.
    #[command(after_help = "\
Examples:
  plumbline types                                     what controls can be about
  plumbline types AWS::KMS::Key                       its members, and the calls that they come from
  plumbline types --services                          whose operations a collector can call
  plumbline types --operations kms --format ndjson | jq -r .operation")]
    Types(TypesArgs),
    /// List and show frameworks: what they ask for, and which controls answer it.
    #[command(subcommand)]
    Frameworks(FrameworksCommand),
    /// Print the least-privilege IAM policy that the enabled controls need.
    #[command(after_help = "Examples:\n  plumbline policy > policy.json\n  plumbline policy --controls 's3-*'")]
    Policy(PolicyArgs),
    /// Ask IAM policies: whether they allow a request, and why.
    #[command(subcommand)]
    Iam(IamCommand),
    /// Print the JSON Schema of a kind of file, for editors.
    #[command(after_help = "\
Examples:
  plumbline schema control > control.schema.json
  plumbline schema configuration > plumbline.schema.json
and in the first line of a file:  # yaml-language-server: $schema=./control.schema.json")]
    Schema {
        /// What the file holds.
        #[arg(value_name = "FILE", value_parser = clap::builder::PossibleValuesParser::new(documents::names()))]
        file: String,
    },
    /// Print shell completions.
    #[command(
        after_help = "Examples:\n  plumbline completions bash > ~/.local/share/bash-completion/completions/plumbline"
    )]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Where the configuration is.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ConfigOptions {
    /// Configuration file (YAML); flags and PLUMBLINE_* variables win over it.
    #[arg(long, env = "PLUMBLINE_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// What is scanned, and how. Also keys of the configuration file, with `_` for `-`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ScanOptions {
    #[command(flatten)]
    pub(crate) config: ConfigOptions,
    /// Only these accounts: ids, and files of ids as @FILE. They need no right to list the organization.
    #[arg(long, env = "PLUMBLINE_ACCOUNTS", value_delimiter = ',', value_name = "ID,…")]
    pub(crate) accounts: Vec<String>,
    /// Not these accounts: ids, and files of ids as @FILE.
    #[arg(long, env = "PLUMBLINE_EXCLUDE_ACCOUNTS", value_delimiter = ',', value_name = "ID,…")]
    pub(crate) exclude_accounts: Vec<String>,
    /// Only accounts below these organizational units (id, or path such as Root/Workloads).
    #[arg(long, env = "PLUMBLINE_OU", value_delimiter = ',', value_name = "OU,…")]
    pub(crate) ou: Vec<String>,
    /// No accounts below these organizational units.
    #[arg(long, env = "PLUMBLINE_EXCLUDE_OU", value_delimiter = ',', value_name = "OU,…")]
    pub(crate) exclude_ou: Vec<String>,
    /// Only these Regions [default: all enabled ones]. What belongs to an account as a whole, such as IAM, is scanned all
    /// the same; `aws-global` alone means only that.
    #[arg(long, env = "PLUMBLINE_REGIONS", value_delimiter = ',', value_name = "REGION,…")]
    pub(crate) regions: Vec<String>,
    /// Not these Regions; with `aws-global` among them, as with --no-global.
    #[arg(long, env = "PLUMBLINE_EXCLUDE_REGIONS", value_delimiter = ',', value_name = "REGION,…")]
    pub(crate) exclude_regions: Vec<String>,
    /// Leave out what belongs to an account as a whole (`aws-global`), such as IAM.
    #[arg(
        long,
        env = "PLUMBLINE_NO_GLOBAL",
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = clap::builder::BoolishValueParser::new()
    )]
    pub(crate) no_global: Option<bool>,
    /// Documents of resources stay in their accounts: the store gets verdicts alone. `resources`, `snapshot --scan`, `replay`
    /// and the part of `diff` about resources have nothing of such a night.
    #[arg(
        long,
        env = "PLUMBLINE_NO_DOCUMENTS",
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = clap::builder::BoolishValueParser::new()
    )]
    pub(crate) no_documents: Option<bool>,
    /// Only these controls; `*` matches any text.
    #[arg(long, env = "PLUMBLINE_CONTROLS", value_delimiter = ',', value_name = "ID,…")]
    pub(crate) controls: Vec<String>,
    /// None of these controls; `*` matches any text.
    #[arg(long, env = "PLUMBLINE_EXCLUDE_CONTROLS", value_delimiter = ',', value_name = "ID,…")]
    pub(crate) exclude_controls: Vec<String>,
    /// Directories with controls and collectors that add to the built-in ones, or override them.
    #[arg(long, env = "PLUMBLINE_PACK", value_delimiter = ',', value_name = "DIR")]
    pub(crate) pack: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) governance: GovernanceOptions,
    /// Role to assume in member accounts [default: PlumblineAudit].
    #[arg(long, env = "PLUMBLINE_ROLE", value_name = "NAME")]
    pub(crate) role: Option<String>,
    /// External id that the role's trust policy asks for.
    #[arg(long, env = "PLUMBLINE_EXTERNAL_ID", hide_env_values = true, value_name = "ID")]
    pub(crate) external_id: Option<String>,
    /// Call this endpoint instead of AWS (an emulator); AWS_ENDPOINT_URL[_<SERVICE>] works as well.
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
    /// Ask AWS anew for Regions and tags of accounts that were learned earlier on the same day.
    #[arg(long)]
    pub(crate) refresh: bool,
}

/// Options that say what a scan covers.
const LIMITING: [&str; 9] = [
    "accounts",
    "ou",
    "regions",
    "controls",
    "exclude_accounts",
    "exclude_ou",
    "exclude_regions",
    "exclude_controls",
    "no_global",
];

/// `scan`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ScanArgs {
    #[command(flatten)]
    pub(crate) options: ScanOptions,
    #[command(flatten)]
    pub(crate) result: ResultOptions,
    /// Go on with the newest scan, which was stopped or whose process ended, instead of starting one: what is stored of it
    /// stays, and the rest is done. It covers what it was started with.
    #[arg(long, conflicts_with_all = LIMITING)]
    pub(crate) resume: bool,
    /// Go on although more than a tenth of the accounts of the last scan are not in the organization any more.
    #[arg(long)]
    pub(crate) accept_fewer_accounts: bool,
}

/// `plan`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) options: ScanOptions,
    /// How to print.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: PlanFormat,
}

/// Formats of plans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanFormat {
    /// For people.
    #[default]
    Text,
    /// For machines: one object.
    Json,
}

/// Where controls come from.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct PackOptions {
    #[command(flatten)]
    pub(crate) config: ConfigOptions,
    /// Directories with controls and collectors that add to the built-in ones, or override them.
    #[arg(long, env = "PLUMBLINE_PACK", value_delimiter = ',', value_name = "DIR")]
    pub(crate) pack: Vec<PathBuf>,
}

/// `policy`.
#[derive(Clone, Debug, Args)]
pub(crate) struct PolicyArgs {
    /// Only what these controls need; `*` matches any text.
    #[arg(long, env = "PLUMBLINE_CONTROLS", value_delimiter = ',', value_name = "ID,…")]
    pub(crate) controls: Vec<String>,
    /// Nothing that only these controls need; `*` matches any text.
    #[arg(long, env = "PLUMBLINE_EXCLUDE_CONTROLS", value_delimiter = ',', value_name = "ID,…")]
    pub(crate) exclude_controls: Vec<String>,
    #[command(flatten)]
    pub(crate) governance: GovernanceOptions,
    #[command(flatten)]
    pub(crate) pack: PackOptions,
}

#[cfg(test)]
mod tests;
