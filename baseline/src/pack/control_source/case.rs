//! Cases of a control, and what all of them start from. Form only; whether their members exist is for `check` to say.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::keys;
use super::patch::change;
use crate::doc::{Doc, Map};
use crate::pack::control::Case;
use crate::pack::problem::Report;
use crate::pack::section::Section;
use crate::pack::yaml::{Name, Node, Value};

/// What a case is about: its own, or what all cases start from.
#[derive(Clone, Debug, Default)]
pub(super) struct Documents {
    resource: Option<Doc>,
    resource_type: Option<Arc<str>>,
    others: BTreeMap<String, Vec<Doc>>,
    settings: BTreeMap<String, Doc>,
    account: Option<Doc>,
    organization: Option<Doc>,
    region: Option<String>,
    now: Option<String>,
}

impl Documents {
    /// Reads the base of all cases.
    pub(super) fn base(node: &Node, report: &mut Report) -> Self {
        Section::open(node, &keys::BASE, report)
            .map(|section| Self::read(&section, Self::default(), report))
            .unwrap_or_default()
    }

    fn read(section: &Section<'_>, base: Self, report: &mut Report) -> Self {
        let mut others = base.others;
        for (kind, node) in section.entries("others", report) {
            match &node.value {
                Value::List(items) => {
                    others.insert(kind.text.clone(), items.iter().map(Node::to_doc).collect());
                }
                _ => report.error(node.at, "`others` is a map from resource type to a list of documents"),
            }
        }
        let mut settings = base.settings;
        let own = section.entries("settings", report).iter();
        settings.extend(own.map(|(name, node): &(Name, Node)| (name.text.clone(), node.to_doc())));
        Self {
            resource: section.get("resource").map(Node::to_doc).or(base.resource),
            resource_type: section.optional_text("resource_type", report).map(Arc::from).or(base.resource_type),
            others,
            settings,
            account: section.get("account").map(Node::to_doc).or(base.account),
            organization: section.get("organization").map(Node::to_doc).or(base.organization),
            region: section.optional_text("region", report).or(base.region),
            now: section.optional_text("now", report).or(base.now),
        }
    }

    /// Changes what is at a place: of `resource`, of `account`, of `organization`, or of one of the others, `AWS::EC2::VPC[0].Tags`.
    fn change(&mut self, place: &str, value: &Doc) -> Result<(), String> {
        let (first, rest) = place.split_at(place.find(['.', '[']).unwrap_or(place.len()));
        match first {
            "resource" => change(self.resource.get_or_insert_with(|| Doc::Map(Map::new())), rest, value),
            "account" => change(self.account.get_or_insert_with(|| Doc::Map(Map::new())), rest, value),
            "organization" => change(self.organization.get_or_insert_with(|| Doc::Map(Map::new())), rest, value),
            name => {
                let documents = self.others.get_mut(name).ok_or_else(|| format!("there is no `{name}` to change"))?;
                let mut list = Doc::List(std::mem::take(documents));
                let changed = change(&mut list, rest, value);
                if let Doc::List(items) = list {
                    *documents = items;
                }
                changed
            }
        }
    }
}

/// Reads a case; `None` as well when it is not of this variant.
pub(super) fn read(node: &Node, base: &Documents, variant: Option<&str>, report: &mut Report) -> Option<Case> {
    let section = Section::open(node, &keys::CASE, report)?;
    let of_variants = section.texts("variants", report);
    match (section.get("variants"), variant) {
        (Some(node), None) => report.error(node.at, "the control has no variants"),
        (Some(_), Some(variant)) if !of_variants.iter().any(|each| each == variant) => return None,
        _ => {}
    }
    let name = section.required_text("name", report);
    let expect = section.choice("expect", keys::EXPECTED, report);
    let mut documents = Documents::read(&section, base.clone(), report);
    for (place, node) in section.entries("with", report) {
        if let Err(message) = documents.change(&place.text, &node.to_doc()) {
            report.error(place.at, message);
        }
    }
    Some(Case {
        name: name?,
        line: node.at.line,
        resource: documents.resource.unwrap_or_else(|| Doc::Map(Map::new())),
        resource_type: documents.resource_type,
        unknown: section.texts("unknown", report),
        others: documents.others,
        unknown_types: section.texts("unknown_types", report),
        settings: documents.settings,
        account: documents.account,
        organization: documents.organization,
        region: documents.region,
        now: documents.now,
        expect: expect?,
    })
}
