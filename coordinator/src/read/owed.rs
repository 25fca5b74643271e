//! What each account has of a scan's controls: which ones, as they stand there, and which its baseline leaves out. Pure.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::ControlText;
use crate::store::record::{Control, Scan};

/// The controls of a scan by account.
#[derive(Default)]
pub(super) struct Owed {
    /// In the order of the scan's record.
    controls: Vec<(ControlText, String)>,
    baselines: Vec<OfBaseline>,
    /// Index of the baseline by account.
    accounts: HashMap<String, usize>,
}

#[derive(Default)]
struct OfBaseline {
    name: String,
    /// Indexes of controls by id.
    controls: HashMap<Arc<str>, usize>,
    left_out: HashSet<String>,
}

impl Owed {
    /// Of a scan's record.
    pub(super) fn of(scan: &Scan) -> Self {
        let known = |control: &Control| (ControlText::from(control), control.settings.clone());
        let controls: Vec<_> = scan.controls.iter().map(known).collect();
        let indexed = |indexes: &mut dyn Iterator<Item = usize>| {
            indexes.filter_map(|index| Some((Arc::clone(&controls.get(index)?.0.id), index))).collect()
        };
        let baselines = match scan.baselines.is_empty() {
            true => vec![OfBaseline { controls: indexed(&mut (0..controls.len())), ..OfBaseline::default() }],
            false => scan
                .baselines
                .iter()
                .map(|baseline| OfBaseline {
                    name: baseline.name.clone(),
                    controls: indexed(&mut baseline.controls.iter().map(|&index| index as usize)),
                    left_out: baseline.left_out.iter().cloned().collect(),
                })
                .collect(),
        };
        let accounts = scan.accounts.iter().map(|account| (account.id.clone(), account.baseline as usize)).collect();
        Self { controls, baselines, accounts }
    }

    /// The ids of the controls that some account has.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.controls.iter().map(|(text, _)| &*text.id)
    }

    /// A control as it stands in an account; as it stands in some other one where this one does not have it.
    pub(super) fn text(&self, account: &str, id: &str) -> Option<&ControlText> {
        let index = self.of_account(account).and_then(|baseline| baseline.controls.get(id));
        let any = || self.controls.iter().find(|(text, _)| *text.id == *id);
        index.and_then(|&index| self.controls.get(index)).or_else(any).map(|(text, _)| text)
    }

    /// The settings with which an account has a control; `None` where it does not.
    pub(super) fn settings(&self, account: &str, id: &str) -> Option<&str> {
        let index = self.of_account(account)?.controls.get(id)?;
        self.controls.get(*index).map(|(_, settings)| settings.as_str())
    }

    /// Whether an account's baseline leaves out what the scan has.
    pub(super) fn leaves_out(&self, account: &str, id: &str) -> bool {
        self.of_account(account).is_some_and(|baseline| baseline.left_out.contains(id))
    }

    /// Whether an account's baseline has what the scan itself does not.
    pub(super) fn has_besides(&self, account: &str, id: &str) -> bool {
        let is_of_scan = self.baselines.first().is_some_and(|own| own.controls.contains_key(id));
        !is_of_scan && self.settings(account, id).is_some()
    }

    /// What an account's baseline is called; empty for the scan's own.
    pub(super) fn name(&self, account: &str) -> &str {
        self.of_account(account).map_or("", |baseline| &baseline.name)
    }

    /// Whether some account has a baseline of its own.
    pub(super) fn has_baselines(&self) -> bool {
        self.baselines.len() > 1
    }

    fn of_account(&self, account: &str) -> Option<&OfBaseline> {
        self.baselines.get(*self.accounts.get(account)?)
    }
}
