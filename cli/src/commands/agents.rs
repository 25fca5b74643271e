//! `plumbline agents`: who works for the deployment. Listing and showing read beside a coordinator that runs; what changes
//! something is asked of it.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::SystemTime;

use plumbline_coordinator::report::printable;
use plumbline_coordinator::store::record::Agent;
use plumbline_coordinator::store::{Member, Store};
use plumbline_identity::Bounds;

use super::members::{are_over, listed, tell_token};
use crate::args::{AgentsCommand, BoundsOptions, StoreFormat};
use crate::clock;
use crate::config::Basics;
use crate::exit::Outcome;
use crate::failure::{Failure, Result};
use crate::membership::{Membership, find_agent, trust};
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
        AgentsCommand::Pin { config } => pin(&Basics::resolve(&config, data_dir, Vec::new())?.data_dir),
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
    match &member.ban {
        Some(_) => "banned",
        None if are_over(&member.agent.certificates, now) => "expired",
        None => "good",
    }
}

fn line(out: &mut impl Write, member: &Member, format: StoreFormat, now: SystemTime) -> io::Result<()> {
    let (agent, state) = (&member.agent, state(member, now));
    if format == StoreFormat::Ndjson {
        let line = serde_json::json!({
            "id": agent.id, "state": state, "joined": agent.joined, "token": agent.token, "role": agent.role,
            "bounds": agent.bounds,
            "last_seen": agent.seen, "build": agent.build, "home_region": agent.home_region,
            "certificates": listed(&agent.certificates),
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
    let member = find_agent(&store, wanted)?;
    let entries = store.audit().map_err(|error| store_failure(&error))?;
    let now = clock::instant();
    terminal::print(|out| {
        let agent = &member.agent;
        writeln!(out, "agent       {}", agent.id)?;
        writeln!(out, "state       {}", state(&member, now))?;
        writeln!(out, "bounds      {}", agent.bounds)?;
        writeln!(out, "joined      {} {}", agent.joined, by_what(agent))?;
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

/// By what an agent joined.
fn by_what(agent: &Agent) -> String {
    match agent.role.is_empty() {
        true => format!("with token {}", agent.token),
        false => format!("by the role {}", agent.role),
    }
}

/// Seconds since 1970, as a date.
fn written(seconds: u64) -> String {
    let date = i64::try_from(seconds).ok().and_then(|at| time::OffsetDateTime::from_unix_timestamp(at).ok());
    let date = date.and_then(|date| date.format(&time::format_description::well_known::Rfc3339).ok());
    date.unwrap_or_else(|| seconds.to_string())
}

async fn ban(data_dir: &Path, wanted: &str, reason: &str) -> Result<Outcome> {
    let (agent, is_new) = Membership::of(data_dir).await?.ban(wanted, reason).await?;
    say(format_args!("agent {agent} {} banned", if is_new { "is" } else { "was already" }));
    Ok(Outcome::Done)
}

fn pin(data_dir: &Path) -> Result<Outcome> {
    let pin = trust("read the pin of the authority", data_dir)?.pin();
    say("by this pin machines know the coordinator: plumbline agent --join-aws HOST:PORT --ca-pin PIN");
    terminal::print(|out| writeln!(out, "{pin}"))?;
    Ok(Outcome::Done)
}

async fn token(data_dir: &Path, scope: Bounds) -> Result<Outcome> {
    print_token(&Membership::of(data_dir).await?.token(scope).await?)
}

/// The token of an agent.
pub(super) fn print_token(text: &str) -> Result<Outcome> {
    tell_token("the agent's machine", "plumbline agent --join", text)
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
