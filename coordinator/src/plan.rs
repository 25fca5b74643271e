//! From an organization, a selection and the enabled controls to the jobs of a scan. Pure.
//!
//! A job is one account and one Region, or `aws-global`. Every planned (account, Region, control) is in exactly one
//! job, so the plan is also the list of rows that the report owes. An account may have a baseline of its own: then its jobs
//! have other controls, or the same ones with other settings and severities, and nothing else is called in it.

mod baseline;
mod estimate;
mod jobs;
mod notes;
mod roles;
mod scope;
mod select;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use plumbline_baseline::pack::Pack;
use plumbline_baseline::pack::control::Finding;
use plumbline_baseline::{AccountId, Doc, Region, Severity, Unread};

use crate::organization::{
    Account, ControlPolicies, Delegated, Gap, Members, Needs, Organization, State, is_always_enabled,
};

pub use baseline::{Baseline, Baselines, Own, PlannedBaseline};
pub use estimate::Estimate;
pub use scope::{ControlScope, Scopes};
pub use select::Error;
use select::{Choice, Chosen};

/// The pseudo-Region of what belongs to no Region.
pub const GLOBAL: &str = Region::GLOBAL;

/// What the user asked for. Empty lists ask for everything, and leave nothing out.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Account ids.
    pub accounts: Vec<String>,
    /// Organizational units: ids or paths.
    pub ous: Vec<String>,
    /// Regions. What belongs to an account as a whole is scanned besides; `aws-global` alone asks for nothing else.
    pub regions: Vec<String>,
    /// Account ids that are left out.
    pub exclude_accounts: Vec<String>,
    /// Organizational units that are left out: ids or paths.
    pub exclude_ous: Vec<String>,
    /// Regions that are left out; `aws-global` is one of them.
    pub exclude_regions: Vec<String>,
    /// Whether what belongs to an account as a whole is left out, as `aws-global` among the Regions left out does it.
    pub no_global: bool,
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
    /// What its failures say.
    pub finding: Finding,
    /// Severity.
    pub severity: Severity,
    /// Maturity level.
    pub level: u8,
    /// Where frameworks ask for it.
    pub frameworks: Arc<crate::report::Frameworks>,
    /// In which jobs it runs.
    pub scopes: Scopes,
    /// In which jobs it runs in partitions where that is different: by name, none where there is nothing to look at.
    pub exceptions: BTreeMap<String, Scopes>,
    /// Whether its expressions read the tags of the account.
    pub reads_account_tags: bool,
    /// Whether its expressions read who administers services for the organization.
    pub reads_delegated_administrators: bool,
    /// Whether resource control policies of the organization can decide it.
    pub reads_resource_control_policies: bool,
    /// Parameters that differ from the defaults.
    pub settings: BTreeMap<String, Doc>,
}

impl PlannedControl {
    /// A control of a pack, with the parameters that differ from its defaults; `None` where the pack does not have it.
    pub fn of(pack: &Pack, id: &str, settings: BTreeMap<String, Doc>) -> Option<Self> {
        let compiled = pack.control(id)?;
        let control = &compiled.control;
        let types = || pack.resource_types().map(|each| &*each.declared);
        Some(Self {
            id: Arc::clone(compiled.id()),
            title: control.title.as_str().into(),
            finding: control.finding.clone().unwrap_or_default(),
            severity: control.severity,
            level: control.level,
            frameworks: Arc::new(pack.answers(id).clone()),
            scopes: Scopes::of(control, types()),
            exceptions: Scopes::exceptions(control, types()),
            reads_account_tags: compiled.reads_account_tags(),
            reads_delegated_administrators: compiled.reads_delegated_administrators(),
            reads_resource_control_policies: compiled.reads_resource_control_policies(),
            settings,
        })
    }

    /// In which jobs it runs in a partition.
    pub fn scopes_in(&self, partition: &str) -> Scopes {
        self.exceptions.get(partition).copied().unwrap_or(self.scopes)
    }
}

/// What a scan is going to do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The partition.
    pub partition: String,
    /// Organization id.
    pub organization: Option<Arc<str>>,
    /// The management account.
    pub management_account: Option<AccountId>,
    /// Why organization and management account are not known; `None` when they are, or when there are none.
    pub organization_unread: Option<Unread>,
    /// Who belongs to the organization; `None` without one.
    pub members: Option<Members>,
    /// Who administers services for it; an error where that is not known.
    pub delegated: Result<Delegated, Unread>,
    /// Its resource control policies, where an enabled control is decided by them.
    pub control_policies: ControlPolicies,
    /// The unit above each unit; none above a root.
    pub units: HashMap<Arc<str>, Option<Arc<str>>>,
    /// Every expected account in report order, also those that are left out.
    pub accounts: Vec<PlannedAccount>,
    /// The controls that some account has, in report order. One that accounts have with other settings or severities stands
    /// here once for each of them: an id alone names none of them.
    pub controls: Vec<PlannedControl>,
    /// What accounts have of them; the first one is the scan's own.
    pub baselines: Vec<PlannedBaseline>,
    /// The jobs, in the order in which they should start.
    pub jobs: Vec<PlannedJob>,
    /// What could not be read of what was selected: the scan is incomplete, whatever its jobs say.
    pub gaps: Vec<Gap>,
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
    /// Index into [`Plan::baselines`]; that of the scan itself where it is left out.
    pub baseline: usize,
}

/// One job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedJob {
    /// Index into [`Plan::accounts`].
    pub account: usize,
    /// The Region, or `aws-global`, or `organization`.
    pub region: Region,
    /// Which controls run in it.
    pub scope: ControlScope,
}

impl Plan {
    /// Controls of an account's job, as indexes into [`Plan::controls`]: each control once.
    pub fn controls_of(&self, account: usize, scope: ControlScope) -> Vec<u32> {
        self.accounts.get(account).map(|planned| self.in_baseline(planned.baseline, scope)).unwrap_or_default()
    }

    /// Controls of a baseline that run in a kind of job, as indexes.
    pub(crate) fn in_baseline(&self, baseline: usize, scope: ControlScope) -> Vec<u32> {
        let all = self.baselines.get(baseline).into_iter().flat_map(|baseline| baseline.controls.iter().copied());
        all.filter(|&index| self.controls[index as usize].scopes.contain(scope)).collect()
    }

    /// The ids of the controls that some account has.
    pub fn control_ids(&self) -> BTreeSet<&str> {
        self.controls.iter().map(|control| &*control.id).collect()
    }

    /// The accounts that are scanned.
    pub fn scanned(&self) -> impl Iterator<Item = &PlannedAccount> {
        self.accounts.iter().filter(|planned| planned.skipped.is_none())
    }
}

/// What has to be learned of the accounts before they can be planned: nothing that no control or job of an account needs.
/// Where the tags of accounts decide what they have, the baselines here are what they may have at most.
///
/// # Errors
/// When the selection names something that there is not.
pub fn needs(
    organization: &Organization,
    selection: &Selection,
    controls: &[PlannedControl],
    baselines: &Baselines,
) -> Result<Needs, Error> {
    let chosen = select::resolve(organization, selection)?;
    let is_selected = |account: &&Account| account.is_active() && chosen.wants_account(account) == Choice::Selected;
    let selected = || organization.accounts.iter().filter(is_selected);
    // The accounts that have such a control.
    let with = |wanted: &dyn Fn(&PlannedControl) -> bool| -> Vec<AccountId> {
        let accounts = selected().filter(|account| baselines.controls_of(&account.id, controls).any(wanted));
        accounts.map(|account| account.id.clone()).collect()
    };
    let asks_for_regions = asks_for_regions(organization, &chosen);
    Ok(Needs {
        tags: with(&|control| control.reads_account_tags || baselines.wants_account_tags),
        regions: with(&|control| asks_for_regions && control.scopes_in(&organization.partition).regional),
        delegated: !with(&|control| control.reads_delegated_administrators).is_empty(),
        control_policies: !with(&|control| control.reads_resource_control_policies).is_empty(),
    })
}

/// Whether which Regions an account has makes a difference: Regions that every account has need no question.
fn asks_for_regions(organization: &Organization, chosen: &Chosen) -> bool {
    match chosen.named_regions() {
        None => true,
        Some(mut named) => named.any(|region| !is_always_enabled(&organization.partition, region.as_str())),
    }
}

/// Plans a scan.
///
/// # Errors
/// When the selection names something that there is not.
pub fn plan(
    organization: &Organization,
    selection: &Selection,
    controls: Vec<PlannedControl>,
    baselines: &Baselines,
) -> Result<Plan, Error> {
    let chosen = select::resolve(organization, selection)?;
    let mut accounts = Vec::new();
    let mut unplaced = 0;
    for account in &organization.accounts {
        match chosen.wants_account(account) {
            Choice::Selected => accounts.push(planned_account(organization, selection, account)?),
            Choice::Unplaced => unplaced += 1,
            Choice::Other => {}
        }
    }
    let (controls, left_out) = in_partition(controls, &organization.partition);
    let (besides, _) = in_partition(baselines.besides.clone(), &organization.partition);
    let ids = accounts.iter().map(|planned| planned.skipped.is_none().then_some(&planned.account.id));
    let (controls, of_accounts, indexes) = baseline::planned(controls, besides, baselines, ids);
    accounts.iter_mut().zip(indexes).for_each(|(planned, baseline)| planned.baseline = baseline);
    let mut plan = Plan {
        partition: organization.partition.clone(),
        organization: organization.id.clone(),
        management_account: organization.management_account.clone(),
        organization_unread: organization.description_unread().cloned(),
        members: organization.members(),
        delegated: organization.delegated.clone(),
        control_policies: organization.control_policies.clone(),
        units: organization.units.iter().map(|unit| (Arc::clone(&unit.id), unit.parent.clone())).collect(),
        accounts,
        controls,
        baselines: of_accounts,
        jobs: Vec::new(),
        gaps: Vec::new(),
        notes: Vec::new(),
    };
    plan.jobs = jobs::jobs(&plan, &chosen);
    (plan.gaps, plan.notes) = notes::gaps(organization, &chosen, &plan.controls, unplaced);
    plan.notes.extend(organization.notes.iter().cloned());
    plan.notes.extend(notes::elsewhere(&left_out, &organization.partition));
    plan.notes.extend(notes::limits(selection, &chosen));
    plan.notes.extend(notes::baselines(&plan));
    plan.notes.extend(notes::findings(&plan));
    plan.notes.extend(notes::roles(organization, selection));
    plan.notes.extend(notes::regions(&plan, &chosen));
    Ok(plan)
}

/// The controls as they run in a partition, and the ids of those that have nothing to look at there.
fn in_partition(controls: Vec<PlannedControl>, partition: &str) -> (Vec<PlannedControl>, Vec<Arc<str>>) {
    let here = controls.into_iter().map(|control| PlannedControl { scopes: control.scopes_in(partition), ..control });
    let (left_out, here): (Vec<_>, Vec<_>) =
        here.partition(|control| control.scopes.are_none() && control.exceptions.contains_key(partition));
    (here, left_out.into_iter().map(|control| control.id).collect())
}

fn planned_account(
    organization: &Organization,
    selection: &Selection,
    account: &Account,
) -> Result<PlannedAccount, Error> {
    let skipped = match &account.state {
        State::Inactive(state) => Some(state.clone()),
        State::Active | State::Unknown => None,
    };
    // An account that is left out is not entered.
    let role_arn = if skipped.is_some() { String::new() } else { roles::role_arn(organization, selection, account)? };
    let external_id =
        if role_arn.is_empty() { String::new() } else { selection.external_id.clone().unwrap_or_default() };
    Ok(PlannedAccount { account: account.clone(), skipped, external_id, role_arn, baseline: 0 })
}

#[cfg(test)]
mod tests;
