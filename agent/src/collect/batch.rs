//! Members that are gathered for many items with one call: the items are put into its argument, and the answer is joined
//! back to each. What became of one batch is nothing to another, and whom an answer leaves out was not read.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use plumbline_aws::{CallError, ErrorClass};
use plumbline_baseline::pack::collector::{Batch, Failures, Join};
use plumbline_baseline::{Doc, Unread, UnreadReason};
use tokio::task::JoinSet;

use super::arguments;
use super::collector::Collector;
use super::defect::defect;
use super::gather::{self, At, Gathered, Ready};
use super::index::{Index, Part, name};
use super::item::{Item, insert};
use super::work::{GatherWork, TypeWork};
use crate::path::{items, select};

/// How many items are gathered together: the largest batch. One without batches.
pub(super) fn size(work: &TypeWork) -> usize {
    work.batched().map(|(.., batch)| batch.size).max().unwrap_or(1)
}

/// One item's part of a batch.
struct Seat {
    /// The item's place in the group.
    item: usize,
    /// What the argument takes of it.
    asked: Doc,
    ready: Ready,
}

/// Gathers the batched members of a group of items. What AWS said of an item that is gone stands at its place.
pub(super) async fn gather(
    collector: &Arc<Collector>,
    work: &Arc<TypeWork>,
    group: &mut [Item],
) -> Vec<Option<Arc<Unread>>> {
    let mut gone = vec![None; group.len()];
    for (index, gather) in work.gather.iter().enumerate().filter(|(_, gather)| gather.call.batch().is_some()) {
        for (item, gathered) in member(collector, work, index, group).await {
            match gathered {
                Gathered::Value(value) => insert(&mut group[item].doc, &gather.member, value),
                Gathered::Vanished(unread) => gone[item] = Some(unread),
            }
        }
    }
    gone
}

/// One member of all items of a group.
async fn member(
    collector: &Arc<Collector>,
    work: &Arc<TypeWork>,
    index: usize,
    group: &[Item],
) -> Vec<(usize, Gathered)> {
    let mut done = Vec::with_capacity(group.len());
    let mut seats: BTreeMap<(At, String), Vec<Seat>> = BTreeMap::new();
    for (item, each) in group.iter().enumerate() {
        match seat(collector, work, &work.gather[index], item, each) {
            Ok(seat) => seats.entry((seat.ready.region.clone(), seat.ready.input.to_json())).or_default().push(seat),
            Err(value) => done.push((item, Gathered::Value(value))),
        }
    }
    let size = work.gather[index].call.batch().map_or(1, |batch| batch.size);
    let mut running = JoinSet::new();
    for mut seats in seats.into_values() {
        while !seats.is_empty() {
            let batch: Vec<Seat> = seats.drain(..size.min(seats.len())).collect();
            let (collector, work) = (Arc::clone(collector), Arc::clone(work));
            running.spawn(async move { run(&collector, &work.gather[index], batch).await });
        }
    }
    while let Some(ended) = running.join_next().await {
        match ended {
            Ok(values) => done.extend(values),
            Err(error) => tracing::error!(%error, "gathering a batch failed"),
        }
    }
    let broken = || Gathered::Value(Doc::Unread(defect("gathering the batch failed")));
    let missing: Vec<usize> = (0..group.len()).filter(|item| !done.iter().any(|(known, _)| known == item)).collect();
    done.extend(missing.into_iter().map(|item| (item, broken())));
    done
}

/// What one item brings into a batch; `Err` is the member's value when it is not asked for.
fn seat(collector: &Collector, work: &TypeWork, gather: &GatherWork, item: usize, each: &Item) -> Result<Seat, Doc> {
    let (arn, is_known) = each.arn(work, &collector.place);
    let about = each.about(is_known.then_some(arn.as_str()), &collector.place);
    let ready = gather::prepare(collector, work, gather, &about)?;
    let path = gather.call.call.with.values().find_map(arguments::of_batch).unwrap_or_default();
    let asked = gather::ready(arguments::member(path, &about), &gather.call)?;
    Ok(Seat { item, asked, ready })
}

/// One call, and what it says of each item of the batch.
async fn run(collector: &Collector, gather: &GatherWork, batch: Vec<Seat>) -> Vec<(usize, Gathered)> {
    let asked: Vec<&Seat> = batch.iter().collect();
    match call(collector, gather, &asked).await {
        Ok(answer) => told(gather, &answer, &asked),
        // One that is gone makes AWS refuse the others with it.
        Err(error) if batch.len() > 1 && may_be_of_one(error.class) => {
            let mut values = Vec::with_capacity(batch.len());
            for seat in &batch {
                match call(collector, gather, &[seat]).await {
                    Ok(answer) => values.extend(told(gather, &answer, &[seat])),
                    Err(error) => values.push((seat.item, gather::failed(&gather.call.absent, &error, &seat.ready))),
                }
            }
            values
        }
        Err(error) => {
            let of = |seat: &Seat| (seat.item, gather::failed(&gather.call.absent, &error, &seat.ready));
            batch.iter().map(of).collect()
        }
    }
}

/// Whether an error may be about one of those that were asked about, and not about all.
fn may_be_of_one(class: ErrorClass) -> bool {
    matches!(class, ErrorClass::Vanished | ErrorClass::AbsentOrVanished | ErrorClass::Absent)
}

async fn call(collector: &Collector, gather: &GatherWork, seats: &[&Seat]) -> Result<Arc<Doc>, Arc<CallError>> {
    let Some(first) = seats.first() else { return Ok(Arc::default()) };
    let mut input = first.ready.input.clone();
    let taking = gather.call.call.with.iter().find(|(_, argument)| arguments::of_batch(argument).is_some());
    if let (Doc::Map(members), Some((name, _))) = (&mut input, taking) {
        // What AWS listed twice is asked about once.
        let mut asked: Vec<Doc> = Vec::with_capacity(seats.len());
        for seat in seats {
            if !asked.contains(&seat.asked) {
                asked.push(seat.asked.clone());
            }
        }
        members.insert(name.as_str(), Doc::List(asked));
    }
    gather::fetch(collector, gather, &first.ready.region, input).await
}

/// What an answer says of each of those that were asked about.
fn told(gather: &GatherWork, answer: &Doc, seats: &[&Seat]) -> Vec<(usize, Gathered)> {
    let Some((joined, batch)) = gather.call.joined.as_ref().and_then(|joined| Some((joined, joined.batch.as_ref()?)))
    else {
        return Vec::new();
    };
    let operation = gather.call.call.name();
    let index = Index::new(answer, joined, &gather.call.take, &operation);
    let refused = refusals(answer, batch, &operation);
    seats.iter().map(|seat| (seat.item, of_one(gather, joined, &index, &refused, seat))).collect()
}

fn of_one(
    gather: &GatherWork,
    joined: &Join,
    index: &Index,
    refused: &HashMap<String, CallError>,
    seat: &Seat,
) -> Gathered {
    let refusal = || name(&seat.asked).and_then(|asked| refused.get(&asked)).or_else(|| refused.get(&seat.ready.key));
    match index.part(&seat.ready.key) {
        Part::Value(value) => Gathered::Value(gather::taken(value.clone(), gather)),
        part => match (refusal(), part) {
            (Some(error), _) => gather::failed(&gather.call.absent, error, &seat.ready),
            (None, Part::Unread(unread)) => Gathered::Value(Doc::Unread(Arc::clone(unread))),
            (None, _) => match &gather.call.default {
                Some(default) => Gathered::Value(default.clone()),
                None => Gathered::Value(Doc::Unread(Arc::new(left_out(gather, joined, &seat.ready.key)))),
            },
        },
    }
}

fn left_out(gather: &GatherWork, joined: &Join, key: &str) -> Unread {
    let detail = format!("the answer has no {} {key}", joined.key);
    Unread::new(UnreadReason::ScannerError, gather.call.call.name(), detail)
}

/// Whom the answer says that it leaves out, and why.
fn refusals(answer: &Doc, batch: &Batch, operation: &str) -> HashMap<String, CallError> {
    let Some(failures) = &batch.failures else { return HashMap::new() };
    let of = |item: &Doc| Some((name(&select(item, &failures.key))?, refusal(item, failures, operation)));
    items(answer, &failures.items).into_iter().filter_map(of).collect()
}

fn refusal(item: &Doc, failures: &Failures, operation: &str) -> CallError {
    let code = match failures.reason.as_str() {
        "" => failures.name().to_owned(),
        path => name(item.at(path)).unwrap_or_else(|| failures.name().to_owned()),
    };
    let is_gone = failures.gone.contains(&code);
    let mut error = CallError::of_part(operation, code, String::new());
    if is_gone {
        error.class = ErrorClass::Vanished;
    }
    error
}
