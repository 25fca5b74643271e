//! `plumbline coordinator init`: begins a deployment, and prints the token of its first agent.

use std::path::PathBuf;

use plumbline_coordinator::{Certificates, enrolment};
use plumbline_identity::Address;

use super::agents::{bounds, print_token};
use crate::actor;
use crate::args::InitArgs;
use crate::config::Basics;
use crate::exit::Outcome;
use crate::failure::{Failure, Result};
use crate::membership::enrolment_failure;
use crate::results::create_store;
use crate::terminal::say;

/// Where agents are served, unless somebody says otherwise.
const PORT: u16 = 7443;

/// Begins.
pub(crate) async fn run(args: InitArgs, data_dir: Option<PathBuf>) -> Result<Outcome> {
    let scope = bounds(&args.bounds)?;
    let address = address(args.address.as_deref())?;
    let place = Basics::resolve(&args.config, data_dir, Vec::new())?;
    let store = create_store(&place.data_dir)?;
    let directory = Certificates::path_in(&place.data_dir);
    let begun = enrolment::begin(&store, &directory, &address, &actor::here()).await;
    if let (Err(enrolment::Error::IsThere { id, since }), true) = (&begun, args.unless_there) {
        say(format_args!("plumbline: the deployment {id} is there, since {since}"));
        return Ok(Outcome::Done);
    }
    let trust = begun.map_err(|error| match error {
        enrolment::Error::IsThere { .. } => Failure::usage(
            "begin a deployment",
            error,
            "`plumbline agents token` makes a token for a further agent; another deployment needs another --data-dir",
        ),
        other => enrolment_failure("begin a deployment", &other),
    })?;
    say(format_args!("plumbline: deployment {} begins; its authority is {}", trust.deployment(), directory.display()));
    if args.unless_there {
        return Ok(Outcome::Done);
    }
    let made = enrolment::make_token(&store, &trust, scope, &actor::here()).await;
    let token = made.map_err(|error| enrolment_failure("make a token", &error))?;
    say(format_args!(
        "start the coordinator on this machine: plumbline coordinator --listen 0.0.0.0:{}",
        address.port()
    ));
    say(format_args!("the pin of its authority, for agents that join by AWS identity: {}", trust.pin()));
    print_token(&token.text())
}

fn address(given: Option<&str>) -> Result<Address> {
    let text = given.map_or_else(actor::machine, str::to_owned);
    let is_whole = text.parse::<Address>().is_ok();
    let text = if is_whole { text } else { format!("{text}:{PORT}") };
    text.parse().map_err(|error| {
        Failure::usage(format!("use the address `{text}`"), error, "say with --address how agents reach this machine")
    })
}
