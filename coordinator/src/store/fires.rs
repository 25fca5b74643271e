//! Schedules and their fires: what was decided of each, on record in one commit with the scan that it started, so that no
//! fire starts two scans, whenever its process is killed.

use std::collections::BTreeMap;

use plumbline_schedule::Timestamp;
use plumbline_schedule::timetable::{Decision, Kind, Record, Standing};
use redb::{ReadableTable, WriteTransaction};

use super::audit::{self, Act};
use super::record::{Fire, FireOutcome, Scan, ScanState, ScheduleState};
use super::tables::opened;
use super::{Bytes, Error, SCANS, Store, packed, sealed};

/// How schedules stand, by name.
pub(super) const SCHEDULES: Bytes = Bytes::new("schedules");
/// What became of fires, by `schedule/time`, and by `schedule/time/asked` where somebody asked for it; whoever asks again
/// in the same second has a number behind it.
pub(super) const FIRES: Bytes = Bytes::new("fires");

/// Fires of one schedule that are kept: of a nightly one, those of nearly three years.
const KEPT: usize = 1000;

const SCHEDULE: &str = "schedule";
const FIRE: &str = "fire";
const ASKED: &str = "/asked";

/// A schedule as it is on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSchedule {
    /// Its name.
    pub name: String,
    /// How it stands.
    pub state: ScheduleState,
    /// The scan that it started and that has not ended.
    pub running: Option<String>,
}

impl Fire {
    /// The record of a decision.
    pub fn of(decision: &Decision, decided: Timestamp) -> Self {
        let due = decision.kind.due();
        let (outcome, scan) = match &decision.kind {
            Kind::Begins { .. } => (FireOutcome::Begins, String::new()),
            Kind::Start(_) => (FireOutcome::Started, String::new()),
            Kind::Missed(_) => (FireOutcome::Missed, String::new()),
            Kind::Skipped { still_running, .. } => (FireOutcome::Skipped, still_running.clone()),
            Kind::Paused(_) => (FireOutcome::Paused, String::new()),
        };
        Self {
            schedule: decision.schedule.clone(),
            time: decision.fire_time.to_string(),
            outcome: outcome as i32,
            scan,
            reason: String::new(),
            count: due.map_or(0, |due| due.count),
            first: due.map_or_else(String::new, |due| due.first.to_string()),
            decided: decided.to_string(),
            rule: decision.rule.clone(),
            asked_by: String::new(),
        }
    }

    /// The record of a scan that somebody asked for.
    pub fn asked_for(schedule: &str, rule: &str, who: &str, now: Timestamp) -> Self {
        Self {
            schedule: schedule.to_owned(),
            time: now.to_string(),
            outcome: FireOutcome::Started as i32,
            decided: now.to_string(),
            rule: rule.to_owned(),
            asked_by: who.to_owned(),
            ..Self::default()
        }
    }

    /// The same, of which nothing came.
    #[must_use]
    pub fn refused(mut self, reason: &str) -> Self {
        self.set_outcome(FireOutcome::Refused);
        reason.clone_into(&mut self.reason);
        self
    }

    fn key(&self) -> String {
        let asked = if self.asked_by.is_empty() { "" } else { ASKED };
        format!("{}/{}{asked}", self.schedule, self.time)
    }

    /// The key of one more that somebody asked for in the same second.
    fn further_key(&self, number: usize) -> String {
        format!("{}/{number:06}", self.key())
    }
}

/// Whether this is a record that belongs under its key.
pub(super) fn is_fire(key: &[u8], fire: &Fire) -> bool {
    let Some(more) = key.strip_prefix(fire.key().as_bytes()) else { return false };
    more.is_empty() || !fire.asked_by.is_empty() && more.first() == Some(&b'/')
}

impl Store {
    /// Puts on record what was decided of fires of which no scan came.
    ///
    /// # Errors
    /// When the disk fails, or a record is damaged.
    pub async fn record_fire(&self, fire: Fire) -> Result<(), Error> {
        self.write(0, move |transaction| put(transaction, &fire).map(drop)).await
    }

    /// Lets a schedule pause, or go on, as somebody asked.
    ///
    /// # Errors
    /// When the disk fails, or a record is damaged.
    pub async fn pause_schedule(&self, name: &str, is_paused: bool, act: Act) -> Result<(), Error> {
        self.change_schedule(name, Some(act), move |state| state.is_paused = is_paused).await
    }

    /// Notes whether the configuration has a schedule.
    ///
    /// # Errors
    /// When the disk fails, or a record is damaged.
    pub async fn schedule_is_gone(&self, name: &str, is_gone: bool) -> Result<(), Error> {
        self.change_schedule(name, None, move |state| state.is_gone = is_gone).await
    }

    /// Changes what is on record of a schedule; nothing where there is nothing.
    async fn change_schedule(
        &self,
        name: &str,
        act: Option<Act>,
        change: impl FnOnce(&mut ScheduleState) + Send + 'static,
    ) -> Result<(), Error> {
        let name = name.to_owned();
        self.write(0, move |transaction| {
            let mut table = transaction.open_table(SCHEDULES)?;
            let Some(mut state) = sealed::get_record::<ScheduleState>(&table, &name, SCHEDULE)? else { return Ok(()) };
            if let Some(act) = act {
                audit::append(transaction, act)?;
            }
            change(&mut state);
            sealed::put_record(&mut table, &name, &state)
        })
        .await
    }

    /// All schedules that were ever seen, by name.
    ///
    /// # Errors
    /// When the disk fails, or a record is damaged.
    pub fn schedules(&self) -> Result<Vec<StoredSchedule>, Error> {
        self.read(|transaction| {
            let Some(table) = opened(transaction, SCHEDULES)? else { return Ok(Vec::new()) };
            let scans = transaction.open_table(SCANS)?;
            let mut found = Vec::new();
            for entry in table.iter()? {
                let (key, value) = entry?;
                let name = std::str::from_utf8(key.value()).map_err(|_| Error::Damaged { what: SCHEDULE })?.to_owned();
                let state: ScheduleState = sealed::open_record(&table, key.value(), value.value(), SCHEDULE)?;
                let scan = packed::get::<Scan>(&scans, &state.scan, "scan")?;
                let is_running = self.is_written && scan.is_some_and(|scan| scan.state() == ScanState::Running);
                found.push(StoredSchedule { name, running: is_running.then(|| state.scan.clone()), state });
            }
            Ok(found)
        })
    }

    /// How schedules stand, for whoever decides.
    ///
    /// # Errors
    /// When the disk fails, or a record is damaged.
    pub fn standings(&self) -> Result<BTreeMap<String, Standing>, Error> {
        let standing = |stored: StoredSchedule| {
            let StoredSchedule { name, state, running } = stored;
            // Empty where only somebody asked for it so far.
            let until = (!state.until.is_empty()).then(|| state.until.parse()).transpose();
            let until = until.map_err(|_| Error::Damaged { what: SCHEDULE })?;
            let record = until.map(|until| Record { rule: state.rule, until });
            Ok((name, Standing { record, running, is_paused: state.is_paused }))
        };
        self.schedules()?.into_iter().map(standing).collect()
    }

    /// What became of fires, the latest first: of one schedule, or of all, one after the other.
    ///
    /// # Errors
    /// When the disk fails, or a record is damaged.
    pub fn fires(&self, schedule: Option<&str>) -> Result<Vec<Fire>, Error> {
        self.read(|transaction| {
            let Some(table) = opened(transaction, FIRES)? else { return Ok(Vec::new()) };
            let (from, to) = schedule.map_or((String::new(), "\u{7f}".to_owned()), bounds);
            let mut found = Vec::new();
            for entry in table.range(from.as_bytes()..to.as_bytes())?.rev() {
                let (key, value) = entry?;
                found.push(sealed::open_record(&table, key.value(), value.value(), FIRE)?);
            }
            Ok(found)
        })
    }
}

/// Puts a fire on record, and how its schedule stands with it; false where it was there already, and nothing is written.
pub(super) fn put(transaction: &WriteTransaction, fire: &Fire) -> Result<bool, Error> {
    let (mut fires, mut schedules) = (transaction.open_table(FIRES)?, transaction.open_table(SCHEDULES)?);
    let mut key = fire.key();
    for number in 1.. {
        if fires.get(key.as_bytes())?.is_none() {
            break;
        }
        if fire.asked_by.is_empty() {
            return Ok(false);
        }
        key = fire.further_key(number);
    }
    let mut state = sealed::get_record::<ScheduleState>(&schedules, &fire.schedule, SCHEDULE)?.unwrap_or_default();
    // What somebody asks for decides nothing of the schedule's own fires.
    if fire.asked_by.is_empty() {
        let moment = |text: &str| text.parse::<Timestamp>().ok();
        if moment(&state.until) < moment(&fire.time) {
            state.until.clone_from(&fire.time);
        }
        state.rule.clone_from(&fire.rule);
    }
    if fire.outcome() == FireOutcome::Started {
        state.scan.clone_from(&fire.scan);
    }
    sealed::put_record(&mut schedules, &fire.schedule, &state)?;
    sealed::put_record(&mut fires, &key, fire)?;
    drop_oldest(&mut fires, &fire.schedule)?;
    Ok(true)
}

/// Forgets the fires of a schedule that are more than are kept.
fn drop_oldest(fires: &mut redb::Table<'_, &'static [u8], &'static [u8]>, schedule: &str) -> Result<(), Error> {
    let (from, to) = bounds(schedule);
    let count = fires.range(from.as_bytes()..to.as_bytes())?.count();
    for _ in KEPT..count {
        let first = fires.range(from.as_bytes()..to.as_bytes())?.next().transpose()?;
        let Some(key) = first.map(|(key, _)| key.value().to_vec()) else { return Ok(()) };
        fires.remove(key.as_slice())?;
    }
    Ok(())
}

/// Between which keys the fires of a schedule are: `0` is what follows `/`.
fn bounds(schedule: &str) -> (String, String) {
    (format!("{schedule}/"), format!("{schedule}0"))
}

/// Creates the tables.
pub(super) fn create_tables(transaction: &WriteTransaction) -> Result<(), Error> {
    transaction.open_table(SCHEDULES)?;
    transaction.open_table(FIRES)?;
    Ok(())
}

#[cfg(test)]
mod tests;
