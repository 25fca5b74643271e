//! What an alarm looks at: a statistic of a metric, directly or as its one query. Must not judge the values.

use std::sync::Arc;

use super::metric::Metric;
use crate::answer::{Answer, items, number, text, undecided};
use crate::doc::Doc;
use crate::reason::Unread;

/// A statistic of a metric over periods.
#[derive(Debug)]
pub(super) struct Series<'d> {
    dimensions: &'d Doc,
    unit: Option<&'d str>,
    /// How the values of a period become one.
    pub(super) statistic: Option<&'d str>,
    /// Seconds.
    pub(super) period: Option<f64>,
}

impl<'d> Series<'d> {
    /// What an alarm looks at, if it is the metric; `None` when it is about something else.
    pub(super) fn of(alarm: &'d Doc, metric: &Metric<'_>) -> Result<Option<Self>, Arc<Unread>> {
        if let Doc::Unread(unread) = alarm {
            return Err(Arc::clone(unread));
        }
        let queries = items(alarm.get("Metrics"))?;
        let criteria = alarm.get("EvaluationCriteria");
        if queries.is_empty() && criteria.is_null() {
            return Self::direct(alarm, metric);
        }
        if let [query] = queries
            && query.get("Expression").is_null()
            && query.get("AccountId").is_null()
        {
            return Self::queried(query.get("MetricStat"), metric);
        }
        if mentions(alarm.get("Metrics"), metric.name)? || mentions(criteria, metric.name)? {
            return Err(undecided("the alarm computes something of the metric, and what that comes to is not decided"));
        }
        Ok(None)
    }

    fn direct(alarm: &'d Doc, metric: &Metric<'_>) -> Result<Option<Self>, Arc<Unread>> {
        if !is_named(alarm, metric)? {
            return Ok(None);
        }
        let extended = text(alarm.get("ExtendedStatistic"))?;
        Ok(Some(Self {
            dimensions: alarm.get("Dimensions"),
            unit: text(alarm.get("Unit"))?,
            statistic: extended.or(text(alarm.get("Statistic"))?),
            period: number(alarm.get("Period"))?,
        }))
    }

    fn queried(stat: &'d Doc, metric: &Metric<'_>) -> Result<Option<Self>, Arc<Unread>> {
        if !is_named(stat.get("Metric"), metric)? {
            return Ok(None);
        }
        Ok(Some(Self {
            dimensions: stat.at("Metric.Dimensions"),
            unit: text(stat.get("Unit"))?,
            statistic: text(stat.get("Stat"))?,
            period: number(stat.get("Period"))?,
        }))
    }

    /// Whether the values that the metric gets are among those that are looked at: dimensions and unit are part of a
    /// metric's name.
    pub(super) fn sees(&self, metric: &Metric<'_>) -> Result<Answer, Arc<Unread>> {
        let emitted = metric.unit.unwrap_or("None");
        if let Some(unit) = self.unit.filter(|unit| *unit != emitted) {
            return Ok(Answer::No(format!("it looks at the unit {unit}, and the filter emits {emitted}")));
        }
        let wanted = items(self.dimensions)?;
        if wanted.len() != metric.dimensions.len() && !wanted.iter().any(|each| each.unread().is_some()) {
            let (wanted, emitted) = (wanted.len(), metric.dimensions.len());
            return Ok(Answer::No(format!(
                "it looks at a metric of {wanted} dimensions, and the filter's has {emitted}"
            )));
        }
        Ok(Answer::all(wanted.iter().map(|wanted| dimension(wanted, metric).into())))
    }
}

fn is_named(named: &Doc, metric: &Metric<'_>) -> Result<bool, Arc<Unread>> {
    Ok(text(named.get("MetricName"))? == Some(metric.name) && text(named.get("Namespace"))? == Some(metric.namespace))
}

fn dimension(wanted: &Doc, metric: &Metric<'_>) -> Result<Answer, Arc<Unread>> {
    let (name, value) = (text(wanted.get("Name"))?.unwrap_or_default(), text(wanted.get("Value"))?);
    let Some((_, emitted)) = metric.dimensions.iter().find(|(emitted, _)| *emitted == name) else {
        return Ok(Answer::No(format!("it looks at the dimension {name}, which the filter does not emit")));
    };
    // The sample stands for events with other values as well.
    if emitted.is_some() && emitted.as_deref() == value {
        Ok(Answer::Yes(format!("the filter emits the dimension {name}")))
    } else {
        Err(undecided(format!("whether the dimension {name} has the alarm's value depends on the event")))
    }
}

/// Whether a text is part of any text in a document.
fn mentions(doc: &Doc, wanted: &str) -> Result<bool, Arc<Unread>> {
    match doc {
        Doc::Unread(unread) => Err(Arc::clone(unread)),
        Doc::String(text) => Ok(text.contains(wanted)),
        Doc::List(items) => items.iter().try_fold(false, |found, item| Ok(mentions(item, wanted)? || found)),
        Doc::Map(members) => members.iter().try_fold(false, |found, (_, item)| Ok(mentions(item, wanted)? || found)),
        _ => Ok(false),
    }
}
