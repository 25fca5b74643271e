//! The read model: a stored scan as report rows. Every planned (account, Region, control) appears, whatever happened.
//!
//! Rows come job by job, accounts in report order. Memory holds one chunk of rows at a time.

mod change;
mod difference;
mod elsewhere;
mod failing;
mod found;
mod governed;
mod history;
pub mod inventory;
pub mod jobs;
mod members;
mod nights;
mod origin;
mod owed;
mod past;
pub mod search;
mod turn;

use std::collections::HashMap;
use std::sync::Arc;

use plumbline_baseline::pack::control::Finding;
use plumbline_baseline::{Doc, Region, ScanId, Severity, Status};
use plumbline_proto::agent_v1::{self as wire, Row};
use rustc_hash::FxHashMap;

use change::change;
pub use difference::{Compared, Comparison, Sought};
use elsewhere::Answers;
use failing::Failing;
pub(crate) use found::{Found, REGIONS};
pub use governed::Governed;
use governed::OfAccount;
pub use history::{History, Searched};
use origin::Origins;

use crate::report::filter::{Known, framework_names, path_and_above};
use crate::report::{AccountSummary, Frameworks, Limit, Problem, ReportRow, ScanKind, ScanState, ScanSummary};
use crate::store::record::{self, Job, JobState, Scan};
use crate::store::{Error, LOST, Store, StoredRow};

/// A stored scan.
pub struct ScanView {
    store: Store,
    scan: Scan,
    jobs: Vec<Job>,
    id: Arc<str>,
    controls: Vec<ControlText>,
    /// When scans started, by their numbers.
    nights: HashMap<u32, Arc<str>>,
    /// What its rows are read under; nothing is said of them without.
    governed: Option<Governed>,
}

/// What rows share about their control.
struct ControlText {
    id: Arc<str>,
    title: Arc<str>,
    finding: Arc<Finding>,
    severity: Severity,
    level: u8,
    frameworks: Arc<Frameworks>,
}

impl ScanView {
    /// Opens a scan; `None` when there is none of that id. Which one is meant, [`Store::latest`] and [`Store::find`]
    /// know.
    ///
    /// # Errors
    /// When the store fails or is damaged.
    pub fn open(store: &Store, id: &ScanId) -> Result<Option<Self>, Error> {
        let Some(scan) = store.scan(id)? else { return Ok(None) };
        let mut jobs = store.jobs(id)?;
        // `aws-global` sorts before every Region but `af-…`; it deserves the first place, and what is said of all accounts
        // the second.
        let rank = |job: &Job| match job.region.as_str() {
            Region::GLOBAL => 0,
            Region::ORGANIZATION => 1,
            _ => 2,
        };
        jobs.sort_by(|a, b| (a.account, rank(a), &a.region).cmp(&(b.account, rank(b), &b.region)));
        let controls = scan.controls.iter().map(ControlText::from).collect();
        let heads = store.scans()?.into_iter().filter_map(|known| known.head.ok());
        let kept = heads.map(|head| (head.night, head.started));
        let nights = store.pruned_nights()?.into_iter().chain(kept);
        let nights = nights.map(|(night, started)| (night, started.as_str().into())).collect();
        Ok(Some(Self {
            store: store.clone(),
            id: scan.id.as_str().into(),
            scan,
            jobs,
            controls,
            nights,
            governed: None,
        }))
    }

    /// The same scan, with what governance says of its rows.
    #[must_use]
    pub fn under(self, governed: Governed) -> Self {
        Self { governed: Some(governed), ..self }
    }

    /// What the newest scan of the same organization carried, so that what is decided today holds for reports of old
    /// nights, too; `None` where that was nothing.
    ///
    /// # Errors
    /// When the store fails, or it is damaged.
    pub fn carried(&self) -> Result<Option<record::Governance>, Error> {
        self.store.newest_governance(&self.scan)
    }

    /// The partition that it is of.
    pub fn partition(&self) -> &str {
        &self.scan.partition
    }

    /// The scan's record.
    pub(crate) fn record(&self) -> &Scan {
        &self.scan
    }

    /// Its jobs, accounts in report order.
    pub(crate) fn jobs(&self) -> &[Job] {
        &self.jobs
    }

    /// What a report says of the scan as a whole.
    pub fn summary(&self) -> ScanSummary {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let state = match self.scan.state() {
            record::ScanState::Complete => ScanState::Complete,
            record::ScanState::Unspecified if !self.scan.finished.is_empty() => ScanState::Complete,
            record::ScanState::Running => ScanState::Running,
            record::ScanState::Unspecified | record::ScanState::Interrupted | record::ScanState::Failed => {
                ScanState::Interrupted
            }
        };
        ScanSummary {
            scan: self.id.clone(),
            started: self.scan.started.clone(),
            finished: text(&self.scan.finished),
            state,
            problem: text(&self.scan.problem),
            kind: match self.scan.kind() {
                record::ScanKind::Full => ScanKind::Full,
                record::ScanKind::Limited => ScanKind::Limited,
                record::ScanKind::Demonstration => ScanKind::Demonstration,
                record::ScanKind::Partial => ScanKind::Partial,
                record::ScanKind::Unspecified => ScanKind::Unknown,
            },
            limits: self.scan.selection.iter().map(Limit::from).collect(),
            organization: text(&self.scan.organization),
            version: self.scan.version.clone(),
            pack_digest: self.scan.pack_digest.clone(),
            accounts: (0u32..).zip(&self.scan.accounts).map(|(index, _)| self.account(index)).collect(),
            gaps: self.scan.gaps.iter().map(|gap| gap.text.clone()).collect(),
            notes: self.notes(),
            calls: self.jobs.iter().map(Job::calls).fold(0, u64::saturating_add),
            throttles: self.jobs.iter().map(|job| job.throttles).fold(0, u64::saturating_add),
            failures: self.jobs.iter().map(|job| job.failures).fold(0, u64::saturating_add),
            filter: Vec::new(),
            governed: self.governed.as_ref().map(Governed::told),
            past: None,
            options: String::new(),
        }
    }

    fn notes(&self) -> Vec<String> {
        let of_governance = self.governed.iter().flat_map(|governed| governed.notes(&self.scan));
        of_governance.chain(self.scan.notes.iter().cloned()).collect()
    }

    /// What the scan has names for, also where it has no rows.
    pub fn known(&self) -> Known {
        let frameworks = self.controls.iter().flat_map(|control| framework_names(&control.frameworks));
        Known {
            accounts: self.scan.accounts.iter().map(|account| account.id.clone()).collect(),
            ous: self.scan.accounts.iter().flat_map(|account| path_and_above(&account.ou)).collect(),
            regions: self.jobs.iter().map(|job| job.region.clone()).collect(),
            controls: self.scan.controls.iter().map(|control| control.id.clone()).collect(),
            frameworks: frameworks.collect(),
        }
    }

    fn account(&self, index: u32) -> AccountSummary {
        let account = &self.scan.accounts[index as usize];
        let jobs = self.jobs_of(index);
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        AccountSummary {
            id: account.id.as_str().into(),
            name: account.name.as_str().into(),
            ou: account.ou.as_str().into(),
            jobs_planned: count(jobs.len()),
            jobs_done: count(jobs.iter().filter(|job| job.state() == JobState::Committed).count()),
            skipped: (!account.skipped.is_empty()).then(|| account.skipped.clone()),
            problem: self.problem(index),
        }
    }

    /// The jobs of an account; they stand together.
    fn jobs_of(&self, account: u32) -> &[Job] {
        let start = self.jobs.partition_point(|job| job.account < account);
        let count = self.jobs[start..].partition_point(|job| job.account == account);
        &self.jobs[start..start + count]
    }

    /// What kept an account from being read.
    fn problem(&self, index: u32) -> Option<Problem> {
        let jobs = self.jobs_of(index);
        let shut = self.shut(jobs);
        if shut.is_some() {
            return shut;
        }
        let failed = jobs.iter().find(|job| !job.problem.is_empty())?;
        let reason = reason_of(failed);
        let has_rows = jobs.iter().any(|job| job.state() == JobState::Committed);
        Some(if has_rows { Problem::Partial(reason) } else { Problem::Unreadable(reason) })
    }

    /// That an account could not be entered: every row of its first stored job says so.
    fn shut(&self, jobs: &[Job]) -> Option<Problem> {
        // What is said of all accounts together says nothing of whether this one was entered.
        let of_account = |job: &&Job| job.region != Region::ORGANIZATION && job.state() == JobState::Committed;
        let first = jobs.iter().filter(of_account).find(|job| job.rows > 0)?;
        let rows = match self.first_rows(first) {
            Ok(rows) => rows,
            Err(error) => return Some(Problem::Partial(format!("scanner_error: {error}"))),
        };
        let mut automated =
            rows.iter().map(|known| &known.row).filter(|row| row.status() != wire::Status::Manual).peekable();
        let reason = automated.peek()?.reason.clone();
        let is_shut =
            |row: &Row| row.reason.starts_with("role_unassumable") || row.reason.starts_with("expired_credentials");
        automated.all(is_shut).then_some(Problem::Unreadable(reason))
    }

    /// The rows of the first type of a job that has some.
    fn first_rows(&self, job: &Job) -> Result<Vec<StoredRow>, Error> {
        for part in self.store.parts(job)? {
            let rows = part.rows()?;
            if rows.iter().any(|known| known.row.status() != wire::Status::Manual) {
                return Ok(rows);
            }
        }
        Ok(Vec::new())
    }

    /// Calls a function with every row, job by job.
    ///
    /// # Errors
    /// When the store fails or is damaged, or the function fails.
    pub fn for_each<E: From<Error>>(&self, mut visit: impl FnMut(&ReportRow) -> Result<(), E>) -> Result<(), E> {
        self.walk(|row, _| visit(row))
    }

    /// Calls a function with every failing row that is wanted, and what is stored of its resource.
    ///
    /// # Errors
    /// When the store fails or is damaged, or the function fails.
    pub fn for_each_failing<E: From<Error>>(
        &self,
        wants: impl Fn(&ReportRow) -> bool,
        mut visit: impl FnMut(&ReportRow, Option<&Doc>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.walk(|row, failing| match row.status == Status::Fail && wants(row) {
            true => visit(row, failing.document(&row.resource)),
            false => Ok(()),
        })
    }

    fn walk<E: From<Error>>(&self, mut visit: impl FnMut(&ReportRow, &mut Failing) -> Result<(), E>) -> Result<(), E> {
        let answers = Answers::of(self)?;
        let module_tags = self.governed.as_ref().map(|governed| &*governed.governance.settings().module_tags);
        let origins = Origins::new(module_tags.unwrap_or_default());
        // The jobs of an account come together.
        let mut said: Option<(u32, OfAccount<'_>)> = None;
        for job in &self.jobs {
            let Some(account) = self.scan.accounts.get(job.account as usize) else {
                return Err(Error::Damaged { what: "plan" }.into());
            };
            let place = Place {
                account: account.id.as_str().into(),
                account_name: account.name.as_str().into(),
                ou: account.ou.as_str().into(),
                region: job.region.as_str().into(),
            };
            if said.as_ref().is_none_or(|(index, _)| *index != job.account) {
                said = self.governed.as_ref().map(|governed| (job.account, governed.of(account)));
            }
            let said = said.as_ref().map(|(_, said)| said);
            // The controls of the job by id, and whether there was a row of them.
            let mut known: FxHashMap<&str, (&ControlText, bool)> =
                self.controls_of(job).map(|control| (&*control.id, (control, false))).collect();
            let (mut damaged, mut read) = (0, 0);
            if job.state() == JobState::Committed {
                for part in self.store.parts(job)? {
                    let (rows, mut failing) = match Failing::of(&part, &self.scan) {
                        Ok(found) => found,
                        Err(Error::Damaged { .. }) => {
                            damaged += 1;
                            continue;
                        }
                        Err(error) => return Err(error.into()),
                    };
                    read += rows.len() as u64;
                    for row in rows {
                        if let Some((control, has_row)) = known.get_mut(row.row.control.as_str()) {
                            *has_row = true;
                            let mut row = self.row(&place, control, row, &answers);
                            if let Some(said) = said {
                                said.say(&mut row, &mut failing);
                            }
                            if row.status == Status::Fail {
                                let origin = failing.document(&row.resource).and_then(|known| origins.of(&row, known));
                                row.origin = origin.map(Arc::new);
                            }
                            visit(&row, &mut failing)?;
                        }
                    }
                }
            }
            // Something that is not there any more leaves no trace but this.
            damaged += u64::from(damaged == 0 && job.state() == JobState::Committed && read != job.rows);
            if damaged > 0 {
                tracing::error!(job = job.id, damaged, "stored rows are damaged");
            }
            let mut visit_unknown = |mut row: ReportRow| {
                if let Some(said) = said {
                    said.say_of_unknown(&mut row);
                }
                visit(&row, &mut Failing::default())
            };
            for control in self.controls_of(job) {
                if damaged > 0 {
                    // Any control may have failed in what cannot be read: none of them is covered.
                    let reason = format!("scanner_error: rows of {damaged} resource types are damaged in the store");
                    visit_unknown(ReportRow { reason: reason.into(), ..self.blank(&place, control) })?;
                } else if known.get(&*control.id).is_some_and(|(_, has_row)| !has_row) {
                    visit_unknown(self.not_run(&place, control, job))?;
                }
            }
        }
        Ok(())
    }

    fn control(&self, job: &Job, id: &str) -> Option<&ControlText> {
        self.controls_of(job).find(|control| *control.id == *id)
    }

    fn controls_of<'a, 'b>(&'a self, job: &'b Job) -> impl Iterator<Item = &'a ControlText> + use<'a, 'b> {
        job.controls.iter().filter_map(|&index| self.controls.get(index as usize))
    }

    fn row(&self, place: &Place, control: &ControlText, known: StoredRow, answers: &Answers) -> ReportRow {
        let StoredRow { row, standing } = known;
        let date = |night: u32| self.nights.get(&night).cloned().unwrap_or_else(|| "".into());
        let (decided_in, holds_elsewhere, told) = (answers.decided_in(&row), answers.hold(&row), answers.told(&row));
        // A status that this version does not know is not a good one.
        let (status, mut reason, grounds) = match row.verdict() {
            Ok(verdict) => (verdict.status, verdict.reason, verdict.grounds),
            Err(error) => (Status::Unknown, format!("scanner_error: {error}"), row.grounds()),
        };
        if !told.is_empty() {
            reason = format!("{reason}{} {told}", if reason.contains(':') { ";" } else { ":" });
        }
        ReportRow {
            status,
            reason: reason.into(),
            decided_in,
            holds_elsewhere,
            first_seen: date(standing.first_seen),
            since: date(standing.since),
            change: Some(change(&standing, self.scan.night)),
            resource: row.resource,
            resource_type: row.resource_type.into(),
            witnesses: grounds.witnesses,
            evidence: grounds.evidence,
            ..self.blank(place, control)
        }
    }

    fn not_run(&self, place: &Place, control: &ControlText, job: &Job) -> ReportRow {
        ReportRow { reason: reason_of(job).into(), ..self.blank(place, control) }
    }

    fn blank(&self, place: &Place, control: &ControlText) -> ReportRow {
        ReportRow {
            scan: self.id.clone(),
            account: place.account.clone(),
            account_name: place.account_name.clone(),
            ou: place.ou.clone(),
            region: place.region.clone(),
            control: control.id.clone(),
            title: control.title.clone(),
            finding: control.finding.clone(),
            severity: control.severity,
            level: control.level,
            status: Status::Unknown,
            reason: "".into(),
            resource: String::new(),
            resource_type: "".into(),
            witnesses: Vec::new(),
            evidence: Vec::new(),
            frameworks: control.frameworks.clone(),
            decided_in: Vec::new(),
            holds_elsewhere: false,
            first_seen: "".into(),
            since: "".into(),
            change: None,
            accepted: None,
            attested: None,
            owner: None,
            origin: None,
        }
    }
}

impl From<&record::Finding> for Finding {
    fn from(finding: &record::Finding) -> Self {
        Self { one: finding.one.clone(), other: finding.other.clone() }
    }
}

impl From<&record::Limit> for Limit {
    fn from(limit: &record::Limit) -> Self {
        Self { option: limit.option.clone(), values: limit.values.clone() }
    }
}

/// Why a job has no rows.
pub(crate) fn reason_of(job: &Job) -> String {
    match job.problem.as_str() {
        "" => "not_run".to_owned(),
        // It may well have run: nobody can tell any more.
        LOST => format!("scanner_error: {LOST}"),
        problem => format!("not_run: {problem}"),
    }
}

/// What the rows of one job share.
struct Place {
    account: Arc<str>,
    account_name: Arc<str>,
    ou: Arc<str>,
    region: Arc<str>,
}

impl From<&crate::store::record::Control> for ControlText {
    fn from(control: &crate::store::record::Control) -> Self {
        Self {
            id: control.id.as_str().into(),
            title: control.title.as_str().into(),
            finding: Arc::new(control.finding.as_ref().map(Finding::from).unwrap_or_default()),
            // A severity that this version does not know is shown as the worst, not hidden.
            severity: control.severity.parse().unwrap_or(Severity::Critical),
            level: u8::try_from(control.level).unwrap_or(u8::MAX),
            frameworks: Arc::new(serde_json::from_str(&control.frameworks).unwrap_or_default()),
        }
    }
}
