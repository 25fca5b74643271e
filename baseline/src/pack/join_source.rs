//! `items`, `match` and `batch` of a gathered member from text to `Join`: answers about many resources. And what
//! `tags: { from: tagging }` stands for.

pub(super) mod keys;

use std::collections::BTreeMap;

use super::collector::{Batch, Call, CallRegion, Failures, Gather, Join};
use super::problem::Report;
use super::section::Section;
use crate::doc::Doc;

/// The member that holds tags which the account's one listing of all tags says.
pub(super) const TAGS: &str = "Tags";
/// The service whose one listing says them.
pub(super) const TAGGING: &str = "resourcegroupstaggingapi";
/// Resources that the API can tag and whose tags `GetResources` does not have.
/// <https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/supported-services.html>
pub(super) const NOT_LISTED: [&str; 3] = ["AWS::AutoScaling::AutoScalingGroup", "AWS::IAM::Role", "AWS::IAM::User"];

/// The tags of a resource, as the Resource Groups Tagging API names them. It names what has tags, or had some: what it
/// leaves out of a complete listing has none.
pub(super) fn tagging() -> Gather {
    Gather {
        call: Call {
            service: TAGGING.to_owned(),
            operation: "GetResources".to_owned(),
            region: CallRegion::Job,
            with: BTreeMap::new(),
        },
        take: "Tags".to_owned(),
        default: Some(Doc::List(Vec::new())),
        decode: None,
        absent: Vec::new(),
        when: None,
        prepare: None,
        foreign: None,
        joined: Some(Join {
            items: "ResourceTagMappingList".to_owned(),
            key: "ResourceARN".to_owned(),
            equals: "arn".to_owned(),
            batch: None,
        }),
    }
}

/// Reads how an answer about many resources is joined to each.
pub(super) fn read(section: &Section<'_>, report: &mut Report) -> Option<Join> {
    let keys = ["items", "match", "batch"];
    if keys.iter().all(|key| section.get(key).is_none()) {
        return None;
    }
    let items = section.required_text("items", report);
    section.required("match", report)?;
    let [(key, value)] = section.entries("match", report) else {
        report.error(
            section.at(),
            "`match` is one member of the answer's items and what it is equal to: `{ Arn: $arn }`",
        );
        return None;
    };
    let Some(equals) = value.text().and_then(|text| text.strip_prefix('$')) else {
        report.error(value.at, "what names the resource is a path of it, such as `$arn`");
        return None;
    };
    Some(Join { items: items?, key: key.text.clone(), equals: equals.to_owned(), batch: batch(section, report) })
}

fn batch(section: &Section<'_>, report: &mut Report) -> Option<Batch> {
    let node = section.get("batch")?;
    let section = Section::open(node, &keys::BATCH, report)?;
    let size = section.required("size", report)?;
    let wanted = size.to_doc().as_int().filter(|size| (2..=keys::LARGEST_BATCH).contains(size));
    if wanted.is_none() {
        report.error(size.at, format!("`size` is how many resources a call takes: 2 to {}", keys::LARGEST_BATCH));
    }
    Some(Batch { size: usize::try_from(wanted?).ok()?, failures: failures(&section, report) })
}

fn failures(section: &Section<'_>, report: &mut Report) -> Option<Failures> {
    let section = Section::open(section.get("failures")?, &keys::FAILURES, report)?;
    Some(Failures {
        items: section.required_text("items", report)?,
        key: section.text("key", report),
        reason: section.text("reason", report),
        gone: section.texts("gone", report),
    })
}
