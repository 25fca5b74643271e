//! Refuses a scan that would call endpoints which AWS does not publish: with FIPS or dual-stack asked for, another endpoint
//! is never taken instead, and half a scan is told before it starts. Must not call anything.

use std::collections::{BTreeMap, BTreeSet};

use plumbline_aws::{Options, endpoint, partition};
use plumbline_baseline::Region;
use plumbline_baseline::pack::collector::Scope;
use plumbline_baseline::plan::CallPlan;
use plumbline_coordinator::plan::{GLOBAL, Plan, PlannedControl};

use crate::cloud::Cloud;
use crate::config::Settings;
use crate::failure::{Failure, Result};
use crate::pack::Pack;

/// Before anything is called: in the Regions that are named, or else in the caller's own.
///
/// # Errors
/// When AWS publishes no such endpoint of a service that is needed.
pub(crate) fn check_selection(
    cloud: &Cloud,
    settings: &Settings,
    pack: &Pack,
    controls: &[PlannedControl],
) -> Result<()> {
    let here = cloud.caller.region();
    let named = settings
        .regions
        .iter()
        .map(String::as_str)
        .filter(|region| !settings.exclude_regions.contains(&(*region).to_owned()));
    let mut regions: BTreeSet<&str> = named.filter(|region| *region != GLOBAL).collect();
    if settings.regions.is_empty() {
        regions.insert(here);
    }
    if settings.scans_global() {
        regions.insert(GLOBAL);
    }
    let mut places = places(pack, controls, regions, here);
    places.insert((here.to_owned(), "sts".to_owned()));
    published(cloud.client.options(), &places)
}

/// Before member accounts are called: in every Region of the plan, for what the baselines of its accounts need there.
///
/// # Errors
/// As [`check_selection`].
pub(crate) fn check_plan(cloud: &Cloud, pack: &Pack, plan: &Plan) -> Result<()> {
    let mut regions: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
    for job in &plan.jobs {
        regions.entry(plan.accounts[job.account].baseline).or_default().insert(job.region.as_str());
    }
    let of_baseline = |(baseline, regions): (usize, BTreeSet<&str>)| {
        let indexes = &plan.baselines[baseline].controls;
        let controls: Vec<&PlannedControl> = indexes.iter().map(|&index| &plan.controls[index as usize]).collect();
        places(pack, controls, regions, cloud.caller.region())
    };
    published(cloud.client.options(), &regions.into_iter().flat_map(of_baseline).collect())
}

/// Regions, and the services that controls need there.
fn places<'a>(
    pack: &Pack,
    controls: impl IntoIterator<Item = &'a PlannedControl>,
    regions: BTreeSet<&str>,
    here: &str,
) -> BTreeSet<(String, String)> {
    let known = partition::partition_of(here);
    let partition = known.map_or("", |partition| partition.name);
    let used = controls.into_iter().filter(|control| !control.scopes_in(partition).are_none());
    let calls = CallPlan::new(pack.inner(), used.map(|control| &*control.id)).in_partition(partition);
    let services = |scopes: &[Scope]| -> BTreeSet<String> {
        scopes.iter().flat_map(|scope| calls.operations_of(*scope)).map(|(service, _)| service).collect()
    };
    let (regional, global) = (services(&[Scope::Regional]), services(&[Scope::Global, Scope::Organization]));
    let home = known.map_or(here, |partition| partition.home_region);
    let none = BTreeSet::new();
    let in_region = |region: &str| match region {
        // What the scan found is asked of nobody.
        Region::ORGANIZATION => (home.to_owned(), &none),
        GLOBAL => (home.to_owned(), &global),
        region => (region.to_owned(), &regional),
    };
    let pairs = regions.into_iter().map(in_region);
    pairs.flat_map(|(region, services)| services.iter().map(move |name| (region.clone(), name.clone()))).collect()
}

fn published(options: &Options, places: &BTreeSet<(String, String)>) -> Result<()> {
    let mut wanted = "";
    let mut missing: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (region, service) in places {
        let Some(descriptor) = options.catalog.service(service) else { continue };
        let resolved = endpoint::resolve(descriptor, region, &options.endpoints, options.variant);
        if let Err(endpoint::Error::NotPublished { variant, .. }) = resolved {
            wanted = variant;
            missing.entry(service).or_default().push(region);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let missing: Vec<String> =
        missing.iter().map(|(service, regions)| format!("{service} ({})", regions.join(", "))).collect();
    Err(Failure::new(
        format!("use {wanted}"),
        format!("AWS publishes none of {}", missing.join(", ")),
        "leave these Regions or the controls that need these services out (--regions, --exclude-regions, --exclude-controls), or unset AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT",
    ))
}
