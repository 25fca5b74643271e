//! The jobs of a plan, in the order in which they should start. Pure.

use plumbline_baseline::Region;

use super::select::Chosen;
use super::{ControlScope, GLOBAL, Plan, PlannedAccount, PlannedJob};
use crate::organization::RegionSource;

/// None for an account whose baseline has nothing to run in it. Fair by account: every account's global job first, then one Region of each account in turn. Each account begins with
/// another one, so that what is in flight is spread over the Regions: none of them may hold all calls.
pub(super) fn jobs(plan: &Plan, chosen: &Chosen) -> Vec<PlannedJob> {
    let kinds = |baseline| ControlScope::ALL.map(|scope| !plan.in_baseline(baseline, scope).is_empty());
    let kinds: Vec<[bool; 4]> = (0..plan.baselines.len()).map(kinds).collect();
    let has_controls = |planned: &PlannedAccount, scope: ControlScope| kinds[planned.baseline][scope as usize];
    let mut jobs = Vec::new();
    let active = || plan.accounts.iter().enumerate().filter(|(_, planned)| planned.skipped.is_none());
    if chosen.wants_global() {
        let global: Region = GLOBAL.parse().expect("the pseudo-Region has the form of a Region");
        for (index, planned) in active() {
            let is_management = plan.management_account.as_ref() == Some(&planned.account.id);
            let scope = if is_management { ControlScope::Management } else { ControlScope::Global };
            if has_controls(planned, scope) {
                jobs.push(PlannedJob { account: index, region: global.clone(), scope });
            }
        }
    }
    let has_regional = |(_, planned): &(usize, &PlannedAccount)| has_controls(planned, ControlScope::Regional);
    jobs.extend(regional(active().filter(has_regional), chosen));
    jobs.extend(of_findings(plan, chosen).filter(|job| has_controls(&plan.accounts[job.account], job.scope)));
    jobs
}

/// One Region of each account in turn.
fn regional<'a>(active: impl Iterator<Item = (usize, &'a PlannedAccount)>, chosen: &Chosen) -> Vec<PlannedJob> {
    let mut jobs = Vec::new();
    let regions: Vec<(usize, Vec<Region>)> =
        active.map(|(index, planned)| (index, regions_of(planned, chosen))).collect();
    let longest = regions.iter().map(|(_, regions)| regions.len()).max().unwrap_or(0);
    for position in 0..longest {
        for (turn, (account, regions)) in regions.iter().enumerate() {
            if position < regions.len() {
                let region = regions[(position + turn) % regions.len()].clone();
                jobs.push(PlannedJob { account: *account, region, scope: ControlScope::Regional });
            }
        }
    }
    jobs
}

/// The job of the organization, in its management account: where all accounts are asked for, and what belongs to them as a
/// whole. Of a part of them, nothing can be said of all.
fn of_findings(plan: &Plan, chosen: &Chosen) -> Option<PlannedJob> {
    if !chosen.wants_global() || !chosen.wants_all_accounts() {
        return None;
    }
    let management = plan.management_account.as_ref()?;
    let account = plan.accounts.iter().position(|planned| planned.account.id == *management)?;
    let region = Region::ORGANIZATION.parse().expect("the pseudo-Region has the form of a Region");
    Some(PlannedJob { account, region, scope: ControlScope::Findings })
}

/// The account's Regions to scan. Where nothing says which ones it has, those that were asked for by name are tried: a job
/// says that a Region is not enabled, and a Region without a job says nothing.
fn regions_of(planned: &PlannedAccount, chosen: &Chosen) -> Vec<Region> {
    let regions = &planned.account.regions;
    match (regions.source, chosen.named_regions()) {
        (RegionSource::Learned(_) | RegionSource::AssumedFromCaller, _) | (_, None) => {
            regions.enabled.iter().filter(|region| chosen.wants_region(region.as_str())).cloned().collect()
        }
        (_, Some(named)) => named.cloned().collect(),
    }
}
