//! Scans: written once when they are planned, marked when they end.

use std::collections::BTreeMap;

use plumbline_baseline::ScanId;
use prost::Message;
use redb::{ReadableTable, ReadableTableMetadata, WriteTransaction};

use super::audit::{self, Act};
use super::chunks::delete_chunks;
use super::record::{Counts, Fire, Governance, Job, JobState, Plan, RoadmapFigures, Scan, ScanHead, ScanState};
use super::tables::opened;
use super::{
    DONE, Error, JOBS, META, PLANS, SCANS, Store, archive, departures, fires, governance, key, packed, sealed,
};

/// The problem of a job whose record is lost.
pub(crate) const LOST: &str = "the job's record is damaged in the store";
/// The problem of a scan that a killed process left behind.
const LEFT: &str = "its process ended without finishing it";

/// A scan as a list of scans shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredScan {
    /// Its id.
    pub id: ScanId,
    /// What is known of it; one damaged record does not hide the others.
    pub head: Result<ScanHead, Error>,
}

/// How a scan ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScanEnd {
    /// Every job ended.
    Complete,
    /// Somebody stopped it.
    Interrupted,
    /// It was stopped on purpose, or left behind and nobody can go on with it, for this reason.
    Stopped(String),
    /// It could not go on, for this reason.
    Failed(String),
}

impl ScanEnd {
    /// Why it ended so; empty where there is nothing to say.
    pub(crate) fn reason(&self) -> &str {
        match self {
            Self::Complete | Self::Interrupted => "",
            Self::Stopped(reason) | Self::Failed(reason) => reason,
        }
    }
}

/// What is stored in the commit of a scan.
#[derive(Clone, Debug, Default)]
pub struct With {
    /// The fire of a schedule that it is started for.
    pub fire: Option<Fire>,
    /// Who asked for it.
    pub act: Option<Act>,
    /// The governance that it carries.
    pub governance: Option<Governance>,
}

/// What becomes of jobs that were given up when their scan goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenUp {
    /// They stay so.
    StaysSo,
    /// Somebody asked for it, and may have mended what was in the way.
    IsTriedAgain,
}

impl Store {
    /// Raises the number of the coordinator's start, and returns it.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn next_epoch(&self) -> Result<u64, Error> {
        self.write(0, |transaction| key::next(transaction, "epoch")).await
    }

    /// Stores a scan and all its jobs: from now on every planned row exists, and reads as not run. Returns its number.
    ///
    /// # Errors
    /// When there is a scan of that id, or the disk fails.
    pub async fn create_scan(&self, scan: Scan, jobs: Vec<Job>) -> Result<u32, Error> {
        self.create_scan_of(scan, jobs, With::default()).await
    }

    /// The same, with what goes with it, in one commit.
    ///
    /// # Errors
    /// When there is a scan of that id, or the fire is on record already, and nothing is stored then; or the disk fails.
    pub async fn create_scan_of(&self, mut scan: Scan, jobs: Vec<Job>, with: With) -> Result<u32, Error> {
        let With { fire, act, governance } = with;
        let plan = Plan::of(&jobs);
        let bytes = scan.encoded_len() + plan.encoded_len() + jobs.iter().map(Message::encoded_len).sum::<usize>();
        let stored = self.write(bytes, move |transaction| {
            if transaction.open_table(SCANS)?.get(scan.id.as_bytes())?.is_some() {
                return Ok(Err(Error::Planned { scan: scan.id }));
            }
            if let Some(fire) = fire
                && !fires::put(transaction, &fire)?
            {
                // No failure of the store: who writes beside this goes on.
                return Ok(Err(Error::Fired { schedule: fire.schedule, time: fire.time }));
            }
            if let Some(act) = act {
                audit::append(transaction, act)?;
            }
            if let Some(governance) = governance {
                scan.governance = governance::put(transaction, &governance)?;
            }
            scan.night = key::next_night(transaction)?;
            packed::put(&mut transaction.open_table(SCANS)?, &scan.id, &scan)?;
            packed::put(&mut transaction.open_table(PLANS)?, &scan.id, &plan)?;
            let mut table = transaction.open_table(JOBS)?;
            for job in jobs {
                sealed::put_record(&mut table, &key::job(&job.scan, &job.id), &job)?;
            }
            Ok(Ok(scan.night))
        });
        stored.await?
    }

    /// Takes a scan up again that did not come to its end: it runs, and all its jobs are where those of a running scan are.
    ///
    /// # Errors
    /// When it is complete; or it does not run, and a later one was planned since (what that found is newer); or the store
    /// fails. Of those that ran beside each other when their process was killed, all can: what a later one has found
    /// stays, and an older job that comes to the same account and Region ends as superseded.
    pub async fn resume_scan(&self, scan: &ScanId, given_up: GivenUp) -> Result<(Scan, Vec<Job>), Error> {
        let id = scan.clone();
        let record = self
            .write(0, move |transaction| {
                let mut table = transaction.open_table(SCANS)?;
                let wanted = || Error::NotToResume { scan: id.to_string() };
                let Some(mut scan) = packed::get::<Scan>(&table, id.as_str(), "scan")? else {
                    return Ok(Err(wanted()));
                };
                let is_newest = || key::last_night(&transaction.open_table(META)?).map(|last| scan.night == last);
                let can_go_on = match scan.state() {
                    ScanState::Complete | ScanState::Unspecified => false,
                    ScanState::Running => true,
                    ScanState::Interrupted | ScanState::Failed => is_newest()?,
                };
                if !can_go_on {
                    return Ok(Err(wanted()));
                }
                scan.set_state(ScanState::Running);
                scan.problem.clear();
                scan.finished.clear();
                scan.counts = None;
                scan.roadmap = None;
                packed::put(&mut table, id.as_str(), &scan)?;
                archive::take_back(transaction, &id)?;
                if given_up == GivenUp::IsTriedAgain {
                    try_again(transaction, &id)?;
                }
                Ok(Ok(scan))
            })
            .await??;
        Ok((record, self.jobs(scan)?))
    }

    /// Gives up every job of a scan that has not ended, for one reason.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn abandon_rest(&self, scan: &ScanId, problem: &str) -> Result<(), Error> {
        let (scan, problem) = (scan.clone(), problem.to_owned());
        self.write(0, move |transaction| {
            let mut table = transaction.open_table(JOBS)?;
            let (from, to) = key::jobs_of(&scan);
            let mut left = Vec::new();
            for entry in table.range(from.as_bytes()..to.as_bytes())? {
                let (key, value) = entry?;
                // A record that cannot be read ends its job by itself.
                let Ok(job) = sealed::open_record::<Job>(&table, key.value(), value.value(), "job") else { continue };
                if !matches!(job.state(), JobState::Committed | JobState::Abandoned) {
                    left.push(job);
                }
            }
            for mut job in left {
                job.set_state(JobState::Abandoned);
                job.problem.clone_from(&problem);
                sealed::put_record(&mut table, &key::job(&job.scan, &job.id), &job)?;
                delete_chunks(transaction, &job.id, u32::MAX)?;
            }
            Ok(())
        })
        .await
    }

    /// Marks the end of a scan, and sums up its rows.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn finish_scan(&self, scan: &ScanId, finished: &str, end: ScanEnd) -> Result<(), Error> {
        let (id, finished) = (scan.clone(), finished.to_owned());
        self.write(0, move |transaction| {
            let counts = count_rows(transaction, &id)?;
            archive::put_away(transaction, &id)?;
            let mut table = transaction.open_table(SCANS)?;
            let Some(mut scan) = packed::get::<Scan>(&table, id.as_str(), "scan")? else { return Ok(()) };
            (scan.finished, scan.counts) = (finished, Some(counts));
            let (state, problem) = match end {
                ScanEnd::Complete => (ScanState::Complete, String::new()),
                ScanEnd::Interrupted => (ScanState::Interrupted, String::new()),
                ScanEnd::Stopped(problem) => (ScanState::Interrupted, problem),
                ScanEnd::Failed(problem) => (ScanState::Failed, problem),
            };
            scan.set_state(state);
            scan.problem = problem;
            packed::put(&mut table, id.as_str(), &scan)?;
            drop(table);
            departures::note(transaction, &scan)
        })
        .await
    }

    /// Adds a note to a scan that its reports show; the same one once.
    ///
    /// # Errors
    /// When the disk fails, or the record is damaged.
    pub async fn note(&self, scan: &ScanId, text: &str) -> Result<(), Error> {
        let (id, text) = (scan.clone(), text.to_owned());
        self.write(0, move |transaction| {
            let mut table = transaction.open_table(SCANS)?;
            let Some(mut scan) = packed::get::<Scan>(&table, id.as_str(), "scan")? else { return Ok(()) };
            if scan.notes.contains(&text) {
                return Ok(());
            }
            scan.notes.push(text);
            packed::put(&mut table, id.as_str(), &scan)
        })
        .await
    }

    /// Writes down how far the organization was along the handbook when a scan of it ended.
    ///
    /// # Errors
    /// When the disk fails, or the record is damaged.
    pub async fn note_roadmap(&self, scan: &ScanId, figures: RoadmapFigures) -> Result<(), Error> {
        let id = scan.clone();
        self.write(0, move |transaction| {
            let mut table = transaction.open_table(SCANS)?;
            let Some(mut scan) = packed::get::<Scan>(&table, id.as_str(), "scan")? else { return Ok(()) };
            scan.roadmap = Some(figures);
            packed::put(&mut table, id.as_str(), &scan)
        })
        .await
    }

    /// A scan by id.
    ///
    /// # Errors
    /// When the disk fails or the record is damaged.
    pub fn scan(&self, id: &ScanId) -> Result<Option<Scan>, Error> {
        self.read(|transaction| {
            let mut scan = packed::get::<Scan>(&transaction.open_table(SCANS)?, id.as_str(), "scan")?;
            if let Some(scan) = &mut scan
                && !self.is_written
            {
                interrupt(scan);
            }
            // A damaged page may hide a scan; its plan was stored with it, and goes with it.
            let is_planned = || match opened(transaction, PLANS)? {
                Some(plans) => Ok::<_, Error>(plans.get(id.as_str().as_bytes())?.is_some()),
                None => Ok(false),
            };
            match scan {
                None if is_planned()? => Err(Error::Damaged { what: "scan" }),
                scan => Ok(scan),
            }
        })
    }

    /// All scans, the newest first: ids are ULIDs.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn scans(&self) -> Result<Vec<StoredScan>, Error> {
        self.read(|transaction| {
            let Some(table) = opened(transaction, SCANS)? else { return Ok(Vec::new()) };
            let mut scans = Vec::new();
            for entry in table.iter()?.rev() {
                let (key, value) = entry?;
                let id = std::str::from_utf8(key.value()).ok().and_then(|id| id.parse().ok());
                let id = id.ok_or(Error::Damaged { what: "scan" })?;
                let mut head = packed::open::<ScanHead>(&table, key.value(), value.value(), "scan");
                if let Ok(head) = &mut head
                    && !self.is_written
                    && head.state() == ScanState::Running
                {
                    head.set_state(ScanState::Interrupted);
                    head.problem = LEFT.to_owned();
                }
                scans.push(StoredScan { id, head });
            }
            // A damaged page may hide what is behind it.
            if scans.len() as u64 != table.len()? {
                return Err(Error::Damaged { what: "list of scans" });
            }
            Ok(scans)
        })
    }

    /// The scans that run, the oldest first: after [`Store::create_to_go_on`], those that a killed process left.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn running_scans(&self) -> Result<Vec<ScanId>, Error> {
        let is_running = |scan: &StoredScan| scan.head.as_ref().is_ok_and(|head| head.state() == ScanState::Running);
        Ok(self.scans()?.into_iter().rev().filter(is_running).map(|scan| scan.id).collect())
    }

    /// The jobs of a scan, by id. One whose record is damaged or missing stands there as it was planned, in no state,
    /// with the problem that it has.
    ///
    /// # Errors
    /// When the disk fails, or a record is damaged of which the scan does not know what it was.
    pub fn jobs(&self, scan: &ScanId) -> Result<Vec<Job>, Error> {
        self.read(|transaction| {
            let mut lost = match opened(transaction, PLANS)? {
                Some(plans) => packed::get(&plans, scan.as_str(), "plan")?.map(|plan| planned_jobs(scan, plan)),
                None => None,
            }
            .unwrap_or_default();
            let table = transaction.open_table(JOBS)?;
            let (from, to) = key::jobs_of(scan);
            let mut jobs = Vec::new();
            for entry in table.range(from.as_bytes()..to.as_bytes())? {
                let (key, value) = entry?;
                match sealed::open_record::<Job>(&table, key.value(), value.value(), "job") {
                    Ok(job) => {
                        lost.remove(&job.id);
                        jobs.push(job);
                    }
                    Err(error) => {
                        let id = key::job_in(key.value(), &from);
                        if id.is_none_or(|id| !lost.contains_key(id)) {
                            return Err(error);
                        }
                    }
                }
            }
            for job in archive::all(&transaction.open_table(DONE)?, scan)? {
                lost.remove(&job.id);
                jobs.push(job);
            }
            if !lost.is_empty() {
                tracing::error!(jobs = lost.len(), "records of jobs are damaged in the store");
                jobs.extend(lost.into_values());
            }
            jobs.sort_by(|one, other| one.id.cmp(&other.id));
            Ok(jobs)
        })
    }
}

/// Makes jobs that were given up wait again.
fn try_again(transaction: &WriteTransaction, scan: &ScanId) -> Result<(), Error> {
    let mut table = transaction.open_table(JOBS)?;
    let (from, to) = key::jobs_of(scan);
    let mut given_up = Vec::new();
    for entry in table.range(from.as_bytes()..to.as_bytes())? {
        let (key, value) = entry?;
        // A record that cannot be read ends its job by itself.
        let job = sealed::open_record::<Job>(&table, key.value(), value.value(), "job").ok();
        given_up.extend(job.filter(|job| job.state() == JobState::Abandoned));
    }
    for mut job in given_up {
        job.set_state(JobState::Ready);
        job.problem.clear();
        job.failed_attempts = 0;
        sealed::put_record(&mut table, &key::job(scan, &job.id), &job)?;
    }
    Ok(())
}

/// The jobs that a scan was planned with, as they read when their records are lost.
fn planned_jobs(scan: &ScanId, plan: Plan) -> BTreeMap<String, Job> {
    let jobs = plan.jobs.iter().map(|planned| Job {
        id: planned.id.clone(),
        scan: String::from(scan),
        account: planned.account,
        region: plan.regions.get(planned.region as usize).cloned().unwrap_or_default(),
        controls: plan.controls.get(planned.controls as usize).map(|list| list.indexes.clone()).unwrap_or_default(),
        problem: LOST.to_owned(),
        ..Job::default()
    });
    jobs.map(|job| (job.id.clone(), job)).collect()
}

/// Rows of a scan by status. A control of a job that did not run is one unknown row, as reports show it.
fn count_rows(transaction: &WriteTransaction, scan: &ScanId) -> Result<Counts, Error> {
    let table = transaction.open_table(JOBS)?;
    let (from, to) = key::jobs_of(scan);
    let mut counts = Counts::default();
    for entry in table.range(from.as_bytes()..to.as_bytes())? {
        let (key, value) = entry?;
        // A record that cannot be read has no rows to count; readers are told where they meet it.
        let Ok(job) = sealed::open_record::<Job>(&table, key.value(), value.value(), "job") else { continue };
        counts = counts.plus(match (job.state(), job.counts) {
            (JobState::Committed, Some(counts)) => counts,
            _ => Counts { unknown: job.controls.len() as u64, ..Counts::default() },
        });
    }
    Ok(counts)
}

/// Scans that still read as running when their store is opened to write were left so by a process that was killed.
///
/// # Errors
/// When the disk fails. A record that cannot be read stays as it is.
pub(super) fn mark_interrupted(transaction: &WriteTransaction) -> Result<(), Error> {
    let mut table = transaction.open_table(SCANS)?;
    let mut left = Vec::new();
    for entry in table.iter()? {
        let (key, value) = entry?;
        let is_running = |head: &ScanHead| head.state() == ScanState::Running;
        if packed::open::<ScanHead>(&table, key.value(), value.value(), "scan").is_ok_and(|head| is_running(&head)) {
            left.extend(packed::open::<Scan>(&table, key.value(), value.value(), "scan"));
        }
    }
    for mut scan in left {
        interrupt(&mut scan);
        let id = scan.id.clone();
        packed::put(&mut table, &id, &scan)?;
    }
    Ok(())
}

/// A scan that reads as running, with nobody there who runs it.
fn interrupt(scan: &mut Scan) {
    if scan.state() == ScanState::Running {
        scan.set_state(ScanState::Interrupted);
        scan.problem = LEFT.to_owned();
    }
}
