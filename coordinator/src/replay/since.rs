//! Night after night: since when a control has stood as it does on each resource, also on nights on which nobody asked it.
//!
//! What a night did not change is not asked again: where nothing that the controls read was another thing than on the night
//! before, what was said then holds.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use plumbline_baseline::plan::reads_of;
use plumbline_baseline::{ScanId, Status};

use super::asked::Asked;
use super::judged::Both;
use super::kinds::Kind;
use super::walk::parallel;
use super::{Place, Question, Replay};
use crate::spec::settings_json;
use crate::store::record::{JobKind, JobState};
use crate::store::{Error, Store};

/// What was found out about some nights.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The nights that were looked at, the oldest first.
    pub nights: Vec<Night>,
    /// Scans that kept no documents, since they ran a part of the controls.
    pub left_out: Vec<ScanId>,
    /// How often an account and Region was evaluated, and how often it was as on the night before.
    pub evaluated: u64,
    /// How often nothing had changed.
    pub unchanged: u64,
    /// Parts of the store that could not be read.
    pub damaged: u64,
    /// By account and Region.
    places: BTreeMap<(Arc<str>, Arc<str>), Known>,
}

/// A night.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Night {
    /// The scan.
    pub scan: ScanId,
    /// When it started, ISO-8601 UTC.
    pub started: Arc<str>,
}

/// How a control stands on a resource, from one night to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spell {
    /// The status.
    pub status: Status,
    /// Why, where it is not decided.
    pub reason: String,
    /// Index of the first night.
    pub from: usize,
    /// Index of the last night.
    pub to: usize,
}

/// A resource, and how a control stood on it.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// Account id.
    pub account: &'a str,
    /// The Region.
    pub region: &'a str,
    /// Control id.
    pub control: &'a str,
    /// ARN; empty for the account and Region as a whole.
    pub resource: &'a str,
    /// Its type.
    pub resource_type: &'a str,
    /// In order; nights between two of them are nights on which it was not there.
    pub spells: &'a [Spell],
}

/// Control, resource, type.
type Name = (Arc<str>, String, String);

/// An account and Region.
#[derive(Clone, Debug, Default)]
struct Known {
    /// What its last evaluation rests on; none where that cannot be told.
    basis: Option<[u8; 32]>,
    /// Index of the last night that was looked at.
    last: usize,
    spells: BTreeMap<Name, Vec<Spell>>,
}

/// What a night says of an account and Region.
enum Said {
    /// The same as the night before.
    Unchanged,
    /// This.
    Rows(Option<[u8; 32]>, Box<Both>),
}

impl History {
    /// Asks a question on these scans, the oldest first.
    ///
    /// # Errors
    /// When the store fails, or a scan's record is damaged.
    pub fn of(store: &Store, scans: &[ScanId], question: &Question) -> Result<Self, Error> {
        let mut history = Self::default();
        for scan in scans {
            let replay = Replay::open(store, scan, question)?.ok_or(Error::Damaged { what: "scan" })?;
            if replay.scan.record.runs_all_controls() {
                history.nights.push(Night { scan: scan.clone(), started: replay.scan.record.started.as_str().into() });
                history.add(&replay)?;
            } else {
                history.left_out.push(scan.clone());
            }
        }
        Ok(history)
    }

    /// Every resource of which something was said.
    pub fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        self.places.iter().flat_map(|((account, region), known)| {
            known.spells.iter().map(move |((control, resource, resource_type), spells)| Line {
                account,
                region,
                control,
                resource,
                resource_type,
                spells,
            })
        })
    }

    fn add(&mut self, replay: &Replay) -> Result<(), Error> {
        let night = self.nights.len() - 1;
        let steady = Steady::of(replay);
        for window in replay.windows() {
            let known = &self.places;
            let results = parallel(window, |place| said(replay, &steady, known, place));
            for (place, said) in window.iter().zip(results) {
                let name = replay.place_name(place)?;
                let known = self.places.entry(name).or_default();
                match said? {
                    Said::Unchanged => {
                        self.unchanged += 1;
                        known.go_on(night);
                    }
                    Said::Rows(basis, both) => {
                        self.evaluated += 1;
                        self.damaged += both.damaged;
                        known.say(night, *both);
                        known.basis = basis;
                    }
                }
                known.last = night;
            }
        }
        Ok(())
    }
}

fn said(
    replay: &Replay,
    steady: &Steady,
    places: &BTreeMap<(Arc<str>, Arc<str>), Known>,
    place: &Place,
) -> Result<Said, Error> {
    let basis = steady.basis(replay, place)?;
    let known = places.get(&replay.place_name(place)?);
    if basis.is_some() && known.is_some_and(|known| known.basis == basis) {
        return Ok(Said::Unchanged);
    }
    Ok(Said::Rows(basis, Box::new(replay.both(place)?)))
}

impl Known {
    /// What stood on the last night stands on this one.
    fn go_on(&mut self, night: usize) {
        let last = self.last;
        let open = self.spells.values_mut().filter_map(|spells| spells.last_mut()).filter(|spell| spell.to == last);
        open.for_each(|spell| spell.to = night);
    }

    /// What is said on this night.
    fn say(&mut self, night: usize, both: Both) {
        let last = self.last;
        // Why there may be resources of which nothing is said, by control and type; all types where that is empty.
        let mut unread: BTreeMap<(Arc<str>, String), String> = BTreeMap::new();
        for ((control, resource_type, resource), said) in both.now {
            for verdict in said.into_iter().map(|said| said.verdict) {
                if matches!(verdict.status, Status::NotApplicable | Status::Manual) {
                    continue;
                }
                if resource.is_empty() && verdict.status == Status::Unknown {
                    unread.insert((Arc::clone(&control), resource_type.clone()), verdict.reason.clone());
                }
                let name = (Arc::clone(&control), resource.clone(), resource_type.clone());
                go_on(self.spells.entry(name).or_default(), (last, night), verdict.status, &verdict.reason);
            }
        }
        for ((control, _, resource_type), spells) in &mut self.spells {
            let why = |of: &str| unread.get(&(Arc::clone(control), of.to_owned()));
            let was_there = spells.last().is_some_and(|spell| spell.to == last && last != night);
            if let Some(reason) = why(resource_type).or_else(|| why("")).filter(|_| was_there) {
                go_on(spells, (last, night), Status::Unknown, reason);
            }
        }
    }
}

/// Adds a night to what was said of a resource, where something was said on the last one.
fn go_on(spells: &mut Vec<Spell>, (last, night): (usize, usize), status: Status, reason: &str) {
    match spells.last_mut().filter(|spell| spell.to == last && spell.status == status && spell.reason == reason) {
        Some(spell) => spell.to = night,
        None => spells.push(Spell { status, reason: reason.to_owned(), from: night, to: night }),
    }
}

/// What can be said of a kind of job without asking, by baseline: whether the same documents always give the same, and what
/// is asked of them.
struct Steady(HashMap<(usize, JobKind), (bool, Vec<u8>)>);

impl Steady {
    fn of(replay: &Replay) -> Self {
        let of = |(baseline, asked): (usize, &Asked)| {
            let kinds = asked.kinds.iter();
            let steady = kinds.map(|(kind, of)| ((baseline, *kind), (is_steady(replay, of), question(asked, of))));
            steady.collect::<Vec<_>>()
        };
        Self(replay.asked.iter().enumerate().flat_map(of).collect())
    }

    /// What the verdicts on a job rest on; `None` where that is more than what is stored.
    fn basis(&self, replay: &Replay, place: &Place) -> Result<Option<[u8; 32]>, Error> {
        let of_kind = self.0.get(&(replay.baseline_of(place.record.account), place.kind));
        let Some((_, question)) = of_kind.filter(|(is_steady, _)| *is_steady) else { return Ok(None) };
        if place.record.state() != JobState::Committed {
            return Ok(None);
        }
        let record = &replay.scan.record;
        let Some(account) = record.accounts.get(place.record.account as usize) else { return Ok(None) };
        let mut hasher = blake3::Hasher::new();
        let mut part = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_be_bytes()).update(bytes);
        };
        part(&record.premises);
        part(question);
        part(&facts(account));
        for text in [&record.partition, &record.organization, &record.management_account, &record.pack_digest] {
            part(text.as_bytes());
        }
        let types = &replay.kind_of(place).types;
        let global = replay.global_of(place);
        part(&[u8::from(global.is_some())]);
        for (place, is_joined) in std::iter::once((place, false)).chain(global.map(|place| (place, true))) {
            let wanted = types.iter().filter(|wanted| wanted.is_joined == is_joined);
            let wanted: Vec<&str> = wanted.map(|wanted| &*wanted.declared.name).collect();
            if wanted.is_empty() {
                continue;
            }
            for changed in replay.store.last_changes(&replay.scope(&place.record)?, &wanted, record.night)? {
                part(&changed.to_be_bytes());
            }
        }
        Ok(Some(*hasher.finalize().as_bytes()))
    }
}

/// The controls that are asked in a kind of job, and with which settings: a baseline may have others on another night.
fn question(asked: &Asked, of: &Kind) -> Vec<u8> {
    let settings = |id: &Arc<str>| asked.controls.get(id).map(|control| settings_json(&control.settings));
    format!("{:?}", of.controls.iter().map(|id| (id, settings(id))).collect::<Vec<_>>()).into_bytes()
}

/// What expressions know of an account: all that its record says, but for how it is entered.
fn facts(account: &crate::store::record::Account) -> Vec<u8> {
    let mut tags: Vec<_> = account.tags.iter().collect();
    let mut unread: Vec<_> = account.unread.iter().collect();
    tags.sort();
    unread.sort();
    format!("{:?}", (&account.id, &account.name, &account.ou, &account.tags_unread, tags, unread)).into_bytes()
}

/// Whether what the controls of a kind say depends on nothing but documents that are kept: not on the time, and on nothing
/// that changes by itself.
fn is_steady(replay: &Replay, asked: &Kind) -> bool {
    asked.controls.iter().filter_map(|id| replay.pack.control(id)).all(|control| {
        let mut programs = control.programs();
        let judged = control.declared.values().filter_map(|compiled| compiled.judged.as_ref());
        let is_timeless =
            programs.all(|program| !program.reads().now) && judged.into_iter().all(|each| !each.reads().now);
        let reads = reads_of(&replay.pack, control);
        let is_stable = |wanted: &super::kinds::Wanted| {
            let Some(members) = reads.get(&*wanted.declared.name) else { return true };
            let mut volatile = wanted.lost.members.keys().chain(&wanted.declared.volatile);
            !members.contains(plumbline_baseline::plan::ALL)
                && volatile.all(|path| !members.contains(plumbline_baseline::pack::first_member(path)))
        };
        is_timeless && asked.types.iter().all(is_stable)
    })
}
