//! Which scans are kept. Pure.
//!
//! Like the retention of backups: days, weeks and months are counted that have a scan, so that a pause prunes nothing.
//! A scan that was stopped or limited is kept among its neighbours, and stands for a week or a month only where that has
//! no better one. What cannot be judged stays.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use time::format_description::well_known::Rfc3339;
use time::{Date, OffsetDateTime};

use crate::store::choice::{Shortcoming, choose, shortcoming};
use crate::store::record::ScanState;
use crate::store::scans::StoredScan;

/// How many days, weeks and months are kept. Dates are those of UTC, weeks those of ISO 8601.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// All scans of the last so many days that have a complete one, and of the days between.
    pub nights: u32,
    /// The best and latest scan of each of the last so many weeks that have a complete one.
    pub weeks: u32,
    /// The same of months.
    pub months: u32,
    /// For so many of these days, what changes by itself (times of last use, sizes) is kept, too; as long as the scans
    /// without it.
    pub volatile_nights: Option<u32>,
}

/// A scan that can be judged.
struct Candidate<'a> {
    scan: &'a StoredScan,
    night: u32,
    day: Date,
    /// `Some` when it ended complete: what it is not.
    worth: Option<Option<Shortcoming>>,
}

/// The scans that are not kept, the oldest first.
pub(super) fn leaving(scans: &[StoredScan], retention: &Retention) -> Vec<StoredScan> {
    let candidates: Vec<Candidate<'_>> = scans.iter().filter_map(candidate).collect();
    let mut kept: BTreeSet<&str> = BTreeSet::new();
    if let Some(since) = since(&candidates, retention.nights) {
        kept.extend(candidates.iter().filter(|each| each.day >= since).map(|each| each.scan.id.as_str()));
    }
    kept.extend(best_of(&candidates, retention.weeks, |day| {
        let (year, week, _) = day.to_iso_week_date();
        (year, week)
    }));
    kept.extend(best_of(&candidates, retention.months, |day| (day.year(), u8::from(day.month()))));
    // Reports show the latest complete scan, and the next night is compared with the newest one.
    let mut newest_first = scans.to_vec();
    newest_first.sort_by(|one, other| other.id.cmp(&one.id));
    let latest = choose(newest_first).map(|latest| latest.scan);
    kept.extend(latest.as_ref().map(|id| id.as_str()));
    kept.extend(
        scans.iter().max_by_key(|scan| scan.head.as_ref().map_or(0, |head| head.night)).map(|scan| scan.id.as_str()),
    );
    let mut leaving: Vec<&Candidate<'_>> =
        candidates.iter().filter(|each| !kept.contains(each.scan.id.as_str())).collect();
    leaving.sort_by_key(|each| each.night);
    leaving.into_iter().map(|each| each.scan.clone()).collect()
}

/// The oldest night of which what changes by itself is kept; 0 when no such bound is known.
pub(super) fn volatile_since(scans: &[StoredScan], retention: &Retention) -> u32 {
    let Some(nights) = retention.volatile_nights else { return 0 };
    let candidates: Vec<Candidate<'_>> = scans.iter().filter_map(candidate).collect();
    match since(&candidates, nights) {
        Some(since) => candidates.iter().filter(|each| each.day >= since).map(|each| each.night).min().unwrap_or(0),
        None if nights == 0 => u32::MAX,
        None => 0,
    }
}

/// `None` for a scan that runs, that is damaged or has no date.
fn candidate(scan: &StoredScan) -> Option<Candidate<'_>> {
    let head = scan.head.as_ref().ok().filter(|head| head.state() != ScanState::Running && head.night > 0)?;
    let started = OffsetDateTime::parse(&head.started, &Rfc3339).ok()?;
    let day = started.to_offset(time::UtcOffset::UTC).date();
    use Shortcoming::{Demonstration, Limited, Partial};
    let shortcoming = shortcoming(head);
    let worth = matches!(shortcoming, None | Some(Partial | Limited | Demonstration)).then_some(shortcoming);
    Some(Candidate { scan, night: head.night, day, worth })
}

/// The oldest of the last so many days that have a complete scan.
fn since(candidates: &[Candidate<'_>], days: u32) -> Option<Date> {
    let all: BTreeSet<Date> = candidates.iter().filter(|each| each.worth.is_some()).map(|each| each.day).collect();
    let oldest = candidates.iter().map(|each| each.day).min();
    match days {
        0 => None,
        // What is before the first complete scan is no older than what is asked for.
        days if all.len() <= days as usize => oldest,
        days => all.into_iter().rev().nth(days as usize - 1),
    }
}

/// The best scan of each of the last so many groups of days, and the latest of equally good ones.
fn best_of<'a, G: Ord>(candidates: &[Candidate<'a>], count: u32, group: impl Fn(Date) -> G) -> Vec<&'a str> {
    let mut best: BTreeMap<Reverse<G>, &Candidate<'a>> = BTreeMap::new();
    for each in candidates.iter().filter(|each| each.worth.is_some()) {
        let rank = |each: &Candidate<'_>| (Reverse(each.worth), each.night);
        let known = best.entry(Reverse(group(each.day))).or_insert(each);
        if rank(each) > rank(known) {
            *known = each;
        }
    }
    best.into_values().take(count as usize).map(|each| each.scan.id.as_str()).collect()
}

#[cfg(test)]
mod tests;
