//! What is on record of a schedule's fires, held against the times at which it fires: each is there once, or counted in a
//! decision that stands for several. Pure.

use anyhow::Context;
use plumbline_coordinator::store::record::{Fire, FireOutcome};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::super::outcome::Wrong;
use super::calendar::Times;

/// A count of this many means: or more.
const COUNTED: u32 = 10_000;

/// One decision, as it is on record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recorded {
    /// Whether it is the begin of the schedule, from which on fires count.
    pub(super) is_begin: bool,
    /// The first fire that it is about.
    pub(super) first: i64,
    /// The last one; of a begin, the moment.
    pub(super) last: i64,
    /// How many they are.
    pub(super) count: u32,
}

impl Recorded {
    /// From the record.
    pub(super) fn of(fire: &Fire) -> anyhow::Result<Self> {
        let at = |text: &str| OffsetDateTime::parse(text, &Rfc3339).with_context(|| format!("`{text}` is no time"));
        let last = at(&fire.time)?.unix_timestamp();
        let is_begin = fire.outcome() == FireOutcome::Begins;
        let first = if is_begin || fire.first.is_empty() { last } else { at(&fire.first)?.unix_timestamp() };
        Ok(Self { is_begin, first, last, count: fire.count.max(1) })
    }
}

/// Holds the records, the earliest first, against the times until the latest moment that the clock showed; returns how
/// many fires were due.
pub(super) fn check(name: &str, times: &dyn Times, records: &[Recorded], highest: i64, wrong: &mut Wrong) -> u64 {
    let Some((begin, decisions)) = records.split_first().filter(|(begin, _)| begin.is_begin) else {
        wrong.fail(format!("{name}: its begin is not on record"));
        return 0;
    };
    let (mut until, mut due) = (begin.last, 0);
    for decision in decisions {
        let expected = times.after(until);
        if decision.is_begin {
            wrong.fail(format!("{name}: it began again at {}", decision.last));
            continue;
        }
        if decision.first < expected {
            wrong.duplicated += 1;
            wrong.tell(format!("{name}: {} is on record once more: {decision:?} after {until}", decision.first));
        } else if decision.first > expected {
            wrong.lost += 1;
            wrong.tell(format!("{name}: {expected} is not on record: {decision:?} after {until}"));
        }
        let (mut time, mut count) = (decision.first, 1);
        while time < decision.last {
            time = times.after(time);
            count += 1;
        }
        if time != decision.last || decision.count != u32::try_from(count).unwrap_or(COUNTED).min(COUNTED) {
            wrong.fail(format!("{name}: {decision:?} is about {count} fires until {time}"));
        }
        due += count;
        until = until.max(decision.last);
    }
    if times.after(until) <= highest {
        wrong.lost += 1;
        wrong.tell(format!("{name}: {} is not on record, and the clock was at {highest}", times.after(until)));
    }
    due
}

#[cfg(test)]
mod tests {
    use super::super::calendar::Every;
    use super::*;

    fn holds(decisions: &[(i64, i64, u32)], expected: [u64; 3]) {
        let begin = Recorded { is_begin: true, first: 5, last: 5, count: 1 };
        let decisions = decisions.iter().map(|(first, last, count)| Recorded {
            is_begin: false,
            first: *first,
            last: *last,
            count: *count,
        });
        let records: Vec<_> = std::iter::once(begin).chain(decisions).collect();
        let mut wrong = Wrong::default();
        check("x", &Every(10), &records, 49, &mut wrong);
        assert_eq!([wrong.lost, wrong.duplicated, wrong.failed], expected, "{records:?}: {wrong:?}");
    }

    #[test]
    fn every_fire_is_on_record_once() {
        holds(&[(10, 10, 1), (20, 40, 3)], [0, 0, 0]);
        holds(&[(10, 30, 3)], [1, 0, 0]);
        holds(&[(10, 10, 1), (30, 40, 2)], [1, 0, 0]);
        holds(&[(10, 20, 2), (20, 40, 3)], [0, 1, 0]);
        holds(&[(10, 40, 3)], [0, 0, 1]);
        holds(&[(10, 45, 4)], [0, 0, 1]);
    }
}
