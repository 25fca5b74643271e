//! The coordinator as a component: `Service` serves agents, `Handle` starts scans and watches them.

use std::sync::Arc;
use std::time::Duration;

use plumbline_baseline::ScanId;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::board::Timers;
use crate::dispatch::Dispatch;
use crate::grpc::{self, Cadence};
use crate::plan::Plan;
use crate::progress::ScanProgress;
use crate::spec::{self, ScanStart};
use crate::store::{self, ScanEnd, Store};

/// The settings of a coordinator.
#[derive(Clone)]
pub struct Options {
    /// Where results are kept.
    pub store: Store,
    /// Between two heartbeats of an agent.
    pub heartbeat: Duration,
    /// A lease that is not extended ends after this; at least three heartbeats.
    pub lease_ttl: Duration,
    /// A job that is not committed after this is taken away. Under the hour that a chained role session lasts.
    pub job_deadline: Duration,
    /// Attempts that end in failure before a job is given up.
    pub max_attempts: u32,
}

impl Options {
    /// The defaults around a store.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            heartbeat: Duration::from_secs(15),
            lease_ttl: Duration::from_secs(60),
            job_deadline: Duration::from_secs(45 * 60),
            max_attempts: 3,
        }
    }
}

/// Why a coordinator or a scan ended early.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Agents would talk to it in plain text over a network.
    #[error("listen on {0}: only loopback addresses are allowed without TLS")]
    NotLoopback(std::net::SocketAddr),
    /// The listener failed.
    #[error("serve agents: {0}")]
    Listener(String),
    /// The store failed.
    #[error("store results: {0}")]
    Store(#[from] store::Error),
    /// The coordinator was stopped.
    #[error("finish the scan: the coordinator was stopped")]
    Stopped,
}

/// A coordinator that is ready to serve.
pub struct Service {
    dispatch: Arc<Dispatch>,
    options: Options,
}

/// Starts scans and watches them. Cheap to clone.
#[derive(Clone)]
pub struct Handle {
    dispatch: Arc<Dispatch>,
}

impl Service {
    /// A coordinator and the handle to use it.
    pub fn new(options: Options) -> (Self, Handle) {
        let timers =
            Timers { lease_ttl: options.lease_ttl, deadline: options.job_deadline, max_attempts: options.max_attempts };
        let dispatch = Arc::new(Dispatch::new(options.store.clone(), timers));
        (Self { dispatch: Arc::clone(&dispatch), options }, Handle { dispatch })
    }

    /// Serves agents until `shutdown` is cancelled. What is in flight then is not stored, and reads as not run.
    ///
    /// # Errors
    /// When the address is not a loopback address, or the listener or the store fails.
    pub async fn run(self, listener: TcpListener, shutdown: CancellationToken) -> Result<(), Error> {
        let address = listener.local_addr().map_err(|error| Error::Listener(error.to_string()))?;
        if !grpc::is_loopback(address) {
            return Err(Error::NotLoopback(address));
        }
        let epoch = match self.options.store.next_epoch().await {
            Ok(epoch) => epoch,
            Err(error) => {
                // Whoever waits for a scan would wait for ever.
                self.dispatch.store_failed(error.clone());
                return Err(error.into());
            }
        };
        let cadence = Cadence { heartbeat: self.options.heartbeat, lease_ttl: self.options.lease_ttl, epoch };
        let expiring = {
            let (dispatch, shutdown) = (Arc::clone(&self.dispatch), shutdown.clone());
            tokio::spawn(async move {
                let mut tick = tokio::time::interval(Duration::from_secs(1));
                while !shutdown.is_cancelled() {
                    tick.tick().await;
                    dispatch.expire().await;
                }
            })
        };
        let served = grpc::serve(listener, self.dispatch, cadence, shutdown).await;
        expiring.abort();
        served.map_err(|error| Error::Listener(error.to_string()))
    }
}

impl Handle {
    /// Stores a planned scan and begins to lease its jobs.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn start_scan(&self, plan: &Plan, start: &ScanStart) -> Result<(), Error> {
        let (scan, jobs) = spec::records(plan, start);
        self.dispatch.store.create_scan(scan.clone(), jobs.clone()).await?;
        self.dispatch.begin(scan, jobs);
        Ok(())
    }

    /// Watches how far the scan has come.
    pub fn progress(&self) -> watch::Receiver<ScanProgress> {
        self.dispatch.progress()
    }

    /// Waits until every job has ended, one way or the other.
    ///
    /// # Errors
    /// When the store fails, which ends the scan.
    pub async fn wait(&self) -> Result<ScanProgress, Error> {
        let mut progress = self.dispatch.progress();
        let mut fatal = self.dispatch.fatal();
        tokio::select! {
            figures = progress.wait_for(ScanProgress::is_done) => figures.map(|figures| *figures).map_err(|_| Error::Stopped),
            failed = fatal.wait_for(Option::is_some) => match failed {
                Ok(failed) => Err(failed.clone().map_or(Error::Stopped, Error::Store)),
                Err(_) => Err(Error::Stopped),
            },
        }
    }

    /// Marks how the scan ended, whichever way it did.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn finish_scan(&self, scan: &ScanId, finished: &str, end: ScanEnd) -> Result<(), Error> {
        Ok(self.dispatch.store.finish_scan(scan, finished, end).await?)
    }
}
