//! What holds in one account: the baselines from the root to it on top of what the scan has, and where each line comes from.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use plumbline_baseline::pack::facts::Place;
use plumbline_baseline::pack::{Pack, Problem, merged_setting};
use plumbline_baseline::{Doc, Severity};

use crate::account::Account;
use crate::entry::Baseline;
use crate::scope::{Holds, Rank};
use crate::weakening::{ALL_LEVELS, contradiction, error, is_as_strict};

/// What the scan has from its configuration and options: what baselines begin with.
#[derive(Clone, Copy, Debug)]
pub struct ScanBase<'p> {
    /// The pack, with the settings of the configuration.
    pub pack: &'p Pack,
    /// The controls that are selected.
    pub on: &'p BTreeSet<Arc<str>>,
    /// The controls that a baseline may switch on besides, where the scan is limited to some; all of the pack without it.
    pub within: Option<&'p BTreeSet<Arc<str>>>,
}

/// Where a line comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SaidBy {
    /// The pack, the configuration and the options.
    Scan,
    /// A baseline.
    Baseline {
        /// Its id.
        id: Arc<str>,
        /// Where in the folder the line stands.
        place: Place,
    },
}

impl fmt::Display for SaidBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scan => f.write_str("scan"),
            Self::Baseline { id, place } => write!(f, "{id} ({}:{})", place.file, place.line),
        }
    }
}

/// What holds in one account.
#[derive(Clone, Debug, Default)]
pub struct Effective {
    /// Every control of the pack that the scan may have, by id, also those that are not in force.
    pub controls: BTreeMap<Arc<str>, EffectiveControl>,
    /// The ids of the baselines that hold, the nearest last.
    pub baselines: Vec<Arc<str>>,
    /// The ids of those of which nobody knows whether they hold, since the unit or the tags of the account are not known:
    /// what they strengthen is in force, and what they weaken is not.
    pub undecided: Vec<Arc<str>>,
    /// What would weaken and does not, and what contradicts: nothing of it is in force.
    pub problems: Vec<Problem>,
}

/// What holds of one control in one account.
#[derive(Clone, Debug)]
pub struct EffectiveControl {
    /// Whether it is in force.
    pub is_on: bool,
    /// Who says so.
    pub on_by: SaidBy,
    /// Its maturity level.
    pub level: u8,
    /// How much a failure matters.
    pub severity: Severity,
    /// Who says so.
    pub severity_by: SaidBy,
    /// The parameters that baselines change, with the values that hold.
    pub settings: BTreeMap<String, (Doc, SaidBy)>,
}

/// What baselines say of one line.
type Said<'g, T> = Vec<(T, &'g Place, &'g Baseline)>;

/// What has been said so far.
struct State<'p> {
    base: ScanBase<'p>,
    level: (u8, SaidBy),
    /// What baselines switched on or off by name.
    switched: BTreeMap<Arc<str>, (bool, SaidBy)>,
    severities: BTreeMap<Arc<str>, (Severity, SaidBy)>,
    settings: BTreeMap<(Arc<str>, String), (Doc, SaidBy)>,
    problems: Vec<Problem>,
}

/// Whether what is said may weaken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Force {
    /// As far as the baseline may.
    Full,
    /// No: nobody knows whether the baseline holds.
    Strengthens,
}

/// What holds in an account.
pub(crate) fn effective(baselines: &[Baseline], account: &Account<'_>, base: ScanBase<'_>) -> Effective {
    let mut ranked: Vec<(Rank, Force, &Baseline)> = Vec::new();
    for baseline in baselines {
        match baseline.reach.holds_for(account) {
            (Holds::Yes, rank) => ranked.push((rank, Force::Full, baseline)),
            // It may be as near as any unit can be.
            (Holds::Unknown, Rank::Unit(_)) => ranked.push((Rank::Unit(usize::MAX), Force::Strengthens, baseline)),
            (Holds::Unknown, rank) => ranked.push((rank, Force::Strengthens, baseline)),
            (Holds::No, _) => {}
        }
    }
    ranked.sort_by_key(|(rank, force, _)| (*rank, *force == Force::Strengthens));
    let mut state = State {
        base,
        level: (ALL_LEVELS, SaidBy::Scan),
        switched: BTreeMap::new(),
        severities: BTreeMap::new(),
        settings: BTreeMap::new(),
        problems: Vec::new(),
    };
    for group in ranked.chunk_by(|(rank, force, _), (other, other_force, _)| rank == other && force == other_force) {
        let force = group[0].1;
        let together: Vec<&Baseline> = group.iter().map(|(.., baseline)| *baseline).collect();
        state.apply(&together, force);
    }
    let ids = |wanted: Force| {
        let those = ranked.iter().filter(move |(_, force, _)| *force == wanted);
        those.map(|(.., baseline)| Arc::clone(&baseline.id)).collect()
    };
    let (baselines, undecided) = (ids(Force::Full), ids(Force::Strengthens));
    Effective { baselines, undecided, ..state.finish() }
}

impl<'p> State<'p> {
    /// Takes what baselines of one rank say.
    fn apply(&mut self, baselines: &[&Baseline], force: Force) {
        let levels = baselines.iter().filter_map(|each| {
            let level = each.level.as_ref()?;
            Some((level.value, &level.place, *each))
        });
        self.level(levels.collect(), force);
        let mut switched: BTreeMap<&Arc<str>, Said<'_, bool>> = BTreeMap::new();
        let mut severities: BTreeMap<&Arc<str>, Said<'_, Severity>> = BTreeMap::new();
        let mut settings: BTreeMap<(&Arc<str>, &String), Said<'_, &Doc>> = BTreeMap::new();
        for baseline in baselines.iter().copied() {
            for (ids, is_on) in [(&baseline.on, true), (&baseline.off, false)] {
                ids.iter().for_each(|(id, place)| switched.entry(id).or_default().push((is_on, place, baseline)));
            }
            for (id, severity) in &baseline.severities {
                severities.entry(id).or_default().push((severity.value, &severity.place, baseline));
            }
            for (id, values) in &baseline.settings {
                for (name, value) in values {
                    settings.entry((id, name)).or_default().push((&value.value, &value.place, baseline));
                }
            }
        }
        switched.into_iter().for_each(|(id, said)| self.switch(id, &said, force));
        severities.into_iter().for_each(|(id, said)| self.severity(id, &said, force));
        settings.into_iter().for_each(|((id, name), said)| self.setting(id, name, &said, force));
    }

    fn level(&mut self, said: Said<'_, u8>, force: Force) {
        let Some(chosen) = self.strictest("the level", &said, u8::to_string, force) else { return };
        let (level, place, baseline) = chosen.line;
        if level < self.level.0 && !self.may_weaken(&chosen, force, || format!("level {level}")) {
            return;
        }
        if level != self.level.0 {
            self.level = (level, by(baseline, place));
        }
    }

    fn switch(&mut self, id: &Arc<str>, said: &Said<'_, bool>, force: Force) {
        let word = |is_on: &bool| if *is_on { "on" } else { "off" }.to_owned();
        let Some(chosen) = self.strictest(&format!("`{id}`"), said, word, force) else { return };
        let (is_on, place, baseline) = chosen.line;
        if !is_on && !self.may_weaken(&chosen, force, || format!("switching `{id}` off")) {
            return;
        }
        let is_said = self.switched.get(id).is_some_and(|(before, _)| *before == is_on);
        if !is_said {
            self.switched.insert(Arc::clone(id), (is_on, by(baseline, place)));
        }
    }

    fn severity(&mut self, id: &Arc<str>, said: &Said<'_, Severity>, force: Force) {
        let what = format!("the severity of `{id}`");
        let Some(chosen) = self.strictest(&what, said, Severity::to_string, force) else { return };
        let (severity, place, baseline) = chosen.line;
        let own = self.base.pack.control(id).map(|control| control.control.severity);
        let Some(now) = self.severities.get(id).map(|(severity, _)| *severity).or(own) else { return };
        if severity < now && !self.may_weaken(&chosen, force, || format!("{severity} for `{id}`")) {
            return;
        }
        if severity != now {
            self.severities.insert(Arc::clone(id), (severity, by(baseline, place)));
        }
    }

    /// What differs and is not known to be stricter weakens.
    fn setting(&mut self, id: &Arc<str>, name: &str, said: &Said<'_, &Doc>, force: Force) {
        let pack = self.base.pack;
        let as_strict = |value: &Doc, other: &Doc| is_as_strict(pack, id, name, value, other);
        let is_strictest = |value: &&Doc| said.iter().all(|(other, ..)| as_strict(value, other));
        let strictest = said.iter().map(|(value, ..)| *value).find(is_strictest);
        let Some(first) = said.first().copied() else { return };
        let other = said.iter().find(|(value, ..)| *value != strictest.unwrap_or(first.0));
        if let Some((value, place, baseline)) = other.filter(|_| force == Force::Full) {
            let one = said.iter().find(|(value, ..)| Some(*value) == strictest).unwrap_or(&first);
            let what = format!("`{name}` of `{id}`");
            self.contradict(&what, (&one.0.to_json(), one.1), (&value.to_json(), baseline, place));
        }
        let Some(strictest) = strictest else { return };
        let key = (Arc::clone(id), name.to_owned());
        let own = pack.control(id).and_then(|control| control.control.settings.get(name));
        let Some(now) = self.settings.get(&key).map(|(value, _)| value).or(own) else { return };
        let value = merged_setting(now, strictest);
        if value == *now {
            return;
        }
        let strengthens = as_strict(&value, now);
        let same: Said<'_, &Doc> = said.iter().filter(|(value, ..)| *value == strictest).copied().collect();
        let chosen = Chosen { line: pick(&same), is_contradicted: other.is_some() };
        if strengthens || self.may_weaken(&chosen, force, || format!("`{name}` of `{id}`")) {
            let (_, place, baseline) = chosen.line;
            self.settings.insert(key, (value, by(baseline, place)));
        }
    }

    /// The strictest of what baselines of one rank say of a line. Those that hold for certain and differ contradict each other.
    fn strictest<'g, T: Copy + Ord>(
        &mut self,
        what: &str,
        said: &Said<'g, T>,
        word: impl Fn(&T) -> String,
        force: Force,
    ) -> Option<Chosen<'g, T>> {
        let strictest = said.iter().map(|(value, ..)| *value).max()?;
        let same: Said<'g, T> = said.iter().filter(|(value, ..)| *value == strictest).copied().collect();
        let line = pick(&same);
        let other = said.iter().find(|(value, ..)| *value != strictest);
        if let Some((value, place, baseline)) = other.filter(|_| force == Force::Full) {
            self.contradict(what, (&word(&strictest), line.1), (&word(value), baseline, place));
        }
        Some(Chosen { line, is_contradicted: other.is_some() })
    }

    fn contradict(&mut self, what: &str, one: (&str, &Place), (value, baseline, place): (&str, &Baseline, &Place)) {
        self.problems.push(contradiction(what, one, (value, &baseline.id, place)));
    }

    /// Whether a line that weakens holds; what does not and should have is a problem.
    fn may_weaken<T>(&mut self, chosen: &Chosen<'_, T>, force: Force, what: impl FnOnce() -> String) -> bool {
        let (_, place, baseline) = &chosen.line;
        if force == Force::Strengthens || chosen.is_contradicted {
            return false;
        }
        if !baseline.may_weaken() && !baseline.is_broken {
            let message = format!(
                "{} weakens what an account inherits, and `{}` has no `reason` and `owner`: it does not hold there",
                what(),
                baseline.id
            );
            self.problems.push(error(place, message));
        }
        baseline.may_weaken()
    }

    fn finish(self) -> Effective {
        let mut controls = BTreeMap::new();
        let may_be = |id: &Arc<str>| self.base.within.is_none_or(|within| within.contains(id));
        for compiled in self.base.pack.controls() {
            let id = compiled.id();
            if !may_be(id) && !self.base.on.contains(id) {
                continue;
            }
            let control = &compiled.control;
            let by_level = self.base.on.contains(id) && control.level <= self.level.0;
            let (is_on, on_by) = match self.switched.get(id) {
                Some((is_on, by)) => (*is_on && (may_be(id) || self.base.on.contains(id)), by.clone()),
                None if self.base.on.contains(id) => (by_level, self.level.1.clone()),
                None => (false, SaidBy::Scan),
            };
            let (severity, severity_by) = self.severities.get(id).cloned().unwrap_or((control.severity, SaidBy::Scan));
            let from = (Arc::clone(id), String::new());
            let own = self.settings.range(from..).take_while(|((of, _), _)| of == id);
            let settings = own.map(|((_, name), value)| (name.clone(), value.clone())).collect();
            let level = control.level;
            controls.insert(Arc::clone(id), EffectiveControl { is_on, on_by, level, severity, severity_by, settings });
        }
        Effective { controls, problems: self.problems, ..Effective::default() }
    }
}

/// The line that holds of those that baselines of one rank say.
struct Chosen<'g, T> {
    line: (T, &'g Place, &'g Baseline),
    is_contradicted: bool,
}

/// Of baselines that say the same, one that may say it.
fn pick<'g, T: Copy>(same: &Said<'g, T>) -> (T, &'g Place, &'g Baseline) {
    let may = same.iter().find(|(.., baseline)| baseline.may_weaken());
    *may.or(same.first()).expect("there is one that says it")
}

fn by(baseline: &Baseline, place: &Place) -> SaidBy {
    SaidBy::Baseline { id: Arc::clone(&baseline.id), place: place.clone() }
}

#[cfg(test)]
mod tests;
