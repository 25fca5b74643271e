//! What a metric is: a name, a kind, and labels of which it is known beforehand how many values they can have.

/// A metric, as it is documented and exposed.
#[derive(Debug)]
pub struct Definition {
    /// Its name, the same for Prometheus and over OTLP.
    pub name: &'static str,
    /// What it counts.
    pub kind: Kind,
    /// In what.
    pub unit: Unit,
    /// What it says, in one sentence.
    pub help: &'static str,
    /// By what it is told apart.
    pub labels: &'static [Label],
    /// What somebody who is woken by it looks at.
    pub look: &'static str,
}

/// What a metric counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// What happened, since the process started; only rises.
    Counter,
    /// How it stands.
    Gauge,
    /// How long things took: how many took at most so many seconds.
    Histogram(&'static [f64]),
}

/// The unit of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A number of things, or a share.
    One,
    /// Seconds; of a moment, since 1970.
    Seconds,
    /// Bytes.
    Bytes,
}

/// A label.
#[derive(Debug)]
pub struct Label {
    /// Its name.
    pub name: &'static str,
    /// Which values it can have. [`OTHER`] besides.
    pub values: Values,
}

/// Which values a label can have.
#[derive(Debug)]
pub enum Values {
    /// These.
    OneOf(&'static [&'static str]),
    /// The first so many that are seen, of plain words: what they are is said in words.
    AtMost(usize, &'static str),
}

/// What a label says for a value that it cannot have.
pub const OTHER: &str = "other";

/// The longest value of a label.
const LONGEST_VALUE: usize = 48;
/// So many digits in a row are an account's id.
const ACCOUNT_DIGITS: usize = 12;

impl Kind {
    /// Its word in Prometheus' text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram(_) => "histogram",
        }
    }
}

impl Unit {
    /// Its code in OTLP.
    #[must_use]
    pub const fn as_code(self) -> &'static str {
        match self {
            Self::One => "1",
            Self::Seconds => "s",
            Self::Bytes => "By",
        }
    }
}

impl Label {
    /// How many values it can have, [`OTHER`] included.
    #[must_use]
    pub const fn most(&self) -> usize {
        match self.values {
            Values::OneOf(values) => values.len() + 1,
            Values::AtMost(most, _) => most + 1,
        }
    }
}

impl Definition {
    /// How many series it can have at most, not counting the buckets of a histogram.
    #[must_use]
    pub fn most_series(&self) -> usize {
        self.labels.iter().map(Label::most).product()
    }
}

/// Whether it is a word of ours: short, of small letters, digits, `.`, `-` and `_`, and without an account's id.
pub(crate) fn is_plain(value: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    let has_account = || value.split(|letter: char| !letter.is_ascii_digit()).any(|run| run.len() >= ACCOUNT_DIGITS);
    (1..=LONGEST_VALUE).contains(&value.len()) && value.bytes().all(is_part) && !has_account()
}

/// Something that is counted, told apart by `N` labels.
#[derive(Debug)]
pub struct Counter<const N: usize>(Definition);

/// Something that stands so, told apart by `N` labels.
#[derive(Debug)]
pub struct Gauge<const N: usize>(Definition);

/// Something that takes its time, told apart by `N` labels.
#[derive(Debug)]
pub struct Histogram<const N: usize>(Definition);

/// Makes the definition of a metric that has these labels.
const fn define<const N: usize>(
    name: &'static str,
    kind: Kind,
    unit: Unit,
    labels: &'static [Label; N],
    [help, look]: [&'static str; 2],
) -> Definition {
    Definition { name, kind, unit, help, labels, look }
}

impl<const N: usize> Counter<N> {
    pub(crate) const fn new(name: &'static str, labels: &'static [Label; N], says: [&'static str; 2]) -> Self {
        Self(define(name, Kind::Counter, Unit::One, labels, says))
    }

    /// Its definition.
    #[must_use]
    pub const fn definition(&self) -> &Definition {
        &self.0
    }
}

impl<const N: usize> Gauge<N> {
    pub(crate) const fn new(
        name: &'static str,
        unit: Unit,
        labels: &'static [Label; N],
        says: [&'static str; 2],
    ) -> Self {
        Self(define(name, Kind::Gauge, unit, labels, says))
    }

    /// Its definition.
    #[must_use]
    pub const fn definition(&self) -> &Definition {
        &self.0
    }
}

impl<const N: usize> Histogram<N> {
    pub(crate) const fn new(
        name: &'static str,
        bounds: &'static [f64],
        labels: &'static [Label; N],
        says: [&'static str; 2],
    ) -> Self {
        Self(define(name, Kind::Histogram(bounds), Unit::Seconds, labels, says))
    }

    /// Its definition.
    #[must_use]
    pub const fn definition(&self) -> &Definition {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_strangers_name_is_no_label() {
        for plain in ["s3", "resourcegroupstaggingapi", "nightly-2", "0.1.0", "a_b"] {
            assert!(is_plain(plain), "{plain}");
        }
        let long = "a".repeat(49);
        for not in ["", "111111111111", "x-111111111111", "arn:aws:s3:::b", "My Bucket", "a\"b", "a\nb", "é", &long] {
            assert!(!is_plain(not), "{not}");
        }
    }
}
