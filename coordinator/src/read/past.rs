//! What a report says of the scans before: the differences that a comparison finds, counted by what became of findings,
//! and the counts that are stored of every scan. Memory grows with neither.

use std::collections::HashMap;

use plumbline_baseline::{ScanId, Status};

use super::difference::{Comparison, Sought};
use super::{ControlText, ScanView};
use crate::report::Filter;
use crate::report::difference::{Because, Difference, FindingDifference, Turn};
use crate::report::filter::Subject;
use crate::report::past::{Became, Changes, Example, NIGHTS, Night, NotCompared, Past, Rows};
use crate::store::Error;
use crate::store::record::{Account, Counts, ScanHead};

/// What a report says at its top anyway.
const SAID: &str = "limited";

impl ScanView {
    /// What became of findings since the last scan that can be compared with this one, as far as they are asked for, and
    /// how the figures went up to it.
    ///
    /// # Errors
    /// When the disk fails. What is damaged costs what it would say.
    pub fn past(&self, filter: &Filter) -> Result<Past, Error> {
        let damaged = Past { changes: Err(NotCompared::Damaged), trend: Vec::new() };
        let alike = match self.store.comparable(&self.scan) {
            Err(Error::Damaged { .. }) => return Ok(damaged),
            other => other?,
        };
        if filter.asks_governance() {
            return Ok(Past { changes: Err(NotCompared::Governed), trend: Vec::new() });
        }
        let whole = filter.given().is_empty();
        let trend = if whole { trend(&alike) } else { Vec::new() };
        let changes = match alike.iter().rev().find(|head| head.night < self.scan.night) {
            None => Err(NotCompared::Alone),
            Some(before) => match self.changes(before, filter) {
                Err(Error::Damaged { .. }) => Err(NotCompared::Damaged),
                other => Ok(other?),
            },
        };
        Ok(Past { changes, trend })
    }

    fn changes(&self, before: &ScanHead, filter: &Filter) -> Result<Changes, Error> {
        let id = |id: &str| id.parse::<ScanId>().map_err(|_| Error::Damaged { what: "scan" });
        let comparison = Comparison::open(&self.store, &id(&before.id)?, &id(&self.scan.id)?)?;
        let comparison = comparison.ok_or(Error::Damaged { what: "scan" })?;
        let texts: HashMap<&str, &ControlText> = self.controls.iter().map(|text| (&*text.id, text)).collect();
        let accounts: HashMap<&str, &Account> =
            self.scan.accounts.iter().map(|account| (account.id.as_str(), account)).collect();
        let sought = Sought {
            accounts: filter.accounts.only.clone(),
            regions: filter.regions.only.clone(),
            findings_only: true,
            quiet_too: true,
            ..Sought::default()
        };
        let mut changes = Changes::new(&before.id, &before.started);
        comparison.for_each(&sought, |difference| {
            match difference {
                Difference::Finding(finding) => {
                    let account = accounts.get(finding.at.account.as_str()).copied();
                    if filter.wants(&subject(&finding, texts.get(&*finding.control).copied(), account)) {
                        count(&mut changes, &finding, account);
                    }
                }
                Difference::Note(note) if note.code != SAID => changes.note(note.text),
                Difference::Note(_) | Difference::Account(_) | Difference::Resource(_) => {}
            }
            Ok::<_, Error>(())
        })?;
        Ok(changes)
    }
}

/// What conditions can ask about it.
fn subject<'a>(
    finding: &'a FindingDifference,
    text: Option<&'a ControlText>,
    account: Option<&'a Account>,
) -> Subject<'a> {
    Subject {
        status: finding.new.as_ref().or(finding.old.as_ref()).map_or(Status::Unknown, |stand| stand.status),
        severity: finding.severity,
        level: text.map(|text| text.level),
        frameworks: text.map(|text| &*text.frameworks),
        account: &finding.at.account,
        ou: account.map_or("", |account| &account.ou),
        region: &finding.at.region,
        control: &finding.control,
        resource: &finding.at.resource,
        governed: None,
    }
}

fn count(changes: &mut Changes, finding: &FindingDifference, account: Option<&Account>) {
    *changes.rows.entry(finding.turn.as_str()).or_default() += 1;
    let Some(became) = became(finding) else { return };
    if became == Became::Closed {
        let why = finding.because.unwrap_or(Because::NoVerdict);
        *changes.closed_because.entry(why.as_str()).or_default() += 1;
    }
    changes.add(became, || example(finding, account), finding.severity);
}

/// What became of a finding; `None` where none is concerned.
fn became(finding: &FindingDifference) -> Option<Became> {
    let fails = finding.new.as_ref().is_some_and(|stand| stand.status == Status::Fail);
    let failed = finding.old.as_ref().is_some_and(|stand| stand.is_failing());
    match finding.turn {
        Turn::New => fails.then_some(Became::New),
        Turn::Reopened => fails.then_some(Became::Reopened),
        Turn::Decided => fails.then_some(Became::Decided),
        Turn::Fixed => failed.then_some(Became::Fixed),
        Turn::Closed => failed.then_some(Became::Closed),
        Turn::Lost => failed.then_some(Became::Lost),
        // Nobody put it right: it does not fail with other settings.
        Turn::Changed if finding.because == Some(Because::SettingsChanged) => {
            (failed && finding.new.as_ref().is_some_and(|stand| !stand.is_failing())).then_some(Became::Closed)
        }
        Turn::Changed => None,
    }
}

fn example(finding: &FindingDifference, account: Option<&Account>) -> Example {
    let (old, new) = (finding.old.as_ref(), finding.new.as_ref());
    let failing = new.filter(|stand| stand.is_failing()).or(old);
    let told = new.map(|stand| stand.reason.as_str()).filter(|reason| !reason.is_empty());
    let because = finding.because.map(Because::words);
    Example {
        control: finding.control.clone(),
        title: finding.title.clone(),
        severity: finding.severity,
        account: finding.at.account.clone(),
        account_name: account.map_or_else(String::new, |account| account.name.clone()),
        region: finding.at.region.clone(),
        resource: finding.at.resource.clone(),
        failing_since: failing.map_or_else(|| "".into(), |stand| stand.since.clone()),
        reason: because.or(told).unwrap_or_default().to_owned(),
    }
}

/// The latest scans of those that can be compared. One that was stored without counts has no figures.
fn trend(alike: &[ScanHead]) -> Vec<Night> {
    let nights = alike.iter().filter_map(|head| {
        let Counts { pass, fail, unknown, not_applicable, manual } = head.counts?;
        let rows = Rows { pass, fail, unknown, not_applicable, manual };
        Some(Night { scan: head.id.clone(), started: head.started.clone(), rows })
    });
    let mut nights: Vec<Night> = nights.collect();
    nights.drain(..nights.len().saturating_sub(NIGHTS));
    nights
}

#[cfg(test)]
mod tests;
