//! One gathered member of one item: condition, arguments, Region, preparation, call, decoding. Whatever comes of it is
//! a value: absent is null, and everything else, what nobody asked for included, is unread with its reason.

use std::sync::Arc;
use std::time::Duration;

use plumbline_aws::{CallError, DeniedLayer, ErrorClass, partition};
use plumbline_baseline::arn::Arn;
use plumbline_baseline::pack::collector::{CallRegion, Gather, Join, Prepare};
use plumbline_baseline::{Doc, Elsewhere, Unread, UnreadReason};
use tokio::time::Instant;

use super::arguments::{self, Input, Subject};
use super::calls::CallKey;
use super::collector::Collector;
use super::decode::decode;
use super::index::{Index, Indexed, Part, name};
use super::work::{GatherWork, TypeWork};
use super::{anywhere, arn};
use crate::path::select;

/// How long a preparation (IAM's credential report) may take.
const PREPARE_TIMEOUT: Duration = Duration::from_secs(90);
/// The longest pause between two looks at a preparation.
const PREPARE_PAUSE: Duration = Duration::from_secs(2);

/// What came of a member.
#[derive(Debug)]
pub(crate) enum Gathered {
    /// The member's value; unread values included.
    Value(Doc),
    /// The item itself is gone; what AWS said.
    Vanished(Arc<Unread>),
}

/// A call that is ready to be made, without its item.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(super) region: At,
    pub(super) input: Doc,
    /// What the answer calls the item, where it is about many.
    pub(super) key: String,
    names_item: bool,
    is_own: bool,
    /// Where the answer is, should AWS not show it to this account; empty for what the collector does not know to be
    /// another account's.
    elsewhere: Vec<Elsewhere>,
}

/// Where a call is made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum At {
    Region(String),
    Anywhere,
}

/// Decides what to call for an item; `Err` is the value when no call is needed.
pub(crate) fn prepare(
    collector: &Collector,
    work: &TypeWork,
    gather: &GatherWork,
    about: &Subject<'_>,
) -> Result<Ready, Doc> {
    if let Some(when) = &gather.conditions.when {
        match when(*about) {
            Ok(true) => {}
            Ok(false) => return Err(Doc::Unread(gather.call.left_out())),
            Err(unread) => return Err(Doc::Unread(unread)),
        }
    }
    let region = match &gather.call.call.region {
        CallRegion::Any => At::Anywhere,
        CallRegion::Job => At::Region(collector.place.region.clone()),
        CallRegion::Named(region) => At::Region(region.clone()),
        CallRegion::Of(path) => match arguments::member(path, about) {
            Input::Ready(Doc::String(region)) => At::Region(partition::present_name(&region).to_owned()),
            Input::Ready(_) | Input::Nothing(_) => At::Region(collector.place.region.clone()),
            Input::Unread(unread) => return Err(Doc::Unread(unread)),
        },
    };
    let key = match &gather.call.joined {
        Some(joined) => name(&ready(arguments::member(&joined.equals, about), &gather.call)?).unwrap_or_default(),
        None => String::new(),
    };
    let input = ready(arguments::resolve(&gather.call.call.with, about), &gather.call)?;
    let arn = about.arn.unwrap_or_default();
    let names_item = gather.names_item || names(work, gather, &input, arn);
    let is_own = is_own(arn, &collector.place.account);
    let elsewhere = elsewhere(gather, about);
    Ok(Ready { region, input, key, names_item, is_own, elsewhere })
}

/// What a call takes; `Err` is the member's value when there is nothing to ask with.
pub(super) fn ready(input: Input, gather: &Gather) -> Result<Doc, Doc> {
    match input {
        Input::Ready(doc) => Ok(doc),
        Input::Nothing(path) => Err(Doc::Unread(gather.without(&path))),
        Input::Unread(unread) => Err(Doc::Unread(unread)),
    }
}

/// Makes the call, and turns every outcome into a value.
pub(crate) async fn run(collector: &Collector, gather: &GatherWork, mut ready: Ready) -> Gathered {
    let call = &gather.call.call;
    let input = std::mem::take(&mut ready.input);
    if let Some(prepare) = &gather.call.prepare
        && let Err(unread) = wait_until_prepared(collector, &call.service, prepare).await
    {
        return Gathered::Value(Doc::Unread(unread));
    }
    if let Some(joined) = &gather.call.joined {
        return match index(collector, gather, joined, &ready.region, input).await {
            Ok(index) => Gathered::Value(part(&index, gather, &ready.key)),
            Err(error) => failed(&gather.call.absent, &error, &ready),
        };
    }
    match fetch(collector, gather, &ready.region, input).await {
        Ok(answer) => Gathered::Value(taken(select(&answer, &gather.call.take), gather)),
        Err(error) => failed(&gather.call.absent, &error, &ready),
    }
}

/// Makes a member's call. Equal calls are made once.
pub(super) async fn fetch(
    collector: &Collector,
    gather: &GatherWork,
    region: &At,
    input: Doc,
) -> Result<Arc<Doc>, Arc<CallError>> {
    let call = &gather.call.call;
    match region {
        At::Region(region) => collector.calls.fetch(region, &call.service, &call.operation, input).await,
        At::Anywhere => anywhere::fetch(collector, &call.service, &call.operation, &input).await,
    }
}

/// The answer to a call about many resources, taken apart once for all of them.
async fn index(collector: &Collector, gather: &GatherWork, joined: &Join, region: &At, input: Doc) -> Indexed {
    let (call, take) = (&gather.call.call, &gather.call.take);
    let place = match region {
        At::Region(region) => region,
        At::Anywhere => "",
    };
    let key = CallKey::new(place, &call.service, &call.operation, &input);
    let slot = collector.indexes.slot(key, joined, take);
    let made = slot.get_or_init(|| async {
        let answer = match region {
            // Whole, it may be far larger than what is taken of it.
            At::Region(region) => collector.calls.fetch_anew(region, &call.service, &call.operation, input).await,
            At::Anywhere => anywhere::fetch(collector, &call.service, &call.operation, &input).await,
        };
        let index = Index::new(&*answer?, joined, take, &call.name());
        collector.memory.take(index.weight());
        Ok(Arc::new(index))
    });
    made.await.clone()
}

/// What an answer about many resources says of one. Whom a whole answer leaves out has what its collector says.
fn part(index: &Index, gather: &GatherWork, key: &str) -> Doc {
    match index.part(key) {
        Part::Value(value) => taken(value.clone(), gather),
        Part::LeftOut => gather.call.default.clone().unwrap_or_default(),
        Part::Unread(unread) => Doc::Unread(Arc::clone(unread)),
    }
}

/// What was taken of an answer, as the member has it.
pub(super) fn taken(value: Doc, gather: &GatherWork) -> Doc {
    let value = match (value, &gather.call.default) {
        (Doc::Null, Some(default)) => default.clone(),
        (value, _) => value,
    };
    match gather.call.decode {
        Some(how) => decode(value, how, &gather.call.call.name()),
        None => value,
    }
}

/// What a failed call means for its member.
pub(super) fn failed(absent: &[String], error: &CallError, ready: &Ready) -> Gathered {
    let Ready { names_item, is_own, .. } = *ready;
    // Asked about the item itself, a code that says that it is gone, or may say so, is no proof that it lacks something.
    let is_gone = error.class == ErrorClass::Vanished;
    let proves_nothing = names_item && (is_gone || error.class == ErrorClass::AbsentOrVanished);
    if error.is_one_of(absent) && !proves_nothing {
        return Gathered::Value(Doc::Null);
    }
    let mut unread = error.unread();
    if names_item && is_own && is_gone {
        return Gathered::Vanished(Arc::new(unread));
    }
    // Of what belongs to another account AWS says that it does not exist, or names no policy that denies it: an
    // organization's trail, asked for its event selectors by a member account. It is there, and was not shown.
    let is_denied =
        matches!(error.class, ErrorClass::Denied { layer: DeniedLayer::Unstated | DeniedLayer::ResourcePolicy });
    let is_foreign = (names_item && !is_own) || !ready.elsewhere.is_empty();
    if is_foreign && (proves_nothing || is_denied) {
        unread.reason = UnreadReason::NotVisible;
        unread.elsewhere.clone_from(&ready.elsewhere);
    }
    Gathered::Value(Doc::Unread(Arc::new(unread)))
}

/// Where the answer about another account's thing is: with the controls that judge it in its own account, or with the
/// same control in the account that its ARN names.
fn elsewhere(gather: &GatherWork, about: &Subject<'_>) -> Vec<Elsewhere> {
    let (Some(is_foreign), Some(foreign)) = (&gather.conditions.foreign, &gather.call.foreign) else {
        return Vec::new();
    };
    // Where that is not known, what AWS says is the reason.
    if is_foreign(*about) != Ok(true) {
        return Vec::new();
    }
    let resource = arn::render(&foreign.arn, about);
    let there =
        Elsewhere { account: Arn::account_of(&resource).unwrap_or_default().to_owned(), ..Elsewhere::default() };
    if foreign.judged_by.is_empty() {
        return vec![there];
    }
    let judged = |control: &String| Elsewhere { control: control.clone(), resource: resource.clone(), ..there.clone() };
    foreign.judged_by.iter().map(judged).collect()
}

/// Whether an ARN names this account, or none.
fn is_own(arn: &str, account: &str) -> bool {
    Arn::account_of(arn).is_none_or(|owner| owner == account)
}

/// Whether an argument is the item's own name, as far as its ARN shows: for collectors whose ARN is one member
/// (`{FunctionArn}`) and whose calls take another (`FunctionName`). Only for calls of the type's own service, since
/// things of other services may have the same name.
fn names(work: &TypeWork, gather: &GatherWork, input: &Doc, arn: &str) -> bool {
    let Some(list) = work.list() else { return false };
    if list.call.service != gather.call.call.service {
        return false;
    }
    let Doc::Map(members) = input else { return false };
    members.iter().filter_map(|(_, value)| value.as_str()).any(|value| {
        let before = arn.strip_suffix(value);
        !value.is_empty() && before.is_some_and(|before| before.is_empty() || before.ends_with([':', '/']))
    })
}

async fn wait_until_prepared(collector: &Collector, service: &str, prepare: &Prepare) -> Result<(), Arc<Unread>> {
    let give_up = Instant::now() + PREPARE_TIMEOUT;
    let mut pause = Duration::from_millis(100);
    let input = Doc::map([]);
    loop {
        let answer = collector.calls.call(&collector.place.region, service, &prepare.operation, &input).await;
        let answer = answer.map_err(|error| error.to_unread())?;
        if answer.at(&prepare.path).as_str() == Some(prepare.equals.as_str()) {
            return Ok(());
        }
        if Instant::now() + pause > give_up {
            return Err(Arc::new(Unread::new(
                UnreadReason::Transient,
                format!("{service}:{}", prepare.operation),
                format!("{} was not {} after {PREPARE_TIMEOUT:?}", prepare.path, prepare.equals),
            )));
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PREPARE_PAUSE);
    }
}
