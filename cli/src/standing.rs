//! A stored scan along the handbook: from rows and governance to where accounts stand, and from there to what reports show.
//! The handbook knows no store, and reports no handbook; both are brought together here.

use std::collections::BTreeSet;

use plumbline_baseline::{ScanId, Status};
use plumbline_coordinator::read::{Governed, ScanView};
use plumbline_coordinator::report::roadmap::{Figures, Next, OfLevel, Part, Roadmap as Reported};
use plumbline_coordinator::report::{Digest, ReportRow, ScanSummary};
use plumbline_coordinator::store::Store;
use plumbline_governance::Account as GovernedAccount;
use plumbline_governance::scope::Holds;
use plumbline_handbook::roadmap::{LEVELS, NextStep, Place, Progress, Scope, level_name};
use plumbline_handbook::{Account, Attestation, Roadmap, Row, Standing};

use crate::failure::{OrFail, Result};
use crate::pack::Pack;
use crate::results::{Stop, store_failure};
use crate::terminal::say_failure;

/// The accounts of a scan, and what is attested of them; nothing of its rows yet.
pub(crate) fn begin(view: &ScanView, summary: &ScanSummary, pack: &Pack) -> Standing {
    let planned = summary.accounts.iter().filter(|account| account.skipped.is_none());
    let accounts = planned.map(|account| {
        let known = Account { name: account.name.to_string(), unit: account.ou.to_string() };
        (account.id.to_string(), known)
    });
    let mut standing = Standing::new(&summary.scan, &summary.started, accounts).with_pack(pack.inner());
    standing.left_out = summary.accounts.iter().filter(|account| account.skipped.is_some()).count() as u64;
    standing.is_whole = summary.gaps.is_empty();
    match view.governed() {
        None => standing,
        Some(governed) => {
            let all = attestations(governed, summary);
            standing.with_attestations(&governed.today.to_string(), all)
        }
    }
}

/// What people vouch for, for the accounts of the scan; what begins later says nothing yet.
fn attestations(governed: &Governed, summary: &ScanSummary) -> Vec<Attestation> {
    let mut all = Vec::new();
    for each in governed.governance.attestations().iter().filter(|each| each.attested.on <= governed.today) {
        let Some((process, step)) = each.attested.step.split_once('/') else { continue };
        let holds = summary.accounts.iter().filter(|account| {
            let path = (!account.ou.is_empty()).then_some(&*account.ou);
            let known = GovernedAccount { name: &account.name, path, ..GovernedAccount::new(&account.id) };
            each.reach.holds_for(&known) == Holds::Yes
        });
        let accounts: BTreeSet<String> = holds.map(|account| account.id.to_string()).collect();
        all.push(Attestation {
            process: process.to_owned(),
            step: step.to_owned(),
            accounts: Some(accounts),
            by: each.attested.by.to_string(),
            until: each.attested.until.to_string(),
        });
    }
    all
}

/// Takes a row of the scan.
pub(crate) fn add(standing: &mut Standing, row: &ReportRow) {
    // A person's word is counted apart from what was measured. What rows of other accounts decide is done where those hold;
    // else it is not known here: they say themselves what is to be done.
    let status = match row.status {
        _ if row.attested.is_some() => Status::Manual,
        Status::Unknown if row.is_decided_elsewhere() && row.holds_elsewhere => Status::Pass,
        status => status,
    };
    standing.add(Row {
        account: &row.account,
        control: &row.control,
        severity: row.severity,
        status,
        is_accepted: row.is_accepted(),
        since: &row.since,
    });
}

/// Where the accounts of a scan stand.
///
/// # Errors
/// When the store fails.
pub(crate) fn of(view: &ScanView, pack: &Pack) -> Result<Standing> {
    let mut standing = begin(view, &view.summary(), pack);
    let walked = view.for_each(|row| {
        add(&mut standing, row);
        Ok::<(), Stop>(())
    });
    walked.or_fail("read the scan", "check the store with `plumbline store verify`")?;
    Ok(standing)
}

/// The same along the handbook of a pack.
pub(crate) fn roadmap<'r>(standing: &'r Standing, pack: &'r Pack) -> Roadmap<'r> {
    Roadmap::new(pack.handbook(), pack.inner(), standing)
}

/// What reports show of it.
pub(crate) fn reported(roadmap: &Roadmap<'_>) -> Reported {
    let whole = roadmap.organization();
    let level = |level: u8| OfLevel {
        level,
        name: level_name(level),
        states: Progress::ALL
            .into_iter()
            .map(|progress| (progress.as_str(), progress.says(), whole.count_of_level(level, progress)))
            .collect(),
    };
    let standing = roadmap.standing();
    let mut accounts: Vec<Part> = standing.accounts().map(|(id, _)| part(standing, &roadmap.account(id))).collect();
    accounts.sort_by_key(|account| (account.level, account.places_done));
    Reported {
        level: whole.level,
        level_once_confirmed: whole.level_once_confirmed,
        sentences: roadmap.sentences(&whole),
        levels: LEVELS.into_iter().map(level).collect(),
        attested: whole.attested(),
        accounts_by_level: whole.accounts_by_level.to_vec(),
        figures: figures(&whole),
        next: whole.next.iter().map(next).collect(),
        units: roadmap.units().iter().map(|unit| part(standing, &roadmap.unit(unit))).collect(),
        accounts,
    }
}

fn figures(scope: &Scope<'_>) -> Figures {
    Figures {
        level: scope.level,
        processes_done: scope.count(Progress::Done),
        processes: scope.processes.len() as u64,
        places_done: scope.places_done,
        places: scope.places,
        steps_done: scope.steps_done,
        steps: scope.steps,
    }
}

fn part(standing: &Standing, scope: &Scope<'_>) -> Part {
    let (id, name) = match &scope.place {
        Place::Organization => (String::new(), String::new()),
        Place::Unit(path) => (path.clone(), String::new()),
        Place::Account(id) => (id.to_string(), standing.name(id).to_owned()),
    };
    Part {
        id,
        name,
        level: scope.level,
        accounts: scope.accounts,
        places_done: scope.places_done,
        places: scope.places,
        open: scope.count_of(|placed| placed.places.open > 0),
    }
}

fn next(next: &NextStep<'_>) -> Next {
    let control =
        |part: &plumbline_handbook::roadmap::Part| (part.control.to_string(), part.severity.as_str(), part.accounts);
    Next {
        process: next.process.id.clone(),
        step: next.step.id.clone(),
        process_title: next.process.title.clone(),
        title: next.step.title.clone(),
        action: next.action.as_str(),
        who: next.who(),
        accounts: next.accounts,
        controls: next.parts.iter().map(control).collect(),
        value: next.value,
        sum: next.sum(),
        after: next.after.iter().map(|process| (*process).to_owned()).collect(),
    }
}

/// Writes down how far the organization was when a scan of it ended. That this fails does not undo the scan.
pub(crate) async fn keep(store: &Store, scan: &ScanId, digest: &Digest) {
    let Some(roadmap) = &digest.roadmap else { return };
    if let Err(error) = store.note_roadmap(scan, roadmap.figures.into()).await {
        say_failure(&store_failure(&error));
    }
}
