//! Replay: controls on what a stored scan collected, without a call. Says what a pack would have said on that night, and
//! what is different from what was said.
//!
//! What was not collected that night is `UNKNOWN(not_collected)`, and never guessed: the memory has what the controls of
//! that night needed, and a member that nobody asked for is absent there without being null. What the scan rests on
//! ([`Premises`](crate::store::record::Premises)) says what was collected, and how.
//!
//! In reading order: `asked` (which controls are asked of whom), `kinds` (what the controls read, and what of it was not collected), `told` (what all jobs know),
//! `documents` (what a job had read, again), `hidden` (what is redacted in it), `judged` (what the controls say of it),
//! `compare` (then and now), `walk` (all jobs of a scan, on all processors), `since` (night after night), [`list`] and
//! [`ndjson`] (for people and machines).

mod asked;
mod compare;
mod documents;
mod hidden;
mod judged;
mod kinds;
pub mod list;
pub mod ndjson;
mod since;
mod told;
mod walk;

use std::collections::HashMap;
use std::sync::Arc;

use plumbline_baseline::pack::Pack;
use plumbline_baseline::{Doc, JobId, Region, ScanId};
use plumbline_proto::agent_v1::Organization;

use crate::plan::PlannedControl;
use crate::read::ScanView;
use crate::scan::Scan;
use crate::store::record::{self, JobKind, JobState};
use crate::store::{Error, Store};
use asked::Asked;
use kinds::Kind;

pub use compare::{Compared, Counts, Outcome};
pub use since::{History, Line, Night, Spell};

/// A stored scan, and the controls that are asked about it.
pub struct Replay {
    store: Store,
    pack: Arc<Pack>,
    scan: Scan,
    view: ScanView,
    /// Every job, accounts in report order.
    jobs: Vec<Place>,
    /// The jobs about accounts as a whole, by account.
    global: HashMap<u32, usize>,
    /// What is asked of the accounts of each baseline, the scan's own first.
    asked: Vec<Asked>,
    organization: Option<Organization>,
    organization_doc: Arc<Doc>,
    /// Whether no control was left out on purpose: one that the pack does not have any more is compared, too.
    is_of_all: bool,
}

/// What is asked.
#[derive(Clone)]
pub struct Question {
    /// The pack.
    pub pack: Arc<Pack>,
    /// The controls, with their settings. In an account with a baseline of its own, those that it left out are not asked,
    /// and those that it had with other settings are asked with these.
    pub controls: Vec<PlannedControl>,
    /// Controls that are asked besides in accounts whose baseline had them and the scan had not.
    pub besides: Vec<PlannedControl>,
    /// Whether these are all that there are.
    pub is_of_all: bool,
}

/// A job, and where it was.
struct Place {
    record: record::Job,
    id: JobId,
    kind: JobKind,
}

impl Replay {
    /// Opens a scan for a question; `None` when there is none of that id.
    ///
    /// # Errors
    /// When the store fails, or the scan's record is damaged.
    pub fn open(store: &Store, scan: &ScanId, question: &Question) -> Result<Option<Self>, Error> {
        let Question { pack, is_of_all, .. } = question;
        let Some(view) = ScanView::open(store, scan)? else { return Ok(None) };
        let record = view.record().clone();
        let damaged = |_| Error::Damaged { what: "scan" };
        let premises = store.premises(&record.premises)?;
        let (scan, _) = Scan::new(record, view.jobs()).map_err(damaged)?;
        let jobs = view.jobs().iter().map(|job| place(&scan.record, job)).collect::<Result<Vec<_>, _>>()?;
        let is_global = |place: &Place| matches!(place.kind, JobKind::Global | JobKind::Management);
        let global = jobs.iter().enumerate().filter(|(_, place)| is_global(place));
        let global = global.map(|(index, place)| (place.record.account, index)).collect();
        let organization = told::organization(&scan.record, premises.as_ref());
        let organization_doc =
            Arc::new(organization.as_ref().map(plumbline_proto::facts::organization).unwrap_or_default());
        Ok(Some(Self {
            store: store.clone(),
            pack: Arc::clone(pack),
            asked: Asked::of_all(&scan.record, question, premises.as_ref()),
            is_of_all: *is_of_all,
            scan: told::with_accounts(scan, premises.as_ref()),
            view,
            jobs,
            global,
            organization,
            organization_doc,
        }))
    }

    /// The scan, as reports read it.
    pub fn view(&self) -> &ScanView {
        &self.view
    }

    /// What is asked of an account.
    fn asked_of(&self, account: u32) -> &Asked {
        &self.asked[self.baseline_of(account)]
    }

    /// The baseline of an account. One that the scan does not know is taken for the scan's own.
    fn baseline_of(&self, account: u32) -> usize {
        let record = self.scan.record.accounts.get(account as usize);
        record
            .map(|record| record.baseline as usize)
            .filter(|baseline| *baseline < self.asked.len())
            .unwrap_or_default()
    }

    /// What is asked in a job.
    fn kind_of(&self, place: &Place) -> &Kind {
        self.asked_of(place.record.account).kind(place.kind)
    }

    /// `account/Region` of a job, as the memory calls it.
    fn scope(&self, job: &record::Job) -> Result<String, Error> {
        let account = self.scan.record.accounts.get(job.account as usize).ok_or(Error::Damaged { what: "plan" })?;
        Ok(format!("{}/{}", account.id, job.region))
    }

    /// The stored job about a job's account as a whole.
    fn global_of(&self, place: &Place) -> Option<&Place> {
        let global = self.global.get(&place.record.account).map(|index| &self.jobs[*index]);
        global.filter(|global| global.record.state() == JobState::Committed)
    }
}

fn place(scan: &record::Scan, job: &record::Job) -> Result<Place, Error> {
    let account = scan.accounts.get(job.account as usize).ok_or(Error::Damaged { what: "plan" })?;
    let is_management = !scan.management_account.is_empty() && account.id == scan.management_account;
    let kind = match job.region.as_str() {
        // What a scan found is no kind of what accounts are asked.
        Region::ORGANIZATION => JobKind::Unspecified,
        Region::GLOBAL if is_management => JobKind::Management,
        Region::GLOBAL => JobKind::Global,
        _ => JobKind::Regional,
    };
    let id = job.id.parse().map_err(|_| Error::Damaged { what: "job" })?;
    Ok(Place { record: job.clone(), id, kind })
}

#[cfg(test)]
mod tests;
