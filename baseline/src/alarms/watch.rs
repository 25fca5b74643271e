//! The chain from a trail to somebody who hears: log group, metric filter, alarm, topic. Where it breaks, the answer names
//! the link that it got furthest to.

use std::sync::Arc;

use super::composite::follows;
use super::evaluation::is_raised;
use super::metric::Metric;
use super::notice::reaches;
use crate::answer::{Answer, items, text, undecided};
use crate::arn::Arn;
use crate::cloudtrail::delivers_to_log_group;
use crate::doc::{Doc, Map};
use crate::logs::{Origin, Pattern, selects};
use crate::reason::{Unread, UnreadReason};
use crate::witness::quoted;

/// What is asked of a trail.
#[derive(Clone, Copy, Debug)]
pub struct Question<'d> {
    /// The trail, with filters, alarms, subscriptions and topics of its home Region.
    pub trail: &'d Doc,
    /// The event that is to be heard of.
    pub event: &'d Doc,
    /// Events of every day: a filter that takes one of them, too, watches for nothing.
    pub ordinary: &'d [Doc],
    /// How many such events come in one period.
    pub times: f64,
    /// The account that asks.
    pub account: &'d str,
    /// When it asks.
    pub now: &'d str,
}

/// What came of a question, and the links of the chain as far as it goes: `filter`, `alarm`, `topic`.
#[derive(Clone, Debug)]
pub struct Watched {
    /// Whether somebody hears, and why, or why not.
    pub answer: Answer,
    /// The links.
    pub links: Map,
}

/// The links of a chain; the later one is closer to somebody who hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Link {
    LogGroup,
    Filter,
    Metric,
    Alarm,
    Notice,
}

/// One way through the chain, and how far it goes.
#[derive(Clone, Debug)]
struct Way {
    reached: Link,
    answer: Answer,
    links: Map,
}

impl Way {
    fn ends(reached: Link, answer: Answer) -> Self {
        Self { reached, answer, links: Map::new() }
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.links.insert(name, Doc::from(value));
        self
    }

    /// The better of two: one that leads to somebody, then one of which that is not known, then the one that gets further.
    fn or(self, other: Self) -> Self {
        let rank = |way: &Self| match way.answer {
            Answer::Yes(_) => 2,
            Answer::Unknown(_) => 1,
            Answer::No(_) => 0,
        };
        if (rank(&other), other.reached) > (rank(&self), self.reached) { other } else { self }
    }
}

/// Whether somebody hears of an event that a trail records.
pub fn watches(question: &Question<'_>) -> Watched {
    let way = from_log_group(question).unwrap_or_else(|unread| Way::ends(Link::LogGroup, Answer::Unknown(unread)));
    Watched { answer: way.answer, links: way.links }
}

fn from_log_group(question: &Question<'_>) -> Result<Way, Arc<Unread>> {
    let trail = question.trail;
    let Some(group) = text(trail.get("CloudWatchLogsLogGroupArn"))? else {
        return Ok(Way::ends(Link::LogGroup, Answer::No("the trail delivers to no log group".to_owned())));
    };
    let named = Arn::parse(group).filter(|arn| arn.service == "logs");
    let Some((Arn { region, account, .. }, name)) =
        named.and_then(|arn| Some((arn, arn.resource.strip_prefix("log-group:")?)))
    else {
        return Ok(Way::ends(Link::LogGroup, Answer::undecided(format!("{} is no log group", quoted(group)))));
    };
    if account != question.account {
        let detail = format!("the log group {} belongs to another account", quoted(group));
        return Ok(Way::ends(Link::LogGroup, Answer::not_visible(detail)));
    }
    let delivers = delivers_to_log_group(trail, question.now);
    if let Answer::No(_) = delivers {
        return Ok(Way::ends(Link::LogGroup, delivers));
    }
    let name = name.strip_suffix(":*").unwrap_or(name);
    let origin = Origin { account, region };
    let none = Way::ends(Link::LogGroup, Answer::No(format!("the log group {} has no metric filter", quoted(name))));
    let filters = items(trail.get("MetricFilters"))?.iter();
    let mut best = filters.map(|filter| through(filter, name, origin, question)).fold(none, Way::or);
    best.answer = Answer::all([delivers, best.answer]);
    Ok(best)
}

/// Through one filter, if it belongs to the log group.
fn through(filter: &Doc, group: &str, origin: Origin<'_>, question: &Question<'_>) -> Way {
    through_filter(filter, group, origin, question)
        .unwrap_or_else(|unread| Way::ends(Link::Filter, Answer::Unknown(unread)))
}

fn through_filter(filter: &Doc, group: &str, origin: Origin<'_>, question: &Question<'_>) -> Result<Way, Arc<Unread>> {
    if let Doc::Unread(unread) = filter {
        return Err(Arc::clone(unread));
    }
    if text(filter.get("logGroupName"))? != Some(group) {
        return Ok(Way::ends(Link::LogGroup, Answer::No(format!("no metric filter is on {}", quoted(group)))));
    }
    let pattern = text(filter.get("filterPattern"))?.unwrap_or_default();
    let name = text(filter.get("filterName"))?.unwrap_or(pattern);
    let parsed = Pattern::parse(pattern).map_err(|malformed| undecided(malformed.to_string()));
    let matches = |event: &Doc| match &parsed {
        Ok(pattern) => pattern.matches(event),
        Err(unread) => Answer::Unknown(Arc::clone(unread)),
    };
    let takes_it = Answer::all([
        selects(filter.get("fieldSelectionCriteria"), origin),
        as_delivered(filter),
        about("metric filter", name, matches(question.event)),
    ]);
    if let Answer::No(why) = takes_it {
        let why = format!("the metric filter {} does not match: {why}", quoted(name));
        return Ok(Way::ends(Link::Filter, Answer::No(why)).with("filter", name));
    }
    let tells_apart = tells_apart(matches, name, question.ordinary);
    if let Answer::No(_) = tells_apart {
        return Ok(Way::ends(Link::Filter, tells_apart).with("filter", name));
    }
    let mut way = to_alarms(filter, question)?.with("filter", name);
    way.answer = Answer::all([takes_it, tells_apart, way.answer]);
    Ok(way)
}

/// What nobody can tell, with the name of the thing that it is about.
fn about(kind: &str, name: &str, answer: Answer) -> Answer {
    match answer {
        Answer::Unknown(unread) if unread.reason == UnreadReason::ControlError => {
            let detail = format!("the {kind} {}: {}", quoted(name), unread.detail);
            Answer::Unknown(Arc::new(Unread { detail, ..Unread::clone(&unread) }))
        }
        answer => answer,
    }
}

/// A filter may look at what a transformer makes of an event, and nobody knows here what that is.
fn as_delivered(filter: &Doc) -> Answer {
    match filter.get("applyOnTransformedLogs") {
        Doc::Null | Doc::Bool(false) => Answer::all([]),
        Doc::Unread(unread) => Answer::Unknown(Arc::clone(unread)),
        _ => Answer::undecided("the metric filter looks at transformed events"),
    }
}

/// Whether a filter leaves out events of every day.
fn tells_apart(matches: impl Fn(&Doc) -> Answer, name: &str, ordinary: &[Doc]) -> Answer {
    Answer::all(ordinary.iter().map(|event| match matches(event) {
        Answer::Yes(_) => {
            let event = event.get("eventName").as_str().unwrap_or_default();
            Answer::No(format!("the metric filter {} matches ordinary events, such as {event}, too", quoted(name)))
        }
        Answer::No(_) => Answer::all([]),
        unknown => unknown,
    }))
}

/// From a filter to the alarms on its metrics.
fn to_alarms(filter: &Doc, question: &Question<'_>) -> Result<Way, Arc<Unread>> {
    let mut best = Way::ends(Link::Filter, Answer::No("the metric filter emits no metric".to_owned()));
    for transformation in items(filter.get("metricTransformations"))? {
        let way = Metric::new(transformation, filter, question.event).map(|metric| {
            let nobody = format!("no alarm watches the metric {}", quoted(metric.name));
            let none = Way::ends(Link::Metric, Answer::No(nobody));
            match items(question.trail.get("Alarms")) {
                Ok(alarms) => alarms.iter().map(|alarm| through_alarm(alarm, &metric, question)).fold(none, Way::or),
                Err(unread) => Way::ends(Link::Metric, Answer::Unknown(unread)),
            }
        });
        best = best.or(way.unwrap_or_else(|unread| Way::ends(Link::Metric, Answer::Unknown(unread))));
    }
    Ok(best)
}

fn through_alarm(alarm: &Doc, metric: &Metric<'_>, question: &Question<'_>) -> Way {
    let raised = match is_raised(alarm, metric, question.times) {
        Ok(None) => return Way::ends(Link::LogGroup, Answer::No(String::new())),
        Ok(Some(raised)) => raised,
        Err(unread) => Answer::Unknown(unread),
    };
    let name = alarm.get("AlarmName").as_str().unwrap_or_default();
    let way = match about("alarm", name, raised) {
        Answer::No(why) => {
            Way::ends(Link::Alarm, Answer::No(format!("the alarm {} is not raised: {why}", quoted(name))))
        }
        raised => to_somebody(alarm, name, raised, question),
    };
    way.with("alarm", name)
}

/// From an alarm to somebody: by its own actions, or by those of an alarm on it.
fn to_somebody(alarm: &Doc, name: &str, raised: Answer, question: &Question<'_>) -> Way {
    let own = notice(alarm, name, raised.clone(), question);
    match items(question.trail.get("CompositeAlarms")) {
        Ok(all) => {
            all.iter().map(|composite| through_composite(composite, alarm, &raised, question)).fold(own, Way::or)
        }
        Err(unread) => own.or(Way::ends(Link::Notice, Answer::Unknown(unread))),
    }
}

fn through_composite(composite: &Doc, alarm: &Doc, raised: &Answer, question: &Question<'_>) -> Way {
    match follows(composite, alarm) {
        Answer::No(_) => Way::ends(Link::LogGroup, Answer::No(String::new())),
        follows => {
            let name = composite.get("AlarmName").as_str().unwrap_or_default();
            notice(composite, name, Answer::all([raised.clone(), follows]), question)
        }
    }
}

fn notice(alarm: &Doc, name: &str, raised: Answer, question: &Question<'_>) -> Way {
    let (reaches, topic) = reaches(alarm, question.trail, question.account);
    let answer = match Answer::all([raised, reaches]) {
        Answer::Yes(who) => Answer::Yes(format!("the alarm {} reaches {who}", quoted(name))),
        Answer::No(why) => Answer::No(format!("nobody hears of the alarm {}: {why}", quoted(name))),
        unknown => unknown,
    };
    let way = Way::ends(Link::Notice, answer);
    match topic {
        Some(topic) => way.with("topic", &topic),
        None => way,
    }
}
