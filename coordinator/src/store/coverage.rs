//! What a scan covered: in which accounts and Regions its jobs were stored, and with which controls. Two scans can only be
//! compared where both did.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use plumbline_baseline::ScanId;

use super::facts::Facts;
use super::record::{Job, JobState, Plan};
use super::scans::LOST;
use super::tables::opened;
use super::{DONE, Error, JOBS, PLANS, Store, archive, packed};

/// Of one scan.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// The scan's number.
    pub night: u32,
    /// Whether its jobs run all controls that are enabled: what another one said before is closed then.
    pub is_full: bool,
    /// The controls of what was stored, by `account/Region`.
    stored: HashMap<String, Arc<BTreeSet<String>>>,
    /// What was planned and not stored, by `account/Region`.
    missed: BTreeSet<String>,
    /// Jobs whose records are damaged: where they were, nobody can tell.
    pub damaged: u64,
}

impl Coverage {
    /// The controls that were asked in an account and Region; `None` where nothing was stored.
    pub fn controls(&self, scope: &str) -> Option<&BTreeSet<String>> {
        self.stored.get(scope).map(|controls| &**controls)
    }

    /// Whether the scan says all that there is to say of a control in an account and Region.
    pub fn says(&self, scope: &str, control: &str) -> bool {
        self.controls(scope).is_some_and(|controls| self.is_full || controls.contains(control))
    }

    /// What was stored, as `account/Region`.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.stored.keys().map(String::as_str)
    }

    /// Whether an account and Region was planned, and not stored.
    pub fn misses(&self, scope: &str) -> bool {
        self.missed.contains(scope)
    }

    /// What was planned and not stored, as `account/Region`.
    pub fn missed(&self) -> impl Iterator<Item = &str> {
        self.missed.iter().map(String::as_str)
    }

    fn add(&mut self, facts: &Facts, lists: &mut HashSet<Arc<BTreeSet<String>>>, job: &Job) -> Result<(), Error> {
        let scope = facts.scope(job)?;
        if job.state() != JobState::Committed {
            self.missed.insert(scope);
            return Ok(());
        }
        let mut controls = facts.controls(job);
        controls.extend(self.stored.get(&scope).into_iter().flat_map(|known| known.iter().cloned()));
        let controls = match lists.get(&controls) {
            Some(known) => Arc::clone(known),
            None => Arc::new(controls),
        };
        lists.insert(Arc::clone(&controls));
        self.stored.insert(scope, controls);
        Ok(())
    }
}

impl Store {
    /// Whether a scan stored something of an account and Region, with all controls that are enabled or with one of these.
    ///
    /// # Errors
    /// When the disk fails, or a record is damaged.
    pub fn looked_at(&self, scan: &ScanId, scope: &str, controls: &BTreeSet<&str>) -> Result<bool, Error> {
        let facts = self.facts(scan)?;
        self.read(|transaction| {
            let Some(plans) = opened(transaction, PLANS)? else { return Ok(false) };
            let Some(plan) = packed::get::<Plan>(&plans, scan.as_str(), "plan")? else { return Ok(false) };
            let (jobs, done) = (transaction.open_table(JOBS)?, transaction.open_table(DONE)?);
            for planned in &plan.jobs {
                let region = plan.regions.get(planned.region as usize).cloned().unwrap_or_default();
                let place = Job { account: planned.account, region, ..Job::default() };
                if facts.scope(&place)? != scope {
                    continue;
                }
                let Some(job) = archive::job(&jobs, &done, scan, &planned.id)? else { continue };
                let asks = facts.is_full || facts.controls(&job).iter().any(|control| controls.contains(&**control));
                if job.state() == JobState::Committed && asks {
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }

    /// What a scan covered. Reads the records of its jobs, and nothing of what they found.
    ///
    /// # Errors
    /// When the disk fails, or the scan's record is damaged.
    pub fn coverage(&self, scan: &ScanId) -> Result<Coverage, Error> {
        let facts = self.facts(scan)?;
        // Nearly all jobs have one of a few lists.
        let mut lists = HashSet::new();
        let mut coverage = Coverage { night: facts.night, is_full: facts.is_full, ..Coverage::default() };
        for job in self.jobs(scan)? {
            if job.problem == LOST {
                coverage.damaged += 1;
            } else {
                coverage.add(&facts, &mut lists, &job)?;
            }
        }
        Ok(coverage)
    }
}
