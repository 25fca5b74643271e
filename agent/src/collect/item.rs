//! One item: named, decoded, its members gathered (those that do not depend on each other at the same time), named.

use std::sync::Arc;

use plumbline_baseline::pack::collector::Source;
use plumbline_baseline::resource::{Gone, Resource};
use plumbline_baseline::{Doc, Key, Map, Unread};
use tokio::task::JoinSet;

use super::arguments::Subject;
use super::collector::Collector;
use super::defect::defect;
use super::gather::{self, Gathered};
use super::parents::Parent;
use super::place::Place;
use super::work::{GatherWork, TypeWork};
use super::{arn, decode, generic};
use crate::path;

/// After so many members that were prepared, others may go on.
const BREATH: usize = 64;

/// An item of a listing.
#[derive(Debug)]
pub(crate) struct Item {
    /// What the listing says of it, decoded, and what was gathered so far.
    pub(super) doc: Doc,
    /// The resource that it is listed for.
    pub(super) parent: Option<Parent>,
}

impl Item {
    /// An item as a listing gives it.
    pub(crate) fn new(work: &TypeWork, doc: Doc, parent: Option<Parent>) -> Self {
        let mut doc = as_map(doc, work);
        decode_members(&mut doc, work);
        if let Some((parent, (member, names))) =
            parent.as_ref().zip(work.declared.parent().and_then(|e| e.kept.as_ref()))
        {
            let kept = names.iter().map(|name| (Key::new(name), parent.doc().get(name).clone()));
            insert(&mut doc, member, Doc::Map(kept.collect()));
        }
        Self { doc, parent }
    }

    /// Its name, as far as the listing tells it, and whether it tells all of it.
    pub(super) fn arn(&self, work: &TypeWork, place: &Place) -> (String, bool) {
        let about = Subject { arn: None, ..self.about(None, place) };
        (arn::render(&work.declared.arn, &about), arn::is_known(&work.declared.arn, &about))
    }

    /// What calls for it are about.
    pub(super) fn about<'a>(&'a self, arn: Option<&'a str>, place: &'a Place) -> Subject<'a> {
        Subject { item: &self.doc, arn, parent: self.parent.as_ref().map(Parent::doc), place }
    }

    /// It as something that is gone.
    pub(super) fn gone(&self, work: &TypeWork, place: &Place, unread: Arc<Unread>) -> Gone {
        Gone { arn: self.arn(work, place).0, unread }
    }
}

/// Completes an item, unless it vanished meanwhile.
pub(crate) async fn complete(
    collector: &Arc<Collector>,
    work: &Arc<TypeWork>,
    mut item: Item,
) -> Result<Resource, Gone> {
    if !matches!(work.declared.source, Source::Calls) {
        return generic::complete(collector, work, item.doc).await;
    }
    if work.gather.iter().any(|gather| gather.call.batch().is_none())
        && let Err(unread) = gather_members(collector, work, &mut item).await
    {
        return Err(item.gone(work, &collector.place, unread));
    }
    let (arn, _) = item.arn(work, &collector.place);
    Ok(Resource { type_name: Arc::clone(&work.declared.name), arn, doc: item.doc })
}

/// Items that are plain text get the member that the collector names.
fn as_map(item: Doc, work: &TypeWork) -> Doc {
    match (item, work.list().and_then(|list| list.item_member.as_deref())) {
        (item @ Doc::Map(_), _) => item,
        (item, Some(member)) => Doc::Map(Map::from_iter([(Key::new(member), item)])),
        (item, None) => item,
    }
}

fn decode_members(item: &mut Doc, work: &TypeWork) {
    let Some(list) = work.list() else { return };
    for (member, how) in &work.declared.decode {
        let operation = format!("{}:{}", list.call.service, list.call.operation);
        path::for_each_mut(item, member, &mut |value| {
            *value = decode::decode(std::mem::take(value), *how, &operation);
        });
    }
}

/// Gathers all members; what AWS said when the item vanished.
async fn gather_members(collector: &Arc<Collector>, work: &Arc<TypeWork>, item: &mut Item) -> Result<(), Arc<Unread>> {
    let (arn, is_known) = item.arn(work, &collector.place);
    let arn = is_known.then_some(arn.as_str());
    // Batches are made of the items as they are listed, before.
    let mut done: Vec<bool> = work.gather.iter().map(|gather| gather.call.batch().is_some()).collect();
    while done.contains(&false) {
        let is_ready = |index: &usize| !done[*index] && work.gather[*index].after.iter().all(|other| done[*other]);
        let wave: Vec<usize> = (0..work.gather.len()).filter(is_ready).collect();
        if wave.is_empty() {
            leave_unread(work, &done, &mut item.doc);
            return Ok(());
        }
        let mut values = run_wave(collector, work, &wave, &item.about(arn, &collector.place)).await?;
        // Calls end in any order; documents have one.
        values.sort_by_key(|(slot, _)| *slot);
        for (slot, value) in values {
            fill(&mut item.doc, &work.gather[slot.gather], slot, value);
        }
        wave.iter().for_each(|index| done[*index] = true);
    }
    Ok(())
}

/// Gathers members that do not depend on each other; what AWS said when the item vanished.
async fn run_wave(
    collector: &Arc<Collector>,
    work: &Arc<TypeWork>,
    wave: &[usize],
    item: &Subject<'_>,
) -> Result<Vec<(Slot, Doc)>, Arc<Unread>> {
    let slots: Vec<(Slot, &Doc)> =
        wave.iter().flat_map(|&index| slots(index, &work.gather[index], item.item)).collect();
    let mut values = Vec::with_capacity(slots.len());
    let mut calls = Vec::new();
    for (done, &(slot, about)) in slots.iter().enumerate() {
        // A condition on each item of a long list is work that nothing else would interrupt.
        if done % BREATH == BREATH - 1 {
            tokio::task::yield_now().await;
        }
        let parent = if slot.element.is_some() { Some(item.item) } else { item.parent };
        match gather::prepare(collector, work, &work.gather[slot.gather], &Subject { item: about, parent, ..*item }) {
            Ok(ready) => calls.push((slot, ready)),
            Err(value) => values.push((slot, value)),
        }
    }
    if calls.len() == 1 {
        let (slot, ready) = calls.remove(0);
        match gather::run(collector, &work.gather[slot.gather], ready).await {
            Gathered::Value(value) => values.push((slot, value)),
            Gathered::Vanished(unread) => return Err(unread),
        }
        return Ok(values);
    }
    let mut running = JoinSet::new();
    for (slot, ready) in calls {
        let (collector, work) = (Arc::clone(collector), Arc::clone(work));
        running.spawn(async move { (slot, gather::run(&collector, &work.gather[slot.gather], ready).await) });
    }
    while let Some(ended) = running.join_next().await {
        match ended {
            Ok((slot, Gathered::Value(value))) => values.push((slot, value)),
            Ok((_, Gathered::Vanished(unread))) => return Err(unread),
            Err(error) => panicked(&slots, &mut values, &error),
        }
    }
    Ok(values)
}

/// A place for a gathered value: the planned member, and the item of the list that it is gathered for, if it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Slot {
    gather: usize,
    element: Option<usize>,
}

/// Where a member's values go, and what each is about: the item itself, or each item of one of its lists. A list that was
/// not read has no items, and is itself what was not read.
fn slots<'a>(gather: usize, work: &GatherWork, item: &'a Doc) -> Vec<(Slot, &'a Doc)> {
    let Some((list, _)) = &work.within else { return vec![(Slot { gather, element: None }, item)] };
    let elements = item.get(list).as_list().unwrap_or_default().iter().enumerate();
    let maps = elements.filter(|(_, element)| element.as_map().is_some());
    maps.map(|(index, element)| (Slot { gather, element: Some(index) }, element)).collect()
}

/// A gathering that panicked cannot say which member it was: every member of the wave that has no value is unread.
fn panicked(slots: &[(Slot, &Doc)], values: &mut Vec<(Slot, Doc)>, error: &tokio::task::JoinError) {
    tracing::error!(%error, "gathering a member failed");
    for (slot, _) in slots {
        if !values.iter().any(|(known, _)| known == slot) {
            values.push((*slot, Doc::Unread(defect("gathering the member failed"))));
        }
    }
}

fn fill(item: &mut Doc, work: &GatherWork, slot: Slot, value: Doc) {
    let Some(((list, member), element)) = work.within.as_ref().zip(slot.element) else {
        return insert(item, &work.member, value);
    };
    let Doc::Map(map) = item else { return };
    if let Some(Doc::List(elements)) = map.get_mut(list)
        && let Some(element) = elements.get_mut(element)
    {
        insert(element, member, value);
    }
}

/// Members that wait for each other: the pack's loader refuses them, and here they are unread.
fn leave_unread(work: &TypeWork, done: &[bool], item: &mut Doc) {
    for (_, gather) in work.gather.iter().enumerate().filter(|(index, _)| !done[*index]) {
        let member = gather.within.as_ref().map_or(&*gather.member, |(list, _)| list);
        insert(item, member, Doc::Unread(defect("the collector's members wait for each other")));
    }
}

/// Sets a member.
pub(super) fn insert(item: &mut Doc, member: &str, value: Doc) {
    if !matches!(item, Doc::Map(_)) {
        *item = Doc::Map(Map::new());
    }
    if let Doc::Map(map) = item {
        map.insert(member, value);
    }
}
