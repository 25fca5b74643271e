//! Cloud Control, and the record of AWS Config: any type by its name.
//!
//! Cloud Control's listing gives identifiers and nothing else, as most handlers' do.

use plumbline_baseline::Doc;

use super::{Answer, ApiError, Asked};

/// The types that Cloud Control has here, and the member that names each.
const TYPES: [(&str, &str); 1] = [("AWS::Kinesis::Stream", "Name")];
/// A type that can be read and not listed.
const UNLISTED: &str = "AWS::Kinesis::ResourcePolicy";

/// Cloud Control.
pub(super) fn cloudcontrol(asked: &Asked<'_>) -> Answer {
    let type_name = asked.call.text("TypeName");
    let Some((_, name)) = TYPES.iter().find(|(known, _)| *known == type_name) else {
        return Some(Err(unknown(type_name, &asked.call.operation)));
    };
    let resources = asked.here(type_name);
    Some(match asked.call.operation.as_str() {
        "ListResources" => {
            let listed = resources.iter().map(|resource| {
                let identifier = resource.get(name).clone();
                description(&identifier, &Doc::map([(*name, identifier.clone())]))
            });
            let listed = Doc::List(listed.collect());
            Ok(Doc::map([("TypeName", Doc::from(type_name)), ("ResourceDescriptions", listed)]))
        }
        "GetResource" => {
            let identifier = asked.call.input.get("Identifier");
            match resources.iter().find(|resource| resource.get(name) == identifier) {
                Some(resource) => Ok(Doc::map([
                    ("TypeName", Doc::from(type_name)),
                    ("ResourceDescription", description(identifier, resource)),
                ])),
                None => {
                    let message = format!("Resource of type '{type_name}' with identifier was not found.");
                    Err(ApiError::new(400, "ResourceNotFoundException", &message))
                }
            }
        }
        _ => return None,
    })
}

/// A resource as Cloud Control gives it: its properties are JSON text.
fn description(identifier: &Doc, properties: &Doc) -> Doc {
    Doc::map([("Identifier", identifier.clone()), ("Properties", Doc::from(properties.to_json().as_str()))])
}

fn unknown(type_name: &str, operation: &str) -> ApiError {
    if type_name == UNLISTED {
        let action = if operation == "ListResources" { "LIST" } else { "READ" };
        let message = format!("Resource type {type_name} does not support {action} action");
        return ApiError::new(400, "UnsupportedActionException", &message);
    }
    ApiError::new(404, "TypeNotFoundException", &format!("The type '{type_name}' cannot be found."))
}

/// `SelectResourceConfig`: the items of the type that the query names. The record of the home Region has what belongs to
/// no Region as well.
pub(super) fn select(asked: &Asked<'_>) -> Result<Doc, ApiError> {
    let type_name = type_of(asked.call.text("Expression"))?;
    let (account, region) = (&asked.call.account, &asked.call.region);
    let items = asked.here(type_name).into_iter();
    let items = items.map(|resource| Doc::from(item(asked, account, region, &resource).to_json().as_str()));
    Ok(Doc::map([("Results", Doc::List(items.collect()))]))
}

/// The type that a query names.
pub(super) fn type_of(expression: &str) -> Result<&str, ApiError> {
    let named = expression.split("resourceType = '").nth(1).and_then(|rest| rest.split('\'').next());
    named.ok_or_else(|| ApiError::new(400, "InvalidExpressionException", "The query names no resource type"))
}

/// A configuration item: what the world has of the thing is its configuration.
pub(super) fn item(asked: &Asked<'_>, account: &str, region: &str, resource: &Doc) -> Doc {
    let named = |names: &[&str]| {
        names.iter().map(|name| resource.get(name)).find(|value| !value.is_null()).cloned().unwrap_or_default()
    };
    Doc::map([
        ("accountId", Doc::from(account)),
        ("arn", named(&["Arn"])),
        ("awsRegion", Doc::from(region)),
        ("configuration", resource.clone()),
        ("configurationItemCaptureTime", Doc::from(asked.timestamp())),
        ("configurationItemStatus", Doc::from("OK")),
        ("resourceId", named(&["FileSystemId", "Name"])),
        ("tags", Doc::List(Vec::new())),
    ])
}
