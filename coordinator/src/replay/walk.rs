//! All jobs of a scan, on all processors: what is in memory is a few jobs, and what differs of a window of them.

use std::collections::HashSet;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use plumbline_baseline::{Region, Severity, Status, Unread, UnreadReason, Verdict};

use super::compare::{Compared, Counts, Outcome, Rests, Said, outcome, pairs};
use super::{Place, Replay};
use crate::store::Error;
use crate::store::record::{self, JobKind};

/// Jobs whose results wait for those before them, for each processor.
const WINDOW: usize = 16;

/// The options of a scan that leave kinds of jobs out.
const LIMITS_OF_JOBS: [&str; 3] = ["regions", "exclude-regions", "no-global"];

impl Replay {
    /// Calls a function with what differs, or cannot be said; with everything where `all` is wanted. Job by job, accounts
    /// in report order.
    ///
    /// # Errors
    /// When the store fails, or the function does.
    pub fn for_each<E: From<Error>>(
        &self,
        all: bool,
        mut visit: impl FnMut(&Compared) -> Result<(), E>,
    ) -> Result<Counts, E> {
        let mut counts = Counts::default();
        for window in self.windows() {
            for result in parallel(window, |place| self.compare(place, all)) {
                let (rows, of_job) = result?;
                counts = counts.plus(of_job);
                rows.iter().try_for_each(&mut visit)?;
            }
        }
        for row in self.missing() {
            counts.add(row.outcome);
            visit(&row)?;
        }
        Ok(counts)
    }

    /// The jobs, as many at a time as are evaluated together.
    pub(super) fn windows(&self) -> impl Iterator<Item = &[Place]> {
        self.jobs.chunks(threads() * WINDOW)
    }

    /// The account and the Region of a job.
    ///
    /// # Errors
    /// When the scan does not have its account.
    pub(super) fn place_name(&self, place: &Place) -> Result<(Arc<str>, Arc<str>), Error> {
        Ok((self.account(place.record.account)?.id.as_str().into(), place.record.region.as_str().into()))
    }

    fn compare(&self, place: &Place, all: bool) -> Result<(Vec<Compared>, Counts), Error> {
        let both = self.both(place)?;
        let mut counts = Counts { damaged: both.damaged, ..Counts::default() };
        let mut rows = Vec::new();
        let account = self.account(place.record.account)?;
        let region: Arc<str> = place.record.region.as_str().into();
        pairs(both.then, both.now, |(control, resource_type, resource), then, now| {
            let outcome = outcome(then.as_ref(), now.as_ref());
            counts.add(outcome);
            if all || !matches!(outcome, Outcome::Same | Outcome::Carried) {
                rows.push(Compared {
                    account: account.id.as_str().into(),
                    account_name: account.name.as_str().into(),
                    region: Arc::clone(&region),
                    control: Arc::clone(control),
                    severity: self.severity(place.record.account, control),
                    resource: resource.clone(),
                    resource_type: resource_type.clone(),
                    then,
                    now: now.map(|said| said.verdict),
                    outcome,
                });
            }
        });
        Ok((rows, counts))
    }

    /// What the controls would say in jobs that the scan did not have at all, since none of its controls ran in such: where
    /// nobody left them out on purpose.
    fn missing(&self) -> Vec<Compared> {
        let record = &self.scan.record;
        if record.selection.iter().any(|limit| LIMITS_OF_JOBS.contains(&&*limit.option)) {
            return Vec::new();
        }
        let had: HashSet<(u32, JobKind)> = self.jobs.iter().map(|place| (place.record.account, place.kind)).collect();
        let mut rows = Vec::new();
        for (index, account) in (0..).zip(&record.accounts).filter(|(_, account)| account.skipped.is_empty()) {
            let is_management = !record.management_account.is_empty() && account.id == record.management_account;
            let global = if is_management { JobKind::Management } else { JobKind::Global };
            if !had.contains(&(index, global)) {
                rows.extend(self.not_collected(index, account, Region::GLOBAL, global));
            }
            if !had.contains(&(index, JobKind::Regional)) {
                let regions = &account.enabled_regions;
                rows.extend(
                    regions.iter().flat_map(|region| self.not_collected(index, account, region, JobKind::Regional)),
                );
            }
        }
        rows
    }

    fn not_collected(&self, index: u32, account: &record::Account, region: &str, kind: JobKind) -> Vec<Compared> {
        let why = Unread::new(UnreadReason::NotCollected, "", "the scan had no such job");
        let now = Verdict::without_grounds(Status::Unknown, why.to_string());
        let row = |control: &Arc<str>| Compared {
            account: account.id.as_str().into(),
            account_name: account.name.as_str().into(),
            region: region.into(),
            control: Arc::clone(control),
            severity: self.severity(index, control),
            resource: String::new(),
            resource_type: String::new(),
            then: None,
            outcome: outcome(None, Some(&Said { verdict: now.clone(), rests: Rests::Documents })),
            now: Some(now.clone()),
        };
        self.asked_of(index).kind(kind).controls.iter().map(row).collect()
    }

    fn account(&self, index: u32) -> Result<&record::Account, Error> {
        self.scan.record.accounts.get(index as usize).ok_or(Error::Damaged { what: "plan" })
    }

    /// A control's severity in an account; that of its night where it is not there any more, and the worst where that is
    /// not known.
    fn severity(&self, account: u32, id: &str) -> Severity {
        let scan = &self.scan.record;
        let then = || scan.control_of(scan.accounts.get(account as usize)?, id)?.severity.parse().ok();
        let now = self.asked_of(account).controls.get(id).map(|control| control.severity);
        now.or_else(then).unwrap_or(Severity::Critical)
    }
}

fn threads() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// What a function makes of each item, in their order.
pub(super) fn parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = threads();
    if threads < 2 || items.len() < 2 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(items.len()));
    let worker = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { return };
            let result = work(item);
            done.lock().unwrap_or_else(PoisonError::into_inner).push((index, result));
        }
    };
    thread::scope(|scope| {
        (0..threads.min(items.len())).for_each(|_| drop(scope.spawn(worker)));
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}
