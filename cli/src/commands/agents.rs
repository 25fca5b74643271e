//! `plumbline agents`: who belongs to the deployment. Listing and showing read beside a coordinator that runs.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use plumbline_baseline::AgentId;
use plumbline_coordinator::report::printable;
use plumbline_coordinator::store::{self, Member, Store};
use plumbline_coordinator::{Certificates, enrolment};
use plumbline_identity::authority::Authority;
use plumbline_identity::{Bounds, Token};

use crate::actor;
use crate::args::{AgentsCommand, BoundsOptions, StoreFormat};
use crate::clock;
use crate::config::Basics;
use crate::exit::Outcome;
use crate::failure::{Failure, OrFail, Result};
use crate::results::{open_store, store_failure};
use crate::terminal::{self, say};

/// Runs one of the commands about agents.
pub(crate) async fn run(command: AgentsCommand, data_dir: Option<PathBuf>) -> Result<Outcome> {
    match command {
        AgentsCommand::List { format, config } => {
            list(&Basics::resolve(&config, data_dir, Vec::new())?.data_dir, format)
        }
        AgentsCommand::Show { agent, config } => {
            show(&Basics::resolve(&config, data_dir, Vec::new())?.data_dir, &agent)
        }
        AgentsCommand::Ban { agent, reason, config } => {
            ban(&Basics::resolve(&config, data_dir, Vec::new())?.data_dir, &agent, &reason).await
        }
        AgentsCommand::Token { bounds: options, config } => {
            let scope = bounds(&options)?;
            token(&Basics::resolve(&config, data_dir, Vec::new())?.data_dir, scope).await
        }
    }
}

fn members(store: &Store) -> Result<Vec<Member>> {
    store.agents().map_err(|error| store_failure(&error))
}

fn list(data_dir: &Path, format: StoreFormat) -> Result<Outcome> {
    let members = members(&open_store(data_dir)?)?;
    let now = clock::instant();
    terminal::print(|out| members.iter().try_for_each(|member| line(out, member, format, now)))?;
    if members.is_empty() && format == StoreFormat::Table {
        say("no agent has joined: `plumbline agents token` lets one");
    }
    Ok(Outcome::Done)
}

/// What an agent is, in a word.
fn state(member: &Member, now: SystemTime) -> &'static str {
    let last = member.agent.certificates.last().map_or(0, |certificate| certificate.not_after);
    match &member.ban {
        Some(_) => "banned",
        None if UNIX_EPOCH + Duration::from_secs(last) < now => "expired",
        None => "good",
    }
}

fn line(out: &mut impl Write, member: &Member, format: StoreFormat, now: SystemTime) -> io::Result<()> {
    let (agent, state) = (&member.agent, state(member, now));
    if format == StoreFormat::Ndjson {
        let line = serde_json::json!({
            "id": agent.id, "state": state, "joined": agent.joined, "token": agent.token, "bounds": agent.bounds,
            "last_seen": agent.seen, "build": agent.build, "home_region": agent.home_region,
            "certificates": agent.certificates.iter().map(|certificate| serde_json::json!({
                "serial": certificate.serial, "not_after": certificate.not_after,
            })).collect::<Vec<_>>(),
            "banned_since": member.ban.as_ref().map(|ban| &ban.since),
            "banned_by": member.ban.as_ref().map(|ban| &ban.by),
            "ban_reason": member.ban.as_ref().map(|ban| &ban.reason),
        });
        return writeln!(out, "{line}");
    }
    let seen = if agent.seen.is_empty() { "never" } else { &agent.seen };
    let build = printable(&agent.build);
    writeln!(out, "{}  {state:<7}  joined {}  seen {seen:<20}  {build}  {}", agent.id, agent.joined, agent.bounds)
}

fn show(data_dir: &Path, wanted: &str) -> Result<Outcome> {
    let store = open_store(data_dir)?;
    let member = find(&store, wanted)?;
    let entries = store.audit().map_err(|error| store_failure(&error))?;
    let now = clock::instant();
    terminal::print(|out| {
        let agent = &member.agent;
        writeln!(out, "agent       {}", agent.id)?;
        writeln!(out, "state       {}", state(&member, now))?;
        writeln!(out, "bounds      {}", agent.bounds)?;
        writeln!(out, "joined      {} with token {}", agent.joined, agent.token)?;
        writeln!(out, "last seen   {}", if agent.seen.is_empty() { "never" } else { &agent.seen })?;
        writeln!(out, "build       {}", printable(&agent.build))?;
        if !agent.home_region.is_empty() {
            writeln!(out, "Region      {}", printable(&agent.home_region))?;
        }
        for certificate in &agent.certificates {
            writeln!(out, "certificate {} until {}", certificate.serial, written(certificate.not_after))?;
        }
        for entry in entries.iter().filter(|entry| entry.subject == agent.id) {
            writeln!(
                out,
                "{}  {}  {}  {}",
                entry.time,
                printable(&entry.actor),
                entry.action,
                printable(&entry.detail)
            )?;
        }
        Ok(())
    })?;
    Ok(Outcome::Done)
}

/// Seconds since 1970, as a date.
fn written(seconds: u64) -> String {
    let date = i64::try_from(seconds).ok().and_then(|at| time::OffsetDateTime::from_unix_timestamp(at).ok());
    let date = date.and_then(|date| date.format(&time::format_description::well_known::Rfc3339).ok());
    date.unwrap_or_else(|| seconds.to_string())
}

/// The one agent whose id begins like this.
fn find(store: &Store, wanted: &str) -> Result<Member> {
    let mut found = members(store)?;
    found.retain(|member| member.agent.id.starts_with(wanted));
    match <[Member; 1]>::try_from(found) {
        Ok([member]) => Ok(member),
        Err(found) => Err(Failure::usage(
            format!("find agent `{wanted}`"),
            if found.is_empty() { "there is none".to_owned() } else { format!("{} begin like this", found.len()) },
            "`plumbline agents list` shows them all",
        )),
    }
}

/// Opens the store to change who belongs to the deployment: a coordinator that runs has it for itself.
fn open_to_change(data_dir: &Path) -> Result<Store> {
    // There has to be one: nobody joins what does not exist.
    drop(open_store(data_dir)?);
    match Store::create(data_dir) {
        Err(error @ store::Error::InUse { .. }) => Err(Failure::new(
            "change who belongs to the deployment",
            error,
            "a coordinator is running: stop it for a moment, run this, and start it again",
        )),
        opened => opened.map_err(|error| store_failure(&error)),
    }
}

async fn ban(data_dir: &Path, wanted: &str, reason: &str) -> Result<Outcome> {
    let store = open_to_change(data_dir)?;
    let agent =
        find(&store, wanted)?.agent.id.parse::<AgentId>().or_fail("read the agent's id", "report this as a bug")?;
    let banned = store.ban(&agent, &actor::here(), reason, &clock::now()?).await;
    if banned.map_err(|error| store_failure(&error))? {
        say(format_args!("agent {agent} is banned"));
    } else {
        say(format_args!("agent {agent} was banned before"));
    }
    Ok(Outcome::Done)
}

async fn token(data_dir: &Path, scope: Bounds) -> Result<Outcome> {
    let store = open_to_change(data_dir)?;
    let authority = Authority::load(&Certificates::path_in(data_dir), None);
    let authority = authority.map_err(|error| enrolment_failure("make a token", &error.into()))?;
    let made = enrolment::make_token(&store, authority.trust(), scope, &actor::here()).await;
    print_token(&made.map_err(|error| enrolment_failure("make a token", &error))?)
}

/// The token alone on standard output; what to do with it beside it.
pub(super) fn print_token(token: &Token) -> Result<Outcome> {
    let text = token.text();
    say(format_args!("on the agent's machine, within ten minutes: plumbline agent --join {text}"));
    say("the token is good for one machine, once:");
    terminal::print(|out| writeln!(out, "{text}"))?;
    Ok(Outcome::Done)
}

pub(super) fn enrolment_failure(attempt: &str, error: &enrolment::Error) -> Failure {
    match error {
        enrolment::Error::Store(error) => store_failure(error),
        enrolment::Error::None => Failure::usage(attempt, error, "run `plumbline coordinator init` first"),
        enrolment::Error::Bounds(_) => Failure::usage(attempt, error, "name fewer, or make several agents"),
        enrolment::Error::NoPort(_) => Failure::usage(attempt, error, "name a lower port with --address"),
        _ => Failure::new(attempt, error, "check the directory `authority` of the data directory (--data-dir)"),
    }
}

/// Within what an agent is to work.
pub(super) fn bounds(options: &BoundsOptions) -> Result<Bounds> {
    Ok(Bounds {
        accounts: each(&options.accounts, "--accounts")?,
        regions: each(&options.regions, "--regions")?,
        units: each(&options.ou, "--ou")?,
    })
}

fn each<T: FromStr<Err: std::fmt::Display> + Ord>(values: &[String], option: &str) -> Result<BTreeSet<T>> {
    let parsed = values.iter().map(|value| {
        let value = value.trim();
        let next_step = "name ids: a path would mean another unit after a move";
        value.parse::<T>().map_err(|error| Failure::usage(format!("use {option} {value}"), error, next_step))
    });
    parsed.collect()
}
