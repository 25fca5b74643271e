//! Whether events that a filter matches raise an alarm, as CloudWatch evaluates it: statistic, threshold, data points and
//! missing data (CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data").
//!
//! The log group may be quiet otherwise, or busy with events that do not match: an alarm counts as raised only if it is
//! raised in both, and only if it is not in alarm anyway, because a state that does not change tells nobody.

use std::sync::Arc;

use super::metric::Metric;
use super::series::Series;
use crate::answer::{Answer, number, text, undecided};
use crate::doc::Doc;
use crate::reason::Unread;

/// Seconds by which an alarm may come late.
const LATEST: f64 = 3600.0;

/// Whether an alarm is raised by this many events in one period. `None` when the alarm is about something else.
pub(super) fn is_raised(alarm: &Doc, metric: &Metric<'_>, times: f64) -> Result<Option<Answer>, Arc<Unread>> {
    let Some(series) = Series::of(alarm, metric)? else { return Ok(None) };
    let sees = Answer::from(series.sees(metric));
    if let Answer::No(_) = sees {
        return Ok(Some(sees));
    }
    let alarm = Alarm::read(alarm, &series)?;
    Ok(Some(Answer::all([sees, alarm.crosses(metric, times), alarm.changes(metric), alarm.goes_off(metric)])))
}

/// How an alarm decides.
struct Alarm<'d> {
    statistic: Statistic,
    comparison: Comparison,
    threshold: f64,
    period: Option<f64>,
    /// Of so many data points …
    of: f64,
    /// … so many have to breach.
    datapoints: f64,
    missing: &'d str,
    is_in_alarm: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Statistic {
    Sum,
    Average,
    Minimum,
    Maximum,
    SampleCount,
}

const STATISTICS: [(&str, Statistic); 5] = [
    ("Sum", Statistic::Sum),
    ("Average", Statistic::Average),
    ("Minimum", Statistic::Minimum),
    ("Maximum", Statistic::Maximum),
    ("SampleCount", Statistic::SampleCount),
];

#[derive(Clone, Copy, Debug)]
enum Comparison {
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl<'d> Alarm<'d> {
    fn read(alarm: &'d Doc, series: &Series<'d>) -> Result<Self, Arc<Unread>> {
        // AWS always says it, and how many periods; a document that does not, counts events in one.
        let name = series.statistic.unwrap_or("Sum");
        let statistic = STATISTICS.iter().find(|(known, _)| *known == name).map(|(_, statistic)| *statistic);
        let of = number(alarm.get("EvaluationPeriods"))?.unwrap_or(1.0);
        Ok(Self {
            statistic: statistic.ok_or_else(|| undecided(format!("what {name} comes to is not decided")))?,
            comparison: Comparison::read(alarm.get("ComparisonOperator"))?,
            threshold: number(alarm.get("Threshold"))?.ok_or_else(|| undecided("the alarm has no fixed threshold"))?,
            period: series.period,
            of,
            datapoints: number(alarm.get("DatapointsToAlarm"))?.unwrap_or(of),
            missing: text(alarm.get("TreatMissingData"))?.unwrap_or("missing"),
            is_in_alarm: text(alarm.get("StateValue"))? == Some("ALARM"),
        })
    }

    fn breaches(&self, value: f64) -> bool {
        match self.comparison {
            Comparison::Greater => value > self.threshold,
            Comparison::GreaterOrEqual => value >= self.threshold,
            Comparison::Less => value < self.threshold,
            Comparison::LessOrEqual => value <= self.threshold,
        }
    }

    /// Whether the period of the events breaches the threshold.
    fn crosses(&self, metric: &Metric<'_>, times: f64) -> Answer {
        let short = self.statistic.with_events(metric, times).into_iter().find(|value| !self.breaches(*value));
        short.map_or_else(
            || Answer::Yes("its threshold is crossed".to_owned()),
            |value| Answer::No(format!("its metric comes to {value}, and its threshold is {}", self.threshold)),
        )
    }

    /// Whether it is not in alarm without the events already: only a change of its state tells anybody.
    fn changes(&self, metric: &Metric<'_>) -> Answer {
        let always = match metric.default {
            Some(_) => self.statistic.without_events(metric).into_iter().any(|value| self.breaches(value)),
            None => self.missing == "breaching",
        };
        // Without other data points it is never left again.
        let is_stuck = metric.default.is_none() && self.missing == "ignore" && self.is_in_alarm;
        Answer::is(!always && !is_stuck, || {
            if always || is_stuck {
                "it is in alarm without such an event, too".to_owned()
            } else {
                "it is not in alarm otherwise".to_owned()
            }
        })
    }

    /// Whether one period that breaches is enough. With missing data treated as missing it is after as many periods as
    /// have to breach, as long as no other data comes.
    fn goes_off(&self, metric: &Metric<'_>) -> Answer {
        if self.datapoints <= 1.0 {
            return Answer::Yes("one period is enough".to_owned());
        }
        let of = format!("{} of {} periods have to breach", self.datapoints, self.of);
        match (self.missing, metric.default, self.period) {
            ("missing", None, None) => Answer::undecided(format!("{of}, and how long they are is not said")),
            ("missing", None, Some(period)) => {
                let late = period * self.datapoints;
                Answer::is(late <= LATEST, || format!("{of}: that takes {late} seconds"))
            }
            ("missing" | "ignore" | "notBreaching" | "breaching", ..) => Answer::No(of),
            (other, ..) => Answer::undecided(format!("nobody knows how missing data is treated by {other}")),
        }
    }
}

impl Statistic {
    /// What it comes to with so many matching events: alone, and among very many others.
    fn with_events(self, metric: &Metric<'_>, times: f64) -> Vec<f64> {
        let value = metric.value;
        let alone = match self {
            Self::Sum => value * times,
            Self::SampleCount => times,
            Self::Average | Self::Minimum | Self::Maximum => value,
        };
        let Some(default) = metric.default else { return vec![alone] };
        let among_others = match self {
            Self::Sum if default == 0.0 => alone,
            Self::Sum => default * f64::INFINITY,
            Self::SampleCount => f64::INFINITY,
            Self::Average => default,
            Self::Minimum => value.min(default),
            Self::Maximum => value.max(default),
        };
        vec![alone, among_others]
    }

    /// What it comes to without matching events: with one other event, and with very many.
    fn without_events(self, metric: &Metric<'_>) -> Vec<f64> {
        let Some(default) = metric.default else { return Vec::new() };
        match self {
            Self::Sum if default == 0.0 => vec![default],
            Self::Sum => vec![default, default * f64::INFINITY],
            Self::SampleCount => vec![1.0, f64::INFINITY],
            Self::Average | Self::Minimum | Self::Maximum => vec![default],
        }
    }
}

impl Comparison {
    fn read(doc: &Doc) -> Result<Self, Arc<Unread>> {
        match text(doc)? {
            Some("GreaterThanThreshold") => Ok(Self::Greater),
            Some("GreaterThanOrEqualToThreshold") => Ok(Self::GreaterOrEqual),
            Some("LessThanThreshold") => Ok(Self::Less),
            Some("LessThanOrEqualToThreshold") => Ok(Self::LessOrEqual),
            Some(other) => Err(undecided(format!("the alarm compares with a band ({other}), which nobody knows here"))),
            None => Err(undecided("the alarm has no comparison")),
        }
    }
}
