//! What accounts have of their own: which controls, with which severities and settings. From that, the variants of controls
//! that a scan plans, and whose they are. Pure.
//!
//! Must not know where baselines come from, or why they say what they say.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plumbline_baseline::{AccountId, Doc, Severity};

use super::PlannedControl;

/// What an account has of its own, where that is not what the scan has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Baseline {
    /// A short name, which is the same on two nights exactly where the baseline says the same on both.
    pub name: Arc<str>,
    /// What differs, by control id.
    pub controls: BTreeMap<Arc<str>, Own>,
}

/// How an account has a control.
#[derive(Clone, Debug, PartialEq)]
pub enum Own {
    /// It does not have it.
    Off,
    /// It has it, with what is given here in place of what the scan has.
    On {
        /// The severity.
        severity: Option<Severity>,
        /// All parameters that differ from the control's defaults.
        settings: Option<BTreeMap<String, Doc>>,
    },
}

/// The baselines of a scan's accounts.
#[derive(Clone, Debug, Default)]
pub struct Baselines {
    /// One that is not named has what the scan has.
    pub by_account: BTreeMap<AccountId, Arc<Baseline>>,
    /// Controls that the scan itself does not have, and some baseline has.
    pub besides: Vec<PlannedControl>,
    /// Whether the tags of accounts have to be learned whatever controls read: where they decide which baselines hold, or
    /// who owns what.
    pub wants_account_tags: bool,
}

/// A baseline as a scan has it. The first one of a plan is the scan's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlannedBaseline {
    /// Its name; empty for the scan's own.
    pub name: Arc<str>,
    /// Indexes into [`Plan::controls`](super::Plan::controls), each control once.
    pub controls: Vec<u32>,
    /// The ids of the scan's own controls that it leaves out.
    pub left_out: Vec<Arc<str>>,
}

impl Baselines {
    /// What an account has of its own; `None` where that is nothing.
    pub(super) fn of(&self, account: &AccountId) -> Option<&Arc<Baseline>> {
        self.by_account.get(account).filter(|baseline| !baseline.controls.is_empty())
    }

    /// The controls that an account has, of those that the scan has and of those besides.
    pub(super) fn controls_of<'a>(
        &'a self,
        account: &AccountId,
        controls: &'a [PlannedControl],
    ) -> impl Iterator<Item = &'a PlannedControl> {
        let own = self.of(account);
        let says = move |control: &PlannedControl| own.and_then(|baseline| baseline.controls.get(&control.id));
        let of_scan = controls.iter().filter(move |control| says(control) != Some(&Own::Off));
        let besides = self.besides.iter().filter(move |control| matches!(says(control), Some(Own::On { .. })));
        of_scan.chain(besides)
    }
}

/// The variants of controls that some baseline has, by control.
struct Variants {
    /// In report order: each control's variants, as the scan has it or would have it in front.
    of: Vec<Vec<PlannedControl>>,
    /// Where each control stands.
    places: BTreeMap<Arc<str>, usize>,
    /// Whether the scan itself has a control, by its place.
    is_own: Vec<bool>,
}

/// Control and variant, by places in [`Variants`].
type Chosen = Vec<(usize, usize)>;

impl Variants {
    /// What the scan has, and what may come besides.
    fn of(controls: Vec<PlannedControl>, besides: Vec<PlannedControl>) -> Self {
        let mut all: Vec<(PlannedControl, bool)> = controls.into_iter().map(|control| (control, true)).collect();
        for control in besides {
            if !all.iter().any(|(known, _)| known.id == control.id) {
                let place = all.partition_point(|(known, _)| known.id < control.id);
                all.insert(place, (control, false));
            }
        }
        let places = all.iter().enumerate().map(|(place, (control, _))| (Arc::clone(&control.id), place)).collect();
        let is_own = all.iter().map(|(_, is_own)| *is_own).collect();
        Self { of: all.into_iter().map(|(control, _)| vec![control]).collect(), places, is_own }
    }

    /// What the scan has.
    fn own(&self) -> Chosen {
        self.is_own.iter().enumerate().filter(|(_, is_own)| **is_own).map(|(place, _)| (place, 0)).collect()
    }

    /// What a baseline makes of it, and what it leaves out. A control that nobody knows is nobody's.
    fn with(&mut self, baseline: &Baseline) -> (Chosen, Vec<Arc<str>>) {
        let mut chosen: BTreeMap<usize, usize> = self.own().into_iter().collect();
        let mut left_out = Vec::new();
        for (id, own) in &baseline.controls {
            let Some(&place) = self.places.get(id) else { continue };
            match own {
                Own::Off => {
                    if chosen.remove(&place).is_some() {
                        left_out.push(Arc::clone(id));
                    }
                }
                Own::On { severity, settings } => {
                    let variants = &mut self.of[place];
                    let usual = &variants[0];
                    let severity = severity.unwrap_or(usual.severity);
                    let settings = settings.as_ref().unwrap_or(&usual.settings).clone();
                    let is_it = |known: &PlannedControl| known.severity == severity && known.settings == settings;
                    let variant = variants.iter().position(is_it);
                    if variant.is_none() {
                        let variant = PlannedControl { severity, settings, ..usual.clone() };
                        variants.push(variant);
                    }
                    chosen.insert(place, variant.unwrap_or(variants.len() - 1));
                }
            }
        }
        (chosen.into_iter().collect(), left_out)
    }

    /// The variants that somebody has, in report order, and what of them is in each list, as indexes. The first list is
    /// the scan's own, and may be nobody's.
    fn used(self, chosen: &[Chosen], has_own: bool) -> (Vec<PlannedControl>, Vec<Vec<u32>>) {
        let used: BTreeSet<(usize, usize)> = chosen[usize::from(!has_own)..].iter().flatten().copied().collect();
        let indexes: BTreeMap<(usize, usize), u32> = used.into_iter().zip(0..).collect();
        let of = |chosen: &Chosen| chosen.iter().filter_map(|key| indexes.get(key).copied()).collect();
        let lists = chosen.iter().map(of).collect();
        let variants = self.of.into_iter().enumerate().flat_map(|(place, variants)| {
            variants.into_iter().enumerate().map(move |(variant, control)| ((place, variant), control))
        });
        (variants.filter(|(key, _)| indexes.contains_key(key)).map(|(_, control)| control).collect(), lists)
    }
}

/// The controls of a scan and its baselines, the scan's own in front, and which one each account has; one that is not
/// scanned (`None`) has the scan's own, and needs nothing. What no account has is not planned; where none is scanned, all
/// that the scan has is.
pub(super) fn planned<'a>(
    controls: Vec<PlannedControl>,
    besides: Vec<PlannedControl>,
    baselines: &Baselines,
    accounts: impl Iterator<Item = Option<&'a AccountId>>,
) -> (Vec<PlannedControl>, Vec<PlannedBaseline>, Vec<usize>) {
    let mut variants = Variants::of(controls, besides);
    let own = variants.own();
    let mut known: BTreeMap<Arc<str>, Vec<(Arc<Baseline>, usize)>> = BTreeMap::new();
    let mut planned = vec![PlannedBaseline::default()];
    let mut chosen = vec![own.clone()];
    let mut has_own = false;
    let mut of_accounts = Vec::new();
    for account in accounts {
        let baseline = account.and_then(|account| baselines.of(account));
        let Some(baseline) = baseline else {
            has_own |= account.is_some();
            of_accounts.push(0);
            continue;
        };
        let alike = known.entry(Arc::clone(&baseline.name)).or_default();
        let index = match alike.iter().find(|(other, _)| other == baseline) {
            Some((_, index)) => *index,
            None => {
                let (of, left_out) = variants.with(baseline);
                // One that says what the scan says anyway is the scan's.
                let index = if of == own { 0 } else { planned.len() };
                if index > 0 {
                    planned.push(PlannedBaseline { name: Arc::clone(&baseline.name), left_out, controls: Vec::new() });
                    chosen.push(of);
                }
                alike.push((Arc::clone(baseline), index));
                index
            }
        };
        has_own |= index == 0;
        of_accounts.push(index);
    }
    let (controls, lists) = variants.used(&chosen, has_own || planned.len() == 1);
    planned.iter_mut().zip(lists).for_each(|(baseline, controls)| baseline.controls = controls);
    (controls, planned, of_accounts)
}
