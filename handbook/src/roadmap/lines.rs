//! The roadmap for machines: one object for the organization, each unit and each account. Text stays as it is.

use std::io::{self, Write};

use serde::Serialize;

use super::next::{NextStep, Part};
use super::place::Place;
use super::progress::{Counts, Placed, Progress};
use super::scope::Scope;
use super::{LEVELS, Roadmap};

/// How far something is.
#[derive(Serialize)]
struct Line<'a> {
    kind: &'static str,
    scan: &'a str,
    started: &'a str,
    id: &'a str,
    name: &'a str,
    ou: &'a str,
    level: u8,
    level_once_confirmed: u8,
    accounts: u64,
    accounts_by_level: [u64; LEVELS.len() + 1],
    accounts_left_out: u64,
    is_whole: bool,
    processes: u64,
    done: u64,
    attested: u64,
    under_way: u64,
    open: u64,
    blocked: u64,
    unknown: u64,
    unconfirmed: u64,
    places: u64,
    places_done: u64,
    steps: u64,
    steps_done: u64,
    next: Vec<Next<'a>>,
    process_list: Vec<OfProcess<'a>>,
    open_for_organization: Vec<&'a str>,
}

#[derive(Serialize)]
struct Next<'a> {
    process: &'a str,
    step: &'a str,
    title: &'a str,
    action: &'static str,
    accounts: u64,
    controls: Vec<OfControl<'a>>,
    effort: &'static str,
    value: f64,
    after: &'a [&'a str],
}

#[derive(Serialize)]
struct OfControl<'a> {
    control: &'a str,
    severity: &'static str,
    accounts: u64,
}

#[derive(Serialize)]
struct OfProcess<'a> {
    process: &'a str,
    level: u8,
    state: &'static str,
    done_in: u64,
    of: u64,
    steps: Steps,
    waits_for: &'a [&'a str],
}

#[derive(Serialize)]
struct Steps {
    done: u64,
    attested: u64,
    open: u64,
    unknown: u64,
    unconfirmed: u64,
}

impl Roadmap<'_> {
    /// Writes a line for the organization, one for each unit and one for each account.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn write_lines(&self, writer: &mut impl Write) -> io::Result<()> {
        self.write_line(writer, &self.organization())?;
        for unit in self.units() {
            self.write_line(writer, &self.unit(&unit))?;
        }
        for (account, _) in self.standing.accounts() {
            self.write_line(writer, &self.account(account))?;
        }
        Ok(())
    }

    /// Writes one line.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn write_line(&self, writer: &mut impl Write, scope: &Scope<'_>) -> io::Result<()> {
        serde_json::to_writer(&mut *writer, &self.line(scope))?;
        writer.write_all(b"\n")
    }

    /// The same as one document: the organization, the units and the accounts.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn write_document(&self, writer: &mut impl Write) -> io::Result<()> {
        writer.write_all(b"{\"organization\":")?;
        serde_json::to_writer(&mut *writer, &self.line(&self.organization()))?;
        let units: Vec<Scope<'_>> = self.units().iter().map(|unit| self.unit(unit)).collect();
        self.write_list(writer, "units", units)?;
        let accounts: Vec<String> = self.standing.accounts().map(|(id, _)| id.to_string()).collect();
        self.write_list(writer, "accounts", accounts.iter().map(|id| self.account(id)))?;
        writer.write_all(b"}\n")
    }

    fn write_list<'s>(
        &self,
        writer: &mut impl Write,
        name: &str,
        scopes: impl IntoIterator<Item = Scope<'s>>,
    ) -> io::Result<()> {
        write!(writer, ",\n\"{name}\":[")?;
        for (index, scope) in scopes.into_iter().enumerate() {
            writer.write_all(if index > 0 { b",\n" } else { b"" })?;
            serde_json::to_writer(&mut *writer, &self.line(&scope))?;
        }
        writer.write_all(b"]")
    }

    fn line<'a>(&'a self, scope: &'a Scope<'_>) -> Line<'a> {
        let is_organization = scope.place == Place::Organization;
        let (kind, id, name, ou) = match &scope.place {
            Place::Organization => ("organization", "", "", ""),
            Place::Unit(path) => ("unit", path.as_str(), path.rsplit('/').next().unwrap_or_default(), path.as_str()),
            Place::Account(id) => ("account", &**id, self.standing.name(id), self.standing.unit(id)),
        };
        Line {
            kind,
            scan: &self.standing.scan,
            started: &self.standing.taken,
            id,
            name,
            ou,
            level: scope.level,
            level_once_confirmed: scope.level_once_confirmed,
            accounts: scope.accounts,
            accounts_by_level: scope.accounts_by_level,
            accounts_left_out: if is_organization { self.standing.left_out } else { 0 },
            is_whole: self.standing.is_whole || !is_organization,
            processes: scope.processes.len() as u64,
            done: scope.count(Progress::Done),
            attested: scope.attested(),
            under_way: scope.count(Progress::UnderWay),
            open: scope.count(Progress::Open),
            blocked: scope.count(Progress::Blocked),
            unknown: scope.count(Progress::Unknown),
            unconfirmed: scope.count(Progress::Unconfirmed),
            places: scope.places,
            places_done: scope.places_done,
            steps: scope.steps,
            steps_done: scope.steps_done,
            next: scope.next.iter().map(Next::from).collect(),
            process_list: scope.processes.iter().map(OfProcess::from).collect(),
            open_for_organization: scope.of_organization.iter().map(|process| process.id.as_str()).collect(),
        }
    }
}

impl<'a> From<&'a NextStep<'_>> for Next<'a> {
    fn from(next: &'a NextStep<'_>) -> Self {
        let control = |part: &'a Part| OfControl {
            control: &part.control,
            severity: part.severity.as_str(),
            accounts: part.accounts,
        };
        Self {
            process: &next.process.id,
            step: &next.step.id,
            title: &next.step.title,
            action: next.action.as_str(),
            accounts: next.accounts,
            controls: next.parts.iter().map(control).collect(),
            effort: next.process.effort.as_str(),
            value: next.value,
            after: &next.after,
        }
    }
}

impl<'a> From<&'a Placed<'_>> for OfProcess<'a> {
    fn from(placed: &'a Placed<'_>) -> Self {
        let Counts { done, attested, unconfirmed, unknown, open } = placed.places;
        Self {
            process: &placed.process.id,
            level: placed.process.level,
            state: placed.progress.as_str(),
            done_in: placed.done_in,
            of: placed.of,
            steps: Steps { done, attested, open, unknown, unconfirmed },
            waits_for: &placed.waits_for,
        }
    }
}
