//! Basic event selectors: reads or writes, management events without some sources, and data events of some resources
//! (CloudTrail API, `EventSelector` and `DataResource`).

use std::sync::Arc;

use super::event::{Comparison, Event, Resource};
use crate::answer::{Answer, items, text};
use crate::doc::Doc;
use crate::reason::Unread;

/// Whether a selector selects every event of a sample.
pub(super) fn selects(selector: &Doc, event: &Event<'_>) -> Answer {
    if let Doc::Unread(unread) = selector {
        return Answer::Unknown(Arc::clone(unread));
    }
    let category = event.category();
    match category.text() {
        Ok(Some("Management")) => {
            Answer::all([takes_management_events(selector), reads_or_writes(selector, event), spares(selector, event)])
        }
        Ok(Some("Data")) => Answer::all([reads_or_writes(selector, event), takes_resource(selector, event)]),
        Ok(Some(category)) => Answer::No(format!("basic event selectors select no {category} events")),
        Ok(None) => Answer::undecided("the sample does not say its eventCategory"),
        Err(unread) => Answer::Unknown(unread),
    }
}

/// `IncludeManagementEvents`, which is on unless it is said otherwise.
fn takes_management_events(selector: &Doc) -> Answer {
    match selector.get("IncludeManagementEvents") {
        Doc::Null | Doc::Bool(true) => Answer::Yes("the event selector includes management events".to_owned()),
        Doc::Bool(false) => Answer::No("the event selector leaves out management events".to_owned()),
        Doc::Unread(unread) => Answer::Unknown(Arc::clone(unread)),
        _ => Answer::undecided("IncludeManagementEvents is no boolean"),
    }
}

/// `ReadWriteType`, which is `All` unless it is said otherwise.
fn reads_or_writes(selector: &Doc, event: &Event<'_>) -> Answer {
    let wanted = match text(selector.get("ReadWriteType")) {
        Ok(None | Some("All")) => return Answer::Yes("the event selector takes reads and writes".to_owned()),
        Ok(Some("ReadOnly")) => "true",
        Ok(Some("WriteOnly")) => "false",
        Ok(Some(other)) => return Answer::undecided(format!("nobody knows the ReadWriteType {other}")),
        Err(unread) => return Answer::Unknown(unread),
    };
    let is_wanted = event.field("readOnly").always(Comparison::Equals, wanted);
    let kind = if wanted == "true" { "reads" } else { "writes" };
    is_wanted.map(|is_wanted| Answer::is(is_wanted, || format!("the event selector takes {kind} only"))).into()
}

/// `ExcludeManagementEventSources`: KMS and the RDS Data API can be left out.
fn spares(selector: &Doc, event: &Event<'_>) -> Answer {
    let excluded = match items(selector.get("ExcludeManagementEventSources")) {
        Ok(excluded) => excluded,
        Err(unread) => return Answer::Unknown(unread),
    };
    let source = event.field("eventSource");
    Answer::all(excluded.iter().map(|excluded| {
        let spared = text(excluded).and_then(|excluded| {
            let excluded = excluded.unwrap_or_default();
            let spared = source.never(Comparison::Equals, excluded)?;
            Ok(Answer::is(spared, || format!("the event selector leaves out {excluded}")))
        });
        Answer::from(spared)
    }))
}

/// `DataResources`: a resource type, and what its ARNs start with.
fn takes_resource(selector: &Doc, event: &Event<'_>) -> Answer {
    let wanted = match items(selector.get("DataResources")) {
        Ok(wanted) => wanted,
        Err(unread) => return Answer::Unknown(unread),
    };
    let of = |wanted: &Doc| {
        let resources = event.resources().iter();
        Answer::any(resources.map(|resource| covers(wanted, resource).into()), "")
    };
    Answer::any(wanted.iter().map(of), "the event selector takes no data events of it")
}

fn covers(wanted: &Doc, resource: &Resource<'_>) -> Result<Answer, Arc<Unread>> {
    if let Doc::Unread(unread) = wanted {
        return Err(Arc::clone(unread));
    }
    let kind = text(wanted.get("Type"))?.unwrap_or_default();
    if !resource.kind.always(Comparison::Equals, kind)? {
        return Ok(Answer::No(format!("the event selector takes data events of {kind}")));
    }
    let starts = |value: &Doc| {
        let value = text(value)?.unwrap_or_default();
        let covered = !value.is_empty() && resource.arn.always(Comparison::StartsWith, value)?;
        Ok(Answer::is(covered, || format!("the event selector takes data events of {value}")))
    };
    let values = items(wanted.get("Values"))?;
    Ok(Answer::any(values.iter().map(|value| starts(value).into()), "the event selector names no resource"))
}
