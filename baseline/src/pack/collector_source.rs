//! `collectors/*.yaml` from text to `ResourceType`. Looks at the form only; whether AWS has such operations and members
//! is for `check` to say.

pub(super) mod keys;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::collector::{Argument, Call, CallRegion, Each, Foreign, Gather, List, Prepare, ResourceType, Source};
use super::form;
use super::problem::Report;
use super::section::{Section, choice, texts};
use super::yaml::{Node, Value};
use super::{generic_source, join_source, partitions, words_source};
use crate::suggest::closest;

/// What `region` says of a call that any Region can answer.
const ANY_REGION: &str = "any";

/// Reads a file; what has errors is left out. Every type comes with the node that it was read from.
pub(super) fn read<'a>(node: &'a Node, report: &mut Report) -> Vec<(ResourceType, &'a Node)> {
    let Some(section) = Section::open(node, &keys::FILE, report) else {
        return Vec::new();
    };
    let needs_service = section.items("resources", report).iter().any(|node| !generic_source::is_generic(node));
    let service = match needs_service {
        true => section.required_text("service", report),
        false => Some(section.text("service", report)),
    };
    let Some(service) = service else { return Vec::new() };
    let mut types = Vec::new();
    for node in section.items("resources", report) {
        let errors = report.errors();
        let read = match generic_source::is_generic(node) {
            true => generic_source::read(node, report),
            false => resource_type(node, &service, report),
        };
        if let Some(read) = read
            && report.errors() == errors
        {
            types.push((read, node));
        }
    }
    types
}

fn resource_type(node: &Node, service: &str, report: &mut Report) -> Option<ResourceType> {
    let section = Section::open(node, &keys::TYPE, report)?;
    let name = section.required_text("type", report)?;
    if name.split("::").count() < 3 || name.split("::").any(str::is_empty) {
        report.error(section.get("type")?.at, format!("`{name}` is not a type name like AWS::S3::Bucket"));
    }
    let scope = section.choice("scope", keys::SCOPES, report);
    let mut gather = Vec::new();
    for (member, node) in section.entries("gather", report) {
        if let Some(read) = gathered(node, service, report) {
            gather.push((Arc::from(member.text.as_str()), read));
        }
    }
    foreign(&section, &mut gather, report);
    let tags = tags(&section, &name, &mut gather, report);
    let mut derive = Vec::new();
    for (member, node) in section.entries("derive", report) {
        match node.text() {
            Some(text) => derive.push((Arc::from(member.text.as_str()), text.to_owned())),
            None => report.error(node.at, format!("`{}` is an expression", member.text)),
        }
    }
    let mut decode = Vec::new();
    for (path, node) in section.entries("decode", report) {
        decode.extend(choice(node, "decode", keys::DECODES, report).map(|how| (path.text.clone(), how)));
    }
    Some(ResourceType {
        name: Arc::from(name),
        scope: scope?,
        source: Source::Calls,
        partitions: partitions::read(&section, report),
        list: section.get("list").and_then(|node| list(node, service, report)),
        arn: section.required_text("arn", report)?,
        judged_when: section.optional_text("judged_when", report),
        tags,
        gather,
        derive,
        decode,
        redact: section.texts("redact", report),
        volatile: section.texts("volatile", report),
        words: words_source::read(&section, report),
    })
}

fn list(node: &Node, service: &str, report: &mut Report) -> Option<List> {
    let section = Section::open(node, &keys::LIST, report)?;
    Some(List {
        call: call(&section, service, report)?,
        items: section.required_text("items", report)?,
        item_member: section.optional_text("item_member", report),
        absent: section.texts("absent", report),
        each: each(&section, report),
    })
}

/// What a listing is made for each of, and what its items keep of it.
fn each(section: &Section<'_>, report: &mut Report) -> Option<Each> {
    let kept = match section.entries("parent", report) {
        [] => None,
        [(member, node)] => Some((member.text.clone(), texts(node, &member.text, report))),
        [_, (second, _), ..] => {
            report.error(second.at, "a listing has one parent: `parent: { Member: [its members] }`");
            None
        }
    };
    match (section.optional_text("each", report), kept) {
        (Some(name), kept) => Some(Each { type_name: Arc::from(name), kept }),
        (None, None) => None,
        (None, Some(_)) => {
            report.error(section.at(), "`parent` says what is kept of the type that `each` names");
            None
        }
    }
}

/// Where the tags are: a member, or what the account's one listing of all tags says (`from: tagging`).
fn tags(
    section: &Section<'_>,
    name: &str,
    gather: &mut Vec<(Arc<str>, Gather)>,
    report: &mut Report,
) -> Option<String> {
    let node = section.get("tags")?;
    if node.members().is_none() {
        return section.optional_text("tags", report);
    }
    let tags = Section::open(node, &keys::TAGS, report)?;
    tags.choice("from", keys::TAG_SOURCES, report)?;
    if join_source::NOT_LISTED.contains(&name) {
        report.error(node.at, format!("the listing of all tags does not name {name}: gather its own"));
    }
    let member = join_source::TAGS;
    if gather.iter().any(|(known, _)| &**known == member) {
        report.error(node.at, format!("`{member}` is gathered already"));
    }
    gather.push((Arc::from(member), join_source::tagging()));
    Some(member.to_owned())
}

fn gathered(node: &Node, service: &str, report: &mut Report) -> Option<Gather> {
    let section = Section::open(node, &keys::GATHER, report)?;
    let decode = section.get("decode").and_then(|node| choice(node, "decode", keys::DECODES, report));
    let prepare = section.get("prepare").and_then(|node| prepare(node, report));
    Some(Gather {
        call: call(&section, service, report)?,
        take: section.text("take", report),
        default: section.get("default").map(Node::to_doc),
        decode,
        absent: section.texts("absent", report),
        when: section.optional_text("when", report),
        prepare,
        foreign: None,
        joined: join_source::read(&section, report),
    })
}

/// What may belong to another account: said once, for all the members that are asked about it.
fn foreign(section: &Section<'_>, gather: &mut [(Arc<str>, Gather)], report: &mut Report) -> Option<()> {
    let node = section.get("foreign")?;
    let section = Section::open(node, &keys::FOREIGN, report)?;
    section.required("members", report)?;
    let foreign = Arc::new(Foreign {
        when: section.required_text("when", report)?,
        arn: section.required_text("arn", report)?,
        judged_by: section.texts("judged_by", report),
    });
    for name in section.texts("members", report) {
        match gather.iter_mut().find(|(member, _)| **member == *name) {
            Some((_, gather)) => gather.foreign = Some(Arc::clone(&foreign)),
            None => {
                let at = section.place_of("members", &name);
                let suggestion = closest(&name, gather.iter().map(|(member, _)| &**member)).map(str::to_owned);
                report.error_meant(at, format!("`foreign` names `{name}`, which is not gathered"), suggestion);
            }
        }
    }
    Some(())
}

fn prepare(node: &Node, report: &mut Report) -> Option<Prepare> {
    let section = Section::open(node, &keys::PREPARE, report)?;
    let operation = section.required_text("call", report)?;
    let [(path, value)] = section.entries("until", report) else {
        report.error(section.at(), "`prepare` needs `until: { Path: value }`");
        return None;
    };
    let Some(equals) = value.text().map(str::to_owned) else {
        report.error(value.at, "what the answer has when it is ready is text");
        return None;
    };
    Some(Prepare { operation, path: path.text.clone(), equals })
}

fn call(section: &Section<'_>, service: &str, report: &mut Report) -> Option<Call> {
    let entries = section.entries("with", report);
    let with: BTreeMap<String, Argument> =
        entries.iter().map(|(name, node)| (name.text.clone(), argument(node))).collect();
    let region = match section.optional_text("region", report) {
        None => CallRegion::Job,
        Some(region) if region == ANY_REGION => CallRegion::Any,
        Some(region) if form::is_region(&region) => CallRegion::Named(region),
        Some(path) => CallRegion::Of(without_mark(&path)),
    };
    Some(Call {
        service: section.optional_text("service", report).unwrap_or_else(|| service.to_owned()),
        operation: section.required_text("call", report)?,
        region,
        with,
    })
}

fn argument(node: &Node) -> Argument {
    match &node.value {
        Value::Scalar { text, .. } if text.starts_with('$') => Argument::Path(without_mark(text)),
        Value::List(items) => Argument::List(items.iter().map(argument).collect()),
        Value::Map(members) => {
            Argument::Map(members.iter().map(|(name, value)| (name.text.clone(), argument(value))).collect())
        }
        Value::Scalar { .. } => Argument::Literal(node.to_doc()),
    }
}

fn without_mark(path: &str) -> String {
    path.strip_prefix('$').unwrap_or(path).to_owned()
}
