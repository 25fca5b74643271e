//! One item: decoded, its members gathered (those that do not depend on each other at the same time), redacted, named.

use std::sync::Arc;

use plumbline_baseline::resource::{Gone, Resource};
use plumbline_baseline::{Doc, Key, Map, Unread, UnreadReason};
use tokio::task::JoinSet;

use super::collector::Collector;
use super::gather::{self, Gathered};
use super::work::TypeWork;
use super::{arn, decode};
use crate::path;

/// Completes an item, unless it vanished meanwhile.
pub(crate) async fn complete(collector: &Arc<Collector>, work: &Arc<TypeWork>, item: Doc) -> Result<Resource, Gone> {
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
        values.sort_by_key(|(index, _)| *index);
        for (index, value) in values {
            insert(item, &work.gather[index].member, value);
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
) -> Result<Vec<(usize, Doc)>, Arc<Unread>> {
    let mut values = Vec::with_capacity(wave.len());
    let mut calls = Vec::new();
    for &index in wave {
        match gather::prepare(collector, work, &work.gather[index], item, arn) {
            Ok(ready) => calls.push((index, ready)),
            Err(value) => values.push((index, value)),
        }
    }
    if calls.len() == 1 {
        let (index, ready) = calls.remove(0);
        match gather::run(collector, &work.gather[index], ready).await {
            Gathered::Value(value) => values.push((index, value)),
            Gathered::Vanished(unread) => return Err(unread),
        }
        return Ok(values);
    }
    let mut running = JoinSet::new();
    for (index, ready) in calls {
        let (collector, work) = (Arc::clone(collector), Arc::clone(work));
        running.spawn(async move { (index, gather::run(&collector, &work.gather[index], ready).await) });
    }
    while let Some(ended) = running.join_next().await {
        match ended {
            Ok((index, Gathered::Value(value))) => values.push((index, value)),
            Ok((_, Gathered::Vanished(unread))) => return Err(unread),
            Err(error) => panicked(wave, &mut values, &error),
        }
    }
    Ok(values)
}

/// A gathering that panicked cannot say which member it was: every member of the wave that has no value is unread.
fn panicked(wave: &[usize], values: &mut Vec<(usize, Doc)>, error: &tokio::task::JoinError) {
    tracing::error!(%error, "gathering a member failed");
    for &index in wave {
        if !values.iter().any(|(known, _)| *known == index) {
            values.push((index, Doc::Unread(defect("gathering the member failed"))));
        }
    }
}

/// Members that wait for each other: the pack's loader refuses them, and here they are unread.
fn leave_unread(work: &TypeWork, done: &[bool], item: &mut Doc) {
    for (index, gather) in work.gather.iter().enumerate() {
        if !done[index] {
            insert(item, &gather.member, Doc::Unread(defect("the collector's members wait for each other")));
        }
    }
}

/// Something that is the scanner's own fault.
pub(crate) fn defect(detail: &str) -> Arc<Unread> {
    Arc::new(Unread { reason: UnreadReason::ScannerError, operation: String::new(), detail: detail.to_owned() })
}

fn insert(item: &mut Doc, member: &str, value: Doc) {
    if !matches!(item, Doc::Map(_)) {
        *item = Doc::Map(Map::new());
    }
    if let Doc::Map(map) = item {
        map.insert(member, value);
    }
}
