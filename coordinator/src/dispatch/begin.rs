//! How scans come and go: one that was just planned, one that goes on where an earlier process left it, and one that ended.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Duration;

use plumbline_baseline::{AgentId, JobId, ScanId};

use super::Dispatch;
use super::running::Running;
use crate::board::Waits;
use crate::forecast::{Forecast, class};
use crate::planted::{self, Bug};
use crate::progress::Tally;
use crate::scan::{Job, Scan};
use crate::store::record::{self, JobState};

impl Dispatch {
    /// Starts to lease the jobs of a stored scan. That of the organization is nobody's to lease.
    pub(crate) fn begin(self: &Arc<Self>, scan: Scan, jobs: &[JobId], forecast: &Forecast) {
        let tally = Tally::new(accounts(&scan, jobs));
        let waiting = jobs.iter().map(|job| (job, None)).collect::<Vec<_>>();
        self.add(scan, tally, waiting, forecast, Duration::ZERO, |_| true);
    }

    /// Goes on with a scan: what has ended counts, what agents hold that may come back stays theirs for the grace, and the
    /// rest waits.
    pub(crate) fn resume(
        self: &Arc<Self>,
        scan: Scan,
        jobs: &[JobId],
        records: &[record::Job],
        forecast: &Forecast,
        grace: Duration,
        is_gone: impl Fn(&AgentId) -> bool,
    ) {
        let grace = if planted::is(Bug::NoGrace) { Duration::ZERO } else { grace };
        let mut tally = Tally::new(accounts(&scan, jobs));
        let mut left = Vec::new();
        for (job, record) in jobs.iter().zip(records) {
            match record.state() {
                JobState::Committed => {
                    tally.committed(job, record.account, record);
                    if planted::is(Bug::CountedTwice) {
                        tally.committed(job, record.account, record);
                    }
                }
                JobState::Leased if planted::is(Bug::LeasedCountsAsEnded) => tally.abandoned(job, record.account),
                JobState::Abandoned => tally.abandoned(job, record.account),
                JobState::Ready | JobState::Leased | JobState::Unspecified => left.push((job, Some(record))),
            }
        }
        self.add(scan, tally, left, forecast, grace, is_gone);
    }

    /// Forgets a scan that ended. Agents that work for it still are told that there is no such job.
    pub(crate) fn end(&self, scan: &ScanId) {
        let state = &mut *self.state();
        if let Some(running) = state.scans.end(scan) {
            running.scan.job_ids().for_each(|job| state.board.forget(job));
        }
    }

    fn add(
        self: &Arc<Self>,
        scan: Scan,
        tally: Tally,
        mut left: Vec<(&JobId, Option<&record::Job>)>,
        forecast: &Forecast,
        grace: Duration,
        is_gone: impl Fn(&AgentId) -> bool,
    ) {
        let expected = |job: &JobId| {
            let planned = scan.job(job)?;
            forecast.job(account_id(&scan, planned), planned.region.as_str())
        };
        left.sort_by_cached_key(|(job, _)| Reverse(class(expected(job))));
        {
            let now = self.clock.now();
            let state = &mut *self.state();
            let mut last = None;
            for (job, record) in &left {
                let Some(planned) = scan.job(job) else { continue };
                // What an earlier process began of it came to nothing.
                if planned.region.is_organization() {
                    last = Some((*job).clone());
                    continue;
                }
                let account = state.scans.account(account_id(&scan, planned));
                let failed = record.map_or(0, |record| record.failed_attempts);
                let ran_over = Duration::from_secs(record.map_or(0, |record| record.ran_over_s).into());
                let needed = forecast.needed(account_id(&scan, planned), planned.region.as_str()).max(ran_over);
                let (place, deadline) = (scan.place(planned), self.timers.deadline_for(needed));
                let waits = Waits { place, account, scan: scan.record.night, failed, deadline };
                state.board.put((*job).clone(), waits);
                if let Some((agent, fence)) = record.and_then(held).filter(|(agent, _)| !is_gone(agent)) {
                    state.board.restore(&agent, job, fence, now + grace);
                }
            }
            state.scans.begin(Running::new(scan, tally, last));
        }
        self.look_for_room();
        self.conclude_if_ready();
        self.assign();
    }
}

/// The id of a job's account.
fn account_id<'a>(scan: &'a Scan, job: &Job) -> &'a str {
    scan.record.accounts.get(job.account as usize).map_or("", |account| &account.id)
}

/// The account of each job.
fn accounts<'a>(scan: &'a Scan, jobs: &'a [JobId]) -> impl Iterator<Item = u32> + 'a {
    jobs.iter().filter_map(|job| scan.job(job).map(|job| job.account))
}

/// Who held a job when the earlier process ended.
fn held(record: &record::Job) -> Option<(AgentId, u64)> {
    (record.state() == JobState::Leased && !planted::is(Bug::LeasesForgotten)).then_some(())?;
    Some((record.agent.parse().ok()?, record.fence))
}
