//! The state at a moment: of each account and Region, what the last job had found that was stored by then.
//!
//! Which places there are, the last complete, full scan says that began by then, and the scans after it. A place whose
//! last job left no documents is read from the one before.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbline_baseline::Region;
use time::format_description::well_known::Rfc3339;
use time::{Date, OffsetDateTime, Time};

use super::{Inventory, Place, ScanFacts, State};
use crate::store::record::{ScanHead, ScanKind};
use crate::store::{Error, Store, StoredScan, shortcoming};

/// A point in time up to which something counts, itself included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(OffsetDateTime);

/// The last nanosecond of a day.
const END_OF_DAY: Time = Time::MAX;

impl Moment {
    /// A day, which stands for its end in UTC (`2026-11-20`), or a moment as RFC 3339 has it (`2026-11-20T02:15:00Z`).
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(moment) = OffsetDateTime::parse(text, &Rfc3339) {
            return Some(Self(moment));
        }
        let [year, month, day] = text.split('-').collect::<Vec<_>>().try_into().ok()?;
        if [year.len(), month.len(), day.len()] != [4, 2, 2] {
            return None;
        }
        let month = month.parse::<u8>().ok().and_then(|month| month.try_into().ok())?;
        let date = Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()?;
        Some(Self(date.with_time(END_OF_DAY).assume_utc()))
    }

    /// Whether a stored time is not after it. What is no time is after everything.
    pub(super) fn includes(self, text: &str) -> bool {
        OffsetDateTime::parse(text, &Rfc3339).is_ok_and(|time| time <= self.0)
    }
}

/// Places by account and Region.
type Places = BTreeMap<(String, String), Place>;

impl Inventory {
    /// The state at a moment; `None` when nothing was scanned by then.
    ///
    /// # Errors
    /// When the store fails or is damaged.
    pub fn at(store: &Store, moment: Moment) -> Result<Option<Self>, Error> {
        let heads = until(store.scans()?, moment);
        if heads.is_empty() {
            return Ok(None);
        }
        let base = heads.iter().position(|head| shortcoming(head).is_none()).unwrap_or(heads.len() - 1);
        let (mut places, mut scans) = (Places::new(), Vec::new());
        for head in &heads[..=base] {
            scans.extend(read(store, head, moment, &mut places, Extent::All)?);
        }
        let mut reach = reach(store, &places)?;
        for head in &heads[base + 1..] {
            if reach.values().all(|last| *last < head.night) {
                continue;
            }
            read(store, head, moment, &mut places, Extent::Known)?;
            reach.retain(|place, _| places.get(place).is_some_and(is_missing));
            if reach.is_empty() {
                break;
            }
        }
        // The scan that says who there is also says who is left out.
        Self::new(store, places.into_values().collect(), scans.last()).map(Some)
    }
}

/// Which places a scan may add.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// All that it planned.
    All,
    /// None: it fills in those that are there.
    Known,
}

/// The scans that began by then, the newest first; demonstrations only where there is nothing else.
fn until(scans: Vec<StoredScan>, moment: Moment) -> Vec<ScanHead> {
    let readable = |scan: StoredScan| {
        let damaged = |error: &Error| tracing::error!(scan = scan.id.as_str(), %error, "passed over");
        scan.head.inspect_err(damaged).ok()
    };
    let heads = scans.into_iter().filter_map(readable).filter(|head| moment.includes(&head.started));
    let (demonstrations, real): (Vec<_>, Vec<_>) = heads.partition(|head| head.kind() == ScanKind::Demonstration);
    if real.is_empty() { demonstrations } else { real }
}

/// Takes the places of a scan: where none is kept yet, what this one kept by then; what the newest scan says of a place of
/// which nothing is kept stays.
fn read(
    store: &Store,
    head: &ScanHead,
    moment: Moment,
    places: &mut Places,
    extent: Extent,
) -> Result<Option<Arc<ScanFacts>>, Error> {
    let id = head.id.parse().map_err(|_| Error::Damaged { what: "scan" })?;
    let Some(scan) = store.scan(&id)? else { return Ok(None) };
    let scan = Arc::new(ScanFacts(scan));
    for job in store.jobs(&id)?.iter().filter(|job| job.region != Region::ORGANIZATION) {
        let mut place = Place::of(job, &scan)?;
        if let State::Kept { read, .. } = &place.state
            && !moment.includes(read)
        {
            place.state = State::Missing(super::not_run("nothing of it was stored by then"));
        }
        let key = (place.account_id().to_owned(), place.region.to_string());
        match places.get(&key) {
            Some(known) if is_missing(known) && !is_missing(&place) => drop(places.insert(key, place)),
            None if extent == Extent::All => drop(places.insert(key, place)),
            _ => {}
        }
    }
    Ok(Some(scan))
}

/// The last night of which the memory has something, of each place of which nothing is kept yet.
fn reach(store: &Store, places: &Places) -> Result<BTreeMap<(String, String), u32>, Error> {
    let missing = places.iter().filter(|(_, place)| is_missing(place)).map(|(key, _)| key);
    let mut reach = BTreeMap::new();
    for key in missing {
        reach.insert(key.clone(), store.last_night(&format!("{}/{}", key.0, key.1))?);
    }
    reach.retain(|_, last| *last > 0);
    Ok(reach)
}

fn is_missing(place: &Place) -> bool {
    matches!(place.state, State::Missing(_))
}
