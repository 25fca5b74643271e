//! How a user or a service manager ends a running command: Ctrl-C (SIGINT) and SIGTERM, obeyed at every moment.
//!
//! While a command ends in good order ([`Signals::orderly`]), the first signal asks it to, and a second one ends the
//! process at once. At all other times the first one does. What is half written is removed either way.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::exit::Outcome;
use crate::terminal::say;
use crate::whole_file;

/// The signals of this process. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Signals {
    asked: CancellationToken,
    is_orderly: Arc<AtomicBool>,
}

/// As long as it lives, the first signal only asks.
#[must_use = "the command ends at once on the first signal when this is dropped"]
pub(crate) struct Orderly(Arc<AtomicBool>);

impl Drop for Orderly {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

impl Signals {
    /// Takes the signals over from the system's defaults, until the process ends.
    ///
    /// # Errors
    /// When the system does not allow it.
    pub(crate) fn listen() -> io::Result<Self> {
        let signals = Self { asked: CancellationToken::new(), is_orderly: Arc::default() };
        let (interrupt, terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        tokio::spawn(signals.clone().obey(interrupt, terminate));
        Ok(signals)
    }

    /// Lets the command end in good order when it is asked to.
    pub(crate) fn orderly(&self) -> Orderly {
        self.is_orderly.store(true, Ordering::SeqCst);
        Orderly(Arc::clone(&self.is_orderly))
    }

    /// Ready when the command was asked to end.
    pub(crate) async fn asked(&self) {
        self.asked.cancelled().await;
    }

    async fn obey(self, mut interrupt: Signal, mut terminate: Signal) {
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if self.is_orderly.load(Ordering::SeqCst) && !self.asked.is_cancelled() {
                say("plumbline: stopping; once more ends it at once");
                self.asked.cancel();
                continue;
            }
            whole_file::discard_unfinished();
            std::process::exit(Outcome::Interrupted.code().into());
        }
    }
}
