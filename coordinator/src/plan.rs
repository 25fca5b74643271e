//! From an organization, a selection and the enabled controls to the jobs of a scan. Pure.
//!
//! A job is one account and one Region, or `aws-global`. Every planned (account, Region, control) is in exactly one
//! job, so the plan is also the list of rows that the report owes.

mod scope;
mod select;

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbline_baseline::{Doc, Severity};

use crate::organization::{Account, Organization};

pub use scope::{ControlScope, Scopes};
pub use select::Error;

/// The pseudo-Region of what belongs to no Region.
pub const GLOBAL: &str = "aws-global";

/// What the user asked for. Empty lists ask for everything.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Account ids.
    pub accounts: Vec<String>,
    /// Organizational units: ids or paths.
    pub ous: Vec<String>,
    /// Regions; `aws-global` is one of them.
    pub regions: Vec<String>,
    /// Name of the role in member accounts.
    pub role: String,
    /// Account id → name or ARN of the role to assume there instead; also for the caller's own account.
    pub account_roles: BTreeMap<String, String>,
    /// External id that the roles ask for.
    pub external_id: Option<String>,
}

/// One enabled control, as far as planning and reporting need it.
#[derive(Clone, Debug)]
pub struct PlannedControl {
    /// Control id.
    pub id: Arc<str>,
    /// Title.
    pub title: Arc<str>,
    /// Severity.
    pub severity: Severity,
    /// Maturity level.
    pub level: u8,
    /// Where frameworks ask for it.
    pub frameworks: Arc<crate::report::Frameworks>,
    /// In which jobs it runs.
    pub scopes: Scopes,
    /// Parameters that differ from the defaults.
    pub settings: BTreeMap<String, Doc>,
}

/// What a scan is going to do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The partition.
    pub partition: String,
    /// Organization id.
    pub organization: Option<Arc<str>>,
    /// The management account.
    pub management_account: Option<Arc<str>>,
    /// Every expected account in report order, also those that are left out.
    pub accounts: Vec<PlannedAccount>,
    /// The enabled controls, in report order.
    pub controls: Vec<PlannedControl>,
    /// The jobs, in the order in which they should start.
    pub jobs: Vec<PlannedJob>,
    /// What the user should know.
    pub notes: Vec<String>,
}

/// One expected account.
#[derive(Clone, Debug)]
pub struct PlannedAccount {
    /// The account.
    pub account: Account,
    /// Why it is left out (`suspended`); `None` when it is scanned.
    pub skipped: Option<String>,
    /// Role to assume; empty for the caller's own credentials.
    pub role_arn: String,
    /// External id that the role asks for; empty for none.
    pub external_id: String,
}

/// One job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedJob {
    /// Index into [`Plan::accounts`].
    pub account: usize,
    /// The Region, or `aws-global`.
    pub region: Arc<str>,
    /// Which controls run in it.
    pub scope: ControlScope,
}

impl Plan {
    /// Controls of one job, as indexes into [`Plan::controls`].
    pub fn controls_of(&self, scope: ControlScope) -> Vec<u32> {
        (0u32..)
            .zip(&self.controls)
            .filter(|(_, control)| control.scopes.contain(scope))
            .map(|(index, _)| index)
            .collect()
    }
}

/// Plans a scan.
///
/// # Errors
/// When the selection names an account, a unit or a Region that there is not.
pub fn plan(organization: &Organization, selection: &Selection, controls: Vec<PlannedControl>) -> Result<Plan, Error> {
    select::check(organization, selection)?;
    let accounts: Vec<PlannedAccount> = organization
        .accounts
        .iter()
        .filter(|account| select::wants_account(organization, selection, account))
        .map(|account| planned_account(organization, selection, account))
        .collect();
    let mut plan = Plan {
        partition: organization.partition.clone(),
        organization: organization.id.clone(),
        management_account: organization.management_account.clone(),
        accounts,
        controls,
        jobs: Vec::new(),
        notes: organization.notes.clone(),
    };
    plan.jobs = jobs(&plan, selection);
    plan.notes.extend(limits(selection));
    plan.notes.extend(disabled_notes(&plan, selection));
    Ok(plan)
}

fn planned_account(organization: &Organization, selection: &Selection, account: &Account) -> PlannedAccount {
    let is_own = account.id == organization.caller_account;
    let role = match selection.account_roles.get(&*account.id) {
        Some(role) => role.as_str(),
        None if is_own => "",
        None => &selection.role,
    };
    let role_arn = if role.is_empty() || role.starts_with("arn:") {
        role.to_owned()
    } else {
        format!("arn:{}:iam::{}:role/{}", organization.partition, account.id, role.trim_start_matches('/'))
    };
    PlannedAccount {
        account: account.clone(),
        skipped: (!account.is_active()).then(|| account.status.clone()),
        external_id: if role_arn.is_empty() {
            String::new()
        } else {
            selection.external_id.clone().unwrap_or_default()
        },
        role_arn,
    }
}

/// Fair by account: every account's global job first, then Region after Region over all accounts.
fn jobs(plan: &Plan, selection: &Selection) -> Vec<PlannedJob> {
    let mut jobs = Vec::new();
    let active = || plan.accounts.iter().enumerate().filter(|(_, planned)| planned.skipped.is_none());
    if select::wants_region(selection, GLOBAL) {
        for (index, planned) in active() {
            let is_management = plan.management_account.as_ref() == Some(&planned.account.id);
            let scope = if is_management { ControlScope::Management } else { ControlScope::Global };
            jobs.push(PlannedJob { account: index, region: GLOBAL.into(), scope });
        }
    }
    let longest = active().map(|(_, planned)| planned.account.regions.len()).max().unwrap_or(0);
    for position in 0..longest {
        for (index, planned) in active() {
            let Some(region) = planned.account.regions.get(position) else { continue };
            if select::wants_region(selection, region) {
                jobs.push(PlannedJob { account: index, region: region.as_str().into(), scope: ControlScope::Regional });
            }
        }
    }
    jobs.retain(|job| plan.controls.iter().any(|control| control.scopes.contain(job.scope)));
    jobs
}

/// A report of a part must not look like a report of the whole.
fn limits(selection: &Selection) -> impl Iterator<Item = String> {
    let asked = [("accounts", &selection.accounts), ("units", &selection.ous), ("Regions", &selection.regions)];
    asked
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(what, names)| format!("limited to the {what} {}", names.join(", ")))
}

/// A Region that was asked for by name and is not enabled deserves a word.
fn disabled_notes(plan: &Plan, selection: &Selection) -> Vec<String> {
    let mut notes = Vec::new();
    for region in &selection.regions {
        let without: Vec<&str> = plan
            .accounts
            .iter()
            .filter(|planned| planned.skipped.is_none() && planned.account.disabled_regions.contains(region))
            .map(|planned| &*planned.account.id)
            .collect();
        if !without.is_empty() {
            notes.push(format!("{region} is not enabled in {}", without.join(", ")));
        }
    }
    notes
}

#[cfg(test)]
mod tests;
