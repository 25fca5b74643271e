//! What can be said to `operators`: who may ask the coordinator from elsewhere.

use clap::{Args, Subcommand, ValueEnum};
use plumbline_identity::Role;

use super::{ConfigOptions, StoreFormat};

/// What an operator may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoleName {
    /// Read, and watch scans.
    Viewer,
    /// Start, cancel, pause and run, ban agents and make their tokens; and what viewers may.
    Operator,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Viewer => Self::Viewer,
            RoleName::Operator => Self::Operator,
        }
    }
}

/// `operators`.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum OperatorsCommand {
    /// Add an operator: makes a token with which that one can join from another machine, within ten minutes.
    #[command(after_help = "\
Examples:
  plumbline operators add anna --role viewer
and then, on Anna's machine:
  plumbline operators join TOKEN")]
    Add {
        /// What the audit log is to call them: letters, digits and `-._`.
        #[arg(value_name = "NAME")]
        name: String,
        /// What they may do.
        #[arg(long, value_enum)]
        role: RoleName,
        #[command(flatten)]
        config: ConfigOptions,
    },
    /// List the operators that were ever added.
    #[command(after_help = "Examples:\n  plumbline operators list\n  plumbline operators list --format ndjson")]
    List {
        /// How to print.
        #[arg(long, value_enum, default_value = "table")]
        format: StoreFormat,
        #[command(flatten)]
        config: ConfigOptions,
    },
    /// Let an operator in no more, with all certificates and the token. The name is not given away again.
    #[command(after_help = "Examples:\n  plumbline operators revoke anna --reason 'left the team'")]
    Revoke {
        /// Which one.
        #[arg(value_name = "NAME")]
        name: String,
        /// Why, for the audit log.
        #[arg(long, default_value = "", value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        config: ConfigOptions,
    },
    /// Become an operator on this machine, with the token that `operators add` printed.
    #[command(after_help = "\
Examples:
  plumbline operators join plumbline1.…
and from then on, on this machine:
  plumbline scans start --watch")]
    Join(OperatorsJoin),
}

/// `operators join`.
#[derive(Clone, Debug, Args)]
pub(crate) struct OperatorsJoin {
    /// The token.
    #[arg(env = "PLUMBLINE_JOIN", hide_env_values = true, value_name = "TOKEN")]
    pub(crate) token: String,
    #[command(flatten)]
    pub(crate) config: ConfigOptions,
}
