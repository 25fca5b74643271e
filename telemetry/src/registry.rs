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
mod tests;
