//! One scan in one process: a coordinator and an agent over the same gRPC services that separate processes use.
//!
//! `scan` and `demo` differ only in what they pass in.

use std::time::Duration;

use plumbline_agent as agent;
use plumbline_baseline::ScanId;
use plumbline_coordinator::plan::{GLOBAL, Plan};
use plumbline_coordinator::report::NO_GLOBAL;
use plumbline_coordinator::store::record::Limit;
use plumbline_coordinator::store::{Act, GivenUp, ScanEnd, Store};
use plumbline_coordinator::{self as coordinator, Handle, ScanProgress, ScanStart, Subject};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use ulid::Ulid;

use crate::actor;
use crate::agent_id;
use crate::clock::now;
use crate::cloud::Cloud;
use crate::config::Settings;
use crate::exit::Outcome;
use crate::failure::{Failure, Result};
use crate::finish::{Ending, finish_report};
use crate::governed;
use crate::keeping::prune_after_scan;
use crate::pack::Pack;
use crate::progress::{Figures, LINE_EVERY, Progress};
use crate::redaction_key;
use crate::reports::Written;
use crate::results::{store_failure, stored_scan};
use crate::signals::Signals;
use crate::standing;

/// How long agent and coordinator may take to leave after everything is done.
const FAREWELL: Duration = Duration::from_millis(500);

/// The options that limit what is scanned, as the store keeps them: with what belongs to an account as a whole among the
/// Regions where it is scanned, so that they say what was looked at.
fn limits(settings: &Settings) -> Vec<Limit> {
    let mut regions = settings.regions.clone();
    regions.retain(|region| !region.eq_ignore_ascii_case(GLOBAL));
    if !settings.regions.is_empty() && settings.scans_global() {
        regions.push(GLOBAL.to_owned());
    }
    let all = [
        ("accounts", &settings.accounts),
        ("ou", &settings.ou),
        ("regions", &regions),
        ("controls", &settings.controls),
        ("exclude-controls", &settings.exclude_controls),
        ("exclude-accounts", &settings.exclude_accounts),
        ("exclude-ou", &settings.exclude_ou),
        ("exclude-regions", &settings.exclude_regions),
    ];
    // What the configuration leaves out is not what is enabled: what was open of it is closed.
    let is_limit = |option: &str| option != "exclude-controls" || !settings.excludes_on_record;
    let given = all.into_iter().filter(|(option, values)| !values.is_empty() && is_limit(option));
    let given = given.map(|(option, values)| Limit { option: option.to_owned(), values: values.clone() });
    let no_global = settings.no_global.then(|| Limit { option: NO_GLOBAL.to_owned(), values: Vec::new() });
    given.chain(no_global).collect()
}

/// What a scan begins with.
pub(crate) enum Task<'a> {
    /// A plan, of this organization.
    New(&'a Plan, Subject),
    /// What an earlier process left of this scan.
    Resume(ScanId),
}

impl Task<'_> {
    /// Stores the scan, or takes it up again.
    ///
    /// # Errors
    /// When the store fails, or the scan cannot go on.
    pub(crate) async fn begin(&self, handle: &Handle, pack: &Pack, settings: &Settings) -> Result<ScanId> {
        match self {
            Self::New(plan, subject) => {
                let start = start_now(pack, settings, *subject)?;
                let act = Act {
                    time: start.started.clone(),
                    actor: actor::here(),
                    action: "scan.started",
                    subject: start.scan.to_string(),
                    detail: start.limits.iter().map(told).collect::<Vec<_>>().join(" "),
                };
                let stored = handle.start_scan_of(plan, &start, None, Some(act)).await;
                stored.map_err(|error| coordinator_failure(&error))?;
                Ok(start.scan)
            }
            Self::Resume(scan) => {
                let external_id = settings.external_id.as_deref().unwrap_or_default();
                let resumed =
                    handle.resume_scan(scan, external_id, GivenUp::IsTriedAgain, agent_id::was_of_coordinator).await;
                resumed.map_err(|error| coordinator_failure(&error))?;
                Ok(scan.clone())
            }
        }
    }
}

/// A limit as it was given.
fn told(limit: &Limit) -> String {
    format!("--{} {}", limit.option, limit.values.join(",")).trim_end().to_owned()
}

/// A scan that is ready to start.
pub(crate) struct Scan<'a> {
    /// Who calls.
    pub(crate) cloud: &'a Cloud,
    /// What to do.
    pub(crate) task: Task<'a>,
    /// With which controls.
    pub(crate) pack: &'a Pack,
    /// How.
    pub(crate) settings: &'a Settings,
    /// Where the result goes, from [`crate::preflight::check`].
    pub(crate) store: Store,
}

/// The id and the start of a scan that begins now.
///
/// # Errors
/// When the clock does not say what time it is, or the folder of governance cannot be carried.
pub(crate) fn start_now(pack: &Pack, settings: &Settings, subject: Subject) -> Result<ScanStart> {
    let started = now()?;
    let governance = governed::to_carry(settings, pack, &started)?;
    Ok(ScanStart {
        scan: Ulid::generate().to_string().parse().expect("a ULID is letters and digits"),
        subject,
        limits: limits(settings),
        started,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        pack_digest: pack.digest().to_owned(),
        without_documents: settings.no_documents,
        governance,
    })
}

impl Scan<'_> {
    /// Scans, stores, writes the reports and prints the table.
    ///
    /// # Errors
    /// When the store or the output fails.
    pub(crate) async fn run(self, signals: &Signals) -> Result<(Outcome, Written)> {
        let store = &self.store;
        let key = redaction_key::of(&self.settings.data_dir)?;
        let options = self.pack.coordinator_options(store.clone(), self.settings.floor(), key);
        let (service, handle) = coordinator::Service::new(options);
        // Agent and coordinator speak as they would over a network; but nothing listens, so nobody else can join.
        let (connections, listener) = coordinator::Listener::in_process();
        let scan = self.task.begin(&handle, self.pack, self.settings).await?;

        let stop = CancellationToken::new();
        let mut parts = Parts::default();
        parts.start("coordinator", service.run(listener, stop.clone()));
        let (agent, _) = agent::Service::new(self.agent_options()?, agent::Coordinator::InProcess(connections));
        parts.start("agent", agent.run(stop.clone()));
        let ending = watch(&handle, &scan, parts, &stop, signals).await;
        let ending = conclude(&handle, &scan, ending).await?;
        let view = governed::of_own(stored_scan(store, &scan)?, self.settings, self.pack)?;
        let finished = finish_report(&view, &scan, ending, self.settings, self.pack)?;
        standing::keep(store, &scan, &finished.1.digest).await;
        prune_after_scan(store, self.settings.retention).await;
        Ok(finished)
    }

    fn agent_options(&self) -> Result<agent::Options> {
        let mut options = agent::Options::new(self.cloud.caller.clone(), self.cloud.client.clone());
        options.agent_id = agent_id::of_scan();
        options.redaction_key = redaction_key::of(&self.settings.data_dir)?.into();
        self.pack.give_to(&mut options);
        Ok(options)
    }
}

/// Notes in the store how the scan ended, whichever way it did.
///
/// # Errors
/// When it ended with a failure, or the store fails.
pub(crate) async fn conclude(handle: &Handle, scan: &ScanId, ending: Result<Ending>) -> Result<Ending> {
    let end = match &ending {
        Ok(Ending::Complete) => ScanEnd::Complete,
        Ok(Ending::Interrupted) => ScanEnd::Interrupted,
        Err(failure) => ScanEnd::Failed(failure.to_string()),
    };
    let noted = handle.finish_scan(scan, &now()?, end).await.map_err(|error| coordinator_failure(&error));
    // The first failure says why.
    let ending = ending?;
    noted.map(|()| ending)
}

/// The parts of a scan that run beside what watches it: each ends when it is told to, and not before.
#[derive(Default)]
pub(crate) struct Parts(JoinSet<(&'static str, std::result::Result<(), String>)>);

impl Parts {
    /// Starts one.
    pub(crate) fn start<E: std::fmt::Display>(
        &mut self,
        name: &'static str,
        run: impl Future<Output = std::result::Result<(), E>> + Send + 'static,
    ) {
        self.0.spawn(async move { (name, run.await.map_err(|error| error.to_string())) });
    }

    /// Waits until all have ended.
    pub(crate) async fn ended(&mut self) {
        while self.0.join_next().await.is_some() {}
    }

    /// Waits for an end that nobody asked for.
    pub(crate) async fn failure(&mut self) -> Failure {
        let (name, cause) = match self.0.join_next().await {
            Some(Ok((name, Err(error)))) => (name, error),
            Some(Ok((name, Ok(())))) => (name, "it ended by itself".to_owned()),
            Some(Err(error)) => ("scan", error.to_string()),
            None => std::future::pending().await,
        };
        let next_step = "scan again, and report it as a bug if it stays; what was stored is kept: `plumbline report`";
        Failure::new(format!("keep the {name} running"), cause, next_step)
    }
}

/// Shows progress until the scan ends, a part of it fails, or the user stops it; then stops the parts.
///
/// # Errors
/// When the store or a part fails.
pub(crate) async fn watch(
    handle: &Handle,
    scan: &ScanId,
    mut parts: Parts,
    stop: &CancellationToken,
    signals: &Signals,
) -> Result<Ending> {
    let _orderly = signals.orderly();
    let ending = tokio::select! {
        biased;
        ending = follow(handle, scan, signals) => ending,
        failure = parts.failure() => Err(failure),
    };
    stop.cancel();
    let _ = tokio::time::timeout(FAREWELL, parts.ended()).await;
    ending
}

/// Shows progress until the scan ends or the user stops it.
async fn follow(handle: &Handle, scan: &ScanId, signals: &Signals) -> Result<Ending> {
    let stopped = || coordinator_failure(&coordinator::Error::Stopped);
    let mut figures = handle.progress(scan).ok_or_else(stopped)?;
    let progress = Progress::start();
    let mut notices = handle.notices();
    let mut lines = tokio::time::interval(LINE_EVERY);
    lines.tick().await;
    let done = handle.wait(scan);
    tokio::pin!(done);
    let ending = loop {
        let now = shown(&figures.borrow_and_update());
        progress.update(&now);
        tokio::select! {
            biased;
            () = signals.asked() => break Ok(Ending::Interrupted),
            ended = &mut done => break ended.map(|_| Ending::Complete).map_err(|error| coordinator_failure(&error)),
            _ = lines.tick() => progress.line(&now),
            // One that was missed is said again as long as it holds.
            Ok(notice) = notices.recv() => progress.say(format_args!("note: {notice}")),
            changed = figures.changed() => if changed.is_err() { break Ok(Ending::Interrupted) },
        }
    };
    progress.finish();
    progress.line(&shown(&figures.borrow()));
    ending
}

pub(crate) fn shown(progress: &ScanProgress) -> Figures {
    Figures {
        accounts: (progress.accounts_done, progress.accounts_planned),
        jobs: (progress.jobs_committed + progress.jobs_abandoned, progress.jobs_planned),
        calls: progress.calls,
        throttles: progress.throttles,
        failures: progress.failures,
    }
}

/// What went wrong in the coordinator.
pub(crate) fn coordinator_failure(error: &coordinator::Error) -> Failure {
    match error {
        coordinator::Error::Store(error) => store_failure(error),
        coordinator::Error::Plan(_) => Failure::new("plan the scan", error, "report this as a bug"),
        coordinator::Error::Listener(_) => {
            Failure::new("start the coordinator", error, "try again, or use another --listen")
        }
        coordinator::Error::Stopped => Failure::new("scan", error, "run it again; what was stored is kept"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_part_that_ends_too_early_is_a_failure_that_says_why() {
        let mut parts = Parts::default();
        parts.start("agent", async { Err::<(), _>("the versions differ") });
        let failure = parts.failure().await.to_string();
        assert!(failure.contains("keep the agent running") && failure.contains("the versions differ"), "{failure}");
    }
}
