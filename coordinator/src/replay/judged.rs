//! What the controls say of a job's documents, and what was said of it that night.

use std::collections::HashSet;
use std::sync::Arc;

use plumbline_baseline::evaluate::Row;
use plumbline_baseline::{Status, Unread, UnreadReason, Verdict};
use plumbline_judge::{Facts, in_order, judged, reads_hidden};
use plumbline_proto::agent_v1::{self as wire, JobSpec};

use super::compare::{Rests, Rows, Said, is_same};
use super::documents::{Again, Source};
use super::{Place, Replay};
use crate::findings::found;
use crate::read::reason_of;
use crate::spec::{job_spec, settings_json};
use crate::store::record::{JobKind, JobState, StandingRow};
use crate::store::{Error, Rewind};

/// A job, then and now.
#[derive(Default)]
pub(super) struct Both {
    pub(super) then: Rows<Verdict>,
    pub(super) now: Rows<Said>,
    pub(super) damaged: u64,
}

impl Replay {
    /// What was said of a job that night, and what is said now.
    ///
    /// # Errors
    /// When the disk fails.
    pub(super) fn both(&self, place: &Place) -> Result<Both, Error> {
        let mut both = Both::default();
        if place.record.state() != JobState::Committed {
            self.not_run(place, &mut both);
            return Ok(both);
        }
        let night = self.scan.record.night;
        let of_job = self.controls_of(place);
        // What is committed gave its place a name.
        let rewind = self.store.rewind(&self.scope(&place.record)?, |_| true)?;
        let mut rewind = rewind.ok_or(Error::Damaged { what: "name of an account and Region" })?;
        rewind.to(night)?;
        both.damaged += self.then(place, &rewind, &of_job, &mut both.then);
        let again = self.again(place, &rewind, &of_job)?;
        both.damaged += again.damaged;
        self.now(place, again, &of_job, &mut both)?;
        Ok(both)
    }

    /// The ids of a job's controls.
    fn controls_of(&self, place: &Place) -> HashSet<&str> {
        let controls = &self.scan.record.controls;
        let indexes = place.record.controls.iter().map(|&index| index as usize);
        indexes.filter_map(|index| controls.get(index)).map(|control| control.id.as_str()).collect()
    }

    /// What the memory says that was said; how much of it cannot be read.
    fn then(&self, place: &Place, rewind: &Rewind, of_job: &HashSet<&str>, rows: &mut Rows<Verdict>) -> u64 {
        let mut damaged = 0;
        for name in rewind.types() {
            let Ok(then) = rewind.of_type(name) else {
                damaged += 1;
                continue;
            };
            for entry in then.iter().flat_map(|then| then.entries()) {
                let of_job = entry.rows.iter().filter(|row| of_job.contains(row.control.as_str()));
                for row in of_job {
                    if let Some(control) = self.asked(place, &row.control) {
                        let key = (control, name.to_string(), entry.id.clone());
                        rows.entry(key).or_default().push(verdict(row));
                    }
                }
            }
        }
        damaged
    }

    /// A control that is compared: one that is asked now, or one that is not there any more.
    fn asked(&self, place: &Place, id: &str) -> Option<Arc<str>> {
        match self.asked_of(place.record.account).controls.get_key_value(id) {
            Some((id, _)) => Some(Arc::clone(id)),
            None => (self.is_of_all && self.pack.control(id).is_none()).then(|| id.into()),
        }
    }

    /// What a job had read.
    fn again(&self, place: &Place, rewind: &Rewind, of_job: &HashSet<&str>) -> Result<Again, Error> {
        let mut again = Again::default();
        let night = self.scan.record.night;
        if place.kind == JobKind::Unspecified {
            return Ok(again);
        }
        let here = Source::of(rewind, &place.record, night, of_job)?;
        let types = &self.kind_of(place).types;
        let (elsewhere, of_global);
        let mut global = None;
        if types.iter().any(|wanted| wanted.is_joined)
            && let Some(place) = self.global_of(place)
            && let Some(mut rewind) = self.store.rewind(&self.scope(&place.record)?, |name| is_joined(types, name))?
        {
            rewind.to(night)?;
            (elsewhere, of_global) = (rewind, self.controls_of(place));
            global = Some(Source::of(&elsewhere, &place.record, night, &of_global)?);
        }
        for wanted in types {
            again.add(wanted, if wanted.is_joined { global.as_ref() } else { Some(&here) });
        }
        in_order(&mut again.snapshot);
        Ok(again)
    }

    /// What the controls say now.
    fn now(&self, place: &Place, again: Again, of_job: &HashSet<&str>, both: &mut Both) -> Result<(), Error> {
        let Some(spec) = self.spec(place) else { return Err(Error::Damaged { what: "plan" }) };
        let facts = Facts::of_job(&spec, &self.organization_doc);
        let kind = self.kind_of(place);
        let snapshot = match place.kind {
            JobKind::Unspecified if kind.controls.is_empty() => return Ok(()),
            JobKind::Unspecified => found(&self.view, &spec, self.organization.as_ref(), &self.pack)?,
            _ => again.snapshot,
        };
        for id in &kind.controls {
            let Some(control) = self.pack.control(id) else { continue };
            let rows = judged(&self.pack, control, &spec, &facts, &snapshot);
            let rows = rows.unwrap_or_else(|detail| vec![not_judged(id, UnreadReason::ScannerError, &detail)]);
            let is_hidden = reads_hidden(&self.pack, control, &again.hidden);
            let said = |row: Row| {
                let rests = if is_hidden { Rests::Redacted } else { Rests::Documents };
                ((row.control, row.resource_type, row.resource), Said { verdict: row.verdict, rests })
            };
            let mut now: Rows<Said> = Rows::new();
            for (key, said) in rows.into_iter().map(said) {
                now.entry(key).or_default().push(said);
            }
            if is_hidden && of_job.contains(&**id) && self.asked_of(place.record.account).same.contains(id) {
                carry(id, &both.then, &mut now);
            } else if is_hidden {
                say_so(&both.then, &mut now);
            }
            both.now.extend(now);
        }
        Ok(())
    }

    /// What a job was told, with the controls and settings that are asked now.
    fn spec(&self, place: &Place) -> Option<JobSpec> {
        let spec = job_spec(&self.scan, self.scan.job(&place.id)?)?;
        let controls = &self.kind_of(place).controls;
        let asked = &self.asked_of(place.record.account).controls;
        let settings = controls.iter().filter_map(|id| Some((id.to_string(), settings_json(&asked.get(id)?.settings))));
        let settings = settings.filter(|(_, settings)| !settings.is_empty()).collect();
        Some(JobSpec { controls: controls.iter().map(ToString::to_string).collect(), settings, ..spec })
    }

    /// A job that has no result: what it would have read was not read.
    fn not_run(&self, place: &Place, both: &mut Both) {
        let of_job = self.controls_of(place);
        let reason = reason_of(&place.record);
        let row = |id: &Arc<str>| (Arc::clone(id), String::new(), String::new());
        for id in &self.kind_of(place).controls {
            let verdict = if of_job.contains(&**id) {
                let verdict = Verdict::without_grounds(Status::Unknown, reason.clone());
                both.then.insert(row(id), vec![verdict.clone()]);
                verdict
            } else {
                not_judged(id, UnreadReason::NotCollected, &reason).verdict
            };
            both.now.insert(row(id), vec![Said { verdict, rests: Rests::Documents }]);
        }
    }
}

fn is_joined(types: &[super::kinds::Wanted], name: &str) -> bool {
    types.iter().any(|wanted| wanted.is_joined && *wanted.declared.name == *name)
}

/// Verdicts that rest on what is redacted are those of the night, which saw the values: what is unknown now and was not so
/// for the same reason then. Where it is not even known any more whether the control is about something, then it was.
fn carry(id: &Arc<str>, then: &Rows<Verdict>, now: &mut Rows<Said>) {
    now.retain(|key, said| {
        let known = then.get(key).map(Vec::as_slice).unwrap_or_default();
        let was_so = |said: &Verdict| known.iter().any(|then| is_same(then, said));
        said.iter().all(|said| said.verdict.status != Status::Unknown || was_so(&said.verdict))
    });
    let of_control = then.range((Arc::clone(id), String::new(), String::new())..);
    for (key, verdicts) in of_control.take_while(|((control, _, _), _)| control == id) {
        if !now.contains_key(key) {
            let carried = verdicts.iter().map(|verdict| Said { verdict: verdict.clone(), rests: Rests::TheNight });
            now.insert(key.clone(), carried.collect());
        }
    }
}

/// What is unknown now since an expression met something redacted says that, whatever the expression made of it.
fn say_so(then: &Rows<Verdict>, now: &mut Rows<Said>) {
    let is_error = |reason: &str| reason.starts_with(UnreadReason::ControlError.code());
    for (key, said) in now {
        let known = then.get(key).map(Vec::as_slice).unwrap_or_default();
        for Said { verdict, .. } in said {
            let was_so = known.iter().any(|then| is_same(then, verdict));
            if verdict.status == Status::Unknown && is_error(&verdict.reason) && !was_so {
                verdict.reason = Unread::new(UnreadReason::ControlError, "", "the value is redacted").to_string();
            }
        }
    }
}

fn not_judged(id: &Arc<str>, reason: UnreadReason, detail: &str) -> Row {
    let verdict = Verdict::without_grounds(Status::Unknown, Unread::new(reason, "", detail).to_string());
    Row { control: Arc::clone(id), resource: String::new(), resource_type: String::new(), verdict }
}

/// The verdict of a stored row. A status that this version does not know is not a good one.
fn verdict(row: &StandingRow) -> Verdict {
    let known = wire::Row {
        status: row.status,
        reason: row.reason.clone(),
        evidence: row.evidence.clone(),
        witnesses: row.witnesses.clone(),
        ..wire::Row::default()
    };
    known.verdict().unwrap_or_else(|error| Verdict::without_grounds(Status::Unknown, format!("scanner_error: {error}")))
}
