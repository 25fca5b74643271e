//! Operators: what they may ask of a coordinator that runs, on its machine over a socket that is theirs alone, and from
//! elsewhere over mutual TLS.
//!
//! In reading order: `socket` (who may connect here), `caller` (who asks, and what they may), `service` (what is asked, in
//! the words of the wire), `members` (of that, who belongs to the deployment), `reading` (and what is stored); `call`, `client`, `far` (the other
//! end). Planning a scan is not done here: whoever runs the coordinator takes [`Command`]s and does it.

mod call;
mod caller;
mod client;
mod far;
mod members;
mod reading;
mod service;
mod socket;

use plumbline_baseline::ScanId;
use plumbline_proto::operator_v1::StartScanRequest;
use tokio::sync::oneshot;

pub use call::Error as ClientError;
pub use caller::user_name;
pub use client::{Client, Connection, Event, Info, Watching};
pub use far::{NotOpened, open_store};
pub use service::Operators;
pub use socket::{Error as SocketError, Socket, path_in};

/// Where the answer to a command goes.
pub type Reply<T> = oneshot::Sender<Result<T, Refusal>>;

/// What an operator wants, and whoever runs the coordinator does.
#[derive(Debug)]
pub enum Command {
    /// Plan and start a scan.
    StartScan {
        /// What of it the configuration does not say.
        options: Box<StartScanRequest>,
        /// Who wants it.
        who: String,
        /// Its id, once it is stored.
        reply: Reply<ScanId>,
    },
    /// Start the scan of a schedule now.
    RunSchedule {
        /// The schedule.
        schedule: String,
        /// Who wants it.
        who: String,
        /// Its id, once it is stored.
        reply: Reply<ScanId>,
    },
    /// Let a schedule pause, or go on.
    Pause {
        /// The schedule.
        schedule: String,
        /// Which of the two.
        pause: Pause,
        /// Who wants it.
        who: String,
        /// Once it is on record.
        reply: Reply<()>,
    },
}

/// What somebody said of a scan that the configuration does not say, in a line for the audit log.
#[must_use]
pub fn told(options: &StartScanRequest) -> String {
    let lists = [
        ("accounts", &options.accounts),
        ("exclude-accounts", &options.exclude_accounts),
        ("ou", &options.ou),
        ("exclude-ou", &options.exclude_ou),
        ("regions", &options.regions),
        ("exclude-regions", &options.exclude_regions),
        ("controls", &options.controls),
        ("exclude-controls", &options.exclude_controls),
    ];
    let flags = [
        ("no-global", options.no_global),
        ("no-documents", options.no_documents),
        ("refresh", options.refresh),
        ("accept-fewer-accounts", options.accept_fewer_accounts),
    ];
    let lists = lists.into_iter().filter(|(_, values)| !values.is_empty());
    let lists = lists.map(|(name, values)| format!("--{name} {}", values.join(",")));
    let flags = flags.into_iter().filter(|(_, is_set)| *is_set).map(|(name, _)| format!("--{name}"));
    lists.chain(flags).collect::<Vec<_>>().join(" ")
}

/// Whether a schedule is to pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// It is.
    Begins,
    /// It goes on.
    Ends,
}

/// Why something was not done, in words, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why not.
    pub cause: String,
    /// What to do.
    pub next_step: String,
    /// Whether who asked made a mistake.
    pub is_mistake: bool,
}
