//! One resource from night to night.

use std::collections::BTreeSet;

use super::{History, Searched};
use crate::read::members::{Members, members};
use crate::read::turn::{Seen, resource_turn, rows, turn, unread, with_other_settings};
use crate::report::difference::{
    AccountDifference, AccountTurn, Because, Difference, FindingDifference, ResourceDifference, ResourceTurn, Turn,
    Where,
};
use crate::report::history::{Event, Presence, ResourceHistory, Standing};
use crate::store::record::{Control, Entry, Scan};
use crate::store::{Departure, Error, Spot, Step};

impl History {
    /// The histories of a resource: one for each type, account and Region that has it, or had it on a kept night.
    ///
    /// # Errors
    /// When the disk fails, or something that this needs is damaged.
    pub fn of_resource(&self, resource: &str, searched: &Searched) -> Result<Vec<ResourceHistory>, Error> {
        let mut histories = Vec::new();
        for spot in self.candidates(resource, searched)? {
            let (now, steps) = self.store.steps_of(&spot, resource)?;
            if now.is_some() || !steps.is_empty() {
                histories.push(self.resource(&spot, resource, now, &steps)?);
            }
        }
        Ok(histories)
    }

    fn resource(&self, spot: &Spot, id: &str, now: Option<Entry>, steps: &[Step]) -> Result<ResourceHistory, Error> {
        let at = Where {
            account: spot.account.clone(),
            region: spot.region.clone(),
            resource_type: spot.type_name.clone(),
            resource: id.to_owned(),
        };
        let last = now.as_ref().or_else(|| steps.iter().rev().find_map(|step| step.old.as_ref()));
        let mut events = Vec::new();
        for step in steps {
            let scans = self.scans_of(step.night)?;
            events.extend(self.differences(&at, step, &scans).into_iter().map(|it| self.event(step.night, it)));
        }
        for departure in self.departures.iter().filter(|departure| departure.account == spot.account) {
            events.extend(self.departure(&at, departure, now.as_ref()));
        }
        events.sort_by_key(|event| event.night);
        Ok(ResourceHistory {
            presence: self.presence(spot, now.as_ref(), steps)?,
            first_seen: self.nights.date(first_night(now.as_ref(), steps)),
            last_seen: self.nights.date(self.last_seen(spot, now.as_ref(), last, steps)?),
            standings: rows(last, |_| true)
                .into_iter()
                .map(|((control, _), seen)| self.standing(&at, control, &seen))
                .collect(),
            events,
            at,
        })
    }

    /// The scan of a night, and the one before it, as far as they are kept.
    fn scans_of(&self, night: u32) -> Result<Scans, Error> {
        let scan = |night: u32| self.nights.scan(night).map(|scan| self.store.scan(scan)).transpose();
        let before = self.nights.back_from(night.saturating_sub(1)).next();
        Ok(Scans { then: scan(night)?.flatten(), before: before.map(scan).transpose()?.flatten().flatten() })
    }

    fn event(&self, night: u32, difference: Difference) -> Event {
        Event { night, scan: self.scan_id(night), on: self.nights.date(night), difference }
    }

    fn standing(&self, at: &Where, control: &str, seen: &Seen<'_>) -> Standing {
        let (title, severity) = self.title(&at.account, control);
        Standing {
            control: control.into(),
            title,
            severity,
            stand: self.nights.stand(seen),
            first_seen: self.nights.date(seen.row.first_seen),
            fails: seen.row.fails,
        }
    }

    fn presence(&self, spot: &Spot, now: Option<&Entry>, steps: &[Step]) -> Result<Presence, Error> {
        if let Some(departure) = self.departed(&spot.account) {
            return Ok(Presence::AccountLeft { on: departure.left_on.clone() });
        }
        let Some(now) = now else {
            let night = steps.last().map_or(0, |step| step.night);
            return Ok(Presence::Gone { on: self.nights.date(night), scan: self.scan_id(night) });
        };
        if now.missing_since == 0 {
            return Ok(Presence::Present);
        }
        let since = self.nights.date(now.missing_since);
        let head = self.store.head_of(spot)?.unwrap_or_default();
        if head.is_left_out {
            return Ok(Presence::NotCollected { since });
        }
        Ok(Presence::Missing { since, reason: unread(&head.unread) })
    }

    /// The last night that looked for a resource and found it; 0 when no such night is kept.
    fn last_seen(&self, spot: &Spot, now: Option<&Entry>, last: Option<&Entry>, steps: &[Step]) -> Result<u32, Error> {
        let until = match now {
            Some(now) if now.missing_since > 0 => now.missing_since - 1,
            Some(_) => self.store.last_night_of(spot)?,
            None => match last {
                Some(last) if last.missing_since > 0 => last.missing_since - 1,
                _ => steps.last().map_or(0, |step| step.night - 1),
            },
        };
        let controls: BTreeSet<&str> =
            last.into_iter().flat_map(|entry| &entry.rows).map(|row| &*row.control).collect();
        for night in self.nights.back_from(until) {
            let Some(scan) = self.nights.scan(night) else { continue };
            if self.store.looked_at(scan, &spot.scope(), &controls)? {
                return Ok(night);
            }
        }
        Ok(0)
    }

    /// What a night changed: of the resource itself, and of every control on it.
    fn differences(&self, at: &Where, step: &Step, scans: &Scans) -> Vec<Difference> {
        let (old, new) = (step.old.as_ref(), step.new.as_ref());
        let mut differences = Vec::new();
        if !at.resource.is_empty()
            && let Some(turn) = resource_turn(old, new)
        {
            let both = old.zip(new).filter(|(old, new)| !old.document.is_empty() && !new.document.is_empty());
            let found = both.and_then(|(old, new)| members(&old.document, &new.document));
            let Members { told, more } = found.unwrap_or_default();
            let reason = match turn {
                ResourceTurn::Missing if step.head.is_left_out => "not_collected".to_owned(),
                ResourceTurn::Missing => unread(&step.head.unread),
                _ => String::new(),
            };
            let at = at.clone();
            differences.push(Difference::Resource(ResourceDifference { at, turn, reason, members: told, more }));
        }
        let (was, is) = (rows(old, |_| true), rows(new, |_| true));
        let keys: BTreeSet<(&str, usize)> = was.keys().chain(is.keys()).copied().collect();
        for key in keys {
            let (was, is) = (was.get(&key).copied(), is.get(&key).copied());
            if let Some(turn) = turn(was, is, step.night - 1) {
                let is_other = was.is_some() && is.is_some() && scans.have_other_settings(&at.account, key.0);
                let (turn, by_settings) = if is_other { with_other_settings(turn) } else { (turn, None) };
                let because = by_settings.or_else(|| scans.because(turn, (&at.account, key.0), step, is));
                differences.push(self.finding(key.0, at, turn, because, (was, is)));
            }
        }
        differences
    }

    fn finding(
        &self,
        control: &str,
        at: &Where,
        turn: Turn,
        because: Option<Because>,
        (old, new): (Option<Seen<'_>>, Option<Seen<'_>>),
    ) -> Difference {
        let (title, severity) = self.title(&at.account, control);
        Difference::Finding(Box::new(FindingDifference {
            control: control.into(),
            title,
            severity,
            at: at.clone(),
            turn,
            because,
            old: old.map(|seen| self.nights.stand(&seen)),
            new: new.map(|seen| self.nights.stand(&seen)),
            accepted: None,
            owner: None,
        }))
    }

    /// That the account left, and came back; what is open on the resource now was closed while it was away.
    fn departure(&self, at: &Where, departure: &Departure, now: Option<&Entry>) -> Vec<Event> {
        let account = |turn, on: &String| {
            let (account, name) = (departure.account.clone(), String::new());
            Difference::Account(AccountDifference { account, name, turn, on: on.clone() })
        };
        let mut events = vec![Event {
            on: departure.left_on.as_str().into(),
            ..self.event(departure.left, account(AccountTurn::Left, &departure.left_on))
        }];
        if departure.back > 0 {
            let returned = account(AccountTurn::Returned, &departure.back_on);
            let on = departure.back_on.as_str().into();
            events.push(Event { on, ..self.event(departure.back, returned) });
            return events;
        }
        let open = rows(now, |_| true)
            .into_iter()
            .filter(|(_, seen)| seen.decided() == Some(plumbline_baseline::Status::Fail));
        events.extend(open.map(|((control, _), seen)| {
            let closed = self.finding(control, at, Turn::Closed, Some(Because::AccountLeft), (Some(seen), None));
            Event { on: departure.left_on.as_str().into(), ..self.event(departure.left, closed) }
        }));
        events
    }
}

/// The night on which a resource was found first, as far as that is kept.
fn first_night(now: Option<&Entry>, steps: &[Step]) -> u32 {
    let entries = steps.iter().flat_map(|step| [step.old.as_ref(), step.new.as_ref()]).flatten().chain(now);
    entries.map(|entry| entry.first_seen).min().unwrap_or_default()
}

/// A night's scan and the one before it, as far as they are kept.
struct Scans {
    then: Option<Scan>,
    before: Option<Scan>,
}

impl Scans {
    /// Whether a control was asked with other settings in an account than on the night before.
    fn have_other_settings(&self, account: &str, control: &str) -> bool {
        let settings = [&self.before, &self.then].map(|scan| {
            let control = scan.as_ref().and_then(|scan| control_of(scan, account, control))?;
            Some(control.settings.as_str())
        });
        settings.iter().all(Option::is_some) && settings[0] != settings[1]
    }

    /// Why a row appeared, was closed or was lost.
    fn because(
        &self,
        turn: Turn,
        (account, control): (&str, &str),
        step: &Step,
        is: Option<Seen<'_>>,
    ) -> Option<Because> {
        let scan = self.then.as_ref();
        let is_enabled = scan.is_none_or(|scan| control_of(scan, account, control).is_some());
        match turn {
            Turn::New if step.old.is_none() => Some(Because::ResourceNew),
            Turn::Closed if scan.is_some_and(|scan| leaves_out(scan, account, control)) => Some(Because::NotInBaseline),
            Turn::Closed if !is_enabled => Some(Because::ControlNotEnabled),
            Turn::Closed if step.new.is_none() => Some(Because::ResourceGone),
            Turn::Closed => Some(Because::NoVerdict),
            Turn::Lost | Turn::Changed if is.is_some_and(|seen| seen.missing_since > 0) => {
                Some(Because::ResourceMissing)
            }
            _ => None,
        }
    }
}

/// A control as an account had it; of an account that the scan does not have, as any had it.
fn control_of<'a>(scan: &'a Scan, account: &str, id: &str) -> Option<&'a Control> {
    match scan.accounts.iter().find(|known| known.id == account) {
        Some(account) => scan.control_of(account, id),
        None => scan.controls.iter().find(|control| control.id == id),
    }
}

fn leaves_out(scan: &Scan, account: &str, id: &str) -> bool {
    let account = scan.accounts.iter().find(|known| known.id == account);
    let baseline = account.and_then(|account| scan.baseline_of(account));
    baseline.is_some_and(|baseline| baseline.left_out.iter().any(|left_out| left_out == id))
}
