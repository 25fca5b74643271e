//! Digests of what a collector says: equal where the same calls fill the same members, and different wherever they may
//! not. Every field of a definition is named here, so that a new one cannot be forgotten.

use std::collections::{BTreeMap, BTreeSet};

use super::closure;
use crate::doc::Doc;
use crate::pack::collector::{
    Aggregator, Argument, Batch, Call, CallRegion, Decode, Each, Failures, Foreign, Gather, Join, List, Prepare,
    Recorded, ResourceType, Scope, Source, of_parent, template_paths, within,
};
use crate::pack::{CompiledType, Pack, first_member};

/// A digest in the making: every part with its length in front.
pub(super) struct Digest(blake3::Hasher);

impl Digest {
    pub(super) fn new(kind: &str) -> Self {
        let mut digest = Self(blake3::Hasher::new());
        digest.text(kind);
        digest
    }

    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.number(text.len() as u64);
        self.0.update(text.as_bytes());
        self
    }

    pub(super) fn number(&mut self, number: u64) -> &mut Self {
        self.0.update(&number.to_be_bytes());
        self
    }

    fn texts(&mut self, texts: &[impl AsRef<str>]) -> &mut Self {
        self.number(texts.len() as u64);
        texts.iter().fold(self, |digest, text| digest.text(text.as_ref()))
    }

    fn optional(&mut self, text: Option<&str>) -> &mut Self {
        self.number(u64::from(text.is_some())).text(text.unwrap_or_default())
    }

    pub(super) fn finish(&self) -> u64 {
        let mut first = [0; 8];
        self.0.finalize_xof().fill(&mut first);
        u64::from_be_bytes(first)
    }
}

/// How a type is listed: its items, whose names they have, and what they keep as it was listed.
pub(super) fn listing(pack: &Pack, declared: &ResourceType) -> u64 {
    let ResourceType { name, scope, source, list, arn, decode, .. } = declared;
    let mut digest = Digest::new("listing");
    digest.text(name).text(scope_word(*scope)).text(arn);
    add_source(&mut digest, source);
    digest.number(decode.len() as u64);
    for (path, how) in decode {
        digest.text(path).text(decode_word(*how));
    }
    if let Some(List { call, items, item_member, absent, each }) = list {
        add_call(&mut digest, call);
        digest.text(items).optional(item_member.as_deref()).texts(absent);
        if let Some(each) = each {
            let paths = call.paths().chain(template_paths(arn)).filter_map(of_parent);
            add_parent(&mut digest, pack, each, paths);
        }
    }
    digest.finish()
}

/// How members are gathered, and all those that they read.
pub(super) fn members(pack: &Pack, compiled: &CompiledType, wanted: BTreeSet<String>) -> u64 {
    let declared = &compiled.declared;
    let mut digest = Digest::new("members");
    let planned = closure(compiled, wanted);
    for (member, gather) in declared.gather.iter().filter(|(member, _)| planned.contains(member)) {
        digest.text(member);
        add_gather(&mut digest, pack, gather);
        // What a resource is listed for; the list that an item is in is the resource's own.
        if let Some(each) = declared.parent().filter(|_| within(member).is_none()) {
            let conditions = [compiled.conditions.get(member), compiled.foreign.get(member)];
            let read = conditions.into_iter().flatten().flat_map(|program| &program.reads().parent_members);
            let paths = gather.call.paths().filter_map(of_parent).chain(read.map(String::as_str));
            add_parent(&mut digest, pack, each, paths);
        }
    }
    digest.finish()
}

/// What a type keeps of its parent.
pub(super) fn kept(pack: &Pack, each: &Each) -> u64 {
    let mut digest = Digest::new("kept");
    let names = each.kept.as_ref().map(|(_, names)| names.as_slice()).unwrap_or_default();
    digest.texts(names);
    add_parent(&mut digest, pack, each, names.iter().map(String::as_str));
    digest.finish()
}

/// A parent, and what is taken of it.
fn add_parent<'a>(digest: &mut Digest, pack: &Pack, each: &Each, paths: impl Iterator<Item = &'a str>) {
    digest.text(&each.type_name);
    let Some(parent) = pack.resource_type(&each.type_name) else { return };
    let taken: BTreeSet<String> = paths.map(|path| first_member(path).to_owned()).collect();
    let of_grandparent = super::kept(&parent.declared).filter(|(_, member)| taken.contains(*member));
    digest.number(listing(pack, &parent.declared));
    digest.number(of_grandparent.map_or(0, |(each, _)| kept(pack, each)));
    digest.number(members(pack, parent, taken));
}

fn add_source(digest: &mut Digest, source: &Source) {
    digest.text(source.word());
    // Of Cloud Control's schema nothing is asked; of findings, the store is.
    if let Source::Config(Recorded { max_age_hours, aggregator }) = source {
        digest.number(u64::from(max_age_hours.unwrap_or_default()));
        if let Some(Aggregator { name, region }) = aggregator {
            digest.text(name).text(region);
        }
    }
}

fn add_call(digest: &mut Digest, call: &Call) {
    let Call { service, operation, region, with } = call;
    digest.text(service).text(operation);
    match region {
        CallRegion::Job => digest.text("job"),
        CallRegion::Of(path) => digest.text("of").text(path),
        CallRegion::Named(name) => digest.text("named").text(name),
        CallRegion::Any => digest.text("any"),
    };
    add_arguments(digest, with);
}

fn add_arguments(digest: &mut Digest, arguments: &BTreeMap<String, Argument>) {
    digest.number(arguments.len() as u64);
    for (name, argument) in arguments {
        digest.text(name);
        add_argument(digest, argument);
    }
}

fn add_argument(digest: &mut Digest, argument: &Argument) {
    match argument {
        Argument::Path(path) => {
            digest.text("path").text(path);
        }
        Argument::Literal(doc) => {
            digest.text("literal").text(&doc.to_json());
        }
        Argument::List(arguments) => {
            digest.text("list").number(arguments.len() as u64);
            arguments.iter().for_each(|each| add_argument(digest, each));
        }
        Argument::Map(arguments) => {
            digest.text("map");
            add_arguments(digest, arguments);
        }
    }
}

fn add_gather(digest: &mut Digest, pack: &Pack, gather: &Gather) {
    let Gather { call, take, default, decode, absent, when, prepare, foreign, joined } = gather;
    add_call(digest, call);
    digest.text(take).optional(default.as_ref().map(Doc::to_json).as_deref());
    digest.optional(decode.map(decode_word)).texts(absent);
    digest.number(u64::from(when.is_some()));
    when.iter().for_each(|when| add_condition(digest, pack, when));
    if let Some(Prepare { operation, path, equals }) = prepare {
        digest.text("prepare").text(operation).text(path).text(equals);
    }
    if let Some(Foreign { when, arn, judged_by }) = foreign.as_deref() {
        digest.text("foreign").text(arn).texts(judged_by);
        add_condition(digest, pack, when);
    }
    if let Some(joined) = joined {
        add_join(digest, joined);
    }
}

fn add_join(digest: &mut Digest, join: &Join) {
    let Join { items, key, equals, batch } = join;
    digest.text("joined").text(items).text(key).text(equals);
    if let Some(Batch { size: _, failures }) = batch {
        digest.text("batch");
        if let Some(Failures { items, key, reason, gone }) = failures {
            digest.text(items).text(key).text(reason).texts(gone);
        }
    }
}

/// A condition, with the definitions that its text mentions, in turn.
fn add_condition(digest: &mut Digest, pack: &Pack, condition: &str) {
    digest.text(condition);
    let (mut open, mut found) = (vec![condition], BTreeSet::new());
    while let Some(text) = open.pop() {
        let mentioned = pack.definitions().values().filter(|known| text.contains(&**known.name()));
        open.extend(mentioned.filter(|known| found.insert((known.name(), &known.text))).map(|known| &*known.text));
    }
    for (name, text) in found {
        digest.text(name).text(text);
    }
}

fn scope_word(scope: Scope) -> &'static str {
    match scope {
        Scope::Regional => "regional",
        Scope::Global => "global",
        Scope::Organization => "organization",
        Scope::Findings => "findings",
    }
}

fn decode_word(decode: Decode) -> &'static str {
    match decode {
        Decode::Json => "json",
        Decode::Csv => "csv",
    }
}
