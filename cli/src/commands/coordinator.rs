//! `plumbline coordinator`: a service that scans when its schedules say so or somebody asks; with `--once`, one scan with
//! whatever agents connect.

use std::path::PathBuf;
use std::sync::Arc;

use plumbline_coordinator as coordinator;
use plumbline_telemetry::Registry;
use tokio_util::sync::CancellationToken;

use super::init;
use crate::args::{CoordinatorArgs, CoordinatorCommand};
use crate::cloud::Cloud;
use crate::config::Settings;
use crate::exit::Outcome;
use crate::failure::{Failure, Result};
use crate::finish::finish_report;
use crate::governed;
use crate::joining;
use crate::keeping::prune_after_scan;
use crate::listening;
use crate::operator;
use crate::pack::Pack;
use crate::preflight;
use crate::prepare::{Purpose, prepare};
use crate::redaction_key;
use crate::results::stored_scan;
use crate::resume::resumable;
use crate::run::{Parts, Task, conclude, watch};
use crate::serve;
use crate::signals::Signals;
use crate::standing;
use crate::terminal::say;

/// Runs the coordinator.
pub(crate) async fn run(
    args: CoordinatorArgs,
    data_dir: Option<PathBuf>,
    signals: &Signals,
    registry: Arc<Registry>,
) -> Result<Outcome> {
    if let Some(CoordinatorCommand::Init(args)) = args.command {
        return init::run(args, data_dir).await;
    }
    let mut settings = Settings::resolve(args.scan.options.clone(), args.scan.result.clone(), data_dir)?;
    settings.service.listen = args.listen.or(settings.service.listen);
    if args.once {
        return once(args, settings, signals).await;
    }
    let of_one_scan = [("--resume", args.scan.resume), ("--accept-fewer-accounts", args.scan.accept_fewer_accounts)];
    if let Some((option, _)) = of_one_scan.into_iter().find(|(_, is_given)| *is_given) {
        return Err(Failure::usage(
            "start the coordinator",
            format!("{option} is about one scan"),
            "use it with --once; a coordinator that runs by itself goes on with what was left, and `on_vanished_accounts` of a schedule says what to do about accounts that are gone",
        ));
    }
    settings.service.http = args.http.or(settings.service.http);
    settings.service.agent |= args.with_agent;
    serve::run(settings, signals, registry).await
}

/// Runs one scan with whatever agents connect.
async fn once(args: CoordinatorArgs, mut settings: Settings, signals: &Signals) -> Result<Outcome> {
    settings.accept_fewer_accounts = args.scan.accept_fewer_accounts;
    let address = settings.service.listen.unwrap_or(listening::DEFAULT);
    let pack = Pack::load(&settings.pack)?;
    let store = preflight::check(&settings.data_dir, settings.output.as_deref());
    let store = operator::or_who_runs(store, &settings.data_dir).await?;
    // The port is bound before AWS is asked anything: a second coordinator fails at once.
    let (listener, serves) = listening::listen(address, &settings.data_dir, &store).await?;
    let left = args.scan.resume.then(|| resumable(&store, &pack)).transpose()?;
    let cloud = Cloud::from_env(settings.endpoint_url.as_deref()).await?;
    let plan;
    let task = match left {
        Some(left) => Task::Resume(left),
        None => {
            plan = prepare(&cloud, &settings, &pack, Purpose::Scan).await?;
            Task::New(&plan, coordinator::Subject::Real)
        }
    };
    let key = redaction_key::of(&settings.data_dir)?;
    let mut options = pack.coordinator_options(store.clone(), settings.floor(), key);
    options.by_role = joining::by_role(&settings, &cloud)?;
    let (service, handle) = coordinator::Service::new(options);
    let scan = task.begin(&handle, &pack, &settings).await?;
    let stop = CancellationToken::new();
    let mut parts = Parts::default();
    parts.start("coordinator", service.run(listener, stop.clone()));
    say(serves);
    let ending = watch(&handle, &scan, parts, &stop, signals).await;
    let ending = conclude(&handle, &scan, ending).await?;
    let view = governed::of_own(stored_scan(&store, &scan)?, &settings, &pack)?;
    let (outcome, written) = finish_report(&view, &scan, ending, &settings, &pack)?;
    standing::keep(&store, &scan, &written.digest).await;
    prune_after_scan(&store, settings.retention).await;
    Ok(outcome)
}
