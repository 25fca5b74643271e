//! `plumbline coordinator`: the coordinator as a service, or for one scan.

use std::net::SocketAddr;

use clap::Args;

use super::ScanArgs;

/// The examples.
pub(super) const HELP: &str = "\
Examples:
  plumbline coordinator --config plumbline.yaml            until it is told to stop; `schedules` say what it scans
  plumbline coordinator --config plumbline.yaml --with-agent      all on one machine
  plumbline coordinator --once                             one scan with whatever agents connect, then the end
  plumbline agent --coordinator http://127.0.0.1:7443      (in another terminal)";

/// `coordinator`.
#[derive(Clone, Debug, Args)]
pub(crate) struct CoordinatorArgs {
    /// Where agents connect [default: 127.0.0.1:7443]. Only loopback addresses: there is no TLS yet.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    /// Scan once and end, instead of waiting for schedules and commands.
    #[arg(long)]
    pub(crate) once: bool,
    /// Run an agent in the same process, so that one machine suffices.
    #[arg(long, conflicts_with = "once")]
    pub(crate) with_agent: bool,
    /// Where `/livez`, `/readyz` and `/metrics` are. Only loopback addresses.
    #[arg(long, value_name = "ADDRESS:PORT", conflicts_with = "once")]
    pub(crate) http: Option<SocketAddr>,
    #[command(flatten)]
    pub(crate) scan: ScanArgs,
}
