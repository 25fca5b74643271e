//! Which fires are started, and what becomes of the others. A pure function of what is on record, of what runs and of
//! the time; it keeps nothing itself, so that a coordinator that is killed decides the same again.
//!
//! A fire is named by its schedule and its time. Whoever calls puts each decision on record, in one transaction with the
//! scan that it starts; what is on record is never decided again, whatever the clock does. Of what is due at once, one
//! decision is made: a scan that is started stands for all of it.

mod decision;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::schedule::Schedule;
pub use decision::{COUNTED, Decision, Kind, Span};

/// The longest to sleep before looking at the clock again: it may be set meanwhile.
pub const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// A schedule by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name, by which it is on record.
    pub name: String,
    /// When it fires.
    pub schedule: Schedule,
    /// How late a fire may still be started.
    pub window: Duration,
}

/// What the store knows of a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The expression and the zone ([`Schedule`] as text) that were decided by.
    pub rule: String,
    /// All fires until here, this one included, have been decided.
    pub until: Timestamp,
}

/// How a schedule stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// What is on record; nothing for a schedule that was never seen.
    pub record: Option<Record>,
    /// The scan that it started and that has not ended.
    pub running: Option<String>,
    /// Whether it was told to pause. Decide once more before that is taken back: what is due until then was paused, too.
    pub is_paused: bool,
}

/// A schedule whose record is ahead of the clock: until that time it starts nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ahead {
    /// The schedule.
    pub schedule: String,
    /// Until when its fires are on record.
    pub until: Timestamp,
}

/// What is to do now, and when to ask again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// At most one for each schedule.
    pub decisions: Vec<Decision>,
    /// When the next fire is due, once these decisions are on record.
    pub wake_at: Option<Timestamp>,
    /// Schedules that the clock was put back behind. By seconds it means nothing; by more, somebody has to look.
    pub ahead: Vec<Ahead>,
}

impl Step {
    /// How long to sleep.
    #[must_use]
    pub fn sleep(&self, now: Timestamp) -> Duration {
        let until = self.wake_at.map(|at| Duration::try_from(at.duration_since(now)).unwrap_or_default());
        until.map_or(LONGEST_SLEEP, |until| until.min(LONGEST_SLEEP))
    }
}

/// All schedules.
#[derive(Clone, Debug, Default)]
pub struct Timetable {
    rules: Vec<Rule>,
}

impl Timetable {
    /// The timetable of some rules, which have names of their own.
    #[must_use]
    pub const fn new(rules: Vec<Rule>) -> Self {
        Self { rules }
    }

    /// The rules, in their order.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// What is to do at a moment. A schedule that `standings` does not have was never seen.
    #[must_use]
    pub fn decide(&self, now: Timestamp, standings: &BTreeMap<String, Standing>) -> Step {
        let unseen = Standing::default();
        let mut step = Step::default();
        for rule in &self.rules {
            let standing = standings.get(&rule.name).unwrap_or(&unseen);
            let decision = rule.decide(now, standing);
            let until = decision.as_ref().map(|decision| decision.fire_time);
            let until = until.or(standing.record.as_ref().map(|record| record.until)).unwrap_or(now);
            if until > now {
                step.ahead.push(Ahead { schedule: rule.name.clone(), until });
            }
            let next = rule.schedule.next_after(until.max(now));
            step.wake_at = [step.wake_at, next].into_iter().flatten().min();
            step.decisions.extend(decision);
        }
        step
    }
}

impl Rule {
    fn decide(&self, now: Timestamp, standing: &Standing) -> Option<Decision> {
        let text = self.schedule.to_string();
        let record = match &standing.record {
            Some(record) if record.rule == text => record,
            // Fires of a rule count from when it was seen: a schedule that is new or changed owes nothing.
            earlier => {
                let since = earlier.as_ref().map_or(now, |record| record.until.max(now));
                let replaces = earlier.as_ref().map(|record| record.rule.clone());
                return Some(self.decision(text, since, Kind::Begins { replaces }));
            }
        };
        let last = self.schedule.last_between(record.until, now)?;
        let due = Span::of(&self.schedule, record.until, last);
        let kind = match &standing.running {
            _ if standing.is_paused => Kind::Paused(due),
            Some(scan) => Kind::Skipped { still_running: scan.clone(), due },
            None if is_within(now.duration_since(last), self.window) => Kind::Start(due),
            None => Kind::Missed(due),
        };
        Some(self.decision(text, last, kind))
    }

    fn decision(&self, rule: String, fire_time: Timestamp, kind: Kind) -> Decision {
        Decision { schedule: self.name.clone(), rule, fire_time, kind }
    }
}

fn is_within(late: SignedDuration, window: Duration) -> bool {
    late <= SignedDuration::try_from(window).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests;
