//! What a metric filter emits when it matches an event.

use std::sync::Arc;

use crate::answer::{items, number, text, undecided};
use crate::doc::Doc;
use crate::logs::selected_text;
use crate::reason::Unread;

/// One metric of a filter, and its values for one event.
#[derive(Debug)]
pub(super) struct Metric<'d> {
    pub(super) namespace: &'d str,
    pub(super) name: &'d str,
    /// What one matching event counts.
    pub(super) value: f64,
    /// What an event counts that does not match; without it nothing is emitted then.
    pub(super) default: Option<f64>,
    pub(super) unit: Option<&'d str>,
    /// Name and value; the value is unknown where the event does not say it.
    pub(super) dimensions: Vec<(&'d str, Option<String>)>,
}

impl<'d> Metric<'d> {
    /// The metric that a filter's transformation emits for an event.
    pub(super) fn new(transformation: &'d Doc, filter: &'d Doc, event: &Doc) -> Result<Self, Arc<Unread>> {
        if let Doc::Unread(unread) = transformation {
            return Err(Arc::clone(unread));
        }
        Ok(Self {
            namespace: text(transformation.get("metricNamespace"))?.unwrap_or_default(),
            name: text(transformation.get("metricName"))?.unwrap_or_default(),
            value: value(transformation.get("metricValue"))?,
            default: number(transformation.get("defaultValue"))?,
            unit: text(transformation.get("unit"))?,
            dimensions: dimensions(transformation.get("dimensions"), filter, event)?,
        })
    }
}

/// What an event counts. `PutMetricFilter` wants a value; a document without one counts events.
fn value(doc: &Doc) -> Result<f64, Arc<Unread>> {
    match text(doc)? {
        None => Ok(1.0),
        Some(selector) if selector.starts_with('$') => {
            Err(undecided(format!("the value of the metric is what {selector} of an event holds")))
        }
        Some(value) => value
            .trim()
            .parse()
            .ok()
            .filter(|value: &f64| value.is_finite())
            .ok_or_else(|| undecided("the value of the metric is no number")),
    }
}

fn dimensions<'d>(
    declared: &'d Doc,
    filter: &'d Doc,
    event: &Doc,
) -> Result<Vec<(&'d str, Option<String>)>, Arc<Unread>> {
    let mut dimensions = Vec::new();
    match declared {
        Doc::Null => {}
        Doc::Unread(unread) => return Err(Arc::clone(unread)),
        Doc::Map(members) => {
            for (name, selector) in members.iter() {
                let selector = text(selector)?.unwrap_or_default();
                dimensions.push((name.as_str(), selected_text(selector, event)));
            }
        }
        _ => return Err(undecided("the dimensions of a metric are no structure")),
    }
    // Account or Region of where the event comes from.
    for field in items(filter.get("emitSystemFieldDimensions"))? {
        dimensions.extend(text(field)?.map(|field| (field, None)));
    }
    Ok(dimensions)
}
