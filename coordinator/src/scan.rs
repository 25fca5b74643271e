//! A scan that runs, as small as it can be kept: a large organization has a hundred thousand jobs. Pure.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use plumbline_aws::partition;
use plumbline_baseline::{JobId, Region, ScanId};
use plumbline_proto::agent_v1::{self as wire, Organization};
use plumbline_telemetry::propagation::{self, TRACEPARENT};
use tracing::Span;

use crate::board::{Place, Site};
use crate::store::record;

/// A scan that runs.
pub(crate) struct Scan {
    /// Its id.
    pub(crate) id: ScanId,
    /// What was planned.
    pub(crate) record: record::Scan,
    jobs: HashMap<JobId, Job>,
    accounts: HashSet<String>,
    /// By index of the account. Kept here and nowhere on disk.
    external_ids: Vec<String>,
    /// Who belongs to the organization, as agents are told.
    organization: Option<Organization>,
    /// The accounts and what they are below, in the order of the accounts.
    sites: Vec<Option<Arc<Site>>>,
    /// What its jobs have in common, as agents are told.
    in_common: Option<wire::Scan>,
    /// Its trace, which ends when nobody needs the scan any more.
    _span: Span,
}

/// One job of it.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    /// Index of the account in the scan.
    pub(crate) account: u32,
    /// The Region.
    pub(crate) region: Region,
    /// Indexes of its controls in the scan; the same list for all jobs that have the same ones.
    pub(crate) controls: Arc<[u32]>,
}

impl Scan {
    /// The scan and its jobs, in planned order.
    ///
    /// # Errors
    /// When an id is not one.
    pub(crate) fn new(
        record: record::Scan,
        jobs: &[record::Job],
    ) -> Result<(Self, Vec<JobId>), plumbline_baseline::id::Invalid> {
        let mut regions: HashSet<Region> = HashSet::new();
        let mut lists: HashSet<Arc<[u32]>> = HashSet::new();
        let (mut known, mut order) = (HashMap::with_capacity(jobs.len()), Vec::with_capacity(jobs.len()));
        for job in jobs {
            let id: JobId = job.id.parse()?;
            let region = match regions.get(job.region.as_str()) {
                Some(region) => region.clone(),
                None => job.region.parse()?,
            };
            regions.insert(region.clone());
            let controls = match lists.get(job.controls.as_slice()) {
                Some(controls) => Arc::clone(controls),
                None => job.controls.as_slice().into(),
            };
            lists.insert(Arc::clone(&controls));
            known.insert(id.clone(), Job { account: job.account, region, controls });
            order.push(id);
        }
        let sites = sites(&record, None);
        let accounts = record.accounts.iter().map(|account| account.id.clone()).collect();
        Ok((
            Self {
                id: record.id.parse()?,
                record,
                jobs: known,
                accounts,
                external_ids: Vec::new(),
                organization: None,
                sites,
                in_common: None,
                _span: Span::none(),
            },
            order,
        ))
    }

    /// With the number that the store gave it.
    pub(crate) fn with_night(mut self, night: u32) -> Self {
        self.record.night = night;
        self
    }

    /// The external ids of the accounts' roles, in the order of the accounts.
    pub(crate) fn with_external_ids(self, external_ids: Vec<String>) -> Self {
        Self { external_ids, ..self }
    }

    /// Who belongs to the organization, as agents are told.
    pub(crate) fn with_organization(self, organization: Option<Organization>) -> Self {
        let sites = sites(&self.record, organization.as_ref());
        Self { organization, sites, ..self }
    }

    /// Who belongs to the organization; `None` without one.
    pub(crate) fn organization(&self) -> Option<&Organization> {
        self.organization.as_ref()
    }

    /// What its jobs have in common, as agents are told.
    pub(crate) fn with_in_common(self, in_common: Option<wire::Scan>) -> Self {
        Self { in_common, ..self }
    }

    /// As a trace of its own, of which agents are told with what jobs have in common.
    pub(crate) fn traced(mut self) -> Self {
        let span = tracing::info_span!(parent: None, "scan", scan = %self.id, jobs = self.jobs.len());
        if let Some(common) = &mut self.in_common {
            common.traceparent = propagation::inject(&span).remove(TRACEPARENT).unwrap_or_default();
        }
        Self { _span: span, ..self }
    }

    /// What its jobs have in common; `None` when every job says it all.
    pub(crate) fn in_common(&self) -> Option<&wire::Scan> {
        self.in_common.as_ref()
    }

    /// One job with each list of controls, the lists of most jobs first.
    pub(crate) fn of_every_kind(&self) -> Vec<&Job> {
        let mut lists: HashMap<&[u32], (usize, &Job)> = HashMap::new();
        for job in self.jobs.values() {
            let (count, first) = lists.entry(&job.controls).or_insert((0, job));
            *count += 1;
            *first = std::cmp::min_by_key(*first, job, |job| (job.account, &job.region));
        }
        let mut jobs: Vec<(usize, &Job)> = lists.into_values().collect();
        jobs.sort_by_key(|(count, job)| (Reverse(*count), job.account, &job.region));
        jobs.into_iter().map(|(_, job)| job).collect()
    }

    /// The external id of an account's role; empty for none.
    pub(crate) fn external_id(&self, account: u32) -> &str {
        self.external_ids.get(account as usize).map_or("", String::as_str)
    }

    /// A job.
    pub(crate) fn job(&self, id: &JobId) -> Option<&Job> {
        self.jobs.get(id)
    }

    /// The ids of its jobs, in no order.
    pub(crate) fn job_ids(&self) -> impl Iterator<Item = &JobId> {
        self.jobs.keys()
    }

    /// Whether an account is one of the organization's.
    pub(crate) fn has_account(&self, id: &str) -> bool {
        self.accounts.contains(id)
    }

    /// The accounts and Regions of jobs that agents do.
    pub(crate) fn places_of(&self, jobs: &[JobId]) -> HashSet<(String, String)> {
        let jobs = jobs.iter().filter_map(|job| self.job(job)).filter(|job| !job.region.is_organization());
        let place =
            |job: &Job| Some((self.record.accounts.get(job.account as usize)?.id.clone(), job.region.to_string()));
        jobs.filter_map(place).collect()
    }

    /// Where a job is done; `None` when its account has no valid id.
    pub(crate) fn place(&self, job: &Job) -> Option<Place> {
        let site = self.sites.get(job.account as usize)?.clone()?;
        Some(Place { site, region: job.region.clone() })
    }

    /// The controls of a job.
    pub(crate) fn controls<'a>(&'a self, job: &'a Job) -> impl Iterator<Item = &'a record::Control> {
        job.controls.iter().filter_map(|&index| self.record.controls.get(index as usize))
    }
}

/// The accounts of a scan, each with the ids of the root and the units that it is below, where the organization says.
fn sites(record: &record::Scan, organization: Option<&Organization>) -> Vec<Option<Arc<Site>>> {
    let mut above: HashMap<&str, Vec<String>> = HashMap::new();
    for unit in organization.into_iter().flat_map(|organization| &organization.units) {
        // `o-…/r-…/ou-…/`: the organization itself is no bound.
        let ids: Vec<String> = unit.path.split('/').skip(1).filter(|id| !id.is_empty()).map(str::to_owned).collect();
        unit.accounts.iter().for_each(|account| drop(above.insert(account, ids.clone())));
    }
    let home_region = partition::home_region(&record.partition).and_then(|region| region.parse().ok());
    let site = |account: &record::Account| {
        let units = above.get(account.id.as_str()).cloned().unwrap_or_default();
        Some(Arc::new(Site { account: account.id.parse().ok()?, units, home_region: home_region.clone() }))
    };
    record.accounts.iter().map(site).collect()
}
