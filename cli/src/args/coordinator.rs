//! `plumbline coordinator`: the coordinator as a service, or for one scan; and what begins a deployment.

use std::net::SocketAddr;

use clap::{Args, Subcommand};

use super::agents::BoundsOptions;
use super::{ConfigOptions, ScanArgs};

/// The examples.
pub(super) const HELP: &str = "\
Examples:
  plumbline coordinator --config plumbline.yaml            until it is told to stop; `schedules` say what it scans
  plumbline coordinator --config plumbline.yaml --with-agent      all on one machine
  plumbline coordinator --once                             one scan with whatever agents connect, then the end
  plumbline agent --coordinator http://127.0.0.1:7443      (in another terminal)";

/// `coordinator`.
#[derive(Clone, Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct CoordinatorArgs {
    #[command(subcommand)]
    pub(crate) command: Option<CoordinatorCommand>,
    /// Where agents connect [default: 127.0.0.1:7443]. After `coordinator init` they do so over TLS, and machines join one
    /// port further; before, only a loopback address is taken, for agents on this machine.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    /// Scan once and end, instead of waiting for schedules and commands.
    #[arg(long)]
    pub(crate) once: bool,
    /// Run an agent in the same process, so that one machine suffices.
    #[arg(long, conflicts_with = "once")]
    pub(crate) with_agent: bool,
    /// Where `/livez`, `/readyz` and `/metrics` are, in plain text: they name no account and no finding. A loopback address
    /// unless a platform asks from outside.
    #[arg(long, value_name = "ADDRESS:PORT", conflicts_with = "once")]
    pub(crate) http: Option<SocketAddr>,
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
    /// Do nothing where a deployment has begun already, and print no token: for platforms that say it at every start.
    #[arg(long)]
    pub(crate) unless_there: bool,
    #[command(flatten)]
    pub(crate) bounds: BoundsOptions,
    #[command(flatten)]
    pub(crate) config: ConfigOptions,
}
