//! What holds in one account: the baselines from the root to it on top of what the scan has, and where each line comes from.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use plumbline_baseline::pack::facts::Place;
use plumbline_baseline::pack::{Pack, Problem};
use plumbline_baseline::{Doc, Severity};

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
    /// Every control of the pack that the scan or a baseline has, by id.
    pub controls: BTreeMap<Arc<str>, EffectiveControl>,
    /// The ids of the baselines that hold, the nearest last.
    pub baselines: Vec<Arc<str>>,
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
