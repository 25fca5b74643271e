//! Questions about trails, metric filters and alarms. What those do is said in [`crate::cloudtrail`], [`crate::logs`] and
//! [`crate::alarms`]; here is how the language asks.

use super::call::{Call, Outcome, Returned};
use super::signature::{Named, Parameter};
use crate::alarms::{self, Question};
use crate::answer::Answer;
use crate::cloudtrail;
use crate::doc::Doc;
use crate::expr::typing::Class;
use crate::expr::value::mistake;
use crate::logs;
use crate::witness::{Witness, quoted};

/// What `is_logging` reads of a trail.
pub(super) const STATUS: Parameter = Parameter::Members(&["Name", "Status"]);
/// What `records` reads of a trail.
pub(super) const SELECTORS: Parameter =
    Parameter::Members(&["Name", "TrailARN", "HasCustomEventSelectors", "EventSelectors"]);
/// What `watches` reads of a trail. What is gathered for the items of a list (the topics of subscriptions, their keys)
/// comes with the list.
pub(super) const CHAIN: Parameter = Parameter::Members(&[
    "Name",
    "HomeRegion",
    "CloudWatchLogsLogGroupArn",
    "Status",
    "MetricFilters",
    "Alarms",
    "CompositeAlarms",
    "Subscriptions",
]);
/// What `watches` may be told.
pub(super) const WATCHES: &[Named] = &[
    Named { name: "ordinary", value: Parameter::Of(&[Class::List]), is_required: true },
    Named { name: "times", value: Parameter::Of(&[Class::Number]), is_required: false },
];

pub(super) fn is_logging<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    let trail = call.doc(0)?;
    answered(cloudtrail::is_logging(&trail, call.inputs.now), |why| Witness::new(of_trail(&trail, why)))
}

pub(super) fn records<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    let (trail, event) = (call.doc(0)?, call.doc(1)?);
    answered(cloudtrail::records(&trail, &event), |why| {
        let event = name(&event);
        Witness::new(of_trail(&trail, &format!("{event}: {why}"))).with("event", event)
    })
}

pub(super) fn filter_matches<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    let (pattern, event) = (call.doc(0)?, call.doc(1)?);
    answered(logs::filter_matches(&pattern, &event), |why| {
        let event = name(&event);
        Witness::new(format!("{event}: {why}")).with("event", event).with("filter", pattern.into_owned())
    })
}

pub(super) fn watches<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    let (trail, event) = (call.doc(0)?, call.doc(1)?);
    let ordinary = call.option::<Doc>("ordinary")?.unwrap_or_default();
    let ordinary = crate::answer::items(&ordinary)?;
    let times = call.option::<i64>("times")?.unwrap_or(1) as f64;
    let account = call.inputs.account.get("id").as_str().ok_or_else(|| mistake("the account has no id"))?;
    let question = Question { trail: &trail, event: &event, ordinary, times, account, now: call.inputs.now };
    let watched = alarms::watches(&question);
    answered(watched.answer, |why| {
        let event = name(&event);
        let witness = Witness::new(of_trail(&trail, &format!("{event}: {why}"))).with("event", event);
        watched.links.iter().fold(witness, |witness, (link, value)| witness.with(link.as_str(), value.clone()))
    })
}

/// An answer, with what decided it.
fn answered<'a>(answer: Answer, witness: impl FnOnce(&str) -> Witness) -> Outcome<'a> {
    match answer {
        Answer::Yes(why) => Ok(Returned::from(true).because(witness(&why))),
        Answer::No(why) => Ok(Returned::from(false).because(witness(&why))),
        Answer::Unknown(unread) => Err(unread),
    }
}

fn of_trail(trail: &Doc, why: &str) -> String {
    trail.get("Name").as_str().map_or_else(|| why.to_owned(), |name| format!("trail {}: {why}", quoted(name)))
}

/// How a witness calls an event, or a class of them.
fn name(event: &Doc) -> String {
    if let Some(name) = event.get("eventName").as_str() {
        return name.to_owned();
    }
    let category = event.get("eventCategory").as_str().unwrap_or("some");
    let kind = match event.get("readOnly") {
        Doc::Bool(true) => "reads",
        Doc::Bool(false) => "writes",
        _ => "events",
    };
    format!("{} {kind}", category.to_ascii_lowercase())
}
