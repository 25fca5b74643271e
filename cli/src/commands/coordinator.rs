//! `plumbline coordinator`: plans one scan and serves agents of other processes until it is done.

use std::path::PathBuf;

use plumbline_coordinator as coordinator;
use tokio_util::sync::CancellationToken;

use super::init;
use super::listen::listener;
use crate::args::{CoordinatorArgs, CoordinatorCommand};
use crate::cloud::Cloud;
use crate::config::Settings;
use crate::exit::Outcome;
use crate::failure::Result;
use crate::finish::finish_report;
use crate::keeping::prune_after_scan;
use crate::pack::Pack;
use crate::preflight;
use crate::prepare::{Purpose, prepare};
use crate::redaction_key;
use crate::results::stored_scan;
use crate::resume::resumable;
use crate::run::{Parts, Task, conclude, watch};
use crate::signals::Signals;
use crate::terminal::say;

/// Runs one scan with whatever agents connect.
pub(crate) async fn run(args: CoordinatorArgs, data_dir: Option<PathBuf>, signals: &Signals) -> Result<Outcome> {
    if let Some(CoordinatorCommand::Init(args)) = args.command {
        return init::run(args, data_dir).await;
    }
    let mut settings = Settings::resolve(args.scan.options, args.scan.result, data_dir)?;
    settings.accept_fewer_accounts = args.scan.accept_fewer_accounts;
    let pack = Pack::load(&settings.pack)?;
    let store = preflight::check(&settings.data_dir, settings.output.as_deref())?;
    // The port is bound before AWS is asked anything: a second coordinator fails at once.
    let (listener, serves) = listener(args.listen, &settings.data_dir, &store).await?;
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
    let (service, handle) = coordinator::Service::new(pack.coordinator_options(store.clone(), settings.floor(), key));
    let scan = task.begin(&handle, &pack, &settings).await?;
    let stop = CancellationToken::new();
    let mut parts = Parts::default();
    parts.start("coordinator", service.run(listener, stop.clone()));
    say(serves);
    let ending = watch(&handle, &scan, parts, &stop, signals).await;
    let ending = conclude(&handle, &scan, ending).await?;
    let view = stored_scan(&store, &scan)?;
    let (outcome, _) = finish_report(&view, &scan, ending, &settings, &pack)?;
    prune_after_scan(&store, settings.retention).await;
    Ok(outcome)
}
