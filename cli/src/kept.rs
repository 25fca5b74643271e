//! A kept night, and the part of it that somebody asked for: opens it, holds what was named against what there is, and
//! walks it place by place. Nothing is called.

mod not_read;

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use plumbline_baseline::glob::glob;
use plumbline_baseline::pack::collector::{ResourceType, Scope};
use plumbline_baseline::{Unread, UnreadReason};
use plumbline_coordinator::plan::GLOBAL;
use plumbline_coordinator::read::inventory::{Inventory, Listing, Moment, Place};
use plumbline_coordinator::report::filter::{Filter, Names};
use plumbline_coordinator::store::{Store, shortcoming};

use crate::args::{LATEST, NightOptions};
use crate::config::names;
use crate::failure::{Failure, Result, did_you_mean};
use crate::pack::Pack;
use crate::results::{Stop, find_scan, store_failure};
use crate::rows::refused;
use crate::terminal::{Reader, print, say};

pub(crate) use not_read::NotRead;

/// Accounts that a note names.
const NAMED: usize = 5;

/// Which part of a night is asked for: everything where nothing is given.
#[derive(Debug, Default)]
pub(crate) struct Part {
    /// Accounts.
    pub(crate) accounts: Vec<String>,
    /// Regions.
    pub(crate) regions: Vec<String>,
    /// Types, and patterns of them.
    pub(crate) types: Vec<String>,
}

/// A night, and what is asked for of it.
pub(crate) struct Kept {
    inventory: Inventory,
    part: Part,
    /// The types; all that there are where none was asked for.
    types: BTreeSet<String>,
    is_every_type: bool,
}

/// What a walk comes to.
pub(crate) enum Told<'a> {
    /// The next account and Region.
    Place,
    /// There is nothing of it, for this reason.
    Nothing(&'a Unread),
    /// A type of it.
    Listing(Listing),
}

impl Kept {
    /// Opens a night, the latest where none is named.
    ///
    /// # Errors
    /// When there is no such night, or something that was named is not in it: a typing mistake must not look like nothing.
    pub(crate) fn open(store: &Store, night: &NightOptions, part: Part, pack: &Pack) -> Result<Self> {
        let inventory = match &night.at {
            Some(date) => at(store, date)?,
            None => of_scan(store, night.scan.as_deref().unwrap_or(LATEST))?,
        };
        let list = |given| names(given, Vec::new());
        let part = Part { accounts: list(part.accounts), regions: list(part.regions), types: list(part.types) };
        let only = |names: &[String]| Names { only: names.to_vec(), except: Vec::new() };
        let filter = Filter { accounts: only(&part.accounts), regions: only(&part.regions), ..Filter::default() };
        filter.check(&inventory.known()).map_err(|unknown| refused(&unknown))?;
        say_left_out(&inventory, &part);
        let known = inventory.type_names().chain(pack.inner().resource_types().map(|each| &*each.declared.name));
        let known: BTreeSet<String> = known.map(str::to_owned).collect();
        let (types, is_every_type) = (types(&part.types, known)?, part.types.is_empty());
        Ok(Self { inventory, part, types, is_every_type })
    }

    /// The types that are asked for.
    pub(crate) fn types(&self) -> &BTreeSet<String> {
        &self.types
    }

    /// Whether every place was read with this pack.
    pub(crate) fn is_of(&self, pack: &Pack) -> bool {
        self.inventory.places().iter().all(|place| place.scan.pack_digest() == pack.digest())
    }

    /// Prints what a function makes of each place and type.
    ///
    /// # Errors
    /// When the store fails, or the output does.
    pub(crate) fn print(
        &self,
        pack: &Pack,
        mut write: impl FnMut(&mut dyn io::Write, &Place, Told<'_>) -> io::Result<()>,
    ) -> Result<Reader> {
        let mut failed = None;
        let reader = print(|out| match self.walk(pack, &mut |place, told| Ok(write(out, place, told)?)) {
            Ok(()) => Ok(()),
            Err(Stop::Output(error)) => Err(error),
            Err(Stop::Store(error)) => {
                failed = Some(error);
                Ok(())
            }
            Err(Stop::Enough) => Ok(()),
        })?;
        failed.map_or(Ok(reader), |error| Err(store_failure(&error)))
    }

    fn walk(
        &self,
        pack: &Pack,
        visit: &mut dyn FnMut(&Place, Told<'_>) -> std::result::Result<(), Stop>,
    ) -> std::result::Result<(), Stop> {
        let is_in = |names: &[String], name: &str| names.is_empty() || names.iter().any(|each| each == name);
        let places =
            self.inventory.places().iter().filter(|place| {
                is_in(&self.part.accounts, place.account_id()) && is_in(&self.part.regions, &place.region)
            });
        for place in places {
            visit(place, Told::Place)?;
            let mut left = self.expected(place, pack);
            let wants = |name: &str| self.is_every_type || self.types.contains(name);
            let nothing = self.inventory.visit(place, wants, |listing| {
                left.remove(&*listing.type_name);
                visit(place, Told::Listing(listing))
            })?;
            match nothing {
                Some(why) => visit(place, Told::Nothing(&why))?,
                None => left.iter().try_for_each(|name| visit(place, Told::Listing(not_collected(name))))?,
            }
        }
        Ok(())
    }

    /// The types that were asked for by name and live in a place.
    fn expected<'a>(&'a self, place: &Place, pack: &Pack) -> BTreeSet<&'a str> {
        let lives = |name: &&str| pack.inner().resource_type(name).is_some_and(|known| lives(&known.declared, place));
        let asked = self.types.iter().filter(|_| !self.is_every_type).map(String::as_str);
        asked.filter(lives).collect()
    }
}

/// The state at a moment.
fn at(store: &Store, date: &str) -> Result<Inventory> {
    let attempt = format!("find the state at {date}");
    let moment = Moment::parse(date.trim()).ok_or_else(|| {
        let next_step = "write a day as 2026-11-20, or a moment as 2026-11-20T02:15:00Z";
        Failure::usage(&attempt, "it is neither a day nor a moment", next_step)
    })?;
    let found = Inventory::at(store, moment).map_err(|error| store_failure(&error))?;
    found.ok_or_else(|| {
        let next_step = "`plumbline scans list` shows what is kept: name a later day";
        Failure::usage(&attempt, "nothing that is kept was scanned by then", next_step)
    })
}

/// What a scan found; says what it is not.
fn of_scan(store: &Store, wanted: &str) -> Result<Inventory> {
    let scan = find_scan(store, wanted)?;
    let heads = store.scans().map_err(|error| store_failure(&error))?;
    let head = heads.iter().find(|each| each.id == scan).and_then(|each| each.head.as_ref().ok());
    if let Some(shortcoming) = head.and_then(shortcoming) {
        say(format_args!("note: scan {scan} {shortcoming}"));
    }
    let found = Inventory::of_scan(store, &scan).map_err(|error| store_failure(&error))?;
    found.ok_or_else(|| store_failure(&plumbline_coordinator::store::Error::Damaged { what: "scan" }))
}

/// Says which accounts the scan did not mean to read: they are in nothing that is printed.
fn say_left_out(inventory: &Inventory, part: &Part) {
    let wanted = |account: &str| part.accounts.is_empty() || part.accounts.iter().any(|each| each == account);
    let left_out: Vec<_> = inventory.left_out().iter().filter(|(account, _)| wanted(account)).collect();
    if left_out.is_empty() {
        return;
    }
    let named = |(account, why): &&(String, String)| match why.as_str() {
        "" => account.clone(),
        why => format!("{account} ({why})"),
    };
    let shown: Vec<String> = left_out.iter().take(NAMED).map(named).collect();
    let more = if left_out.len() > NAMED { ", …" } else { "" };
    say(format_args!("note: left out by the scan: {}{more}; {} in all", shown.join(", "), left_out.len()));
}

/// The types that names and patterns stand for.
fn types(asked: &[String], known: BTreeSet<String>) -> Result<BTreeSet<String>> {
    if asked.is_empty() {
        return Ok(known);
    }
    let mut found = BTreeSet::new();
    for wanted in asked {
        let before = found.len();
        found.extend(known.iter().filter(|name| glob(name, wanted)).cloned());
        if found.len() == before && !known.iter().any(|name| glob(name, wanted)) {
            let suggestion = did_you_mean(wanted, known.iter().map(String::as_str));
            let cause = format!("--type {wanted}: there is no such resource type{suggestion}");
            let next_step = "see `plumbline types`, with --pack for one of your own";
            return Err(Failure::usage("choose resource types", cause, next_step));
        }
    }
    Ok(found)
}

/// Whether things of a type are collected in a place.
fn lives(declared: &ResourceType, place: &Place) -> bool {
    let is_global = &*place.region == GLOBAL;
    let is_here = match declared.scope {
        Scope::Regional => !is_global,
        Scope::Global => is_global,
        Scope::Organization => is_global && place.is_management(),
        Scope::Findings => false,
    };
    is_here && declared.is_in(place.scan.partition())
}

/// A type that was asked for and of which a night says nothing.
fn not_collected(name: &str) -> Listing {
    let detail = "the scan did not collect it: no control that it ran reads it";
    let unread = Some(Arc::new(Unread::new(UnreadReason::NotRun, "", detail)));
    Listing { type_name: name.into(), documents: Vec::new(), unread, has_changing: false }
}
