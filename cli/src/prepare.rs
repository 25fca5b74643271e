//! From settings to a plan: who is there, what of it is selected, what has to be asked of AWS for that, and what is going
//! to happen. Must not call member accounts.

use std::io::IsTerminal;

use plumbline_coordinator::organization::{Key, Memory, Named, Organization, Shrink};
use plumbline_coordinator::plan::{self, Plan, PlannedControl, Selection};
use plumbline_coordinator::report::counted;

use crate::clock;
use crate::cloud::{Cloud, discovery_failure};
use crate::config::Settings;
use crate::discovering::shown;
use crate::endpoints;
use crate::failure::{Failure, Result, did_you_mean};
use crate::governing::{Governing, OfAccounts, TagsOf};
use crate::pack::Pack;
use crate::terminal::{is_watched, say};

/// How many names a message has.
const SHOWN: usize = 12;

/// What the plan is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A scan of the user's organization.
    Scan,
    /// The same with nobody there to be asked.
    Unattended,
    /// A look at what a scan would do.
    Look,
    /// A scan of a simulated organization: nothing of it is remembered.
    Demonstration,
}

/// Discovers, plans, and says what is going to happen.
///
/// # Errors
/// When AWS cannot be reached, the selection names something that does not exist, or it leaves nothing to do.
pub(crate) async fn prepare(cloud: &Cloud, settings: &Settings, pack: &Pack, purpose: Purpose) -> Result<Plan> {
    let controls = pack.planned(settings)?;
    endpoints::check_selection(cloud, settings, pack, &controls)?;
    let selection = selection(settings);
    let governing = Governing::load(settings, pack, &controls)?;
    let organization = discover(cloud, settings, &selection, &controls, &governing, purpose).await?;
    let OfAccounts { baselines, notes } = governing.of(&organization, TagsOf::Accounts);
    let mut plan = plan::plan(&organization, &selection, controls, &baselines).map_err(|error| refused(&error))?;
    plan.notes.extend(notes);
    let controls = plan.control_ids().len();
    if controls < pack.len() {
        let mut note = format!("limited to {controls} of {} controls", pack.len());
        if settings.excludes_on_record && !settings.exclude_controls.is_empty() {
            note.push_str(&format!("; the configuration excludes {}", settings.exclude_controls.join(", ")));
        }
        plan.notes.push(note);
    }
    let is_enabled = |id: &str| plan.controls.iter().any(|control| &*control.id == id);
    let overdue = pack.overdue(&clock::now()?, is_enabled);
    plan.notes.extend(overdue);
    endpoints::check_plan(cloud, pack, &plan)?;
    announce(&plan);
    if plan.jobs.is_empty() {
        return Err(Failure::usage(
            "plan the scan",
            "nothing is left to scan",
            "widen --accounts, --ou, --regions or --controls, or take --no-global back; `plumbline plan` shows what each leaves",
        ));
    }
    Ok(plan)
}

/// What was asked for, as the planner wants it.
pub(crate) fn selection(settings: &Settings) -> Selection {
    Selection {
        accounts: settings.accounts.clone(),
        ous: settings.ou.clone(),
        regions: settings.regions.clone(),
        exclude_accounts: settings.exclude_accounts.clone(),
        exclude_ous: settings.exclude_ou.clone(),
        exclude_regions: settings.exclude_regions.clone(),
        no_global: settings.no_global,
        role: settings.role.clone(),
        account_roles: settings.roles.clone(),
        external_id: settings.external_id.clone(),
    }
}

async fn discover(
    cloud: &Cloud,
    settings: &Settings,
    selection: &Selection,
    controls: &[PlannedControl],
    governing: &Governing<'_>,
    purpose: Purpose,
) -> Result<Organization> {
    let discovery = cloud.discovery();
    let names = named(settings);
    let found = shown(discovery.figures(), discovery.accounts(&names)).await;
    let mut organization = found.map_err(|error| discovery_failure(&error))?;
    // A mistake in the selection is told before thousands of accounts are asked about.
    let at_most = governing.of(&organization, TagsOf::Nobody).baselines;
    let needs = plan::needs(&organization, selection, controls, &at_most).map_err(|error| refused(&error))?;
    let mut memory = match purpose {
        Purpose::Demonstration => Memory::none(clock::start()),
        Purpose::Scan | Purpose::Unattended | Purpose::Look => {
            let key = Key::of(&organization, &cloud.client.options().endpoints);
            Memory::open(&settings.data_dir, key, clock::start(), !settings.refresh)
        }
    };
    let is_scan = matches!(purpose, Purpose::Scan | Purpose::Unattended);
    if is_scan && organization.has_every_account() && settings.accounts.is_empty() {
        if let Some(shrink) = memory.shrink(&organization) {
            organization.notes.push(shrunk(&shrink));
            accept(&shrink, settings, purpose)?;
        }
        memory.accept(&organization);
    }
    let learned = shown(discovery.figures(), discovery.details(&mut organization, &needs, &mut memory)).await;
    learned.map_err(|error| discovery_failure(&error))?;
    Ok(organization)
}

/// The accounts that the settings name; ids that are none are told of by the planner.
fn named(settings: &Settings) -> Vec<Named> {
    let name = |id: &String| settings.account_names.get(id).cloned().unwrap_or_default();
    settings.accounts.iter().filter_map(|id| Some(Named { id: id.parse().ok()?, name: name(id) })).collect()
}

fn shrunk(shrink: &Shrink) -> String {
    let Shrink { since, before, gone } = shrink;
    let ids: Vec<&str> = gone.iter().take(SHOWN).map(|id| id.as_str()).collect();
    let more = if gone.len() > ids.len() { ", …" } else { "" };
    let (gone, ids) = (gone.len(), ids.join(", "));
    format!(
        "{gone} of the {before} accounts of the scan of {} are not in the organization any more: {ids}{more}",
        since.date()
    )
}

/// Goes on with far fewer accounts than last time only when somebody says so.
fn accept(shrink: &Shrink, settings: &Settings, purpose: Purpose) -> Result<()> {
    if settings.accept_fewer_accounts {
        return Ok(());
    }
    if purpose == Purpose::Scan && std::io::stdin().is_terminal() && is_watched() {
        say(format_args!("plumbline: {}", shrunk(shrink)));
        say("Go on without them? [y/N]");
        let mut answer = String::new();
        let is_read = std::io::stdin().read_line(&mut answer).is_ok();
        if is_read && matches!(answer.trim(), "y" | "Y" | "yes" | "Yes") {
            return Ok(());
        }
    }
    Err(Failure::question(
        "start the scan",
        shrunk(shrink),
        "look whether they left the organization or the caller lost sight of them; --accept-fewer-accounts goes on without them",
    ))
}

/// Says what is going to happen; what is missing first.
fn announce(plan: &Plan) {
    for gap in &plan.gaps {
        say(format_args!("warning: {gap}"));
    }
    if !plan.gaps.is_empty() {
        say(
            "warning: the scan is going to be incomplete (exit code 3). next step: give the caller the rights that docs/operations.md lists, or name the accounts with --accounts",
        );
    }
    for note in &plan.notes {
        say(format_args!("note: {note}"));
    }
    let accounts = plan.accounts.iter().filter(|account| account.skipped.is_none()).count();
    say(format_args!(
        "plumbline: {}, {} (one for each Region of each account), {}",
        counted(accounts as u64, "account"),
        counted(plan.jobs.len() as u64, "job"),
        counted(plan.control_ids().len() as u64, "control")
    ));
}

/// A selection that leads nowhere, with what there is.
fn refused(error: &plan::Error) -> Failure {
    use plan::Error::{
        AmbiguousUnit, NoRole, RoleOfAnotherAccount, UnitsUnread, UnknownAccount, UnknownRegion, UnknownUnit,
    };
    let (word, known, option) = match error {
        UnknownAccount { id, known, option } => (id, known, option),
        UnknownUnit { name, known, option } | UnknownRegion { name, known, option, .. } => (name, known, option),
        AmbiguousUnit { known, option, .. } => {
            let next_step = format!("name one of them with {option} by its id: {}", known.join(", "));
            return Failure::usage("plan the scan", error, next_step);
        }
        NoRole => return Failure::usage("plan the scan", error, "name it with --role, or leave --role out"),
        RoleOfAnotherAccount { .. } => {
            return Failure::usage(
                "plan the scan",
                error,
                "give --role a name without account, or each account its own under `roles` in the configuration",
            );
        }
        UnitsUnread { .. } => {
            return Failure::new(
                "plan the scan",
                error,
                "give the caller the rights that docs/operations.md lists, or name the accounts with --accounts",
            );
        }
    };
    let suggestion = did_you_mean(word, known.iter().map(String::as_str));
    let names: Vec<&str> = known.iter().take(SHOWN).map(String::as_str).collect();
    let more = if known.len() > names.len() { ", …" } else { "" };
    let next_step = format!("correct {option}; there are: {}{more}", names.join(", "));
    Failure::usage("plan the scan", format!("{error}{suggestion}"), next_step)
}
