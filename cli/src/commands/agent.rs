//! `plumbline agent`: works for a coordinator in another process until it is stopped.

use std::path::PathBuf;
use std::time::Duration;

use plumbline_agent as agent;
use tokio_util::sync::CancellationToken;

use crate::args::AgentArgs;
use crate::cloud::Cloud;
use crate::config::Basics;
use crate::exit::Outcome;
use crate::failure::{Failure, Result};
use crate::pack::Pack;
use crate::redaction_key;
use crate::signals::Signals;
use crate::terminal::say;

/// Works until it is asked to stop.
pub(crate) async fn run(args: AgentArgs, data_dir: Option<PathBuf>, signals: &Signals) -> Result<Outcome> {
    let place = Basics::resolve(&args.pack.config, data_dir, args.pack.pack)?;
    let pack = Pack::load(&place.pack)?;
    let key = redaction_key::of(&place.data_dir)?;
    let cloud = Cloud::from_env(args.endpoint_url.or(place.endpoint_url).as_deref()).await?;
    let mut options = agent::Options::new(args.coordinator.clone(), cloud.caller.clone(), cloud.client.clone());
    options.agent_id = format!("agent-{}", std::process::id());
    options.capacity = args.capacity as usize;
    options.drain_timeout = Duration::from_secs(args.drain_timeout.into());
    options.redaction_key = key;
    pack.give_to(&mut options);
    let (service, mut handle) = agent::Service::new(options);
    let stop = CancellationToken::new();
    let working = tokio::spawn(service.run(stop.clone()));
    say(format_args!("plumbline: working for {}; Ctrl-C stops", args.coordinator));
    let mut was_connected = false;
    let _orderly = signals.orderly();
    loop {
        tokio::select! {
            biased;
            () = signals.asked() => break,
            activity = handle.changed() => match activity {
                Some(activity) if activity.connected != was_connected => {
                    was_connected = activity.connected;
                    say(if was_connected { "plumbline: connected" } else { "plumbline: not connected; trying again" });
                }
                Some(_) => {}
                None => break,
            },
        }
    }
    stop.cancel();
    match working.await {
        Ok(Ok(())) => Ok(Outcome::Done),
        Ok(Err(error)) => {
            Err(Failure::usage("work", error, "check --coordinator, and that both have the same version"))
        }
        Err(error) => Err(Failure::new("work", error, "report this as a bug")),
    }
}
