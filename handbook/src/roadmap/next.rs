//! What comes next, and why: the steps that are worth most for what they cost, and what they need before them.
//!
//! A step is worth the severities of the controls that it closes, each in as many accounts as it fails in, divided by what its
//! process costs one person in one place. Severities count 8, 4, 2 and 1, effort 1, 4, 16 and 64, so that a person can check
//! the sum. Of the steps that can be done now, the one that is worth most comes next, and what waited for it can be done then;
//! what it closes counts for no other step.
//! A step waits for those before it in its process, and for those of the processes that its own needs. Failures that somebody
//! has accepted send nobody.
//!
//! What is not known, and what is to be confirmed, follows where fewer than five steps are open.

use std::cmp::Ordering;
use std::sync::Arc;

use plumbline_baseline::Severity;
use plumbline_baseline::pack::handbook::process::{Effort, Process, Step};

use super::place::Place;
use super::progress::Counts;
use super::{Roadmap, is_own};
use crate::state::State;

/// How many steps come next.
const NEXT: usize = 5;

/// What is to be done with a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Something fails: take the step.
    Take,
    /// Nobody could tell: find out why.
    FindOut,
    /// A person confirms it.
    Confirm,
}

impl Action {
    /// For people.
    pub fn says(self) -> &'static str {
        match self {
            Self::Take => "to do",
            Self::FindOut => "to find out",
            Self::Confirm => "to confirm",
        }
    }

    /// For machines.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Take => "take",
            Self::FindOut => "find_out",
            Self::Confirm => "confirm",
        }
    }
}

/// A control that a step closes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// It.
    pub control: Arc<str>,
    /// How severe it is; where it differs between accounts, in the worst of them.
    pub severity: Severity,
    /// In how many accounts it is not done.
    pub accounts: u64,
}

/// A step that comes next.
#[derive(Clone, Debug)]
pub struct NextStep<'r> {
    /// Of this process.
    pub process: &'r Process,
    /// It.
    pub step: &'r Step,
    /// What is to be done with it.
    pub action: Action,
    /// The controls that it closes.
    pub parts: Vec<Part>,
    /// In how many accounts it is to be done.
    pub accounts: u64,
    /// What it is worth for what it costs.
    pub value: f64,
    /// The processes that come before it, of which something is open.
    pub after: Vec<&'r str>,
}

impl NextStep<'_> {
    /// Who does it, by what, and in how many accounts.
    pub fn who(&self) -> String {
        let lacks = match self.action {
            Action::Take => "",
            Action::FindOut => "; find out why nobody could tell",
            Action::Confirm => "; a person confirms it",
        };
        let accounts = if self.accounts == 1 { "account" } else { "accounts" };
        format!("{}, {}; in {} {accounts}{lacks}", self.step.who.says(), self.step.by.says(), self.accounts)
    }

    /// How its value comes about: `high × 3 accounts + low × 1 account = 13, ÷ 4 (hours)`.
    pub fn sum(&self) -> String {
        let part = |part: &Part| {
            let accounts = if part.accounts == 1 { "account" } else { "accounts" };
            format!("{} {} × {} {accounts}", part.severity, severity_counts(part.severity), part.accounts)
        };
        let parts: Vec<String> = self.parts.iter().map(part).collect();
        let effort = self.process.effort;
        match parts.as_slice() {
            [] => "nothing measures it".to_owned(),
            parts => format!(
                "({}) ÷ {} {} = {}",
                parts.join(" + "),
                effort.as_str(),
                effort_counts(effort),
                number(self.value)
            ),
        }
    }
}

/// A value with as many digits as a person wants.
pub(super) fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// What a severity counts: each twice the one below.
pub fn severity_counts(severity: Severity) -> u32 {
    match severity {
        Severity::Low => 1,
        Severity::Medium => 2,
        Severity::High => 4,
        Severity::Critical => 8,
    }
}

/// What an effort counts: each four times the one below.
pub fn effort_counts(effort: Effort) -> u32 {
    match effort {
        Effort::Minutes => 1,
        Effort::Hours => 4,
        Effort::Days => 16,
        Effort::Weeks => 64,
    }
}

/// A step that could come next.
struct Candidate<'r> {
    /// Where its process and it stand.
    at: (usize, usize),
    /// Whether it waits for what is not done in what is looked at, but once for the organization.
    waits_for_others: bool,
    next: NextStep<'r>,
}

impl Candidate<'_> {
    /// The better one is less: what can be done here, what is worth more, what is of a lower level, what comes first in the
    /// handbook.
    fn order(&self, other: &Self) -> Ordering {
        let by_action = self.next.action.cmp(&other.next.action);
        let by_wait = self.waits_for_others.cmp(&other.waits_for_others);
        let by_value = other.next.value.total_cmp(&self.next.value);
        let by_level = self.next.process.level.cmp(&other.next.process.level);
        by_action.then(by_wait).then(by_value).then(by_level).then(self.at.cmp(&other.at))
    }

    /// Whether nothing of the others has to be done before it.
    fn can_be_done(&self, others: &[Self]) -> bool {
        others.iter().all(|other| {
            let is_before = other.at.0 == self.at.0 && other.at.1 < self.at.1;
            !is_before && !self.next.after.contains(&other.next.process.id.as_str())
        })
    }

    /// Counts the controls no more that another step closes; whether there are others.
    fn lose(&mut self, closed: &[Part]) -> bool {
        self.next.parts.retain(|part| !closed.iter().any(|other| other.control == part.control));
        self.next.value = worth(&self.next.parts, self.next.process.effort);
        !self.next.parts.is_empty()
    }
}

/// The first of the open steps, none of them before what it waits for. A control is closed once: of several steps that prove
/// the same one, the first counts it.
fn in_order(mut open: Vec<Candidate<'_>>) -> Vec<NextStep<'_>> {
    let mut next: Vec<NextStep<'_>> = Vec::new();
    while next.len() < NEXT {
        // Needs form no circle, so that there is one as long as there are any.
        let possible = open.iter().enumerate().filter(|(_, candidate)| candidate.can_be_done(&open));
        let best = possible.min_by(|(_, one), (_, other)| one.order(other));
        let Some((chosen, _)) = best else { break };
        let chosen = open.remove(chosen).next;
        open.retain_mut(|candidate| candidate.lose(&chosen.parts));
        next.push(chosen);
    }
    next
}

/// What it is worth to close these for what it costs.
fn worth(parts: &[Part], effort: Effort) -> f64 {
    let sum: f64 = parts.iter().map(|part| f64::from(severity_counts(part.severity)) * part.accounts as f64).sum();
    sum / f64::from(effort_counts(effort))
}

impl<'r> Roadmap<'r> {
    /// What comes next in what is looked at.
    pub(super) fn next(&self, place: &Place, accounts: &[&Arc<str>], counts: &[Counts]) -> Vec<NextStep<'r>> {
        let (mut open, mut other) = (Vec::new(), Vec::new());
        for (at, process) in self.processes.iter().enumerate() {
            if !(is_own(process) || *place == Place::Organization) || counts[at].is_done() {
                continue;
            }
            for (index, step) in process.steps.iter().enumerate() {
                let Some(next) = self.candidate((at, index), process, step, accounts) else { continue };
                let list = if next.action == Action::Take { &mut open } else { &mut other };
                list.push(Candidate { at: (at, index), waits_for_others: false, next });
            }
        }
        for candidate in &mut open {
            let needed = self.waits_for(candidate.next.process, counts);
            candidate.waits_for_others =
                *place != Place::Organization && needed.iter().any(|at| !is_own(self.processes[*at]));
            candidate.next.after = needed.into_iter().map(|at| self.processes[at].id.as_str()).collect();
        }
        other.sort_by(Candidate::order);
        let mut next = in_order(open);
        let missing = NEXT.saturating_sub(next.len());
        next.extend(other.into_iter().take(missing).map(|candidate| candidate.next));
        next
    }

    /// What a step has left in these accounts; `None` where that is nothing, or nothing that somebody is sent for.
    fn candidate(
        &self,
        at: (usize, usize),
        process: &'r Process,
        step: &'r Step,
        accounts: &[&Arc<str>],
    ) -> Option<NextStep<'r>> {
        let sends_somebody = |account: &Arc<str>, state: State| {
            state != State::Open || step.controls.iter().any(|control| self.is_lacking(control, state, account))
        };
        let states: Vec<(&Arc<str>, State)> = accounts
            .iter()
            .filter_map(|account| Some((*account, self.accounts[*account].steps[at.0][at.1]?)))
            .filter(|(account, state)| sends_somebody(account, *state))
            .collect();
        let worst = states.iter().map(|(_, state)| *state).reduce(State::and)?;
        let action = match worst {
            State::Open => Action::Take,
            State::Unknown => Action::FindOut,
            State::Unconfirmed => Action::Confirm,
            State::Done | State::Attested => return None,
        };
        let here: Vec<&Arc<str>> = states.iter().filter(|(_, state)| *state == worst).map(|(id, _)| *id).collect();
        let parts: Vec<Part> = step.controls.iter().filter_map(|control| self.part(control, worst, &here)).collect();
        Some(NextStep {
            process,
            step,
            action,
            accounts: here.len() as u64,
            value: worth(&parts, process.effort),
            parts,
            after: Vec::new(),
        })
    }

    /// Whether a control is what a step lacks in an account.
    fn is_lacking(&self, control: &str, wanted: State, account: &str) -> bool {
        match self.standing.found(control, account) {
            Some(found) if wanted == State::Open => found.state == wanted && found.failures > found.accepted,
            Some(found) => found.state == wanted,
            None => wanted == State::Unknown && !self.standing.is_asked_elsewhere(control),
        }
    }

    /// In how many of these accounts a control is what a step lacks; `None` for in none.
    fn part(&self, control: &Arc<str>, wanted: State, accounts: &[&Arc<str>]) -> Option<Part> {
        let lacking = accounts.iter().filter(|account| self.is_lacking(control, wanted, account));
        let of_row = |account: &&&Arc<str>| self.standing.found(control, account).map(|found| found.severity);
        let severity = lacking.clone().filter_map(|account| of_row(&account)).max();
        let severity = severity.or_else(|| Some(self.pack.control(control)?.control.severity))?;
        let accounts = lacking.count() as u64;
        (accounts > 0).then(|| Part { control: Arc::clone(control), severity, accounts })
    }
}
