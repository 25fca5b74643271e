//! A snapshot from the store: the lines of the live one, for every account and Region of a night that is asked for. What
//! was not delivered that night has a line that says so.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use plumbline_baseline::resource::Resource;
use plumbline_coordinator::read::inventory::{Listing, Place};

use crate::args::SnapshotArgs;
use crate::exit::Outcome;
use crate::failure::{Failure, Result};
use crate::kept::{Kept, NotRead, Part, Told};
use crate::pack::Pack;
use crate::results::open_store;
use crate::snapshot_lines::{complete_line, incomplete_line, nothing_line, resource_line, stored_account_line};
use crate::terminal::Reader;

/// Prints the documents of a night.
pub(super) fn print(args: SnapshotArgs, data_dir: &Path, pack: &Pack) -> Result<Outcome> {
    refuse_calls(&args)?;
    let part = Part { accounts: args.accounts, regions: args.regions, types: args.types };
    let kept = Kept::open(&open_store(data_dir)?, &args.night, part, pack)?;
    let mut lines = Lines::default();
    let reader = kept.print(pack, |out, place, told| lines.write(out, place, told))?;
    if reader == Reader::Left {
        return Ok(Outcome::Done);
    }
    lines.not_read.say();
    Ok(lines.not_read.outcome())
}

/// Options that say how to reach AWS promise a call that is not made. What the environment has is for other commands.
fn refuse_calls(args: &SnapshotArgs) -> Result<()> {
    let given = [
        ("--role", &args.role, "PLUMBLINE_ROLE"),
        ("--external-id", &args.external_id, "PLUMBLINE_EXTERNAL_ID"),
        ("--endpoint-url", &args.endpoint_url, ""),
    ];
    let is_typed = |value: &Option<String>, variable: &str| {
        value.is_some() && (variable.is_empty() || std::env::var(variable).ok() != *value)
    };
    match given.into_iter().find(|(_, value, variable)| is_typed(value, variable)) {
        Some((option, ..)) => Err(Failure::usage(
            "take a snapshot from the store",
            format!("{option} says how to reach AWS, and with --scan or --at nothing is called"),
            format!("leave {option} out; or leave --scan and --at out, for what AWS says now"),
        )),
        None => Ok(()),
    }
}

/// Writes the lines.
#[derive(Default)]
struct Lines {
    not_read: NotRead,
}

impl Lines {
    fn write(&mut self, out: &mut dyn Write, place: &Place, told: Told<'_>) -> io::Result<()> {
        let (account, region) = (place.account_id(), &*place.region);
        match told {
            Told::Place => {
                let line = stored_account_line(account, region, &place.about(), place.scan.id(), place.read());
                writeln!(out, "{line}")
            }
            Told::Nothing(why) => {
                self.not_read.place(place, why);
                writeln!(out, "{}", nothing_line(account, region, why))
            }
            Told::Listing(listing) => self.listing(out, place, listing),
        }
    }

    fn listing(&mut self, out: &mut dyn Write, place: &Place, listing: Listing) -> io::Result<()> {
        let (account, region, type_name) = (place.account_id(), &*place.region, listing.type_name);
        for stored in listing.documents {
            let resource = Resource { type_name: Arc::clone(&type_name), arn: stored.id, doc: stored.document };
            writeln!(out, "{}", resource_line(account, region, &resource))?;
        }
        match listing.unread {
            Some(why) => {
                self.not_read.listing(place, &type_name, &why);
                writeln!(out, "{}", incomplete_line(account, region, &type_name, &why))
            }
            None => writeln!(out, "{}", complete_line(account, region, &type_name)),
        }
    }
}
