//! Types that Cloud Control or AWS Config read, or that a scan's rows are: whether they can be read so, what names a
//! resource, and what cannot be checked.

use crate::api::{Catalog, Kind};
use crate::data_reads::is_reading;
use crate::pack::cloudformation::TypeSchema;
use crate::pack::collector::{ResourceType, Source, is_builtin, template_paths};
use crate::pack::problem::Report;
use crate::pack::yaml::{Node, Position};
use crate::suggest::closest;

/// What Cloud Control calls a resource by.
const IDENTIFIER: &str = "Identifier";

/// Checks one type.
pub(super) fn check(resource: &ResourceType, node: &Node, catalog: &Catalog, report: &mut Report) {
    let at = |key: &str| node.get(key).map_or(node.at, |value| value.at);
    type_name(&resource.name, at("type"), report);
    match &resource.source {
        Source::Calls => {}
        // AWS has none of it: a name of AWS's would promise something else.
        Source::Findings(_) if resource.name.starts_with("AWS::") => {
            report.error(
                at("type"),
                format!("`{}` is not a type of AWS: what a scan found is no resource there", resource.name),
            );
        }
        Source::Findings(_) => {}
        Source::CloudControl(source) => match &source.schema {
            Some(schema) => {
                handlers(schema, at("source"), report);
                names(resource, &schema.identifier, at("arn"), report);
            }
            None => {
                let command = format!(
                    "aws cloudformation describe-type --type RESOURCE --type-name {0} --query Schema --output text \
                     > schemas/{1}.json",
                    resource.name,
                    resource.name.replace("::", "-")
                );
                let message = format!(
                    "the members of {} cannot be checked, and it is not known what the role needs to read them: put its \
                     schema into the pack (`{command}`)",
                    resource.name
                );
                report.warning(at("type"), message);
                names(resource, &[], at("arn"), report);
            }
        },
        Source::Config(_) => recorded(&resource.name, catalog, at("type"), report),
    }
}

/// The name becomes part of a query: it has to be one.
fn type_name(name: &str, at: Position, report: &mut Report) {
    let parts: Vec<&str> = name.split("::").collect();
    let is_word = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if parts.len() != 3 || !parts.iter().all(is_word) {
        report.error(at, format!("`{name}` is not a type name like AWS::Kinesis::Stream"));
    }
}

/// Whether Cloud Control can list and read the type, and with which rights.
fn handlers(schema: &TypeSchema, at: Position, report: &mut Report) {
    if schema.list.is_some() && !schema.listed_by.is_empty() {
        let message = format!(
            "Cloud Control lists {} only for a given {}: it takes a collector of its own, with `each` of the type around it",
            schema.type_name,
            schema.listed_by.join(" and ")
        );
        report.error(at, message);
    }
    for (what, permissions) in [("list", &schema.list), ("read", &schema.read)] {
        let Some(permissions) = permissions else {
            report
                .error(at, format!("Cloud Control cannot {what} {}: its schema has no such handler", schema.type_name));
            continue;
        };
        let refused: Vec<&str> = permissions.iter().map(String::as_str).filter(|action| !is_reading(action)).collect();
        if !refused.is_empty() {
            let message = format!(
                "the handler that is to {what} {} names {}, which change something or may return what is stored: no \
                 session has them, and where the handler needs them the type is not read",
                schema.type_name,
                refused.join(", ")
            );
            report.warning(at, message);
        }
    }
}

/// A resource keeps its name when it cannot be read: the template has what the listing knows.
fn names(resource: &ResourceType, identifier: &[String], at: Position, report: &mut Report) {
    // What has a mark is refused as that.
    for path in template_paths(&resource.arn).filter(|path| !path.starts_with('$')) {
        let is_known = path == IDENTIFIER || is_builtin(path) || identifier.iter().any(|known| known == path);
        if !is_known {
            let known: Vec<&str> = [IDENTIFIER].into_iter().chain(identifier.iter().map(String::as_str)).collect();
            let meant = closest(path, known.iter().copied()).map(str::to_owned);
            let message = format!("`{path}` is not part of what names a resource, which is {}", known.join(", "));
            report.error_meant(at, message, meant);
        }
    }
}

/// Whether AWS Config records such a thing, by the list that its API has of them.
fn recorded(name: &str, catalog: &Catalog, at: Position, report: &mut Report) {
    let service = catalog.service("config");
    let shapes = service.iter().flat_map(|service| &service.shapes);
    let types = shapes.filter(|shape| shape.name == "ResourceType").find_map(|shape| match &shape.kind {
        Kind::String(types) => Some(types),
        _ => None,
    });
    let Some(types) = types else { return };
    if !types.iter().any(|known| known == name) {
        let meant = closest(name, types.iter().map(String::as_str)).map(str::to_owned);
        report.error_meant(at, format!("AWS Config does not record {name}"), meant);
    }
}
