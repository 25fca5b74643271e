//! Every value by itself: its checksum, what it decodes to, and that what it names is there.

use std::collections::BTreeSet;

use plumbline_proto::chunk;
use prost::Message;
use redb::{ReadTransaction, ReadableTable, ReadableTableMetadata};

use super::super::copy::opened;
use super::{CheckedTable, Kind, Known, Lost, Verification};
use crate::store::audit::{self, AUDIT};
use crate::store::departures::{self, DEPARTURES};
use crate::store::fires::{self, FIRES, SCHEDULES};
use crate::store::governance::{self, GOVERNANCE};
use crate::store::members::{self, MEMBERS};
use crate::store::nights::{self, PRUNED};
use crate::store::packed::unpack;
use crate::store::record::{
    AuditEntry, Before, Fire, Head, Job, Jobs, Plan, Pruned, Scan, ScheduleState, ScopeHead, Volatile,
};
use crate::store::remember::names::{self, Kind as NameKind, NAMES};
use crate::store::remember::place::{HEADS, PAST, PRESENT, Place, SCOPES, Tables, VOLATILE};
use crate::store::remember::premises::{self, PREMISES};
use crate::store::{Bytes, CHUNKS, DONE, Error, JOBS, META, PLANS, SCANS, sealed};

/// What is wrong with a value, and what is lost with it.
type Wrong = Option<(Kind, String, Lost)>;

/// Verifies every table.
pub(super) fn verify(transaction: &ReadTransaction, known: &mut Known, found: &mut Verification) -> Result<(), Error> {
    let scans = scans(transaction, known, found)?;
    let leaving = leaving(transaction)?;
    let is_scan = |id: &str| scans.contains(id) || leaving.contains(id);
    let known = &*known;
    each(transaction, META, found, counter)?;
    each(transaction, PLANS, found, |key, value| {
        let wrong = decoded_by(PLANS, key, value, |payload| unpack::<Plan>(payload, "plan").is_ok());
        wrong.or_else(|| text(key).is_none_or(|id| !is_scan(id)).then(|| unnamed("its scan is not there")))
    })?;
    each(transaction, JOBS, found, |key, value| {
        let is_own = |job: &Job| key == crate::store::key::job(&job.scan, &job.id).as_bytes();
        let wrong = decoded::<Job>(JOBS, key, value, is_own);
        let scan = text(key).and_then(|key| key.split_once('/'));
        wrong.or_else(|| scan.is_none_or(|(scan, _)| !is_scan(scan)).then(|| unnamed("its scan is not there")))
    })?;
    each(transaction, DONE, found, |key, value| {
        let wrong = decoded_by(DONE, key, value, |payload| {
            unpack::<Jobs>(payload, "jobs").is_ok_and(|together| is_of_key(&together, key))
        });
        let scan = text(key).and_then(|key| key.split_once('/'));
        wrong.or_else(|| scan.is_none_or(|(scan, _)| !is_scan(scan)).then(|| unnamed("its scan is not there")))
    })?;
    each(transaction, CHUNKS, found, |key, value| decoded_by(CHUNKS, key, value, |bytes| chunk::read(bytes).is_ok()))?;
    each(transaction, PREMISES, found, |key, value| {
        decoded_by(PREMISES, key, value, |payload| premises::is_named(key, payload))
    })?;
    each(transaction, GOVERNANCE, found, |key, value| {
        decoded_by(GOVERNANCE, key, value, |payload| governance::is_named(key, payload))
    })?;
    each(transaction, DEPARTURES, found, |key, value| {
        decoded_by(DEPARTURES, key, value, |payload| departures::is_note(key, payload))
    })?;
    each(transaction, MEMBERS, found, |key, value| {
        decoded_by(MEMBERS, key, value, |payload| members::is_record(key, payload))
    })?;
    let mut before = None;
    each(transaction, AUDIT, found, |key, value| audited(&mut before, key, value))?;
    each(transaction, SCHEDULES, found, |key, value| {
        decoded::<ScheduleState>(SCHEDULES, key, value, |state| {
            state.until.is_empty() || state.until.parse::<plumbline_schedule::Timestamp>().is_ok()
        })
    })?;
    each(transaction, FIRES, found, |key, value| decoded::<Fire>(FIRES, key, value, |fire| fires::is_fire(key, fire)))?;
    each(transaction, PRUNED, found, |key, value| decoded::<Pruned>(PRUNED, key, value, |_| key.len() == 4))?;
    each(transaction, NAMES, found, |key, value| {
        decoded_by(NAMES, key, value, |payload| <[u8; 4]>::try_from(payload).is_ok())
    })?;
    numbers(transaction, found)?;
    each(transaction, SCOPES, found, |key, value| {
        let scope = key.try_into().map(u32::from_be_bytes);
        let wrong = decoded::<ScopeHead>(SCOPES, key, value, |_| true);
        wrong.or_else(|| {
            scope.map_or(true, |scope| !known.scopes.contains_key(&scope)).then(|| unnamed("it has no name"))
        })
    })?;
    each(transaction, VOLATILE, found, |key, value| volatile(known, key, value))?;
    let tables = Tables::open(|table| transaction.open_table(table))?;
    each(transaction, HEADS, found, |key, _| {
        let place = Place::in_key(key);
        is_unnamed(known, place).or_else(|| {
            // A head that is damaged is told of where its states are.
            let summary = tables.head(place?).ok()??.summary.unwrap_or_default();
            let is_named = summary.controls.iter().all(|number| known.controls.contains(number));
            (!is_named).then(|| unnamed("a control has no name"))
        })
    })?;
    each(transaction, PRESENT, found, |key, _| {
        let place = key.get(..8).and_then(Place::in_key)?;
        let has_head = !matches!(tables.head(place), Ok(None));
        (!has_head).then(|| unnamed("its type is not known there"))
    })?;
    each(transaction, PAST, found, |key, value| past(known, &tables, key, value))
}

/// An entry of the audit log, held against the one before it.
fn audited(before: &mut Option<AuditEntry>, key: &[u8], value: &[u8]) -> Wrong {
    let mut follows = false;
    let wrong = decoded_by(AUDIT, key, value, |payload| {
        let Ok(entry) = AuditEntry::decode(payload) else { return false };
        follows = audit::follows(before.as_ref(), &entry, key);
        *before = Some(entry);
        true
    });
    let broken = || (Kind::Reference, "it does not follow the entry before it".to_owned(), Lost::Nothing);
    wrong.or_else(|| (!follows).then(broken))
}

/// Whether these are jobs of one scan in their order, under the key of the first.
fn is_of_key(together: &Jobs, key: &[u8]) -> bool {
    let key_of = |job: &Job| crate::store::key::job(&job.scan, &job.id);
    let is_first = together.jobs.first().is_some_and(|job| key_of(job).as_bytes() == key);
    is_first && together.jobs.is_sorted_by(|one, other| one.scan == other.scan && one.id < other.id)
}

/// All scans, by night, and the ids of those whose records cannot be read, too.
fn scans(
    transaction: &ReadTransaction,
    known: &mut Known,
    found: &mut Verification,
) -> Result<BTreeSet<String>, Error> {
    let mut ids = BTreeSet::new();
    let (mut numbered, mut carried) = (Vec::new(), Vec::new());
    each(transaction, SCANS, found, |key, value| {
        ids.extend(text(key).map(str::to_owned));
        let record = sealed::open("scans", key, value, "scan").and_then(|packed| unpack::<Scan>(packed, "scan"));
        let Ok(scan) = record else { return Some((Kind::Value, "the scan is damaged".into(), Lost::Everything)) };
        if scan.id.as_bytes() != key {
            return Some(unnamed("it is the record of another scan"));
        }
        carried.extend(Some((scan.id.clone(), scan.governance)).filter(|(_, name)| !name.is_empty()));
        numbered.push((scan.night, scan.id));
        None
    })?;
    for (night, id) in numbered {
        if !known.nights.has(night) || known.scans.contains_key(&night) {
            found.add(
                Kind::Reference,
                format!("scan {id}"),
                format!("its night {night} is none of its own"),
                Lost::Everything,
            );
        }
        known.scans.insert(night, id);
    }
    let table = opened(transaction, GOVERNANCE)?;
    for (id, name) in carried {
        let is_there = match &table {
            Some(table) => table.get(name.as_slice())?.is_some(),
            None => false,
        };
        if !is_there {
            let what = "the governance that it carried is not there";
            found.add(Kind::Reference, format!("scan {id}"), what, Lost::Nothing);
        }
    }
    Ok(ids)
}

/// A number is one name's, and the counters know it: one that is given twice would mix what two places hold.
fn numbers(transaction: &ReadTransaction, found: &mut Verification) -> Result<(), Error> {
    let table = transaction.open_table(NAMES)?;
    for kind in [NameKind::Scope, NameKind::Type, NameKind::Control] {
        let mut numbers: Vec<u32> = names::all(&table, kind)?.into_iter().map(|(number, _)| number).collect();
        numbers.sort_unstable();
        if numbers.windows(2).any(|pair| pair[0] == pair[1]) {
            found.add(Kind::Reference, "names", "two names have one number", Lost::Everything);
        }
        if numbers.last().is_some_and(|number| names::last(&table, kind).map_or(true, |last| last < *number)) {
            let what = "the counter is behind: a number would be given twice";
            found.add(Kind::Reference, "names", what, Lost::Nothing);
        }
    }
    Ok(())
}

/// Scans whose removal is not finished.
fn leaving(transaction: &ReadTransaction) -> Result<BTreeSet<String>, Error> {
    let pruned = nights::all(&transaction.open_table(PRUNED)?)?;
    Ok(pruned.into_iter().filter(|(_, pruned)| pruned.is_leaving).map(|(_, pruned)| pruned.scan).collect())
}

/// Looks at every value of a table. A damaged page may hide what is behind it: what is seen is counted.
fn each(
    transaction: &ReadTransaction,
    definition: Bytes,
    found: &mut Verification,
    mut look: impl FnMut(&[u8], &[u8]) -> Wrong,
) -> Result<(), Error> {
    let Some(table) = opened(transaction, definition)? else { return Ok(()) };
    let name = redb::TableHandle::name(&definition).to_owned();
    let (mut entries, mut bytes) = (0, 0);
    for entry in table.iter()? {
        let (key, value) = entry?;
        (entries, bytes) = (entries + 1, bytes + (key.value().len() + value.value().len()) as u64);
        if let Some((kind, what, lost)) = look(key.value(), value.value()) {
            found.add(kind, format!("{name}: {}", shown(key.value())), what, lost);
        }
    }
    if entries != table.len()? {
        found.add(Kind::File, &name, format!("{entries} of {} values can be reached", table.len()?), Lost::Everything);
    }
    found.tables.push(CheckedTable { name, entries, bytes });
    Ok(())
}

/// A key as text, or in hex.
fn shown(key: &[u8]) -> String {
    let is_plain = key.iter().all(|byte| byte.is_ascii_graphic());
    match text(key).filter(|_| is_plain) {
        Some(text) => text.to_owned(),
        None => key.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

fn text(key: &[u8]) -> Option<&str> {
    std::str::from_utf8(key).ok()
}

fn unnamed(what: &str) -> (Kind, String, Lost) {
    (Kind::Reference, what.to_owned(), Lost::Nothing)
}

fn decoded<M: Message + Default>(table: Bytes, key: &[u8], value: &[u8], is_right: impl FnOnce(&M) -> bool) -> Wrong {
    decoded_by(table, key, value, |payload| M::decode(payload).is_ok_and(|record| is_right(&record)))
}

fn decoded_by(table: Bytes, key: &[u8], value: &[u8], is_right: impl FnOnce(&[u8]) -> bool) -> Wrong {
    match sealed::open(redb::TableHandle::name(&table), key, value, "value") {
        Err(_) => Some((Kind::Value, "it does not match its checksum".to_owned(), Lost::Everything)),
        Ok(payload) if is_right(payload) => None,
        Ok(_) => Some((Kind::Value, "it is not the record that belongs there".to_owned(), Lost::Everything)),
    }
}

/// Counters are sealed; the schema is in every version the same eight bytes.
fn counter(key: &[u8], value: &[u8]) -> Wrong {
    match key {
        b"schema" | b"upgrading" => {
            (value.len() != 8).then(|| (Kind::Value, "it is no number".to_owned(), Lost::Everything))
        }
        _ => decoded_by(META, key, value, |payload| payload.len() == 8),
    }
}

fn is_unnamed(known: &Known, place: Option<Place>) -> Wrong {
    let is_named = |place: Place| known.scopes.contains_key(&place.scope) && known.types.contains_key(&place.of);
    place.is_none_or(|place| !is_named(place)).then(|| unnamed("its account, Region or type has no name"))
}

fn volatile(known: &Known, key: &[u8], value: &[u8]) -> Wrong {
    let Some(at) = Place::in_key(key) else { return Some(unnamed("its key is none")) };
    let (night, scope) = (at.scope, at.of);
    let record = sealed::open("volatile", key, value, "record").and_then(|packed| unpack::<Volatile>(packed, "record"));
    let is_whole = |record: &Volatile| record.types.iter().all(|each| record.of(each.of).is_ok());
    let Some(record) = record.ok().filter(is_whole) else {
        let what = format!("what changed by itself in {} on night {night} is damaged", known.scope(scope));
        return Some((Kind::Value, what, Lost::Everything));
    };
    let is_named =
        known.scopes.contains_key(&scope) && record.types.iter().all(|each| known.types.contains_key(&each.of));
    (!is_named).then(|| unnamed("its account, Region or a type has no name"))
}

/// What no walk comes by: records that no head leads to, and those before which no night is kept.
fn past(
    known: &Known,
    tables: &Tables<redb::ReadOnlyTable<&'static [u8], &'static [u8]>>,
    key: &[u8],
    value: &[u8],
) -> Wrong {
    let Some((night, place)) = Place::in_past(key) else { return Some(unnamed("its key is none")) };
    // A head that is damaged is told of where its states are.
    let head: Head = tables.head(place).ok()??;
    if !head.nights.contains(&night) {
        // What a night wrote after the head was lost begins anew; what was before is not reached any more.
        return Some(unnamed("the state of its type does not lead there"));
    }
    let is_needed = known.nights.first().is_some_and(|first| first < night);
    let whole = sealed::open("past", key, value, "record").and_then(|packed| unpack::<Before>(packed, "record"));
    (!is_needed && whole.is_err()).then(|| (Kind::Value, "it is damaged".to_owned(), Lost::Nothing))
}
