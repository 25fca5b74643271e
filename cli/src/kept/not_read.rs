//! What a walk over a kept night could not look at: counted, and the first of each kind named, so that what was not read is
//! never taken for nothing.

use plumbline_baseline::Unread;
use plumbline_coordinator::read::inventory::Place;
use plumbline_coordinator::report::counted;

use crate::exit::Outcome;
use crate::terminal::say;

/// How many of a kind are named.
const NAMED: usize = 10;

/// What could not be looked at.
#[derive(Debug, Default)]
pub(crate) struct NotRead {
    places: Kind,
    listings: Kind,
    resources: Kind,
}

#[derive(Debug, Default)]
struct Kind {
    count: u64,
    named: Vec<String>,
}

impl Kind {
    fn add(&mut self, count: u64, what: impl FnOnce() -> String) {
        self.count = self.count.saturating_add(count);
        if self.named.len() < NAMED {
            self.named.push(what());
        }
    }

    fn say(&self, noun: &str, what: &str) {
        if self.count == 0 {
            return;
        }
        say(format_args!("warning: {} {what}:", counted(self.count, noun)));
        self.named.iter().for_each(|each| say(format_args!("  {each}")));
        if self.named.len() == NAMED && self.count > NAMED as u64 {
            say(format_args!("  … ({})", MORE));
        }
    }
}

const MORE: &str = "--format ndjson has all of them; narrow it down with --accounts, --regions and --type";

impl NotRead {
    /// Nothing of an account and Region.
    pub(crate) fn place(&mut self, place: &Place, why: &Unread) {
        self.places.add(1, || format!("{}/{}: {why}", place.account_id(), place.region));
    }

    /// A type that was not listed to its end.
    pub(crate) fn listing(&mut self, place: &Place, type_name: &str, why: &Unread) {
        self.listings.add(1, || format!("{type_name} in {}/{}: {why}", place.account_id(), place.region));
    }

    /// Resources of which nobody can tell whether they are what is looked for.
    pub(crate) fn undecided(&mut self, place: &Place, type_name: &str, member: &str, why: &str, count: u64) {
        self.resources.add(count, || {
            let what = counted(count, "resource");
            format!("{what} of {type_name} in {}/{}: {member}: {why}", place.account_id(), place.region)
        });
    }

    /// Says what it was.
    pub(crate) fn say(&self) {
        self.places.say("place", "of which nothing is kept");
        self.listings.say("listing", "not complete");
        self.resources.say("resource", "that may match, and cannot be decided");
    }

    /// How a command ends that looked at everything else.
    pub(crate) fn outcome(&self) -> Outcome {
        let all = [&self.places, &self.listings, &self.resources];
        if all.iter().any(|kind| kind.count > 0) { Outcome::Incomplete } else { Outcome::Done }
    }
}
