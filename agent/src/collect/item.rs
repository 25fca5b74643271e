//! One item: decoded, its members gathered (those that do not depend on each other at the same time), redacted, named.

use std::sync::Arc;

use plumbline_baseline::pack::collector::Source;
use plumbline_baseline::resource::{Gone, Resource};
use plumbline_baseline::{Doc, Key, Map, Unread, UnreadReason};
use tokio::task::JoinSet;

use super::arguments::Subject;
use super::collector::Collector;
use super::gather::{self, Gathered};
use super::work::{GatherWork, TypeWork};
use super::{arn, decode, generic};
use crate::path;

/// After so many members that were prepared, others may go on.
const BREATH: usize = 64;

/// Completes an item, unless it vanished meanwhile.
pub(crate) async fn complete(collector: &Arc<Collector>, work: &Arc<TypeWork>, item: Doc) -> Result<Resource, Gone> {
    if !matches!(work.declared.source, Source::Calls) {
        return generic::complete(collector, work, item).await;
    }
    let mut item = as_map(item, work);
    decode_members(&mut item, work);
    if !work.gather.is_empty()
        && let Err(unread) = gather_members(collector, work, &mut item).await
    {
        return Err(Gone { arn: arn::render(&work.declared.arn, &item, &collector.place), unread });
    }
    let arn = arn::render(&work.declared.arn, &item, &collector.place);
    collector.redactor.redact(&mut item, &work.declared.redact);
    Ok(Resource { type_name: Arc::clone(&work.declared.name), arn, doc: item })
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
async fn gather_members(collector: &Arc<Collector>, work: &Arc<TypeWork>, item: &mut Doc) -> Result<(), Arc<Unread>> {
    let arn = arn::render(&work.declared.arn, item, &collector.place);
    let mut done = vec![false; work.gather.len()];
    while done.contains(&false) {
        let is_ready = |index: &usize| !done[*index] && work.gather[*index].after.iter().all(|other| done[*other]);
        let wave: Vec<usize> = (0..work.gather.len()).filter(is_ready).collect();
        if wave.is_empty() {
            leave_unread(work, &done, item);
            return Ok(());
        }
        let mut values = run_wave(collector, work, &wave, item, &arn).await?;
        // Calls end in any order; documents have one.
        values.sort_by_key(|(slot, _)| *slot);
        for (slot, value) in values {
            fill(item, &work.gather[slot.gather], slot, value);
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
    item: &Doc,
    arn: &str,
) -> Result<Vec<(Slot, Doc)>, Arc<Unread>> {
    let slots: Vec<(Slot, Subject<'_>)> =
        wave.iter().flat_map(|&index| slots(index, &work.gather[index], item)).collect();
    let mut values = Vec::with_capacity(slots.len());
    let mut calls = Vec::new();
    for (done, &(slot, about)) in slots.iter().enumerate() {
        // A condition on each item of a long list is work that nothing else would interrupt.
        if done % BREATH == BREATH - 1 {
            tokio::task::yield_now().await;
        }
        match gather::prepare(collector, work, &work.gather[slot.gather], about, arn) {
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
fn slots<'a>(gather: usize, work: &GatherWork, item: &'a Doc) -> Vec<(Slot, Subject<'a>)> {
    let Some((list, _)) = &work.within else { return vec![(Slot { gather, element: None }, Subject::whole(item))] };
    let elements = item.get(list).as_list().unwrap_or_default().iter().enumerate();
    let maps = elements.filter(|(_, element)| element.as_map().is_some());
    let about = |element| Subject { item: element, parent: Some(item) };
    maps.map(|(index, element)| (Slot { gather, element: Some(index) }, about(element))).collect()
}

/// A gathering that panicked cannot say which member it was: every member of the wave that has no value is unread.
fn panicked(slots: &[(Slot, Subject<'_>)], values: &mut Vec<(Slot, Doc)>, error: &tokio::task::JoinError) {
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

/// Something that is the scanner's own fault.
pub(crate) fn defect(detail: &str) -> Arc<Unread> {
    Arc::new(Unread::new(UnreadReason::ScannerError, "", detail))
}

fn insert(item: &mut Doc, member: &str, value: Doc) {
    if !matches!(item, Doc::Map(_)) {
        *item = Doc::Map(Map::new());
    }
    if let Doc::Map(map) = item {
        map.insert(member, value);
    }
}
