//! `plumbline types --services` and `--operations SERVICE`: what a collector can call.

use plumbline_baseline::api::{Catalog, Operation, Service};

use super::rows;
use crate::args::RowFormat;
use crate::exit::Outcome;
use crate::failure::{Failure, Result, did_you_mean};

/// Prints the services that have a descriptor.
pub(super) fn services(format: RowFormat) -> Result<Outcome> {
    let found: Vec<Vec<String>> = Catalog::embedded()
        .services()
        .map(|service| vec![service.name.clone(), service.operations.len().to_string(), service.service_id.clone()])
        .collect();
    rows(format, &["service", "operations", "name"], &found, "service")
}

/// Prints the operations of one of them.
pub(super) fn of_service(name: &str, format: RowFormat) -> Result<Outcome> {
    let Some(service) = Catalog::embedded().service(name) else {
        let cause = format!("it has no descriptor{}", did_you_mean(name, Catalog::embedded().service_names()));
        let next_step = "see `plumbline types --services`; without a descriptor a type can be read with `source: \
                         cloudcontrol` or `source: config`";
        return Err(Failure::usage(format!("list the operations of {name}"), cause, next_step));
    };
    let row = |(name, operation): (&String, &Operation)| {
        let (needed, others) = arguments(service, operation);
        let errors: Vec<&str> = operation.errors.keys().map(String::as_str).collect();
        vec![name.clone(), needed.join(", "), others.join(", "), operation.iam.join(", "), errors.join(", ")]
    };
    let found: Vec<Vec<String>> = service.operations.iter().map(row).collect();
    rows(format, &["operation", "needs", "takes", "iam", "errors"], &found, "operation")
}

/// The arguments that an operation needs, and those that it takes besides. What pages through a listing is none of them.
fn arguments<'a>(service: &'a Service, operation: &'a Operation) -> (Vec<&'a str>, Vec<&'a str>) {
    let paging = |name: &str| {
        let pages = operation.pagination.as_ref();
        pages.is_some_and(|pages| {
            pages.input_tokens.iter().any(|token| token == name) || pages.limit_key.as_deref() == Some(name)
        })
    };
    let members = operation.input.map(|id| service.members(id)).unwrap_or_default();
    let members = members.iter().filter(|member| !paging(member.name.as_str()));
    let (needed, others): (Vec<_>, Vec<_>) = members.partition(|member| member.required);
    let names = |members: Vec<&'a plumbline_baseline::api::Member>| {
        members.into_iter().map(|member| member.name.as_str()).collect()
    };
    (names(needed), names(others))
}
