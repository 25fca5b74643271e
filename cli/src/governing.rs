//! From the folder of governance to the baselines that a plan takes: what holds in each account, as the planner wants it.
//! Must not decide what holds where.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use plumbline_baseline::Doc;
use plumbline_baseline::pack::{Level, Problem};
use plumbline_coordinator::organization::{self, Organization, Place};
use plumbline_coordinator::plan::{Baseline, Baselines, Own, PlannedControl};
use plumbline_governance::scope::Reach;
use plumbline_governance::{self as governance, Effective, EffectiveControl, Governance, ScanBase};

use crate::clock;
use crate::config::Settings;
use crate::failure::Result;
use crate::governance::Folder;
use crate::pack::Pack;
use crate::terminal::safe;

/// How many problems a note has.
const SHOWN: usize = 3;
/// Characters of the ids of baselines in a name: what follows tells them apart.
const NAME: usize = 60;
/// Characters of a digest in a name.
const DIGEST: usize = 8;

/// What governance says of the accounts of a scan.
pub(crate) struct Governing<'p> {
    folder: Folder,
    pack: &'p Pack,
    /// The same with the settings of the configuration.
    configured: plumbline_baseline::pack::Pack,
    overrides: &'p BTreeMap<String, BTreeMap<String, Doc>>,
    /// The controls that the scan has, by id.
    own: BTreeMap<Arc<str>, PlannedControl>,
    on: BTreeSet<Arc<str>>,
    /// What a baseline may switch on besides; all of the pack without it.
    within: Option<BTreeSet<Arc<str>>>,
}

/// The baselines of accounts, and what is wrong with them.
#[derive(Default)]
pub(crate) struct OfAccounts {
    /// For the plan.
    pub(crate) baselines: Baselines,
    /// For the report.
    pub(crate) notes: Vec<String>,
}

impl<'p> Governing<'p> {
    /// Reads the folder that the settings name. A scan goes on without what is broken in it.
    ///
    /// # Errors
    /// When there is no such folder, or a setting does not fit its control.
    pub(crate) fn load(settings: &'p Settings, pack: &'p Pack, controls: &[PlannedControl]) -> Result<Self> {
        let folder = Folder::load(settings.governance.as_deref(), pack, &clock::now()?)?;
        let own: BTreeMap<_, _> = controls.iter().map(|control| (Arc::clone(&control.id), control.clone())).collect();
        Ok(Self {
            folder,
            pack,
            configured: pack.configured(settings)?,
            overrides: &settings.overrides,
            on: own.keys().cloned().collect(),
            own,
            within: within(settings, pack)?,
        })
    }

    /// What each account has of its own. Before `tags_are_known`, what some account needs at most: a baseline that depends
    /// on tags weakens nothing then.
    pub(crate) fn of(&self, organization: &Organization, tags: TagsOf) -> OfAccounts {
        let governance = &*self.folder.governance;
        let wants_account_tags = reads_account_tags(governance);
        let mut governed = OfAccounts { notes: self.problems(), ..OfAccounts::default() };
        governed.baselines.wants_account_tags = wants_account_tags;
        if governance.baselines().is_empty() {
            return governed;
        }
        let units = Units::of(organization);
        let (mut besides, mut problems) = (BTreeMap::new(), BTreeSet::new());
        for account in &organization.accounts {
            let of = self.effective(governance, account, &units, tags);
            problems.extend(of.problems.iter().map(line));
            if let Some(baseline) = self.baseline(&of, &mut besides) {
                governed.baselines.by_account.insert(account.id.clone(), Arc::new(baseline));
            }
        }
        governed.baselines.besides = besides.into_values().collect();
        governed.notes.extend(listed("governance", "problem", problems.into_iter().collect()));
        governed
    }

    fn effective(
        &self,
        governance: &Governance,
        account: &organization::Account,
        units: &Units<'_>,
        tags: TagsOf,
    ) -> Effective {
        let above = match &account.place {
            Place::Unit { id, .. } => Some(units.above(id)),
            Place::Outside => Some(Vec::new()),
            Place::Unknown(_) => None,
        };
        let known = account.tags_unread.is_none() && tags == TagsOf::Accounts;
        let path = (!matches!(account.place, Place::Unknown(_))).then(|| account.ou_path());
        let account = governance::Account {
            id: account.id.as_str(),
            name: &account.name,
            path,
            units: above.as_deref(),
            tags: known.then_some(&account.tags),
        };
        let base = ScanBase { pack: &self.configured, on: &self.on, within: self.within.as_ref() };
        governance.effective(&account, base)
    }

    /// What an account has that the scan has not, or otherwise; `None` where it has what the scan has.
    fn baseline(&self, of: &Effective, besides: &mut BTreeMap<Arc<str>, PlannedControl>) -> Option<Baseline> {
        let own = |(id, control): (&Arc<str>, &EffectiveControl)| {
            let own = self.own(id, control, besides)?;
            Some((Arc::clone(id), own))
        };
        let controls: BTreeMap<Arc<str>, Own> = of.controls.iter().filter_map(own).collect();
        (!controls.is_empty()).then(|| Baseline { name: name(&of.baselines, &controls), controls })
    }

    fn own(
        &self,
        id: &Arc<str>,
        control: &EffectiveControl,
        besides: &mut BTreeMap<Arc<str>, PlannedControl>,
    ) -> Option<Own> {
        let of_scan = self.own.get(id);
        if !control.is_on {
            return of_scan.map(|_| Own::Off);
        }
        let usual = match of_scan {
            Some(usual) => usual,
            None if besides.contains_key(id) => &besides[id],
            None => {
                let settings = self.overrides.get(&**id).cloned().unwrap_or_default();
                let planned = PlannedControl::of(self.pack.inner(), id, settings)?;
                besides.entry(Arc::clone(id)).or_insert(planned)
            }
        };
        let severity = (control.severity != usual.severity).then_some(control.severity);
        let mut settings = usual.settings.clone();
        settings.extend(control.settings.iter().map(|(name, (value, _))| (name.clone(), value.clone())));
        let settings = (settings != usual.settings).then_some(settings);
        let is_usual = of_scan.is_some() && severity.is_none() && settings.is_none();
        (!is_usual).then_some(Own::On { severity, settings })
    }

    /// What is broken in the folder.
    fn problems(&self) -> Vec<String> {
        let errors = self.folder.problems.iter().filter(|problem| problem.level == Level::Error);
        listed(
            "what is broken in the folder of governance is left out, and weakens nothing",
            "error",
            errors.map(line).collect(),
        )
    }
}

/// Whether something that it says depends on the tags of accounts.
fn reads_account_tags(governance: &Governance) -> bool {
    let by_tags = governance.baselines().iter().any(|baseline| matches!(baseline.reach, Reach::Tags(_)));
    by_tags || !governance.owners().account_tags.is_empty()
}

/// Whether what is known of the tags of accounts is the last word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TagsOf {
    /// It is: what could be learned was learned.
    Accounts,
    /// Nobody asked yet.
    Nobody,
}

/// The controls that a baseline may switch on besides, where options limit the scan to some: it stays limited to these.
fn within(settings: &Settings, pack: &Pack) -> Result<Option<BTreeSet<Arc<str>>>> {
    let excluded = if settings.excludes_on_record { &[][..] } else { &settings.exclude_controls };
    let is_limited = !settings.controls.is_empty() || !excluded.is_empty();
    is_limited.then(|| pack.select(&settings.controls, excluded)).transpose()
}

/// One line of a note.
fn line(problem: &Problem) -> String {
    problem.to_string().replace('\n', " ")
}

/// What is wrong, as a note; none where nothing is.
fn listed(what: &str, noun: &str, lines: Vec<String>) -> Vec<String> {
    if lines.is_empty() {
        return Vec::new();
    }
    let shown = lines.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("; ");
    let count = plumbline_coordinator::report::counted(lines.len() as u64, noun);
    vec![safe(format!("{what} ({count}; `plumbline governance check` has them all): {shown}"))]
}

/// The same on two nights exactly where it says the same on both.
fn name(baselines: &[Arc<str>], controls: &BTreeMap<Arc<str>, Own>) -> Arc<str> {
    let ids = baselines.iter().map(|id| &**id).collect::<Vec<_>>().join("+");
    let ids: String = ids.chars().take(NAME).collect();
    let mut hasher = blake3::Hasher::new();
    for (id, own) in controls {
        let said = match own {
            Own::Off => "off".to_owned(),
            Own::On { severity, settings } => {
                let settings =
                    settings.as_ref().map(|settings| serde_json::to_string(settings).expect("settings are JSON"));
                format!("{severity:?} {settings:?}")
            }
        };
        hasher.update(format!("{id:?} {said}\n").as_bytes());
    }
    format!("{ids}@{}", &hasher.finalize().to_hex()[..DIGEST]).into()
}

/// The units of an organization, to find what is above one.
struct Units<'a>(HashMap<&'a str, Option<&'a str>>);

impl<'a> Units<'a> {
    fn of(organization: &'a Organization) -> Self {
        Self(organization.units.iter().map(|unit| (&*unit.id, unit.parent.as_deref())).collect())
    }

    /// The ids of the units on the way from the root to this one, with it.
    fn above(&self, id: &str) -> Vec<String> {
        let mut units = vec![id.to_owned()];
        let mut next = self.0.get(id).copied().flatten();
        while let Some(id) = next.filter(|_| units.len() <= self.0.len()) {
            units.push(id.to_owned());
            next = self.0.get(id).copied().flatten();
        }
        units.reverse();
        units
    }
}
