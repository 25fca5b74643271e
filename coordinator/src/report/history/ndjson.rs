//! Histories as NDJSON: one object a line, `kind` says which. Field names and their order are part of it.

use std::io::{self, Write};

use serde::Serialize;

use super::super::difference::Turn;
use super::super::difference::ndjson::{self, StandLine};
use super::{Failing, NightTally, ResourceHistory};

/// Writes a resource: what it is, how controls stand on it, and what happened, a line each.
///
/// # Errors
/// When the writer fails.
pub fn write_resource(writer: &mut impl Write, history: &ResourceHistory) -> io::Result<()> {
    let at = &history.at;
    line(
        writer,
        &Line::ResourceHistory {
            account: &at.account,
            region: &at.region,
            resource: &at.resource,
            resource_type: &at.resource_type,
            presence: history.presence.as_str(),
            presence_since: history.presence.since(),
            first_seen: &history.first_seen,
            last_seen: &history.last_seen,
        },
    )?;
    for standing in &history.standings {
        line(
            writer,
            &Line::Standing {
                account: &at.account,
                region: &at.region,
                resource: &at.resource,
                resource_type: &at.resource_type,
                control: &standing.control,
                title: &standing.title,
                severity: standing.severity.as_str(),
                stand: StandLine::from(&standing.stand),
                first_seen: &standing.first_seen,
                fails: standing.fails,
            },
        )?;
    }
    for event in &history.events {
        ndjson::write(writer, &event.difference, &OfNight { scan: &event.scan, on: &event.on })?;
    }
    Ok(())
}

/// Writes something on which a control fails.
///
/// # Errors
/// When the writer fails.
pub fn write_failing(writer: &mut impl Write, control: &str, failing: &Failing) -> io::Result<()> {
    let at = &failing.at;
    let line_of = Line::Failing {
        account: &at.account,
        region: &at.region,
        resource: &at.resource,
        resource_type: &at.resource_type,
        control,
        stand: StandLine::from(&failing.stand),
        fails: failing.fails,
    };
    line(writer, &line_of)
}

/// Writes what a night changed of a control.
///
/// # Errors
/// When the writer fails.
pub fn write_night(writer: &mut impl Write, control: &str, night: &NightTally) -> io::Result<()> {
    let of = |turn| night.turns.get(&turn).copied().unwrap_or_default();
    let line_of = Line::Night {
        control,
        scan: &night.scan,
        on: &night.on,
        accounts: night.accounts,
        new: of(Turn::New),
        reopened: of(Turn::Reopened),
        fixed: of(Turn::Fixed),
        closed: of(Turn::Closed),
        lost: of(Turn::Lost),
        decided: of(Turn::Decided),
        changed: of(Turn::Changed),
    };
    line(writer, &line_of)
}

fn line(writer: &mut impl Write, line: &Line<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *writer, line)?;
    writer.write_all(b"\n")
}

/// The night on which something happened.
#[derive(Serialize)]
struct OfNight<'a> {
    scan: &'a str,
    on: &'a str,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Line<'a> {
    ResourceHistory {
        account: &'a str,
        region: &'a str,
        resource: &'a str,
        resource_type: &'a str,
        presence: &'static str,
        presence_since: &'a str,
        first_seen: &'a str,
        last_seen: &'a str,
    },
    Standing {
        account: &'a str,
        region: &'a str,
        resource: &'a str,
        resource_type: &'a str,
        control: &'a str,
        title: &'a str,
        severity: &'static str,
        #[serde(flatten)]
        stand: StandLine<'a>,
        first_seen: &'a str,
        fails: u32,
    },
    Failing {
        account: &'a str,
        region: &'a str,
        resource: &'a str,
        resource_type: &'a str,
        control: &'a str,
        #[serde(flatten)]
        stand: StandLine<'a>,
        fails: u32,
    },
    Night {
        control: &'a str,
        scan: &'a str,
        on: &'a str,
        accounts: u64,
        new: u64,
        reopened: u64,
        fixed: u64,
        closed: u64,
        lost: u64,
        decided: u64,
        changed: u64,
    },
}
