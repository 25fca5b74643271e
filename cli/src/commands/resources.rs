//! `plumbline resources`: which resources there were on a kept night, by type, place, tag, ARN and what members are. What
//! was not read is named beside what was found: it may be what is looked for.

mod members;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

use plumbline_baseline::Doc;
use plumbline_coordinator::read::inventory::{Listing, Place};
use plumbline_coordinator::read::search::{About, Answer, Condition, MemberPath, Search, Tag, Undecided};
use plumbline_coordinator::report::{counted, printable};
use plumbline_coordinator::store::StoredDocument;
use serde_json::json;

use crate::args::{LineFormat, ResourcesArgs};
use crate::config::{Basics, names};
use crate::exit::Outcome;
use crate::failure::{Failure, Result};
use crate::kept::{Kept, NotRead, Part, Told};
use crate::pack::Pack;
use crate::results::open_store;
use crate::terminal::{self, Reader};

/// How much of a value a table shows.
const SHOWN: usize = 160;
/// Resources that cannot be decided, of one type in one place: so many are named.
const NAMED: usize = 10;

/// Prints what is found.
pub(crate) fn run(args: ResourcesArgs, data_dir: Option<PathBuf>) -> Result<Outcome> {
    let place = Basics::resolve(&args.pack.config, data_dir, args.pack.pack)?;
    let pack = Pack::load(&place.pack)?;
    let search = search(&args.tags, &args.conditions, args.arn)?;
    let mut shown: Vec<MemberPath> = search.members.iter().map(|condition| condition.path.clone()).collect();
    for text in names(args.members, Vec::new()) {
        let path = MemberPath::parse(&text).map_err(|error| wrong(&error))?;
        if !shown.contains(&path) {
            shown.push(path);
        }
    }
    let part = Part { accounts: args.accounts, regions: args.regions, types: args.types };
    let kept = Kept::open(&open_store(&place.data_dir)?, &args.night, part, &pack)?;
    members::check(&shown, &kept, &pack)?;
    let mut finder = Finder { search, shown, pack: &pack, format: args.format, found: 0, not_read: NotRead::default() };
    if kept.print(&pack, |out, place, told| finder.write(out, place, told))? == Reader::Left {
        return Ok(Outcome::Done);
    }
    finder.end()
}

fn search(tags: &[String], conditions: &[String], arn: Option<String>) -> Result<Search> {
    let tag = |text: &String| {
        Tag::parse(text).ok_or_else(|| {
            Failure::usage("search by tag", format!("--tag {text} has no key"), "write --tag KEY or --tag KEY=VALUE")
        })
    };
    let condition = |text: &String| Condition::parse(text).map_err(|error| wrong(&error));
    Ok(Search {
        arn: arn.filter(|text| !text.is_empty()),
        tags: tags.iter().map(tag).collect::<Result<_>>()?,
        members: conditions.iter().map(condition).collect::<Result<_>>()?,
    })
}

fn wrong(error: &dyn std::error::Error) -> Failure {
    let next_step = "`plumbline types TYPE` lists the members; a name with a dot in it stands in quotation marks";
    Failure::usage("search by member", error, next_step)
}

/// Looks at every resource, and writes what is found.
struct Finder<'a> {
    search: Search,
    shown: Vec<MemberPath>,
    pack: &'a Pack,
    format: LineFormat,
    found: u64,
    not_read: NotRead,
}

impl Finder<'_> {
    fn write(&mut self, out: &mut dyn Write, place: &Place, told: Told<'_>) -> io::Result<()> {
        match told {
            Told::Place => Ok(()),
            Told::Nothing(why) => {
                self.not_read.place(place, why);
                self.unread(out, place, &json!({ "unread": why }))
            }
            Told::Listing(listing) => self.listing(out, place, listing),
        }
    }

    fn listing(&mut self, out: &mut dyn Write, place: &Place, listing: Listing) -> io::Result<()> {
        let Listing { type_name, documents, unread, has_changing } = listing;
        let declared = self.pack.inner().resource_type(&type_name).map(|known| &*known.declared);
        let about = About { declared, has_changing };
        let mut undecided: BTreeMap<Undecided, (u64, Vec<String>)> = BTreeMap::new();
        for resource in documents {
            match self.search.decide(&resource, about) {
                Answer::No => {}
                Answer::Yes => {
                    self.found += 1;
                    self.resource(out, place, &type_name, &resource, about)?;
                }
                Answer::Unknown(why) => {
                    let (count, named) = undecided.entry(why).or_default();
                    *count += 1;
                    named.extend((named.len() < NAMED).then_some(resource.id));
                }
            }
        }
        if let Some(why) = unread {
            self.not_read.listing(place, &type_name, &why);
            self.unread(out, place, &json!({ "type": &*type_name, "unread": &*why }))?;
        }
        for (Undecided { member, why }, (count, named)) in undecided {
            self.not_read.undecided(place, &type_name, &member, &why, count);
            let undecided = json!({ "member": member, "why": why, "resources": count, "arns": named });
            self.unread(out, place, &json!({ "type": &*type_name, "undecided": undecided }))?;
        }
        Ok(())
    }

    fn resource(
        &self,
        out: &mut dyn Write,
        place: &Place,
        type_name: &str,
        resource: &StoredDocument,
        about: About<'_>,
    ) -> io::Result<()> {
        let members = self.shown.iter().map(|path| (path.to_string(), path.shown(&resource.document, about)));
        let (account, region) = (place.account_id(), &*place.region);
        if self.format == LineFormat::Table {
            // Whole and last in its line, however long: an ARN that is cut cannot be copied.
            writeln!(out, "{account:<12}  {region:<14}  {:<34}  {}", printable(type_name), printable(&resource.id))?;
            return members.into_iter().try_for_each(|(path, value)| writeln!(out, "    {path} = {}", cell(&value)));
        }
        let members: serde_json::Map<String, serde_json::Value> =
            members.map(|(path, value)| Ok((path, serde_json::to_value(value)?))).collect::<io::Result<_>>()?;
        let line = json!({
            "scan": place.scan.id(), "account": account, "region": region, "type": type_name, "arn": resource.id,
            "members": members,
        });
        writeln!(out, "{line}")
    }

    /// A line of what was not looked at, for machines; people are told at the end.
    fn unread(&self, out: &mut dyn Write, place: &Place, what: &serde_json::Value) -> io::Result<()> {
        if self.format == LineFormat::Table {
            return Ok(());
        }
        let mut line = json!({ "scan": place.scan.id(), "account": place.account_id(), "region": &*place.region });
        if let (Some(line), Some(what)) = (line.as_object_mut(), what.as_object()) {
            line.extend(what.clone());
        }
        writeln!(out, "{line}")
    }

    fn end(self) -> Result<Outcome> {
        if self.format == LineFormat::Table {
            terminal::print(|out| writeln!(out, "{}", counted(self.found, "resource")))?;
        }
        self.not_read.say();
        Ok(self.not_read.outcome())
    }
}

/// A value in a table.
fn cell(value: &Doc) -> String {
    let text = printable(&value.to_json()).into_owned();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
