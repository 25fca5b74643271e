//! From a plan to records, and from records to what an agent is told. Pure.

mod premises;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use plumbline_baseline::{Doc, Region, ScanId, Unread, UnreadReason};
use plumbline_proto::MAX_MESSAGE_BYTES;
use plumbline_proto::agent_v1::{
    Access, Account, ControlPolicy, DelegatedService, JobSpec, Organization, OrganizationUnit,
};
use plumbline_proto::spec;
use prost::Message;

use crate::organization::{self, Gap, Place, RegionSource};
use crate::plan::{ControlScope, Plan, PlannedBaseline, PlannedControl};
use crate::read::REGIONS;
use crate::scan::{Job, Scan};
use crate::store::record::{self, Limit, ScanKind};

pub(crate) use premises::{is_collected_by, premises, scope_of};

/// What a scan is called and when it began; the caller has the clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanStart {
    /// A ULID: later scans sort after earlier ones.
    pub scan: ScanId,
    /// Which organization it is about.
    pub subject: Subject,
    /// The options that limit what is scanned; empty for everything that the credentials lead to.
    pub limits: Vec<Limit>,
    /// ISO-8601 UTC.
    pub started: String,
    /// Version of the scanner.
    pub version: String,
    /// Digest of the pack.
    pub pack_digest: String,
    /// Whether documents stay in the accounts, and agents deliver verdicts alone.
    pub without_documents: bool,
    /// The governance that it carries: reports of it are read under that, where no folder is given.
    pub governance: Option<record::Governance>,
}

/// Which organization a scan is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The user's own.
    Real,
    /// A simulated one.
    Demonstration,
}

impl ScanStart {
    fn kind(&self, plan: &Plan) -> ScanKind {
        match self.subject {
            Subject::Demonstration => ScanKind::Demonstration,
            Subject::Real if !self.limits.is_empty() => ScanKind::Limited,
            Subject::Real if plan.gaps.iter().any(Gap::may_hide_accounts) => ScanKind::Partial,
            Subject::Real => ScanKind::Full,
        }
    }
}

/// The records of a planned scan. Job ids sort in planned order.
pub(crate) fn records(plan: &Plan, start: &ScanStart) -> (record::Scan, Vec<record::Job>) {
    let regional = plan.jobs.iter().filter(|job| job.scope == ControlScope::Regional);
    let wanted: BTreeSet<&str> = regional.map(|job| job.region.as_str()).collect();
    let accounts = plan.accounts.iter().map(|planned| record::Account {
        id: planned.account.id.to_string(),
        name: planned.account.name.to_string(),
        ou: planned.account.ou_path().to_owned(),
        skipped: planned.skipped.clone().unwrap_or_default(),
        tags: planned.account.tags.clone().into_iter().collect(),
        role_arn: planned.role_arn.clone(),
        tags_unread: unread_json(planned.account.tags_unread.as_ref()),
        unread: unread_members(plan, &planned.account),
        enabled_regions: enabled_regions(&planned.account, &wanted),
        baseline: index(planned.baseline),
        units: units_above(plan, &planned.account.place),
    });
    let scan = record::Scan {
        id: String::from(&start.scan),
        started: start.started.clone(),
        finished: String::new(),
        partition: plan.partition.clone(),
        organization: plan.organization.as_deref().unwrap_or_default().to_owned(),
        management_account: plan.management_account.as_ref().map(String::from).unwrap_or_default(),
        version: start.version.clone(),
        pack_digest: start.pack_digest.clone(),
        accounts: accounts.collect(),
        controls: plan.controls.iter().map(control).collect(),
        notes: plan.notes.clone(),
        kind: start.kind(plan) as i32,
        selection: start.limits.clone(),
        state: record::ScanState::Running as i32,
        problem: String::new(),
        counts: None,
        accounts_planned: plan.jobs.iter().map(|job| job.account).collect::<HashSet<_>>().len() as u64,
        jobs_planned: plan.jobs.len() as u64,
        gaps: plan.gaps.iter().map(|gap| record::Gap { code: gap.code().to_owned(), text: gap.to_string() }).collect(),
        night: 0, // the store counts
        without_documents: start.without_documents,
        premises: Vec::new(),   // the store names them
        governance: Vec::new(), // and this
        baselines: baselines(plan),
    };
    let mut lists: BTreeMap<(usize, ControlScope), Vec<u32>> = BTreeMap::new();
    let jobs = plan.jobs.iter().enumerate().map(|(number, job)| record::Job {
        id: format!("{}-{number:06}", start.scan),
        scan: String::from(&start.scan),
        account: index(job.account),
        region: job.region.to_string(),
        controls: {
            let baseline = plan.accounts[job.account].baseline;
            let list = || plan.in_baseline(baseline, job.scope);
            lists.entry((baseline, job.scope)).or_insert_with(list).clone()
        },
        state: record::JobState::Ready as i32,
        ..record::Job::default()
    });
    let jobs = jobs.collect();
    (scan, jobs)
}

/// The ids of the units on the way from the root to a place.
fn units_above(plan: &Plan, place: &Place) -> Vec<String> {
    let Place::Unit { id, .. } = place else { return Vec::new() };
    let mut units = vec![id.to_string()];
    let mut next = plan.units.get(id).cloned().flatten();
    // Whatever AWS lists, no way is longer than there are units.
    while let Some(id) = next.filter(|_| units.len() <= plan.units.len()) {
        units.push(id.to_string());
        next = plan.units.get(&id).cloned().flatten();
    }
    units.reverse();
    units
}

fn index(index: usize) -> u32 {
    u32::try_from(index).expect("an organization has fewer than 2^32 accounts")
}

/// What accounts have, the scan's own in front; none where all have that.
fn baselines(plan: &Plan) -> Vec<record::Baseline> {
    let baseline = |planned: &PlannedBaseline| record::Baseline {
        name: planned.name.to_string(),
        controls: planned.controls.clone(),
        left_out: planned.left_out.iter().map(ToString::to_string).collect(),
    };
    match plan.baselines.as_slice() {
        [] | [_] => Vec::new(),
        several => several.iter().map(baseline).collect(),
    }
}

/// Who belongs to the organization, as an agent is told once; `None` without one. A list that no message has room for is
/// one that nobody read.
pub(crate) fn organization(plan: &Plan, start: &ScanStart) -> Option<Organization> {
    let members = plan.members.as_ref()?;
    let units = members.accounts.iter().map(|(path, accounts)| OrganizationUnit {
        path: path.clone(),
        accounts: accounts.iter().map(String::from).collect(),
    });
    let delegated = plan.delegated.iter().flatten().map(|(service, accounts)| DelegatedService {
        service: service.clone(),
        accounts: accounts.iter().map(String::from).collect(),
    });
    let told = Organization {
        scan_id: String::from(&start.scan),
        units: units.collect(),
        unread: unread_json(members.unread.as_ref()),
        delegated: delegated.collect(),
        delegated_unread: unread_json(plan.delegated.as_ref().err()),
        control_policies: plan.control_policies.iter().flatten().map(control_policy).collect(),
        control_policies_unread: unread_json(plan.control_policies.as_ref().err()),
    };
    let told = match told.encoded_len() < MAX_MESSAGE_BYTES / 2 || told.control_policies.is_empty() {
        true => told,
        false => Organization {
            control_policies: Vec::new(),
            control_policies_unread: unread_json(Some(&organization::ControlPolicy::too_many())),
            ..told
        },
    };
    if told.encoded_len() < MAX_MESSAGE_BYTES / 2 {
        return Some(told);
    }
    let detail = "the organization has more accounts than an agent can be told of";
    let unread = Unread::new(UnreadReason::PartialListing, "organizations:ListAccounts", detail);
    Some(Organization { units: Vec::new(), unread: unread_json(Some(&unread)), ..told })
}

fn control_policy(policy: &organization::ControlPolicy) -> ControlPolicy {
    ControlPolicy {
        name: policy.name.clone(),
        content: policy.content.clone().unwrap_or_default(),
        content_unread: unread_json(policy.content.as_ref().err()),
        targets: policy.targets.clone().unwrap_or_default(),
        targets_unread: unread_json(policy.targets.as_ref().err()),
    }
}

/// What expressions must not take for empty.
fn unread_members(plan: &Plan, account: &organization::Account) -> HashMap<String, String> {
    let mut members = HashMap::new();
    if let Place::Unknown(why) = &account.place {
        members.insert("ou_path".to_owned(), unread_json(Some(why)));
        if account.name.is_empty() {
            members.insert("name".to_owned(), unread_json(Some(why)));
        }
    }
    if matches!(account.regions.source, RegionSource::AssumedFromCaller | RegionSource::AssumedDefault) {
        let why = Unread::new(UnreadReason::PartialListing, "", "its Regions could not be learned");
        members.insert(REGIONS.to_owned(), unread_json(Some(&why)));
    }
    if let Some(why) = &plan.organization_unread {
        for member in ["organization_id", "management_account_id", "is_management"] {
            members.insert(member.to_owned(), unread_json(Some(why)));
        }
    }
    members
}

/// As documents hold what was not read; empty text for nothing.
fn unread_json(unread: Option<&Unread>) -> String {
    unread.map_or_else(String::new, |unread| Doc::Unread(Arc::new(unread.clone())).to_json())
}

fn control(control: &PlannedControl) -> record::Control {
    record::Control {
        id: control.id.to_string(),
        title: control.title.to_string(),
        finding: Some(record::Finding { one: control.finding.one.clone(), other: control.finding.other.clone() }),
        severity: control.severity.as_str().to_owned(),
        level: control.level.into(),
        frameworks: serde_json::to_string(&*control.frameworks).expect("maps of text are JSON"),
        settings: settings_json(&control.settings),
    }
}

/// Where to ask about what belongs to no Region: those of an account's Regions that the scan wants first, since the
/// organization's policies most likely allow them. Where nobody asked for the account's Regions, those alone.
fn enabled_regions(account: &organization::Account, wanted: &BTreeSet<&str>) -> Vec<String> {
    let enabled: Vec<&str> = account.regions.enabled.iter().map(Region::as_str).collect();
    if enabled.is_empty() {
        return wanted.iter().map(|&region| region.to_owned()).collect();
    }
    let (first, rest): (Vec<&str>, Vec<&str>) = enabled.into_iter().partition(|region| wanted.contains(region));
    first.into_iter().chain(rest).map(str::to_owned).collect()
}

/// An object as JSON; empty text for no settings.
pub(crate) fn settings_json(settings: &BTreeMap<String, Doc>) -> String {
    if settings.is_empty() {
        return String::new();
    }
    serde_json::to_string(settings).expect("documents are JSON")
}

/// What an agent is told about a job; `None` when the record names an account that the scan does not have.
pub(crate) fn job_spec(scan: &Scan, job: &Job) -> Option<JobSpec> {
    let record = &scan.record;
    let account = record.accounts.get(job.account as usize)?;
    let settings: HashMap<String, String> = scan
        .controls(job)
        .filter(|control| !control.settings.is_empty())
        .map(|control| (control.id.clone(), control.settings.clone()))
        .collect();
    Some(JobSpec {
        scan_id: record.id.clone(),
        account: Some(Account {
            id: account.id.clone(),
            name: account.name.clone(),
            ou_path: account.ou.clone(),
            tags: account.tags.clone(),
            is_management: !record.management_account.is_empty() && account.id == record.management_account,
            organization_id: record.organization.clone(),
            management_account_id: record.management_account.clone(),
            tags_unread: account.tags_unread.clone(),
            unread: account.unread.clone(),
        }),
        region: String::from(&job.region),
        partition: record.partition.clone(),
        access: Some(Access {
            role_arn: account.role_arn.clone(),
            external_id: scan.external_id(job.account).to_owned(),
            // CloudTrail of the member account shows it with every call; the role's trust policy asks for it.
            source_identity: format!("plumbline-{}", record.id),
        }),
        controls: scan.controls(job).map(|control| control.id.clone()).collect(),
        pack_digest: record.pack_digest.clone(),
        now: record.started.clone(),
        settings,
        enabled_regions: account.enabled_regions.clone(),
        has_organization: scan.organization().is_some(),
        wants_documents: record.keeps_documents(),
        control_set: 0,
        regions: Vec::new(),
        told_account: 0,
        told_region: 0,
    })
}

/// What the jobs of a scan have in common, as an agent is told once. Lists of controls are told as long as there is room:
/// where accounts have many baselines, the jobs of those that are not told say theirs themselves.
pub(crate) fn in_common(scan: &Scan) -> Option<plumbline_proto::agent_v1::Scan> {
    let mut room = MAX_MESSAGE_BYTES / 4;
    let has_room = |spec: &JobSpec| {
        let bytes = spec.controls.iter().map(|id| id.len() + 2).sum::<usize>();
        let rest = room.checked_sub(bytes);
        room = rest.unwrap_or(room);
        rest.is_some()
    };
    let specs: Vec<JobSpec> =
        scan.of_every_kind().into_iter().filter_map(|job| job_spec(scan, job)).filter(has_room).collect();
    let mut common = spec::in_common(&specs)?;
    let mut known: HashSet<String> = common.regions.iter().cloned().collect();
    let regions = scan.record.accounts.iter().flat_map(|account| &account.enabled_regions);
    common.regions.extend(regions.filter(|region| known.insert((*region).clone())).cloned());
    Some(common)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(enabled: &[&str], wanted: &[&str], expected: &[&str]) {
        let id = "111122223333".parse().expect("twelve digits");
        let mut account = organization::Account::new(id, Place::Outside);
        account.regions.enabled = enabled.iter().map(|name| name.parse::<Region>().expect("a Region")).collect();
        assert_eq!(enabled_regions(&account, &wanted.iter().copied().collect()), expected);
    }

    #[test]
    fn the_regions_that_the_scan_wants_are_asked_first() {
        check(&["ap-south-1", "eu-west-1", "us-east-1"], &["eu-west-1"], &["eu-west-1", "ap-south-1", "us-east-1"]);
        check(&["ap-south-1"], &["eu-west-1"], &["ap-south-1"]);
        check(&[], &["eu-central-1", "eu-west-1"], &["eu-central-1", "eu-west-1"]);
    }
}
