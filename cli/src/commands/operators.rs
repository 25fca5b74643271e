//! `plumbline operators`: who may ask the coordinator from elsewhere; and becoming one of them.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use plumbline_agent::member;
use plumbline_coordinator::report::printable;
use plumbline_coordinator::store::{KnownOperator, Store};
use plumbline_identity::token::Scope;
use plumbline_identity::{OperatorName, Role, Token};

use super::joined::not_joined;
use super::members::{are_over, listed, tell_token};
use crate::args::{OperatorsCommand, OperatorsJoin, StoreFormat};
use crate::clock;
use crate::config::Basics;
use crate::elsewhere;
use crate::exit::Outcome;
use crate::failure::{Failure, OrFail, Result};
use crate::membership::Membership;
use crate::results::{open_store, store_failure};
use crate::terminal::{self, say};

/// Runs one of the commands about operators.
pub(crate) async fn run(command: OperatorsCommand, data_dir: Option<PathBuf>) -> Result<Outcome> {
    match command {
        OperatorsCommand::List { format, config } => {
            list(&Basics::resolve(&config, data_dir, Vec::new())?.data_dir, format)
        }
        OperatorsCommand::Add { name, role, config } => {
            let name = named(&name)?;
            add(&Basics::resolve(&config, data_dir, Vec::new())?.data_dir, &name, role.into()).await
        }
        OperatorsCommand::Revoke { name, reason, config } => {
            let name = named(&name)?;
            revoke(&Basics::resolve(&config, data_dir, Vec::new())?.data_dir, &name, &reason).await
        }
        OperatorsCommand::Join(args) => join(args, data_dir).await,
    }
}

fn named(name: &str) -> Result<OperatorName> {
    name.parse().map_err(|error| Failure::usage(format!("use the name `{name}`"), error, "use another name"))
}

async fn add(data_dir: &Path, name: &OperatorName, role: Role) -> Result<Outcome> {
    let text = Membership::of(data_dir).await?.add_operator(name, role).await?;
    tell_token(&format!("the machine of {name}"), "plumbline operators join", &text)
}

async fn revoke(data_dir: &Path, name: &OperatorName, reason: &str) -> Result<Outcome> {
    let is_new = Membership::of(data_dir).await?.revoke_operator(name, reason).await?;
    say(format_args!("operator {name} {} revoked", if is_new { "is" } else { "was already" }));
    Ok(Outcome::Done)
}

async fn join(args: OperatorsJoin, data_dir: Option<PathBuf>) -> Result<Outcome> {
    const ATTEMPT: &str = "join as an operator";
    let data_dir = Basics::resolve(&args.config, data_dir, Vec::new())?.data_dir;
    let token = args.token.parse::<Token>().map_err(|error| {
        Failure::usage("use the token", error, "`plumbline operators add` at the coordinator makes another one")
    })?;
    let Scope::Operator { name, role } = &token.scope else {
        return Err(Failure::usage(
            ATTEMPT,
            "the token is one for an agent",
            "use it with `plumbline agent --join TOKEN`; `plumbline operators add` makes one for an operator",
        ));
    };
    if Store::path_in(&data_dir).try_exists().unwrap_or(true) {
        return Err(Failure::usage(
            ATTEMPT,
            format!("{} has a store of its own, which its commands are about", data_dir.display()),
            "name another --data-dir; on the coordinator's machine nobody has to join",
        ));
    }
    Store::create_directory(&data_dir)
        .or_fail(format!("make {}", data_dir.display()), "name another --data-dir, or set the rights of this one")?;
    let joined = member::join(&token, &elsewhere::path_in(&data_dir)).await;
    let (_, address) = joined.map_err(|error| not_joined(&token, &error, "plumbline operators add"))?;
    say(format_args!("plumbline: joined {address} as {name}, {role}; the certificate renews itself when it is used"));
    Ok(Outcome::Done)
}

fn list(data_dir: &Path, format: StoreFormat) -> Result<Outcome> {
    let operators = open_store(data_dir)?.operators().map_err(|error| store_failure(&error))?;
    let now = clock::instant();
    terminal::print(|out| operators.iter().try_for_each(|operator| line(out, operator, format, now)))?;
    if operators.is_empty() && format == StoreFormat::Table {
        say("there are no operators: `plumbline operators add` adds one");
    }
    Ok(Outcome::Done)
}

/// What an operator is, in a word.
fn state(known: &KnownOperator, now: SystemTime) -> &'static str {
    match &known.revoked {
        Some(_) => "revoked",
        None if known.operator.joined.is_empty() => "added",
        None if are_over(&known.operator.certificates, now) => "expired",
        None => "good",
    }
}

fn line(out: &mut impl Write, known: &KnownOperator, format: StoreFormat, now: SystemTime) -> io::Result<()> {
    let (operator, state) = (&known.operator, state(known, now));
    if format == StoreFormat::Ndjson {
        let line = serde_json::json!({
            "name": operator.name, "role": operator.role, "state": state, "added": operator.added,
            "added_by": operator.by, "joined": operator.joined, "token": operator.token, "build": operator.build,
            "certificates": listed(&operator.certificates),
            "revoked_since": known.revoked.as_ref().map(|ban| &ban.since),
            "revoked_by": known.revoked.as_ref().map(|ban| &ban.by),
            "revoke_reason": known.revoked.as_ref().map(|ban| &ban.reason),
        });
        return writeln!(out, "{line}");
    }
    let joined = if operator.joined.is_empty() { "never" } else { &operator.joined };
    let (role, by) = (&operator.role, printable(&operator.by));
    writeln!(out, "{}  {role:<8}  {state:<7}  joined {joined:<20}  added {} by {by}", operator.name, operator.added)
}
