//! What a plan says of itself: what is missing, what limits it, and what was named in vain. Pure.

use std::sync::Arc;

use super::select::Chosen;
use super::{ControlScope, Plan, PlannedAccount, PlannedControl, Selection};
use crate::organization::{Gap, Organization, RegionSource, named};

/// How many names a note has.
const NAMED: usize = 5;

/// The gaps that make the scan incomplete, and those that only need a word: whoever names accounts does not depend on
/// the list of all of them.
pub(super) fn gaps(
    organization: &Organization,
    chosen: &Chosen,
    controls: &[PlannedControl],
    unplaced: usize,
) -> (Vec<Gap>, Vec<String>) {
    let is_of_organization = |control: &PlannedControl| control.scopes.organization || control.scopes.findings;
    let has_organization_controls = controls.iter().any(is_of_organization);
    let of_interest = |gap: &&Gap| has_organization_controls || !matches!(gap, Gap::Management);
    let known: Vec<Gap> = organization.gaps.iter().filter(of_interest).cloned().collect();
    let unplaced = (unplaced > 0).then_some(Gap::Unplaced(unplaced));
    if chosen.names_accounts() {
        return (unplaced.into_iter().collect(), known.iter().map(ToString::to_string).collect());
    }
    (known.into_iter().chain(unplaced).collect(), Vec::new())
}

/// A report of a part must not look like a report of the whole.
pub(super) fn limits(selection: &Selection, chosen: &Chosen) -> Vec<String> {
    let only = [("accounts", &selection.accounts), ("units", &selection.ous), ("Regions", &selection.regions)];
    let not = [
        ("accounts", &selection.exclude_accounts),
        ("units", &selection.exclude_ous),
        ("Regions", &selection.exclude_regions),
    ];
    let text = |start: &'static str| {
        move |(what, names): (&'static str, &Vec<String>)| {
            (!names.is_empty()).then(|| format!("{start} the {what} {}", listed(names)))
        }
    };
    let only = only.into_iter().filter_map(text("limited to"));
    let not = not.into_iter().filter_map(text("without"));
    let global = if !chosen.wants_global() {
        Some("without what belongs to an account as a whole (aws-global)")
    } else if chosen.names_regions_only() {
        Some(
            "what belongs to an account as a whole (aws-global) is scanned, whatever Regions are named; --no-global leaves it out",
        )
    } else {
        None
    };
    only.chain(not).chain(global.map(str::to_owned)).collect()
}

/// How many accounts have something of their own: what a report says of a control is then not what it says of all.
pub(super) fn baselines(plan: &Plan) -> Vec<String> {
    let scanned = plan.scanned().count();
    let own: Vec<&PlannedAccount> = plan.scanned().filter(|planned| planned.baseline > 0).collect();
    if own.is_empty() {
        return Vec::new();
    }
    let baseline = |planned: &PlannedAccount| &plan.baselines[planned.baseline];
    let leaving_out = own.iter().filter(|planned| !baseline(planned).left_out.is_empty()).count();
    let mut notes = vec![format!(
        "accounts with a baseline of their own: {} of {scanned}; without some of the scan's controls: {leaving_out}",
        own.len(),
    )];
    let empty: Vec<_> =
        own.iter().filter(|planned| baseline(planned).controls.is_empty()).map(|planned| &planned.account.id).collect();
    if !empty.is_empty() {
        notes.push(format!("no control is in the baseline of {}: nothing is looked at there", named(&empty, NAMED)));
    }
    notes
}

/// Controls about what all accounts say, in a scan that does not ask all of them: they owe no row. Without an organization
/// there is nothing to say.
pub(super) fn findings(plan: &Plan) -> Option<String> {
    let is_planned = plan.jobs.iter().any(|job| job.scope == ControlScope::Findings);
    let management = plan.management_account.as_ref()?;
    // Where that account is not scanned, it is not asked what its baseline has.
    let account = plan.accounts.iter().position(|planned| planned.account.id == *management);
    let of_findings = match account {
        Some(account) => plan.controls_of(account, ControlScope::Findings),
        None => plan.in_baseline(0, ControlScope::Findings),
    };
    let names: Vec<String> =
        of_findings.into_iter().map(|index| plan.controls[index as usize].id.to_string()).collect();
    (!is_planned && !names.is_empty()).then(|| {
        format!(
            "without the controls about what was found in all accounts, not all of which are asked: {}",
            listed(&names)
        )
    })
}

/// Controls about what the partition does not have: they owe no row.
pub(super) fn elsewhere(left_out: &[Arc<str>], partition: &str) -> Option<String> {
    let names: Vec<String> = left_out.iter().map(ToString::to_string).collect();
    (!names.is_empty())
        .then(|| format!("without the controls about what {partition} does not have: {}", listed(&names)))
}

/// The first few names.
fn listed(names: &[String]) -> String {
    let shown = names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Roles for accounts that there are not: the account was closed, or its id is misspelt and it is entered as all others.
pub(super) fn roles(organization: &Organization, selection: &Selection) -> Option<String> {
    let is_unknown = |id: &&String| !organization.accounts.iter().any(|account| account.id == id.as_str());
    let unknown: Vec<&String> = selection.account_roles.keys().filter(is_unknown).collect();
    let text = "`roles` of the configuration names accounts that are not in the organization";
    (!unknown.is_empty()).then(|| format!("{text}: {}", named(&unknown, NAMED)))
}

/// A Region that was asked for by name and is not enabled deserves a word.
pub(super) fn regions(plan: &Plan, chosen: &Chosen) -> Vec<String> {
    let mut notes = Vec::new();
    for region in chosen.named_regions().into_iter().flatten() {
        let without: Vec<_> = plan
            .accounts
            .iter()
            .filter(|planned| planned.skipped.is_none())
            .map(|planned| &planned.account)
            .filter(|account| {
                let source = account.regions.source;
                matches!(source, RegionSource::Learned(_) | RegionSource::AssumedFromCaller)
            })
            .filter(|account| !account.regions.enabled.contains(region))
            .map(|account| &account.id)
            .collect();
        if !without.is_empty() {
            notes.push(format!("{region} is not enabled in {}", named(&without, NAMED)));
        }
    }
    notes
}
