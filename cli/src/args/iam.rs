//! What can be said to the commands on IAM policies.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// `iam`.
#[derive(Debug, Subcommand)]
pub(crate) enum IamCommand {
    /// Say whether policies allow a request, by which statements, and what would change it; no call is made.
    #[command(after_help = "\
Examples:
  plumbline iam can --identity-policy alice.json --as arn:aws:iam::111111111111:user/alice \\
      --action s3:GetObject --resource arn:aws:s3:::docs/a.txt --context aws:SourceIp=203.0.113.7
  plumbline iam can --resource-policy bucket.json --as anonymous --action s3:GetObject --resource arn:aws:s3:::docs/a
  plumbline iam can --identity-policy deploy.json --scp root.json --scp FullAWSAccess.json,workloads.json \\
      --as arn:aws:iam::111111111111:role/deploy --action iam:CreateUser --format json
  plumbline iam can --batch requests.ndjson > answers.ndjson

Exit codes: 0 allowed, 5 denied, 3 unknown; with --batch 0, or 1 when a line could not be read")]
    Can(Box<CanArgs>),
}

/// `iam can`.
#[derive(Clone, Debug, Args)]
pub(crate) struct CanArgs {
    /// A policy of the user, of its groups, or of the role; repeat for more. Files hold the document, or what an AWS
    /// CLI command that shows it printed.
    #[arg(long = "identity-policy", value_name = "FILE")]
    pub(crate) identity: Vec<PathBuf>,
    /// The policy of the resource: of a bucket, a key, a queue; for sts:AssumeRole the role's trust policy.
    #[arg(long = "resource-policy", value_name = "FILE")]
    pub(crate) resource_policy: Option<PathBuf>,
    /// The permissions boundary of the user or role.
    #[arg(long, value_name = "FILE")]
    pub(crate) boundary: Option<PathBuf>,
    /// The service control policies of one level, separated by commas; repeat for each level, from the root down.
    #[arg(long = "scp", value_name = "FILE,…")]
    pub(crate) scps: Vec<String>,
    /// A session policy; repeat for more.
    #[arg(long = "session-policy", value_name = "FILE")]
    pub(crate) session: Vec<PathBuf>,
    /// Who asks: the ARN of a user, role, session or provider, an account (its root user), a service, or `anonymous`.
    #[arg(long = "as", value_name = "CALLER", required_unless_present = "batch")]
    pub(crate) caller: Option<String>,
    /// The action, such as s3:GetObject.
    #[arg(long, value_name = "ACTION", required_unless_present = "batch")]
    pub(crate) action: Option<String>,
    /// The ARN of the resource; `*` for an action that has none.
    #[arg(long, value_name = "ARN", default_value = "*")]
    pub(crate) resource: String,
    /// The account of the resource, where its ARN does not say [default: the caller's].
    #[arg(long, value_name = "ID")]
    pub(crate) resource_account: Option<String>,
    /// A condition key and its value; repeat for more keys, and the same key for more values.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) context: Vec<String>,
    /// Assume no key that AWS sets by itself: the request has those of --context and no others.
    #[arg(long)]
    pub(crate) context_is_complete: bool,
    /// Answer one JSON object a line, from a file or `-` for standard input; see docs/iam-can.md.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["identity", "resource_policy", "boundary", "scps", "session",
        "caller", "action", "resource_account", "context", "context_is_complete"])]
    pub(crate) batch: Option<PathBuf>,
    /// How to print.
    #[arg(long, value_enum, default_value = "text", conflicts_with = "batch")]
    pub(crate) format: AnswerFormat,
}

/// Formats of answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum AnswerFormat {
    /// For people.
    #[default]
    Text,
    /// For machines: one object.
    Json,
}
