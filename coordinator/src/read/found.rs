//! What a scan found in each account, as resources that controls look at: `source: findings` of the pack. Reads the rows of
//! the scan's other jobs; what they do not say is unread, with the reason, so that nothing that is missing can pass.

mod account;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plumbline_baseline::pack::Pack;
use plumbline_baseline::pack::collector::{ResourceType, Source};
use plumbline_baseline::resource::{Listing, Resource};
use plumbline_baseline::{Region, Unread, UnreadReason};
use plumbline_proto::agent_v1::Status;

use super::elsewhere::Answers;
use super::{ScanView, reason_of};
use crate::plan::Scopes;
use crate::store::record::{Job, JobState};
use crate::store::{Error, StoredRow};
use account::OfAccount;

/// The options of a scan that leave Regions out.
const LIMITS_OF_REGIONS: [&str; 2] = ["regions", "exclude-regions"];

/// What a scan found.
pub(crate) struct Found<'a> {
    view: &'a ScanView,
    /// Where the counted controls run in the scan's partition, as far as there are such controls.
    scopes: BTreeMap<&'a str, Scopes>,
    accounts: Vec<OfAccount>,
}

impl<'a> Found<'a> {
    /// Reads what the controls that these types count have found: all rows of the jobs that they ran in, and of the other
    /// jobs as many as it takes to see whether the account was entered.
    ///
    /// # Errors
    /// When the store fails. What is damaged in it is unread.
    pub(crate) fn of(view: &'a ScanView, pack: &Pack, types: &'a [Arc<ResourceType>]) -> Result<Self, Error> {
        let counted: BTreeSet<&str> = types.iter().flat_map(|each| counted(each)).map(|id| &**id).collect();
        let answers = Answers::of(view)?;
        let scopes = counted.iter().filter_map(|id| Some((*id, scopes_of(pack, id, &view.scan.partition)?))).collect();
        let accounts = view.scan.accounts.iter().map(|_| OfAccount::default()).collect();
        let mut found = Self { view, scopes, accounts };
        for job in view.jobs.iter().filter(|job| job.region != Region::ORGANIZATION) {
            let ids = view.controls_of(job).map(|control| &*control.id);
            let ids: BTreeSet<&str> = ids.filter(|id| counted.contains(id)).collect();
            let Some(account) = found.accounts.get_mut(job.account as usize) else {
                return Err(Error::Damaged { what: "plan" });
            };
            account.planned(job, &ids);
            if job.state() == JobState::Committed {
                read(view, job, &ids, &answers, account)?;
            } else {
                account.missed(&ids, &unread_of(&reason_of(job), &job.region));
            }
        }
        Ok(found)
    }

    /// The resources of one type: one for each account of the scan.
    pub(crate) fn listing(&self, declared: &ResourceType, more_accounts: Option<Arc<Unread>>) -> Listing {
        let of_account = |(index, account): (usize, &OfAccount)| {
            let record = &self.view.scan.accounts[index];
            let controls = counted(declared).iter().map(|id| (&**id, self.of_control(index, id)));
            Resource {
                type_name: Arc::clone(&declared.name),
                arn: declared.arn.replace("{Id}", &record.id),
                doc: account.doc(record, &self.view.scan.management_account, controls),
            }
        };
        let items = self.accounts.iter().enumerate().map(of_account).collect();
        Listing { items, unread: more_accounts, ..Listing::default() }
    }

    /// What one control found in an account.
    fn of_control(&self, account: usize, id: &str) -> account::OfControl {
        let scan = &self.view.scan;
        let (found, record) = (&self.accounts[account], &scan.accounts[account]);
        if !record.skipped.is_empty() {
            return account::OfControl::not_read(not_run(format!("the account is not scanned ({})", record.skipped)));
        }
        if scan.baseline_of(record).is_some_and(|baseline| baseline.left_out.iter().any(|left_out| left_out == id)) {
            return account::OfControl::left_out(not_run(format!("the account's baseline leaves out {id}")));
        }
        let is_enabled = scan.control_of(record, id).is_some();
        match (found.control(id), self.scopes.get(id).copied()) {
            (_, None) => account::OfControl::not_read(not_run(format!("there is no control {id}"))),
            (Some(ran), Some(scopes)) if scopes.regional => match self.regions_left_out(account) {
                Some(why) => ran.clone().and_not_read(why),
                None => ran.clone(),
            },
            (Some(ran), Some(_)) => ran.clone(),
            // What the partition does not have, what nobody asked Regions for, and what is the management account's alone,
            // this account does not owe.
            (None, Some(scopes)) if scopes.are_none() => account::OfControl::default(),
            (None, Some(scopes)) if is_enabled && is_regional_alone(scopes) && self.limits_regions() => {
                account::OfControl::default()
            }
            (None, Some(scopes))
                if is_enabled && is_of_management_alone(scopes) && record.id != scan.management_account =>
            {
                account::OfControl::default()
            }
            (None, Some(_)) => account::OfControl::not_read(not_run(format!("{id} was not run there"))),
        }
    }

    /// Why Regions of an account may not have been scanned. Those that nobody asked for are not missed: who limits a scan
    /// to some Regions asks all its controls about those.
    fn regions_left_out(&self, account: usize) -> Option<Arc<Unread>> {
        let record = &self.view.scan.accounts[account];
        if self.limits_regions() {
            return None;
        }
        if record.unread.contains_key(REGIONS) {
            return Some(not_run("which Regions the account has enabled could not be learned".to_owned()));
        }
        let left_out = record.enabled_regions.iter().find(|region| !self.accounts[account].has_job_in(region))?;
        Some(not_run(format!("{left_out} was not scanned")))
    }

    /// Whether the scan was told which Regions to look at.
    fn limits_regions(&self) -> bool {
        self.view.scan.selection.iter().any(|limit| LIMITS_OF_REGIONS.contains(&&*limit.option))
    }
}

/// The member of an account that is unread where its Regions could not be learned.
pub(crate) const REGIONS: &str = "regions";

/// Where a control runs in a partition; `None` when there is no such control.
fn scopes_of(pack: &Pack, id: &str, partition: &str) -> Option<Scopes> {
    let control = &pack.control(id)?.control;
    let types = || pack.resource_types().map(|each| &*each.declared);
    let exception = Scopes::exceptions(control, types()).get(partition).copied();
    Some(exception.unwrap_or_else(|| Scopes::of(control, types())))
}

fn counted(declared: &ResourceType) -> &[Arc<str>] {
    match &declared.source {
        Source::Findings(counted) => &counted.controls,
        Source::Calls | Source::CloudControl(_) | Source::Config(_) => &[],
    }
}

fn is_regional_alone(scopes: Scopes) -> bool {
    scopes.regional && !scopes.global && !scopes.organization
}

fn is_of_management_alone(scopes: Scopes) -> bool {
    scopes.organization && !scopes.global && !scopes.regional
}

fn not_run(detail: String) -> Arc<Unread> {
    Arc::new(Unread::new(UnreadReason::NotRun, "", detail))
}

/// What a row's reason says, as something that was not read in a place.
fn unread_of(reason: &str, place: &str) -> Arc<Unread> {
    let (code, detail) = reason.split_once(": ").unwrap_or((reason, ""));
    let known = UnreadReason::ALL.into_iter().find(|known| known.code() == code).unwrap_or(UnreadReason::ScannerError);
    let detail = if detail.is_empty() { place.to_owned() } else { format!("{place}: {detail}") };
    Arc::new(Unread::new(known, "", detail))
}

/// Reads the rows of a stored job.
fn read(
    view: &ScanView,
    job: &Job,
    ids: &BTreeSet<&str>,
    answers: &Answers,
    account: &mut OfAccount,
) -> Result<(), Error> {
    let mut without_row = ids.clone();
    let mut was_entered = account::Entered::default();
    for part in view.store.parts(job)? {
        let rows = match part.rows() {
            Ok(rows) => rows,
            Err(Error::Damaged { .. }) => {
                // Any of them may have failed in what cannot be read.
                let why = unread_of("scanner_error: stored rows are damaged", &job.region);
                account.missed(ids, &why);
                without_row.clear();
                continue;
            }
            Err(error) => return Err(error),
        };
        for StoredRow { row, .. } in &rows {
            was_entered.add(row, &job.region);
            if ids.contains(row.control.as_str()) {
                without_row.remove(row.control.as_str());
                let holds_elsewhere = row.status() == Status::Unknown && answers.hold(row);
                account.add(row, &job.region, holds_elsewhere);
            }
        }
    }
    account.entered.and(was_entered, &job.region);
    for id in without_row {
        account.missed_control(id, &unread_of("not_run", &format!("{id} in {}", job.region)));
    }
    Ok(())
}
