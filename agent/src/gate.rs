//! Whether a job may go on. A job whose lease is in doubt waits here, before it calls AWS and before it delivers, until
//! the coordinator has decided. It holds no opinion on why.

use std::future::Future;
use std::pin::Pin;

use tokio::sync::watch;

/// The job's side: waits until the gate is open.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    open: watch::Receiver<bool>,
}

/// The lease's side: opens and closes.
#[derive(Debug)]
pub(crate) struct Keeper {
    open: watch::Sender<bool>,
}

/// An open gate and its keeper.
pub(crate) fn gate() -> (Keeper, Gate) {
    let (sender, receiver) = watch::channel(true);
    (Keeper { open: sender }, Gate { open: receiver })
}

impl Gate {
    /// Returns when the gate is open. Without a keeper (work outside a lease) it stays as it was left.
    pub(crate) async fn opened(&self) {
        if *self.open.borrow() {
            return;
        }
        let mut open = self.open.clone();
        if open.wait_for(|open| *open).await.is_err() {
            // The keeper is gone, and with it the job; whoever owns this future is about to drop it.
            std::future::pending::<()>().await;
        }
    }

    /// Whether the gate is open now.
    pub(crate) fn is_open(&self) -> bool {
        *self.open.borrow()
    }
}

impl plumbline_aws::Gate for Gate {
    fn is_open(&self) -> bool {
        Self::is_open(self)
    }

    fn opened(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(Self::opened(self))
    }
}

impl Keeper {
    /// Lets the job go on.
    pub(crate) fn open(&self) {
        self.open.send_if_modified(|open| !std::mem::replace(open, true));
    }

    /// Holds the job back.
    pub(crate) fn close(&self) {
        self.open.send_if_modified(|open| std::mem::replace(open, false));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_closed_gate_holds_back_until_it_opens() {
        let (keeper, gate) = gate();
        gate.opened().await;
        keeper.close();
        assert!(!gate.is_open());
        let waiting = tokio::spawn(async move { gate.opened().await });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        keeper.open();
        waiting.await.unwrap();
    }
}
