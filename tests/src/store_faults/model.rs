//! What was acknowledged, in plain maps: what each scan found, and since when each control stands on each resource as it
//! does. Written beside the store's own rules, from what they promise, and sharing no code with them.

use std::collections::BTreeMap;

use plumbline_coordinator::store::Standing;
use plumbline_coordinator::store::record::{Counts, JobState, ScanState};
use plumbline_proto::agent_v1::Status;
use plumbline_tree as tree;

use super::estate::{self, CONTROLS, Found, Night, TYPES};
use super::facts::{self, Facts};

/// How a control stands on a resource.
#[derive(Clone, Copy, Debug)]
struct Stands {
    status: Status,
    standing: Standing,
    decided: Option<Status>,
}

/// A resource.
#[derive(Clone, Debug, Default)]
struct Known {
    version: Option<usize>,
    is_missing: bool,
    rows: BTreeMap<usize, Stands>,
}

/// A type in one account and Region.
#[derive(Clone, Debug, Default)]
struct Type {
    is_complete: bool,
    is_left_out: bool,
    resources: BTreeMap<usize, Known>,
}

/// What is known, and what has to be said.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    pub(super) facts: Facts,
    /// By place and type.
    places: BTreeMap<(usize, usize), Type>,
    counts: BTreeMap<String, Counts>,
}

/// The id of a job.
pub(super) fn job_id(night: &Night, job: usize) -> String {
    format!("{}-{job}", night.id)
}

impl Model {
    /// A scan was planned; its number is its place among all.
    pub(super) fn created(&mut self, night: &Night, number: u32) {
        self.facts.entry("chunks".to_owned()).or_insert_with(|| "0".to_owned());
        self.facts.insert(format!("listed {}", night.id), number.to_string());
        self.scan(night, ScanState::Running, number, None);
        (0..night.jobs.len()).for_each(|job| self.job(night, job, JobState::Ready, 0, None, ""));
    }

    /// A job was given out.
    pub(super) fn granted(&mut self, night: &Night, job: usize) {
        self.job(night, job, JobState::Leased, 0, None, "");
    }

    /// So many chunks were acknowledged.
    pub(super) fn staged(&mut self, chunks: u64) {
        self.facts.insert("chunks".to_owned(), chunks.to_string());
    }

    /// A job was given up.
    pub(super) fn abandoned(&mut self, night: &Night, job: usize, problem: &str) {
        self.job(night, job, JobState::Abandoned, 0, None, problem);
        let unknown = night.controls().len() as u64;
        self.count(night, Counts { unknown, ..Counts::default() });
        self.staged(0);
    }

    /// A scan ended.
    pub(super) fn finished(&mut self, night: &Night, number: u32) {
        let counts = self.counts.get(&night.id).copied().unwrap_or_default();
        self.scan(night, ScanState::Complete, number, Some(counts));
    }

    /// A scan's process was killed, and another one opened the store.
    pub(super) fn interrupted(&mut self, night: &Night, number: u32) {
        self.scan(night, ScanState::Interrupted, number, None);
    }

    /// A scan is not kept any more.
    pub(super) fn pruned(&mut self, id: &str) {
        let about = ["job", "row", "document"].map(|what| format!("{what} {id} "));
        self.facts.retain(|key, _| !about.iter().any(|about| key.starts_with(about)));
        self.facts.remove(&format!("listed {id}"));
        self.facts.insert(format!("scan {id} "), facts::pruned());
    }

    /// A job was committed.
    pub(super) fn committed(&mut self, night: &Night, number: u32, job: usize, found: &BTreeMap<usize, Found>) {
        self.staged(0);
        for of in 0..TYPES.len() {
            match found.get(&of) {
                Some(found) => self.places.entry((job, of)).or_default().found(found, night, number),
                None if night.is_limited => {}
                None => self.places.get_mut(&(job, of)).into_iter().for_each(Type::leave_out),
            }
        }
        let (mut rows, mut counts) = (0, Counts::default());
        for of in 0..TYPES.len() {
            let Some(known) = self.places.get(&(job, of)).cloned() else { continue };
            if !known.is_left_out {
                self.listing(night, job, of, &known);
            }
            for (&resource, each) in known.resources.iter().filter(|(_, each)| !each.is_missing) {
                let has_version = each.version.filter(|_| !known.is_left_out);
                has_version.into_iter().for_each(|version| self.document(night, number, job, of, resource, version));
                let is_asked = |control: &usize| *control < night.controls().len();
                for (control, stands) in each.rows.iter().filter(|(control, _)| is_asked(control)) {
                    self.row(night, job, of, resource, *control, stands);
                    rows += 1;
                    counts = counts.plus(one(stands.status));
                }
            }
        }
        self.job(night, job, JobState::Committed, rows, Some(counts), "");
        self.count(night, counts);
    }

    fn scan(&mut self, night: &Night, state: ScanState, number: u32, counts: Option<Counts>) {
        let line = facts::of_scan(&(state as i32).to_string(), number, counts);
        self.facts.insert(format!("scan {} ", night.id), line);
    }

    fn job(&mut self, night: &Night, job: usize, state: JobState, rows: u64, counts: Option<Counts>, problem: &str) {
        let key = format!("job {} {}", night.id, job_id(night, job));
        self.facts.insert(key, facts::of_job(state, rows, counts, problem));
    }

    fn count(&mut self, night: &Night, counts: Counts) {
        let known = self.counts.entry(night.id.clone()).or_default();
        *known = known.plus(counts);
    }

    fn listing(&mut self, night: &Night, job: usize, of: usize, known: &Type) {
        let complete = if known.is_complete { "all" } else { "in part" };
        let key = format!("document {} {} {} ", night.id, job_id(night, job), TYPES[of]);
        self.facts.insert(key, complete.to_owned());
    }

    fn document(&mut self, night: &Night, number: u32, job: usize, of: usize, resource: usize, version: usize) {
        let id = estate::resource(job, of, resource);
        let key = format!("document {} {} {} {id}", night.id, job_id(night, job), TYPES[of]);
        let mut text = estate::document(version);
        if !night.is_limited {
            // Members of both, in one document.
            let more = estate::changing(version, number as usize);
            text = format!("{},{}", &text[..text.len() - 1], &more[1..]);
        }
        let canonical = plumbline_baseline::Doc::from_json(&text).map(|doc| tree::write(&doc)).unwrap_or_default();
        self.facts.insert(key, String::from_utf8_lossy(&canonical).into_owned());
    }

    fn row(&mut self, night: &Night, job: usize, of: usize, resource: usize, control: usize, stands: &Stands) {
        let id = estate::resource(job, of, resource);
        let key = format!("row {} {} {} {id} {}", night.id, job_id(night, job), TYPES[of], CONTROLS[control]);
        let line = facts::of_row(stands.status, estate::reason(stands.status), stands.standing);
        self.facts.insert(key, line);
    }
}

impl Type {
    /// What a night says of it.
    fn found(&mut self, found: &Found, night: &Night, number: u32) {
        self.is_complete = found.is_complete;
        self.is_left_out = false;
        let controls = night.controls().len();
        for (&resource, &version) in &found.resources {
            let known = self.resources.entry(resource).or_default();
            known.is_missing = false;
            if !night.is_limited {
                known.version = Some(version);
            }
            for control in 0..controls {
                let stands = stands(known.rows.get(&control), estate::status(version, control), number);
                known.rows.insert(control, stands);
            }
        }
        let is_found = |resource: &usize| found.resources.contains_key(resource);
        if !found.is_complete {
            self.resources.iter_mut().filter(|(resource, _)| !is_found(resource)).for_each(|(_, known)| {
                known.is_missing = true;
            });
            return;
        }
        // It is gone, as far as these controls are concerned.
        for (_, known) in self.resources.iter_mut().filter(|(resource, _)| !is_found(resource)) {
            known.rows.retain(|control, _| *control >= controls);
        }
        self.resources.retain(|resource, known| {
            is_found(resource) || (night.is_limited && (!known.rows.is_empty() || known.version.is_some()))
        });
    }

    /// Nobody looks at it any more.
    fn leave_out(&mut self) {
        self.is_left_out = true;
        self.resources.values_mut().for_each(|known| known.is_missing = true);
    }
}

/// How a control stands after it said something.
fn stands(before: Option<&Stands>, status: Status, number: u32) -> Stands {
    let is_decided = status != Status::Unknown;
    let known = before.map(|before| before.standing);
    let mut standing = known.unwrap_or(Standing { first_seen: number, since: number, ..Standing::default() });
    let decided_before = before.and_then(|before| before.decided);
    let decided = if is_decided { Some(status) } else { decided_before };
    if decided != decided_before {
        standing.since = number;
        standing.was_failing = decided_before == Some(Status::Fail);
        standing.fails += u32::from(status == Status::Fail);
    }
    standing.is_decided = decided.is_some();
    standing.is_failing = decided == Some(Status::Fail);
    if is_decided {
        standing.stale_since = 0;
    } else if standing.stale_since == 0 {
        standing.stale_since = number;
    }
    Stands { status, standing, decided }
}

fn one(status: Status) -> Counts {
    let none = Counts::default();
    match status {
        Status::Pass => Counts { pass: 1, ..none },
        Status::Fail => Counts { fail: 1, ..none },
        Status::NotApplicable => Counts { not_applicable: 1, ..none },
        Status::Manual => Counts { manual: 1, ..none },
        Status::Unknown | Status::Unspecified => Counts { unknown: 1, ..none },
    }
}
