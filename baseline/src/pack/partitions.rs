//! `partitions:` of resource types and controls: where AWS has what they are about. Must not know what follows from it.

use super::problem::Report;
use super::section::{Section, texts};
use crate::keys::Form;
use crate::suggest::closest;

/// The partitions that AWS has, as its endpoint data names them.
pub(super) const PARTITIONS: &[&str] =
    &["aws", "aws-cn", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-us-gov"];

/// What a file says of them.
pub(super) const FORM: Form = Form::OneOrMore(&Form::OneOf(|| PARTITIONS.to_vec()));

/// The partitions that a section names; empty for all of them.
pub(super) fn read(section: &Section<'_>, report: &mut Report) -> Vec<String> {
    let Some(node) = section.get("partitions") else { return Vec::new() };
    let named = texts(node, "partitions", report);
    if named.is_empty() {
        report.error(node.at, "`partitions` names none: leave it out for all of them");
    }
    for name in named.iter().filter(|name| !PARTITIONS.contains(&name.as_str())) {
        let suggestion = closest(name, PARTITIONS.iter().copied()).map(str::to_owned);
        report.error_meant(section.place_of("partitions", name), format!("there is no partition `{name}`"), suggestion);
    }
    named
}
