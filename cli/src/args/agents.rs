//! What can be said to `agent`, `agents` and `audit`: who works, who belongs to the deployment, and what was done.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{ConfigOptions, PackOptions, StoreFormat};

/// `agent`.
#[derive(Clone, Debug, Args)]
pub(crate) struct AgentArgs {
    /// The coordinator: https://HOST:PORT, or http:// with a loopback address [default: the one that this machine joined,
    /// else http://127.0.0.1:7443].
    #[arg(long, env = "PLUMBLINE_COORDINATOR", value_name = "URL")]
    pub(crate) coordinator: Option<String>,
    /// Join the coordinator of this token (`plumbline agents token`), once; then work.
    #[arg(
        long,
        env = "PLUMBLINE_JOIN",
        hide_env_values = true,
        value_name = "TOKEN",
        conflicts_with_all = ["coordinator", "token_file"]
    )]
    pub(crate) join: Option<String>,
    /// Join the coordinator at this address by the role that this machine runs under at AWS, and again whenever its
    /// certificate has ended; then work.
    #[arg(
        long,
        env = "PLUMBLINE_JOIN_AWS",
        value_name = "HOST:PORT",
        requires = "ca_pin",
        conflicts_with_all = ["coordinator", "token_file", "join"]
    )]
    pub(crate) join_aws: Option<String>,
    /// The pin of the coordinator's authority, with --join-aws (`plumbline agents pin` at the coordinator).
    #[arg(long, env = "PLUMBLINE_CA_PIN", value_name = "PIN")]
    pub(crate) ca_pin: Option<String>,
    /// File with the coordinator's token [default: agent.token in the data directory].
    #[arg(long, env = "PLUMBLINE_TOKEN_FILE", value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// Jobs at a time.
    #[arg(long, default_value_t = 96, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=512))]
    pub(crate) capacity: u32,
    /// Seconds that running jobs may go on after Ctrl-C or SIGTERM; what is not done by then is done by another agent.
    #[arg(long, env = "PLUMBLINE_DRAIN_TIMEOUT", default_value_t = 0, value_name = "SECONDS")]
    pub(crate) drain_timeout: u32,
    /// Mebibytes on disk, in `spool` of the data directory, for what was found and is not committed yet: an agent that is
    /// killed delivers it when it starts again, and asks AWS nothing. The oldest leaves first; 0 keeps nothing.
    #[arg(long, env = "PLUMBLINE_SPOOL_MIB", default_value_t = 2048, value_name = "MIB")]
    pub(crate) spool_mib: u32,
    /// Read the account of this machine's credentials with them, whatever role the coordinator names for it: for an agent
    /// in a member account, with a role of its own there.
    #[arg(long, env = "PLUMBLINE_OWN_CREDENTIALS")]
    pub(crate) own_credentials: bool,
    #[command(flatten)]
    pub(crate) pack: PackOptions,
    /// Call this endpoint instead of AWS (an emulator).
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
}

/// `agents`.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum AgentsCommand {
    /// List the agents that ever joined.
    #[command(after_help = "Examples:\n  plumbline agents list\n  plumbline agents list --format ndjson")]
    List {
        /// How to print.
        #[arg(long, value_enum, default_value = "table")]
        format: StoreFormat,
        #[command(flatten)]
        config: ConfigOptions,
    },
    /// Show one agent: its bounds, its certificates, and what was done about it.
    #[command(after_help = "Examples:\n  plumbline agents show 3f0c")]
    Show {
        /// Its id, or the beginning of it.
        agent: String,
        #[command(flatten)]
        config: ConfigOptions,
    },
    /// Let an agent in no more, with all its certificates; what it works on goes to others.
    #[command(after_help = "Examples:\n  plumbline agents ban 3f0c --reason 'the machine was stolen'")]
    Ban {
        /// Its id, or the beginning of it.
        agent: String,
        /// Why, for the audit log.
        #[arg(long, default_value = "", value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        config: ConfigOptions,
    },
    /// Print the pin by which machines know this coordinator that join by AWS identity. It is no secret.
    #[command(after_help = "\
Examples:
  plumbline agents pin
and then, on a machine that runs under a role of `agents.join.aws_roles` in the configuration:
  plumbline agent --join-aws coordinator.example:7443 --ca-pin PIN")]
    Pin {
        #[command(flatten)]
        config: ConfigOptions,
    },
    /// Make a token with which one machine can join, within ten minutes.
    #[command(after_help = "\
Examples:
  plumbline agents token
  plumbline agents token --accounts 111111111111,222222222222 --regions eu-central-1
and then, on the machine:
  plumbline agent --join TOKEN")]
    Token {
        #[command(flatten)]
        bounds: BoundsOptions,
        #[command(flatten)]
        config: ConfigOptions,
    },
}

/// Within what an agent works.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct BoundsOptions {
    /// The agent works for these accounts only.
    #[arg(long, value_delimiter = ',', value_name = "ID,…")]
    pub(crate) accounts: Vec<String>,
    /// The agent works in these Regions only; what belongs to no Region is `aws-global`.
    #[arg(long, value_delimiter = ',', value_name = "REGION,…")]
    pub(crate) regions: Vec<String>,
    /// The agent works for accounts below these only: ids of organizational units or of the root.
    #[arg(long, value_delimiter = ',', value_name = "OU,…")]
    pub(crate) ou: Vec<String>,
}

/// `audit`.
#[derive(Clone, Debug, Args)]
pub(crate) struct AuditArgs {
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: StoreFormat,
    #[command(flatten)]
    pub(crate) config: ConfigOptions,
}
