//! `plumbline agent`: works for a coordinator in another process until it is stopped. It does not end by itself: a
//! coordinator that is not there may come, and one that has nothing to do may have more.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use plumbline_agent as agent;
use plumbline_telemetry::Registry;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::joined;
use crate::args::AgentArgs;
use crate::cloud::{Cloud, credentials_failure};
use crate::config::Basics;
use crate::exit::Outcome;
use crate::failure::{Failure, Result};
use crate::pack::Pack;
use crate::redaction_key;
use crate::signals::Signals;
use crate::terminal::say;

/// How often it is said that there is no coordinator.
const SAY_EVERY: Duration = Duration::from_secs(30);

/// Works until it is asked to stop.
pub(crate) async fn run(
    args: AgentArgs,
    data_dir: Option<PathBuf>,
    signals: &Signals,
    registry: &Arc<Registry>,
) -> Result<Outcome> {
    let place = Basics::resolve(&args.pack.config, data_dir, args.pack.pack.clone())?;
    let pack = Pack::load_for_scanning(&place.pack)?;
    let key = redaction_key::of(&place.data_dir)?;
    let endpoint = args.endpoint_url.as_deref().or(place.endpoint_url.as_deref());
    let cloud = Cloud::counted(endpoint, registry).await?;
    // An agent that cannot work does not take work, and does not use up a token.
    let identity = cloud.caller.identity().await.map_err(|error| credentials_failure(&error))?;
    let spool = spool(&place.data_dir, args.spool_mib).map(Arc::new);
    let left = spool.as_ref().and_then(|spool| spool.agent());
    loop {
        let (coordinator, agent_id) = joined::coordinator(&args, &place.data_dir, &cloud.caller, left.clone()).await?;
        let mut options =
            agent::Options::with_pack(cloud.caller.clone(), cloud.client.clone(), Arc::clone(pack.inner()));
        options.agent_id = agent_id;
        options.capacity = args.capacity as usize;
        options.own_account = Some(identity.account.clone());
        options.home_region = cloud.caller.configured_region().map(str::to_owned);
        options.drain_timeout = Duration::from_secs(args.drain_timeout.into());
        options.redaction_key = key.into();
        options.reads_own_account = args.own_credentials;
        options.spool.clone_from(&spool);
        let account = &identity.account;
        let name = options.agent_id.clone();
        say(format_args!("plumbline: agent {name} of account {account} works for {coordinator:?}; Ctrl-C stops"));
        match work(options, coordinator, signals).await? {
            Ok(()) => return Ok(Outcome::Done),
            Err(agent::Error::Refused(why)) if joined::may_join_again(&args, &place.data_dir) => {
                say(format_args!("plumbline: {why}"));
            }
            Err(error) => return Err(refused(&error)),
        }
    }
}

/// Works until it is asked to stop, or cannot go on.
async fn work(
    options: agent::Options,
    coordinator: agent::Coordinator,
    signals: &Signals,
) -> Result<std::result::Result<(), agent::Error>> {
    let (service, handle) = agent::Service::new(options, coordinator);
    let stop = CancellationToken::new();
    let working = tokio::spawn(service.run(stop.clone()));
    let _orderly = signals.orderly();
    tokio::select! {
        () = signals.asked() => {}
        () = say_whether_connected(handle) => {}
    }
    stop.cancel();
    working.await.map_err(|error| Failure::new("work", error, "report this as a bug"))
}

/// Where what was found is kept until it is committed. That it cannot be is no reason not to work.
fn spool(data_dir: &Path, mebibytes: u32) -> Option<agent::Spool> {
    let most = (mebibytes > 0).then(|| u64::from(mebibytes) << 20)?;
    let folder = agent::Spool::path_in(data_dir);
    let claimed = agent::Spool::claim(&folder, most);
    let warned = claimed.inspect_err(|error| {
        let next_step = match error.kind() {
            io::ErrorKind::WouldBlock => "give each agent a --data-dir of its own",
            _ => "make room there, or make it writable, or set --spool-mib 0",
        };
        let folder = folder.display();
        say(format_args!("plumbline: results are not kept in {folder} until they are committed: {error}; {next_step}"));
    });
    warned.ok()
}

fn refused(error: &agent::Error) -> Failure {
    let next_step = match error {
        agent::Error::Address { .. } | agent::Error::Incompatible(_) => {
            "check --coordinator, and that both have the same version"
        }
        agent::Error::Refused(_) | agent::Error::Identity(_) => {
            "on the coordinator's machine use its --data-dir, or its agent.token with --token-file; on another one join with a new token (`plumbline agents token`, `plumbline agent --join TOKEN`)"
        }
        agent::Error::Replaced(_) => "start it again: it takes an id of its own",
    };
    Failure::usage("work", error, next_step)
}

/// Says when the coordinator is there, and again and again while it is not; returns when the agent ends.
async fn say_whether_connected(mut handle: agent::Handle) {
    let mut was_connected = false;
    let mut lost: Option<(Instant, bool)> = Some((Instant::now(), false));
    let mut reminder = interval(SAY_EVERY);
    reminder.set_missed_tick_behavior(MissedTickBehavior::Delay);
    reminder.tick().await;
    loop {
        let is_reminder = tokio::select! {
            activity = handle.changed() => match activity {
                Some(_) => false,
                None => return,
            },
            _ = reminder.tick() => true,
        };
        let activity = handle.activity();
        match (activity.connected, was_connected) {
            (true, false) => {
                say("plumbline: connected to the coordinator");
                lost = None;
            }
            (true, true) => {}
            (false, _) => {
                let (since, is_said) = lost.get_or_insert_with(|| (Instant::now(), false));
                if is_reminder || (!*is_said && activity.attempts > 0) {
                    *is_said = true;
                    let (seconds, problem) = (since.elapsed().as_secs(), &activity.problem);
                    say(format_args!("plumbline: no coordinator for {seconds} s ({problem}); trying again"));
                }
            }
        }
        was_connected = activity.connected;
    }
}
