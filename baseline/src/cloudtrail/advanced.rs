//! Advanced event selectors: conditions on fields. Within a field one of the selecting operators has to hold and none of
//! the deselecting ones may be hit; all fields have to hold (CloudTrail User Guide, "How CloudTrail evaluates multiple
//! conditions for a field").

use std::sync::Arc;

use super::event::{Comparison, Event, Field, Resource};
use crate::answer::{Answer, items, text, undecided};
use crate::doc::Doc;
use crate::reason::Unread;

/// Operators, whether they select, and how they compare.
const OPERATORS: [(&str, bool, Comparison); 6] = [
    ("Equals", true, Comparison::Equals),
    ("StartsWith", true, Comparison::StartsWith),
    ("EndsWith", true, Comparison::EndsWith),
    ("NotEquals", false, Comparison::Equals),
    ("NotStartsWith", false, Comparison::StartsWith),
    ("NotEndsWith", false, Comparison::EndsWith),
];
/// Fields of an event that selectors know, other than those of its resources.
const FIELDS: [&str; 9] = [
    "eventCategory",
    "eventName",
    "eventSource",
    "eventType",
    "readOnly",
    "sessionCredentialFromConsole",
    "userIdentity.arn",
    "errorCode",
    "vpcEndpointId",
];

/// Whether a selector selects every event of a sample.
pub(super) fn selects(selector: &Doc, event: &Event<'_>) -> Answer {
    let conditions = match items(selector.get("FieldSelectors")) {
        Ok(conditions) => conditions,
        Err(unread) => return Answer::Unknown(unread),
    };
    let is_unread = conditions.iter().any(|condition| condition.unread().is_some());
    if !is_unread && !conditions.iter().any(|condition| name(condition) == Some("eventCategory")) {
        return Answer::undecided("an advanced event selector has no eventCategory");
    }
    let of_event = conditions.iter().filter(|condition| !is_of_resource(condition));
    let of_event = of_event.map(|condition| field(condition, event).into());
    let of_resource: Vec<&Doc> = conditions.iter().filter(|condition| is_of_resource(condition)).collect();
    let on_resource = |resource: &Resource<'_>| {
        Answer::all(of_resource.iter().map(|condition| resource_field(condition, resource).into()))
    };
    // All conditions on a resource are about the same one.
    let of_resources = Answer::any(event.resources().iter().map(on_resource), "");
    Answer::all(of_event.chain([of_resources]))
}

fn name(condition: &Doc) -> Option<&str> {
    condition.get("Field").as_str()
}

fn is_of_resource(condition: &Doc) -> bool {
    name(condition).is_some_and(|name| name.starts_with("resources."))
}

fn field(condition: &Doc, event: &Event<'_>) -> Result<Answer, Arc<Unread>> {
    let name = text(condition.get("Field"))?.unwrap_or_default();
    if !FIELDS.contains(&name) {
        return Err(undecided(format!("nobody knows the field {name} of an advanced event selector")));
    }
    holds(condition, name, &event.field(name))
}

fn resource_field(condition: &Doc, resource: &Resource<'_>) -> Result<Answer, Arc<Unread>> {
    match name(condition).unwrap_or_default() {
        name @ "resources.type" => holds(condition, name, &resource.kind),
        name @ "resources.ARN" => holds(condition, name, &resource.arn),
        name => Err(undecided(format!("nobody knows the field {name} of an advanced event selector"))),
    }
}

/// Whether every value that a field may have is selected.
fn holds(condition: &Doc, name: &str, field: &Field<'_>) -> Result<Answer, Arc<Unread>> {
    let members = condition.as_map().ok_or_else(|| undecided("a field selector is no structure"))?;
    let mut selecting = Vec::new();
    let mut deselecting = Vec::new();
    for (operator, values) in members.iter().filter(|(member, _)| member.as_str() != "Field") {
        let Some((operator, selects, comparison)) = OPERATORS.into_iter().find(|(name, ..)| *name == operator.as_str())
        else {
            if values.is_null() {
                continue;
            }
            return Err(undecided(format!("nobody knows the operator {} of a field selector", operator.as_str())));
        };
        for value in items(values)? {
            let because = |value: &str| format!("the event selector wants {name} {operator} {value}");
            let compared = text(value).and_then(|value| {
                let value = value.unwrap_or_default();
                let holds = if selects { field.always(comparison, value) } else { field.never(comparison, value) }?;
                Ok(Answer::is(holds, || because(value)))
            });
            if selects { selecting.push(compared.into()) } else { deselecting.push(compared.into()) }
        }
    }
    if selecting.is_empty() && deselecting.is_empty() {
        return Err(undecided(format!("the field selector of {name} has no value")));
    }
    let selected = if selecting.is_empty() { Answer::all([]) } else { Answer::any(selecting, "") };
    Ok(Answer::all([selected, Answer::all(deselecting)]))
}
