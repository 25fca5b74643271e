//! The agent as a component: `Service` runs, `Handle` watches.

use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::activity::{Activity, Error};
use crate::job::Worker;
use crate::link;
use crate::options::{Coordinator, Options};

/// Watches an agent.
#[derive(Clone, Debug)]
pub struct Handle {
    activity: watch::Receiver<Activity>,
}

impl Handle {
    /// What the agent is doing now.
    pub fn activity(&self) -> Activity {
        self.activity.borrow().clone()
    }

    /// Waits until what the agent is doing changes; `None` when it has ended.
    pub async fn changed(&mut self) -> Option<Activity> {
        self.activity.changed().await.ok()?;
        Some(self.activity.borrow_and_update().clone())
    }
}

/// An agent that is ready to run.
pub struct Service {
    coordinator: Coordinator,
    worker: Arc<Worker>,
    activity: watch::Sender<Activity>,
}

impl Service {
    /// An agent and the handle to watch it.
    pub fn new(options: Options, coordinator: Coordinator) -> (Self, Handle) {
        let (activity, receiver) = watch::channel(Activity::default());
        if let Some(spool) = &options.spool {
            spool.belong_to(&options.agent_id, &coordinator.deployment());
        }
        (Self { coordinator, worker: Arc::new(Worker::new(options)), activity }, Handle { activity: receiver })
    }

    /// Works until `shutdown` is cancelled: leases jobs, collects, evaluates, delivers, and reconnects for as long as
    /// it takes. With a drain timeout, running jobs may end first; without one, it returns within a second.
    ///
    /// # Errors
    /// Only what waiting cannot mend: a malformed address, a coordinator of another protocol or another user, another
    /// agent of the same id.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), Error> {
        link::run(self.worker, &self.coordinator, self.activity, shutdown).await
    }
}
