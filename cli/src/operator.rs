//! Commands that ask a coordinator that runs, on this machine or elsewhere: it is found by the data directory.

use std::path::{Path, PathBuf};

use plumbline_coordinator::operator::{Client, Event, Pause};
use plumbline_coordinator::report::counted;
use plumbline_coordinator::store::Store;
use plumbline_proto::operator_v1::{Figures as Told, StartScanRequest};

use crate::args::{ConfigOptions, RunningScan, ScheduleName, StartArgs};
use crate::asking::Coordinator;
use crate::config::Basics;
use crate::exit::Outcome;
use crate::failure::{Failure, Result};
use crate::hints;
use crate::progress::{Figures, LINE_EVERY, Progress};
use crate::signals::Signals;
use crate::terminal::{self, say};

/// `scans start`: plans and starts a scan, and prints its id.
///
/// # Errors
/// When no coordinator runs, or it cannot start the scan.
pub(crate) async fn start(args: StartArgs, data_dir: Option<PathBuf>, signals: &Signals) -> Result<Outcome> {
    let mut coordinator = Coordinator::named(&args.config, data_dir).await?;
    let watch = args.watch;
    let started = coordinator
        .client
        .start_scan(request(args))
        .await
        .map_err(|error| coordinator.failure("start the scan", &error))?;
    coordinator.print_started(&started, watch, signals).await
}

/// `scans watch`: shows how far a scan has come until it ends, or who watches has enough.
///
/// # Errors
/// When no coordinator runs, or no such scan.
pub(crate) async fn watch(args: RunningScan, data_dir: Option<PathBuf>, signals: &Signals) -> Result<Outcome> {
    let mut coordinator = Coordinator::named(&args.config, data_dir).await?;
    coordinator.watch(&args.scan, signals).await
}

/// `scans cancel`: gives up what has not ended of a scan.
///
/// # Errors
/// When no coordinator runs, or the scan does not.
pub(crate) async fn cancel(args: RunningScan, data_dir: Option<PathBuf>) -> Result<Outcome> {
    let mut coordinator = Coordinator::named(&args.config, data_dir).await?;
    let cancelled = coordinator.client.cancel(&args.scan).await;
    let scan = cancelled.map_err(|error| coordinator.failure("cancel the scan", &error))?;
    let hint = hints::of_scan(&coordinator.data_dir, &scan);
    say(format_args!("Cancelled {scan}. What was scanned is stored: plumbline findings{hint}"));
    Ok(Outcome::Done)
}

/// The same store, or why it cannot be written to: where a coordinator runs on it, that is why.
///
/// # Errors
/// When the store cannot be written to.
pub(crate) async fn or_who_runs(store: Result<Store>, data_dir: &Path) -> Result<Store> {
    let failure = match store {
        Ok(store) => return Ok(store),
        Err(failure) => failure,
    };
    let Ok(mut client) = Client::connect(data_dir).await else { return Err(failure) };
    let Ok(info) = client.info().await else { return Err(failure) };
    let running = counted(info.running.len() as u64, "scan");
    Err(Failure::new(
        "use the store",
        format!(
            "a coordinator of version {} runs on {} since {}, with {running} at work",
            info.version,
            data_dir.display(),
            info.since
        ),
        "ask that one (`plumbline scans start`), stop it, or name another --data-dir",
    ))
}

/// `schedules run`: starts the scan of a schedule now, and prints its id.
///
/// # Errors
/// When no coordinator runs, there is no such schedule, or its scan cannot start.
pub(crate) async fn run_schedule(args: ScheduleName, data_dir: Option<PathBuf>, signals: &Signals) -> Result<Outcome> {
    let mut coordinator = Coordinator::named(&args.config, data_dir).await?;
    let started = coordinator.client.run_schedule(&args.name).await;
    let started = started.map_err(|error| coordinator.failure("run the schedule", &error))?;
    coordinator.print_started(&started, false, signals).await
}

/// `schedules pause` and `schedules resume`.
///
/// # Errors
/// When no coordinator runs, or there is no such schedule.
pub(crate) async fn pause_schedule(args: ScheduleName, pause: Pause, data_dir: Option<PathBuf>) -> Result<Outcome> {
    let mut coordinator = Coordinator::named(&args.config, data_dir).await?;
    let done = coordinator.client.pause_schedule(&args.name, pause).await;
    done.map_err(|error| coordinator.failure("change the schedule", &error))?;
    say(match pause {
        Pause::Begins => {
            format!("{} is paused: what is due starts nothing until `plumbline schedules resume`", args.name)
        }
        Pause::Ends => format!("{} goes on", args.name),
    });
    Ok(Outcome::Done)
}

impl Coordinator {
    async fn named(config: &ConfigOptions, data_dir: Option<PathBuf>) -> Result<Self> {
        Self::of(Basics::resolve(config, data_dir, Vec::new())?.data_dir).await
    }

    async fn print_started(&mut self, scan: &str, watch: bool, signals: &Signals) -> Result<Outcome> {
        terminal::print(|out| std::io::Write::write_fmt(out, format_args!("{scan}\n")))?;
        if watch {
            return self.watch(scan, signals).await;
        }
        say(format_args!("plumbline: it runs; `plumbline scans watch {scan}` shows how far it has come"));
        Ok(Outcome::Done)
    }

    async fn watch(&mut self, scan: &str, signals: &Signals) -> Result<Outcome> {
        let watching = self.client.watch(scan).await;
        let mut watching = watching.map_err(|error| self.failure("watch the scan", &error))?;
        let _orderly = signals.orderly();
        let progress = Progress::start();
        let mut lines = tokio::time::interval(LINE_EVERY);
        lines.tick().await;
        let mut now = Figures::default();
        let ended = loop {
            let event = tokio::select! {
                biased;
                () = signals.asked() => break None,
                event = watching.next() => event,
                _ = lines.tick() => {
                    progress.line(&now);
                    continue;
                }
            };
            match event.map_err(|error| self.failure("watch the scan", &error))? {
                Some(Event::Figures(told)) => {
                    now = figures(&told);
                    progress.update(&now);
                }
                Some(Event::Notice(notice)) => progress.say(format_args!("note: {notice}")),
                Some(Event::Ended(ended)) => break Some(ended),
                None => break None,
            }
        };
        progress.finish();
        progress.line(&now);
        Ok(match ended {
            None => {
                say("plumbline: not watching any more; the scan goes on");
                Outcome::Interrupted
            }
            Some(Ok(())) => {
                say("plumbline: the scan ended; `plumbline report` shows it");
                Outcome::Done
            }
            Some(Err(problem)) => {
                say(format_args!("plumbline: the scan was not finished: {problem}"));
                Outcome::Incomplete
            }
        })
    }
}

fn figures(told: &Told) -> Figures {
    Figures {
        accounts: (told.accounts_done, told.accounts_planned),
        jobs: (told.jobs_ended, told.jobs_planned),
        calls: told.calls,
        throttles: told.throttles,
        failures: told.failures,
    }
}

fn request(args: StartArgs) -> StartScanRequest {
    let tidy = |list: Vec<String>| crate::config::names(list, Vec::new());
    StartScanRequest {
        accounts: tidy(args.accounts),
        exclude_accounts: tidy(args.exclude_accounts),
        ou: tidy(args.ou),
        exclude_ou: tidy(args.exclude_ou),
        regions: tidy(args.regions),
        exclude_regions: tidy(args.exclude_regions),
        no_global: args.no_global,
        controls: tidy(args.controls),
        exclude_controls: tidy(args.exclude_controls),
        no_documents: args.no_documents,
        refresh: args.refresh,
        accept_fewer_accounts: args.accept_fewer_accounts,
    }
}
