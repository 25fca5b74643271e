//! The numbers. One registry a process, shared; counting never fails, never waits for long, and never makes a label of
//! what is no value of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use crate::catalogue::{ALL, LABELS_REFUSED};
use crate::metric::{Counter, Definition, Gauge, Histogram, Kind, OTHER, Values, is_plain};

/// The values of a series' labels, in the order of the definition.
pub type LabelValues = Vec<String>;

/// What is told of each duration besides.
pub(crate) type Listener = Box<dyn Fn(f64, &[(&'static str, &str)]) + Send + Sync>;

/// All metrics of a process.
pub struct Registry {
    families: Vec<Family>,
}

/// The series of one metric.
struct Family {
    definition: &'static Definition,
    series: Mutex<Series>,
    listener: OnceLock<Listener>,
}

#[derive(Default)]
struct Series {
    numbers: BTreeMap<LabelValues, Number>,
    /// The values that were seen of each label that may have any, so many.
    seen: BTreeMap<&'static str, BTreeSet<String>>,
}

/// What a series stands at.
#[derive(Clone, Debug, PartialEq)]
pub enum Number {
    /// Of a counter.
    Count(u64),
    /// Of a gauge.
    Level(f64),
    /// Of a histogram.
    Durations {
        /// How many took at most as long as each bound and longer than the one before, and how many longer than all.
        counts: Vec<u64>,
        /// How long all took together, in seconds.
        sum: f64,
    },
}

/// A metric with its series at one moment.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The metric.
    pub definition: &'static Definition,
    /// Its series, by the values of their labels.
    pub series: Vec<(LabelValues, Number)>,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry").field("families", &self.families.len()).finish_non_exhaustive()
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::new()
    }
}

impl Registry {
    /// A registry in which nothing was counted. Counters whose series are known stand at 0, so that the first event is
    /// seen as a rise.
    #[must_use]
    pub fn new() -> Self {
        let family = |definition: &&'static Definition| Family {
            definition,
            series: Mutex::new(Series { numbers: at_zero(definition, None), seen: BTreeMap::new() }),
            listener: OnceLock::new(),
        };
        Self { families: ALL.iter().map(family).collect() }
    }

    /// Lets the series of a value begin at 0, so that its first event is seen as a rise: of each schedule and service, at
    /// the start.
    pub fn announce(&self, label: &str, value: &str) {
        for family in self.families.iter().filter(|family| family.definition.labels.iter().any(|of| of.name == label)) {
            let mut series = family.lock();
            for (values, number) in at_zero(family.definition, Some((label, value))) {
                let labels: Vec<&str> = values.iter().map(String::as_str).collect();
                let values = series.accepted(family.definition, &labels);
                series.numbers.entry(values).or_insert(number);
            }
        }
    }

    /// Counts more of something.
    pub fn add<const N: usize>(&self, counter: &'static Counter<N>, labels: [&str; N], more: u64) {
        self.change(counter.definition(), &labels, |number| {
            if let Number::Count(count) = number {
                *count = count.saturating_add(more);
            }
        });
    }

    /// Says how something stands now.
    #[expect(clippy::cast_precision_loss, reason = "what is shown of a number above 2^53 is its size")]
    pub fn set_count<const N: usize>(&self, gauge: &'static Gauge<N>, labels: [&str; N], count: u64) {
        self.set(gauge, labels, count as f64);
    }

    /// Says how something stands now.
    pub fn set<const N: usize>(&self, gauge: &'static Gauge<N>, labels: [&str; N], level: f64) {
        self.change(gauge.definition(), &labels, |number| *number = Number::Level(level));
    }

    /// Says how long something took.
    pub fn observe<const N: usize>(&self, histogram: &'static Histogram<N>, labels: [&str; N], took: Duration) {
        let definition = histogram.definition();
        let Kind::Histogram(bounds) = definition.kind else { return };
        let seconds = took.as_secs_f64();
        let bucket = bounds.partition_point(|bound| *bound < seconds);
        let values = self.change(definition, &labels, |number| {
            if let Number::Durations { counts, sum } = number {
                counts[bucket] += 1;
                *sum += seconds;
            }
        });
        if let Some(listener) = self.family(definition).listener.get() {
            let names = definition.labels.iter().map(|label| label.name);
            let pairs: Vec<_> = names.zip(values.iter().map(String::as_str)).collect();
            listener(seconds, &pairs);
        }
    }

    /// All metrics as they stand.
    #[must_use]
    pub fn readings(&self) -> Vec<Reading> {
        self.families.iter().map(Family::reading).collect()
    }

    /// One metric as it stands.
    pub(crate) fn reading(&self, definition: &Definition) -> Reading {
        self.family(definition).reading()
    }

    /// Has each duration of a histogram told to somebody else, too. The first listener stays.
    pub(crate) fn listen(&self, definition: &Definition, listener: Listener) {
        let _ = self.family(definition).listener.set(listener);
    }

    fn family(&self, definition: &Definition) -> &Family {
        let found = self.families.iter().find(|family| family.definition.name == definition.name);
        found.expect("metrics are made in the catalogue only, which lists them all")
    }

    /// Changes one series, and says under which labels.
    fn change(&self, definition: &Definition, labels: &[&str], change: impl FnOnce(&mut Number)) -> LabelValues {
        let family = self.family(definition);
        let mut series = family.lock();
        let values = series.accepted(family.definition, labels);
        let is_refused = values.iter().zip(labels).any(|(value, label)| value != label);
        change(series.numbers.entry(values.clone()).or_insert_with(|| zero(definition)));
        drop(series);
        if is_refused {
            self.add(&LABELS_REFUSED, [], 1);
        }
        values
    }
}

impl Family {
    /// A panic elsewhere leaves the numbers as they are, which is all they ever are.
    fn lock(&self) -> MutexGuard<'_, Series> {
        self.series.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reading(&self) -> Reading {
        let series = self.lock().numbers.iter().map(|(values, number)| (values.clone(), number.clone())).collect();
        Reading { definition: self.definition, series }
    }
}

impl Series {
    /// The values under which something is counted.
    fn accepted(&mut self, definition: &'static Definition, labels: &[&str]) -> LabelValues {
        let mut accept = |(label, value): (&'static crate::metric::Label, &&str)| match label.values {
            Values::OneOf(known) => known.contains(value),
            Values::AtMost(most, _) => {
                let seen = self.seen.entry(label.name).or_default();
                seen.contains(*value) || (seen.len() < most && is_plain(value) && seen.insert((*value).to_owned()))
            }
        };
        let pairs = definition.labels.iter().zip(labels);
        pairs.map(|pair| if accept(pair) { *pair.1 } else { OTHER }).map(str::to_owned).collect()
    }
}

fn zero(definition: &Definition) -> Number {
    match definition.kind {
        Kind::Counter => Number::Count(0),
        Kind::Gauge => Number::Level(0.0),
        Kind::Histogram(bounds) => Number::Durations { counts: vec![0; bounds.len() + 1], sum: 0.0 },
    }
}

/// The series that are known beforehand: all combinations when every label has a few values, or is the one of which a
/// value was announced. Moments, and gauges without labels, are not known before they are set.
fn at_zero(definition: &Definition, announced: Option<(&str, &str)>) -> BTreeMap<LabelValues, Number> {
    let is_level = definition.kind == Kind::Gauge && definition.labels.is_empty();
    if is_level || definition.name.ends_with("_timestamp_seconds") {
        return BTreeMap::new();
    }
    let mut all = vec![LabelValues::new()];
    for label in definition.labels {
        let known = match (&label.values, announced) {
            (Values::OneOf(known), _) => *known,
            (Values::AtMost(..), Some((name, value))) if label.name == name => &[value][..],
            (Values::AtMost(..), _) => return BTreeMap::new(),
        };
        let with = |values: &LabelValues| {
            let values = values.clone();
            known.iter().map(move |value| [values.as_slice(), &[(*value).to_owned()]].concat()).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(with).collect();
    }
    all.into_iter().map(|values| (values, zero(definition))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{
        AWS_CALLS, AWS_THROTTLES, JOBS, LAST_SCAN, SCAN_ROWS, SCHEDULE_AHEAD, SCHEDULE_FIRES, STORE_COMMIT,
    };

    fn numbers(registry: &Registry, definition: &Definition) -> BTreeMap<String, Number> {
        let series = registry.reading(definition).series.into_iter();
        series.map(|(values, number)| (values.join(","), number)).collect()
    }

    #[test]
    fn what_is_counted_is_there() {
        let registry = Registry::new();
        registry.add(&SCAN_ROWS, ["pass"], 3);
        registry.add(&SCAN_ROWS, ["pass"], 4);
        registry.add(&SCAN_ROWS, ["fail"], u64::MAX);
        registry.add(&SCAN_ROWS, ["fail"], 1);
        let rows = numbers(&registry, SCAN_ROWS.definition());
        assert_eq!(rows["pass"], Number::Count(7));
        assert_eq!((&rows["fail"], &rows["unknown"], rows.len()), (&Number::Count(u64::MAX), &Number::Count(0), 5));
        registry.set_count(&JOBS, ["waiting"], 12);
        assert_eq!(numbers(&registry, JOBS.definition())["waiting"], Number::Level(12.0));
        assert!(numbers(&registry, LAST_SCAN.definition()).is_empty(), "no scan has ended in 1970");
    }

    #[test]
    fn a_duration_is_in_the_first_bucket_that_holds_it() {
        let registry = Registry::new();
        for took in [0, 1, 2, 60_000] {
            registry.observe(&STORE_COMMIT, [], Duration::from_millis(took));
        }
        let Number::Durations { counts, sum } = &numbers(&registry, STORE_COMMIT.definition())[""] else {
            panic!("a histogram has durations")
        };
        assert_eq!(counts, &[2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        assert!((sum - 60.003).abs() < 1e-9, "{sum}");
    }

    #[test]
    fn labels_are_bounded_whatever_comes() {
        let registry = Registry::new();
        for number in 0..10_000 {
            registry.add(&AWS_THROTTLES, [&format!("service-{number}")], 1);
        }
        registry.add(&AWS_CALLS, ["s3", "arn:aws:iam::111111111111:role/x"], 1);
        registry.add(&AWS_CALLS, ["111111111111", "ok"], 1);
        let throttles = numbers(&registry, AWS_THROTTLES.definition());
        assert_eq!(throttles.len(), AWS_THROTTLES.definition().most_series());
        assert_eq!(throttles[OTHER], Number::Count(10_000 - 96));
        assert_eq!(
            numbers(&registry, AWS_CALLS.definition()).into_keys().collect::<Vec<_>>(),
            ["other,ok", "s3,other"]
        );
        assert_eq!(numbers(&registry, LABELS_REFUSED.definition())[""], Number::Count(10_000 - 96 + 2));
    }

    #[test]
    fn what_is_announced_begins_at_zero() {
        let registry = Registry::new();
        assert!(numbers(&registry, SCHEDULE_FIRES.definition()).is_empty());
        registry.announce("schedule", "nightly");
        registry.add(&SCHEDULE_FIRES, ["nightly", "missed"], 1);
        registry.announce("schedule", "nightly");
        let fires = numbers(&registry, SCHEDULE_FIRES.definition());
        assert_eq!(
            (fires.len(), &fires["nightly,missed"], &fires["nightly,started"]),
            (5, &Number::Count(1), &Number::Count(0))
        );
        assert_eq!(numbers(&registry, SCHEDULE_AHEAD.definition())["nightly"], Number::Level(0.0));
        assert!(numbers(&registry, AWS_CALLS.definition()).is_empty(), "that has no schedules");
        registry.announce("schedule", "111111111111");
        assert!(numbers(&registry, SCHEDULE_AHEAD.definition()).contains_key(OTHER));
    }

    #[test]
    fn threads_lose_nothing() {
        let registry = Registry::new();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..1_000).for_each(|_| registry.add(&AWS_CALLS, ["s3", "ok"], 1)));
            }
        });
        assert_eq!(numbers(&registry, AWS_CALLS.definition())["s3,ok"], Number::Count(8_000));
    }
}
