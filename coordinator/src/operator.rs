//! Operators on the coordinator's machine: what they may ask of a coordinator that runs, over a socket that is theirs alone.
//!
//! In reading order: `socket` (who may connect), `service` (what is asked, in the words of the wire), `client` (the other
//! end). Planning a scan is not done here: whoever runs the coordinator takes [`Command`]s and does it.

mod client;
mod service;
mod socket;

use plumbline_baseline::ScanId;
use plumbline_proto::operator_v1::StartScanRequest;
use tokio::sync::oneshot;

pub use client::{Client, Error as ClientError, Event, Info, Watching};
pub use service::serve;
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
        /// Once it is on record.
        reply: Reply<()>,
    },
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
