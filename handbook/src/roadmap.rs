//! How far an account, a unit and the organization are along the handbook, and what comes next. Pure.
//!
//! **A place** is a step in an account, where the step says something of it; a step of a process that is done once for the
//! organization has its places where its controls have rows, and one place where only a person knows. It is done (measured), attested (a person has put
//! their name to what nobody can measure, and the day is not over), to be confirmed, not known, or open. A step with several
//! proofs is as far as the worst of them: open, then not known, then to be confirmed. A control without a row in an account is
//! not known there, also where it was left out of the scan; only a control that is asked once for the organization says
//! nothing of the other accounts. So what was not measured is never done.
//!
//! **A process** is in exactly one [`Progress`], by all of its places in what is looked at: see there. One that is done once
//! for the organization belongs to the organization alone, and counts once; all others belong to each account.
//!
//! **A level** is reached where all processes of it and of those below it are done. Not known, to be confirmed and accepted
//! are not done. The organization's level is that of its least account, and asks for its own processes besides; where not all
//! of the organization could be listed, it has reached none. A level without a process is no level to reach.
//!
//! In reading order: `place` (what is looked at), `progress` (of a process), `scope` (all that is said of a place), `next`
//! (what comes next, and why), `lines` (for machines), `text` (for a terminal).

mod lines;
mod next;
mod place;
mod progress;
mod scope;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plumbline_baseline::pack::Pack;
use plumbline_baseline::pack::handbook::Handbook;
use plumbline_baseline::pack::handbook::process::{HowOften, Process, Step};

pub use next::{Action, NextStep, Part, effort_counts, severity_counts};
pub use place::Place;
pub use progress::{Counts, Placed, Progress};
pub use scope::Scope;
pub use text::{TextStyle, level_name};

use crate::standing::Standing;
use crate::state::State;

/// The levels of processes.
pub const LEVELS: [u8; 3] = [1, 2, 3];

/// Where an account stands.
#[derive(Debug)]
struct OfAccount {
    /// Its own processes; nothing of those of the organization.
    own: Vec<Counts>,
    /// All steps of all processes, in the order of both.
    steps: Vec<Vec<Option<State>>>,
}

/// Where all accounts stand along all processes.
#[derive(Debug)]
pub struct Roadmap<'r> {
    pack: &'r Pack,
    standing: &'r Standing,
    /// In the order of the handbook.
    processes: Vec<&'r Process>,
    /// Where a process stands among them.
    positions: BTreeMap<&'r str, usize>,
    accounts: BTreeMap<Arc<str>, OfAccount>,
    /// Of the whole organization, all processes.
    whole: Vec<Counts>,
}

impl<'r> Roadmap<'r> {
    /// Of a scan.
    pub fn new(handbook: &'r Handbook, pack: &'r Pack, standing: &'r Standing) -> Self {
        let processes: Vec<&Process> = handbook.processes().collect();
        let positions = processes.iter().enumerate().map(|(at, process)| (process.id.as_str(), at)).collect();
        let mut whole = vec![Counts::default(); processes.len()];
        let mut accounts = BTreeMap::new();
        for (account, _) in standing.accounts() {
            let mut here = OfAccount { own: Vec::new(), steps: Vec::new() };
            let is_first = accounts.is_empty();
            for (process, whole) in processes.iter().zip(&mut whole) {
                let own = is_own(process);
                let states = process.steps.iter().map(|step| match own {
                    true => standing.of_step(&process.id, step, account),
                    false => of_step_once(standing, process, step, account, is_first),
                });
                let states: Vec<Option<State>> = states.collect();
                let mut counts = Counts::default();
                states.iter().flatten().for_each(|state| counts.add(*state));
                whole.merge(counts);
                here.own.push(if own { counts } else { Counts::default() });
                here.steps.push(states);
            }
            accounts.insert(Arc::clone(account), here);
        }
        Self { pack, standing, processes, positions, accounts, whole }
    }

    /// Where accounts stand, of which this is made.
    pub fn standing(&self) -> &'r Standing {
        self.standing
    }

    /// The paths of all units, those above others first.
    pub fn units(&self) -> Vec<String> {
        let mut units = BTreeSet::new();
        for (_, account) in self.standing.accounts() {
            let unit = account.unit.as_str();
            let above = unit.match_indices('/').map(|(at, _)| &unit[..at]);
            units.extend(above.chain([unit]).filter(|path| !path.is_empty()).map(str::to_owned));
        }
        units.into_iter().collect()
    }
}

/// How far a step of a process is that is done once for the organization: where it is measured, in the accounts that its
/// controls say something of; where only a person knows, in one place for all.
fn of_step_once(standing: &Standing, process: &Process, step: &Step, account: &str, is_first: bool) -> Option<State> {
    if !step.controls.is_empty() {
        return standing.is_measured(step, account).then(|| standing.of_step(&process.id, step, account))?;
    }
    let all = standing.accounts().filter_map(|(account, _)| standing.of_step(&process.id, step, account));
    if is_first { all.reduce(State::and) } else { None }
}

/// Whether each account has it for itself.
fn is_own(process: &Process) -> bool {
    process.how_often != HowOften::Organization
}

#[cfg(test)]
mod tests;
