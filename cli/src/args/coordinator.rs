//! What can be said to `coordinator`: to run it, and to begin a deployment.

use std::net::SocketAddr;

use clap::{Args, Subcommand};

use super::agents::BoundsOptions;
use super::{ConfigOptions, ScanArgs};

/// `coordinator`.
#[derive(Clone, Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct CoordinatorArgs {
    #[command(subcommand)]
    pub(crate) command: Option<CoordinatorCommand>,
    /// Where agents connect. After `coordinator init` they do so over TLS, and machines join one port further; before, only
    /// a loopback address is taken, for agents on this machine.
    #[arg(long, default_value = "127.0.0.1:7443", value_name = "ADDRESS:PORT")]
    pub(crate) listen: SocketAddr,
    #[command(flatten)]
    pub(crate) scan: ScanArgs,
}

/// What else there is to do.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum CoordinatorCommand {
    /// Begin a deployment: make its certificate authority, and a token for the first agent.
    #[command(after_help = "\
Examples:
  plumbline coordinator init --address coordinator.example:7443
  plumbline coordinator --listen 0.0.0.0:7443               (then, on this machine)
  plumbline agent --join TOKEN                              (then, on another one)")]
    Init(InitArgs),
}

/// `coordinator init`.
#[derive(Clone, Debug, Args)]
pub(crate) struct InitArgs {
    /// Where agents find the coordinator [default: the name of this machine, port 7443].
    #[arg(long, value_name = "HOST[:PORT]")]
    pub(crate) address: Option<String>,
    #[command(flatten)]
    pub(crate) bounds: BoundsOptions,
    #[command(flatten)]
    pub(crate) config: ConfigOptions,
}
