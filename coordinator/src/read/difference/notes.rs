//! What a comparison did not compare: what only one of the scans covered, and what is damaged.

use std::collections::{BTreeMap, BTreeSet};

use plumbline_baseline::ScanId;

use super::{Comparison, Side, Sought};
use crate::report::counted;
use crate::report::difference::Note;
use crate::store::Spot;

/// Names that a note has at most.
const SHOWN: usize = 5;

/// Which of two scans collected a type.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Collected {
    pub(super) old: bool,
    pub(super) new: bool,
}

/// Types that not both scans collected where something of them changed, and in how many accounts and Regions.
#[derive(Debug, Default)]
pub(super) struct Uncollected {
    by_type: BTreeMap<(String, bool), u64>,
}

impl Uncollected {
    pub(super) fn add(&mut self, type_name: &str, collected: Collected) {
        if collected.old != collected.new {
            *self.by_type.entry((type_name.to_owned(), collected.new)).or_default() += 1;
        }
    }

    pub(super) fn notes(self, old: &ScanId, new: &ScanId) -> impl Iterator<Item = Note> {
        self.by_type.into_iter().map(move |((type_name, by_new), places)| {
            let scan = if by_new { new } else { old };
            let places = format!("{places} of the accounts and Regions");
            let text = format!("only {scan} collected {type_name} in {places}: its resources are not compared there");
            Note { code: "type_of_one_scan", text }
        })
    }
}

/// That something could not be compared.
pub(super) fn of_damage(spot: &Spot) -> Note {
    let Spot { account, region, type_name, .. } = spot;
    let what = if type_name.is_empty() { "what is said as a whole" } else { type_name };
    let text = format!("{what} in {account}, {region}, is damaged in the store, and was not compared");
    Note { code: "damaged", text }
}

impl Comparison {
    /// What one of the scans did not cover.
    pub(super) fn notes(&self, sought: &Sought) -> Vec<Note> {
        let mut notes = Vec::new();
        for side in [&self.old, &self.new] {
            notes.extend(side.selection());
            notes.extend(side.damage());
        }
        notes.extend(self.changed_baselines(sought));
        let left: BTreeSet<&str> = self.departed.iter().map(|departure| departure.account.as_str()).collect();
        for (one, other, code) in [(&self.old, &self.new, "only_in_old"), (&self.new, &self.old, "only_in_new")] {
            let is_alone = |scope: &&str| {
                let (account, region) = scope.split_once('/').unwrap_or((scope, ""));
                other.coverage.controls(scope).is_none()
                    && !left.contains(account)
                    && sought.place(account, region)
                    && !(code == "only_in_old" && self.is_left_place(scope))
            };
            let mut alone: Vec<&str> = one.coverage.scopes().filter(is_alone).collect();
            alone.sort_unstable();
            notes.extend(one.alone(&alone, &other.id, code));
        }
        let is_stored = |scope: &str| [&self.old, &self.new].iter().any(|side| side.coverage.controls(scope).is_some());
        let planned = [&self.old, &self.new].into_iter().flat_map(|side| side.coverage.missed());
        let lost: BTreeSet<&str> = planned.filter(|scope| !is_stored(scope)).collect();
        if !lost.is_empty() {
            let count = lost.len();
            let text = format!("{count} accounts and Regions came to nothing in both scans: {}", shown(lost));
            notes.push(Note { code: "in_neither", text });
        }
        notes
    }
}

impl Comparison {
    /// Accounts whose baseline is another one: some of what differs there differs for that reason.
    fn changed_baselines(&self, sought: &Sought) -> Option<Note> {
        let has_any = self.old.owed.has_baselines() || self.new.owed.has_baselines();
        let is_other = |account: &&str| {
            self.old.has_account(account)
                && sought.account_of_places(account)
                && self.old.owed.name(account) != self.new.owed.name(account)
        };
        let accounts = self.new.scan.accounts.iter().filter(|account| account.skipped.is_empty());
        let changed: Vec<&str> = accounts.map(|account| account.id.as_str()).filter(is_other).collect();
        let count = counted(changed.len() as u64, "account");
        let is_told = has_any && !changed.is_empty();
        let text =
            format!("{count} with another baseline in {} than in {}: {}", self.new.id, self.old.id, shown(changed));
        is_told.then_some(Note { code: "baseline_changed", text })
    }
}

impl Side {
    /// That only a part was asked for.
    fn selection(&self) -> Option<Note> {
        let limits = self.scan.selection.iter().map(|limit| format!("--{} {}", limit.option, limit.values.join(",")));
        let limits: Vec<String> = limits.map(|limit| limit.trim_end().to_owned()).collect();
        let text = format!("{} is limited by {}: nothing else is compared", self.id, limits.join(" "));
        (!limits.is_empty()).then_some(Note { code: "limited", text })
    }

    fn damage(&self) -> Option<Note> {
        let jobs = counted(self.coverage.damaged, "job");
        let text = format!("the records of {jobs} of {} are damaged: what they covered is not compared", self.id);
        (self.coverage.damaged > 0).then_some(Note { code: "damaged", text })
    }

    /// That nothing of these accounts and Regions is in the other scan.
    fn alone(&self, scopes: &[&str], other: &ScanId, code: &'static str) -> Option<Note> {
        let (count, names) = (scopes.len(), shown(scopes.iter().copied()));
        let text =
            format!("{count} of {}'s accounts and Regions are not in {other}, and not compared: {names}", self.id);
        (count > 0).then_some(Note { code, text })
    }
}

/// The first names, and a sign that there are more.
fn shown<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names: Vec<&str> = names.into_iter().take(SHOWN + 1).collect();
    if names.len() > SHOWN {
        names[SHOWN] = "…";
    }
    names.join(", ")
}
