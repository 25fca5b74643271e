//! Collecting against a scripted AWS: every way in which a call can end becomes the right value in the snapshot.

use std::collections::BTreeMap;
use std::time::Duration;

use plumbline_aws::{Client, Observer, Target};
use plumbline_baseline::pack::Pack;
use plumbline_baseline::pack::collector::{
    Argument, Call, CallRegion, Decode, Foreign, Gather, List, Prepare, ResourceType, Scope, Source,
};
use plumbline_baseline::pack::words::Words;
use plumbline_baseline::{Doc, UnreadReason};

use tokio::time::Instant;

use super::arguments::Subject;
use super::*;
use crate::fake_aws::{self, Fake};
use crate::gate::gate;
use crate::memory::{Memory, Part};
use crate::progress::Progress;

fn call(service: &str, operation: &str, with: &[(&str, &str)]) -> Call {
    let argument = |text: &str| match text.strip_prefix('$') {
        Some(path) => Argument::Path(path.to_owned()),
        None => Argument::Literal(Doc::from(text)),
    };
    let with: BTreeMap<String, Argument> =
        with.iter().map(|(name, value)| ((*name).to_owned(), argument(value))).collect();
    Call { service: service.to_owned(), operation: operation.to_owned(), region: CallRegion::Job, with }
}

fn gather(call: Call, take: &str) -> Gather {
    Gather {
        call,
        take: take.to_owned(),
        default: None,
        decode: None,
        absent: Vec::new(),
        when: None,
        prepare: None,
        foreign: None,
        joined: None,
    }
}

fn keys(members: Vec<(&str, Gather)>) -> ResourceType {
    ResourceType {
        name: "AWS::KMS::Key".into(),
        scope: Scope::Regional,
        source: Source::Calls,
        list: Some(List {
            call: call("kms", "ListKeys", &[]),
            items: "Keys".into(),
            item_member: None,
            absent: vec!["NotHere".into()],
            each: None,
        }),
        partitions: Vec::new(),
        arn: "arn:{partition}:kms:{region}:{account}:key/{KeyId}".into(),
        judged_when: None,
        tags: None,
        gather: members.into_iter().map(|(name, gather)| (name.into(), gather)).collect(),
        derive: Vec::new(),
        decode: Vec::new(),
        redact: Vec::new(),
        volatile: Vec::new(),
        words: Words::default(),
    }
}

fn work(declared: ResourceType) -> Arc<TypeWork> {
    Arc::new(TypeWork::new(Arc::new(declared), |_| true, |_| work::Conditions::default()))
}

/// A type of the pack, whole.
fn of_pack(name: &str) -> Arc<TypeWork> {
    let declared = &Pack::embedded().resource_type(name).expect("the pack has it").declared;
    work(ResourceType::clone(declared))
}

fn memory(bytes: usize) -> Arc<Part> {
    Memory::new(2 * bytes, bytes).part(None)
}

async fn run(fake: &Fake, work: &[Arc<TypeWork>]) -> (Snapshot, Arc<Progress>) {
    run_with(fake, work, memory(1 << 20)).await
}

async fn run_with(fake: &Fake, work: &[Arc<TypeWork>], memory: Arc<Part>) -> (Snapshot, Arc<Progress>) {
    run_until(fake, work, memory, None).await
}

async fn run_until(
    fake: &Fake,
    work: &[Arc<TypeWork>],
    memory: Arc<Part>,
    until: Option<Instant>,
) -> (Snapshot, Arc<Progress>) {
    run_knowing(fake, work, memory, until, Arc::default()).await
}

async fn run_knowing(
    fake: &Fake,
    work: &[Arc<TypeWork>],
    memory: Arc<Part>,
    until: Option<Instant>,
    answering: Arc<Answering>,
) -> (Snapshot, Arc<Progress>) {
    let client = Client::new(fake_aws::options(fake));
    let target = Target::new("111122223333", "eu-west-1", fake_aws::credentials());
    let progress = Arc::new(Progress::default());
    let (_keeper, open) = gate();
    let observer = Arc::clone(&progress) as Arc<dyn Observer>;
    let session = client.session(
        target,
        plumbline_aws::Scope { share: 8, gate: Arc::new(open), until, observer, span: tracing::Span::none() },
    );
    let calls = Calls::new(session, 1 << 20, Arc::clone(&memory));
    let place = Place::new("111122223333", "eu-west-1", "aws", &["eu-central-1".to_owned()]);
    let collector = Collector::new(calls, place, Arc::clone(&progress), memory, answering, work);
    (collect(Arc::new(collector), work).await, progress)
}

fn listing<'a>(snapshot: &'a Snapshot, name: &str) -> &'a Listing {
    &snapshot.listings[name]
}

fn error(code: &str, message: &str) -> String {
    format!(r#"{{"__type":"{code}","message":"{message}"}}"#)
}

fn two_keys() -> (u16, String) {
    (200, r#"{"Keys":[{"KeyId":"b"},{"KeyId":"a"}]}"#.to_owned())
}

/// One member of two keys; what the snapshot says of key `a`.
async fn member(absent: &[&str], answer: (u16, String)) -> Listing {
    let fake = Fake::start(move |operation, _| match operation {
        "ListKeys" => two_keys(),
        _ => answer.clone(),
    })
    .await;
    let mut rotation = gather(call("kms", "GetKeyRotationStatus", &[("KeyId", "$KeyId")]), "KeyRotationEnabled");
    rotation.absent = absent.iter().map(|code| (*code).to_owned()).collect();
    let (snapshot, _) = run(&fake, &[work(keys(vec![("Rotation", rotation)]))]).await;
    listing(&snapshot, "AWS::KMS::Key").clone()
}

async fn check_member(absent: &[&str], answer: (u16, String), expected: &str) {
    let listing = member(absent, answer).await;
    assert!(listing.unread.is_none());
    let found = listing.items[0].doc.get("Rotation");
    let found = found.unread().map_or_else(|| found.to_json(), |unread| unread.to_string());
    assert!(found.starts_with(expected), "{found} is not {expected}");
}

#[tokio::test]
async fn every_way_a_member_can_end_has_its_value() {
    let operation = "kms:GetKeyRotationStatus";
    check_member(&[], (200, r#"{"KeyRotationEnabled":true}"#.into()), "true").await;
    check_member(&[], (200, "{}".into()), "scanner_error").await;
    check_member(&[], (200, r#"{"KeyRotationEnabled":"yes"}"#.into()), "scanner_error").await;
    check_member(&["NotFoundX"], (400, error("NotFoundX", "none")), "null").await;
    // Declared or not, a denial is one.
    let denied = error("AccessDeniedException", "no permission");
    check_member(&["AccessDeniedException"], (400, denied), &format!("access_denied: {operation}")).await;
    let denied = error("AccessDeniedException", "not authorized");
    check_member(&[], (400, denied), &format!("access_denied: {operation}")).await;
    check_member(&[], (400, error("ThrottlingException", "slow")), &format!("throttled: {operation}")).await;
    check_member(&[], (500, error("InternalFailure", "oops")), &format!("transient: {operation}")).await;
    check_member(&[], (400, error("ExpiredTokenException", "old")), &format!("expired_credentials: {operation}")).await;
    check_member(&[], (400, error("OptInRequired", "subscribe")), &format!("not_subscribed: {operation}")).await;
    check_member(&[], (400, error("Strange", "what")), &format!("scanner_error: {operation}")).await;
    check_member(&[], (200, "not json".into()), "scanner_error").await;
}

/// Policies with targets, and for each target something more.
fn policies() -> ResourceType {
    let targets = gather(call("organizations", "ListTargetsForPolicy", &[("PolicyId", "$Id")]), "Targets");
    let more = gather(call("organizations", "DescribePolicy", &[("PolicyId", "$TargetId")]), "Policy.Content");
    let list = List {
        call: call("organizations", "ListPolicies", &[("Filter", "TAG_POLICY")]),
        items: "Policies".into(),
        item_member: None,
        absent: Vec::new(),
        each: None,
    };
    let arn = "{Arn}".into();
    ResourceType {
        name: "AWS::Test::Policy".into(),
        list: Some(list),
        arn,
        ..keys(vec![("Targets[].More", more), ("Targets", targets)])
    }
}

async fn check_targets(targets: (u16, &'static str), expected: &str) {
    let fake = Fake::start(move |operation, input| match operation {
        "ListPolicies" => {
            (200, r#"{"Policies":[{"Id":"p-1","Arn":"arn:aws:organizations::111122223333:policy/p-1"}]}"#.into())
        }
        "ListTargetsForPolicy" => (targets.0, targets.1.to_owned()),
        _ => match input.get("PolicyId").as_str() {
            Some("a") => (200, r#"{"Policy":{"Content":"of a"}}"#.into()),
            _ => (400, error("AccessDeniedException", "no")),
        },
    })
    .await;
    let (snapshot, _) = run(&fake, &[work(policies())]).await;
    let found = listing(&snapshot, "AWS::Test::Policy").items[0].doc.get("Targets").to_json();
    assert!(found.starts_with(expected), "{found} is not {expected}");
}

#[tokio::test]
async fn members_are_gathered_for_each_item_of_a_list() {
    let both = r#"{"Targets":[{"TargetId":"a"},{"TargetId":"b"},{"Name":"nameless"}]}"#;
    let expected = concat!(
        r#"[{"TargetId":"a","More":"of a"},"#,
        r#"{"TargetId":"b","More":{"$unread":{"reason":"access_denied","operation":"organizations:DescribePolicy""#,
    );
    check_targets((200, both), expected).await;
    check_targets((200, r#"{"Targets":[]}"#), "[]").await;
    check_targets((200, r#"{"Targets":[{"TargetId":"a"}]}"#), r#"[{"TargetId":"a","More":"of a"}]"#).await;
    check_targets((400, r#"{"__type":"AccessDeniedException"}"#), r#"{"$unread":{"reason":"access_denied""#).await;
}

#[tokio::test]
async fn a_resource_that_vanished_is_named_as_gone() {
    let listing = member(&[], (400, error("NotFoundException", "no such key"))).await;
    assert!(listing.items.is_empty() && listing.unread.is_none());
    let gone: Vec<&str> = listing.gone.iter().map(|gone| gone.arn.as_str()).collect();
    assert_eq!(gone, ["arn:aws:kms:eu-west-1:111122223333:key/a", "arn:aws:kms:eu-west-1:111122223333:key/b"]);
    let said = "vanished: kms:GetKeyRotationStatus: NotFoundException: no such key";
    assert_eq!(listing.gone[0].unread.to_string(), said);
    // That a collector takes the code for "not configured" does not bring it back.
    let declared = member(&["NotFoundException"], (400, error("NotFoundException", "no such key"))).await;
    assert_eq!((declared.items.len(), declared.gone.len()), (0, 2));
}

#[tokio::test]
async fn a_session_that_a_region_refuses_is_no_denial() {
    for code in ["UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure", "InvalidToken"] {
        check_member(&[], (403, error(code, "The security token is invalid")), "token_refused: kms").await;
    }
}

#[tokio::test]
async fn a_code_for_no_setting_and_for_no_such_thing_proves_neither() {
    check_member(&["ResourceNotFoundException"], (400, error("ResourceNotFoundException", "no")), "vanished: kms")
        .await;
    check_member(&[], (400, error("ResourceNotFoundException", "no")), "vanished: kms").await;
}

#[tokio::test]
async fn what_another_account_hides_has_not_vanished() {
    for (code, message, expected) in [
        ("NotFoundException", "Unknown key", UnreadReason::NotVisible),
        ("ResourceNotFoundException", "Unknown key", UnreadReason::NotVisible),
        ("AccessDenied", "", UnreadReason::NotVisible),
        ("AccessDenied", "because no identity-based policy allows the action", UnreadReason::AccessDenied),
    ] {
        let fake = Fake::start(move |operation, _| match operation {
            "ListKeys" => two_keys(),
            _ => (400, error(code, message)),
        })
        .await;
        let (snapshot, _) = run(&fake, &[work(foreign_keys())]).await;
        let found = &listing(&snapshot, "AWS::KMS::Key").items[0];
        let unread = found.doc.get("Rotation").unread().unwrap();
        assert_eq!(unread.reason, expected);
        assert!(unread.elsewhere.is_empty(), "the collector does not say who judges it there");
    }
}

#[tokio::test]
async fn what_a_foreign_thing_does_not_show_is_judged_where_it_belongs() {
    for (own, message, expected) in [
        (false, "", "not_visible"),
        (false, "because no resource-based policy allows the action", "not_visible"),
        (false, "because no session policy allows the action", "access_denied"),
        (true, "", "access_denied"),
    ] {
        let fake = Fake::start(move |operation, _| match operation {
            "ListQueues" => (200, r#"{"QueueUrls":["https://sqs/1/q"]}"#.to_owned()),
            "GetQueueAttributes" => (200, r#"{"Attributes":{"QueueArn":"arn:q","KmsMasterKeyId":"k"}}"#.to_owned()),
            _ => (400, error("AccessDeniedException", message)),
        })
        .await;
        let is_foreign: work::Condition = Arc::new(move |_| Ok(!own));
        let conditions =
            move |_: &str| work::Conditions { foreign: Some(Arc::clone(&is_foreign)), ..Default::default() };
        let mut declared = queues();
        let foreign = Arc::new(Foreign {
            when: "true".into(),
            arn: "arn:aws:kms:eu-west-1::key/{Attributes.KmsMasterKeyId}".into(),
            judged_by: vec!["kms-key-rotation".into()],
        });
        declared.gather.iter_mut().for_each(|(_, gather)| gather.foreign = Some(Arc::clone(&foreign)));
        let (snapshot, _) = run(&fake, &[Arc::new(TypeWork::new(Arc::new(declared), |_| true, conditions))]).await;
        let unread = listing(&snapshot, "AWS::SQS::Queue").items[0].doc.get("Key").unread().cloned().unwrap();
        assert_eq!(unread.reason.code(), expected, "{own} {message}");
        let found: Vec<_> = unread.elsewhere.iter().map(|place| (&*place.control, &*place.resource)).collect();
        let judged = [("kms-key-rotation", "arn:aws:kms:eu-west-1::key/k")];
        assert_eq!(found, if expected == "not_visible" { judged.to_vec() } else { Vec::new() });
    }
}

/// Keys that belong to another account, with one member.
fn foreign_keys() -> ResourceType {
    let rotation = gather(call("kms", "GetKeyRotationStatus", &[("KeyId", "$KeyId")]), "KeyRotationEnabled");
    let declared = keys(vec![("Rotation", rotation)]);
    ResourceType { arn: "arn:aws:kms:eu-west-1:999999999999:key/{KeyId}".into(), ..declared }
}

#[tokio::test]
async fn another_thing_that_does_not_exist_keeps_the_resource() {
    let fake = Fake::start(|operation, _| match operation {
        "ListQueues" => (200, r#"{"QueueUrls":["https://sqs/1/q"]}"#.to_owned()),
        "GetQueueAttributes" => (200, r#"{"Attributes":{"QueueArn":"arn:q","KmsMasterKeyId":"k"}}"#.to_owned()),
        _ => (400, error("NotFoundException", "gone")),
    })
    .await;
    let (snapshot, _) = run(&fake, &[work(queues())]).await;
    let queue = &listing(&snapshot, "AWS::SQS::Queue").items[0];
    assert_eq!(queue.arn, "arn:q");
    assert_eq!(queue.doc.get("Key").unread().unwrap().reason, UnreadReason::Vanished);
}

/// Plain-text items, and a member whose argument is another member.
fn queues() -> ResourceType {
    let list = List {
        call: call("sqs", "ListQueues", &[]),
        items: "QueueUrls".into(),
        item_member: Some("QueueUrl".into()),
        absent: vec![],
        each: None,
    };
    let attributes = gather(call("sqs", "GetQueueAttributes", &[("QueueUrl", "$QueueUrl")]), "Attributes");
    let key = gather(call("kms", "DescribeKey", &[("KeyId", "$Attributes.KmsMasterKeyId")]), "KeyMetadata");
    ResourceType {
        name: "AWS::SQS::Queue".into(),
        list: Some(list),
        arn: "{Attributes.QueueArn}".into(),
        ..keys(vec![("Key", key), ("Attributes", attributes)])
    }
}

#[tokio::test]
async fn members_wait_for_the_members_they_read_and_equal_calls_are_made_once() {
    let fake = Fake::start(|operation, input| match operation {
        "ListQueues" => (200, r#"{"QueueUrls":["https://sqs/1/q1","https://sqs/1/q2","https://sqs/1/q3"]}"#.to_owned()),
        "GetQueueAttributes" if input.get("QueueUrl").as_str() == Some("https://sqs/1/q3") => {
            (200, r#"{"Attributes":{"QueueArn":"arn:q3"}}"#.to_owned())
        }
        "GetQueueAttributes" => {
            let name = input.get("QueueUrl").as_str().unwrap().rsplit('/').next().unwrap();
            (200, format!(r#"{{"Attributes":{{"QueueArn":"arn:{name}","KmsMasterKeyId":"k1"}}}}"#))
        }
        _ => (200, r#"{"KeyMetadata":{"KeyManager":"AWS"}}"#.to_owned()),
    })
    .await;
    let (snapshot, progress) = run(&fake, &[work(queues())]).await;
    let items = &listing(&snapshot, "AWS::SQS::Queue").items;
    assert_eq!(items.iter().map(|item| item.arn.as_str()).collect::<Vec<_>>(), ["arn:q1", "arn:q2", "arn:q3"]);
    assert_eq!(items[1].doc.at("Key.KeyManager").as_str(), Some("AWS"));
    let unread = items[2].doc.get("Key").unread().expect("a queue without a key has nothing to ask for").to_string();
    assert_eq!(unread, "not_asked: kms:DescribeKey: there is no Attributes.KmsMasterKeyId to ask about");
    assert_eq!(fake.inputs("DescribeKey"), [r#"{"KeyId":"k1"}"#]);
    assert_eq!((progress.counters().calls, progress.counters().resources), (5, 3));
}

#[tokio::test]
async fn pages_are_followed_to_the_end_and_a_broken_listing_says_so() {
    let page = |operation: &str, input: &Doc| match (operation, input.get("Marker").as_str()) {
        ("ListKeys", None) => (200, r#"{"Keys":[{"KeyId":"a"}],"Truncated":true,"NextMarker":"2"}"#.to_owned()),
        ("ListKeys", Some("2")) => (200, r#"{"Keys":[{"KeyId":"b"}],"Truncated":true,"NextMarker":"3"}"#.to_owned()),
        _ => (400, error("ThrottlingException", "slow")),
    };
    let broken = Fake::start(page).await;
    let (snapshot, _) = run(&broken, &[work(keys(vec![]))]).await;
    let keys_read = listing(&snapshot, "AWS::KMS::Key");
    assert_eq!(keys_read.items.len(), 2);
    let unread = keys_read.unread.as_ref().unwrap();
    assert_eq!(unread.reason, UnreadReason::PartialListing);
    assert!(unread.detail.starts_with("throttled: "), "{unread}");

    let whole = Fake::start(move |operation, input| match input.get("Marker").as_str() {
        Some("3") => (200, r#"{"Keys":[{"KeyId":"c"}],"Truncated":false}"#.to_owned()),
        _ => page(operation, input),
    })
    .await;
    let (snapshot, _) = run(&whole, &[work(keys(vec![]))]).await;
    let keys_read = listing(&snapshot, "AWS::KMS::Key");
    assert_eq!((keys_read.items.len(), keys_read.unread.is_none()), (3, true));
    let sized = |input: &String| input.contains(r#""Limit":1000"#);
    assert!(whole.inputs("ListKeys").iter().all(sized), "{:?}", whole.inputs("ListKeys"));
}

async fn failed_listing(answer: (u16, String)) -> Listing {
    let fake = Fake::start(move |_, _| answer.clone()).await;
    let (snapshot, _) = run(&fake, &[work(keys(vec![]))]).await;
    listing(&snapshot, "AWS::KMS::Key").clone()
}

#[tokio::test]
async fn a_listing_that_fails_is_not_an_empty_one() {
    let denied = failed_listing((400, error("AccessDeniedException", "no"))).await;
    assert_eq!(denied.unread.unwrap().reason, UnreadReason::AccessDenied);
    let disabled = failed_listing((400, error("SubscriptionRequiredException", "no"))).await;
    assert_eq!(disabled.unread.unwrap().reason, UnreadReason::NotSubscribed);
    let absent = failed_listing((400, error("NotHere", "there are none"))).await;
    assert!(absent.items.is_empty() && absent.unread.is_none());
}

#[tokio::test]
async fn what_does_not_fit_into_memory_is_not_complete() {
    let fake = Fake::start(|_, _| two_keys()).await;
    let (snapshot, _) = run_with(&fake, &[work(keys(vec![]))], memory(1)).await;
    let keys_read = listing(&snapshot, "AWS::KMS::Key");
    assert_eq!(keys_read.items.len(), 1);
    assert_eq!(keys_read.unread.as_ref().unwrap().reason, UnreadReason::TooLarge);
}

#[tokio::test]
async fn text_is_decoded_and_a_singleton_has_no_listing() {
    let fake = Fake::start(|_, _| (200, r#"{"Attributes":{"Policy":"{\"Version\":\"1\"}"}}"#.to_owned())).await;
    let mut policy = gather(call("sqs", "GetQueueAttributes", &[("QueueUrl", "fixed")]), "Attributes.Policy");
    policy.decode = Some(Decode::Json);
    let singleton = ResourceType {
        name: "Plumbline::KMS::Settings".into(),
        list: None,
        arn: "AWS::::Account:{account}".into(),
        ..keys(vec![("Policy", policy)])
    };
    let (snapshot, _) = run(&fake, &[work(singleton)]).await;
    let settings = &listing(&snapshot, "Plumbline::KMS::Settings").items[0];
    assert_eq!(settings.arn, "AWS::::Account:111122223333");
    assert_eq!(settings.doc.to_json(), r#"{"Policy":{"Version":"1"}}"#);
}

#[tokio::test]
async fn a_listing_that_several_types_have_in_common_is_made_once() {
    let fake = Fake::start(|_, _| two_keys()).await;
    let twin = ResourceType { name: "Plumbline::KMS::Twin".into(), ..keys(vec![]) };
    let (snapshot, _) = run(&fake, &[work(keys(vec![])), work(twin)]).await;
    assert_eq!(fake.count("ListKeys"), 1);
    assert!(snapshot.listings.values().all(|listing| listing.items.len() == 2 && listing.unread.is_none()));
}

#[tokio::test]
async fn an_answer_whose_pages_are_too_much_for_the_memory_breaks_off() {
    let page = format!(r#"{{"Keys":[{{"KeyId":"{}"}}],"Truncated":true,"NextMarker":"#, "k".repeat(300 << 10));
    let pages = std::sync::atomic::AtomicUsize::new(0);
    let fake = Fake::start(move |_, _| {
        let number = pages.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        (200, format!(r#"{page}"{number}"}}"#))
    })
    .await;
    let twin = ResourceType { name: "Plumbline::KMS::Twin".into(), ..keys(vec![]) };
    let (snapshot, _) = run_with(&fake, &[work(keys(vec![])), work(twin)], memory(1 << 30)).await;
    assert_eq!(fake.count("ListKeys"), 4);
    for name in ["AWS::KMS::Key", "Plumbline::KMS::Twin"] {
        let unread = listing(&snapshot, name).unread.as_ref().unwrap().to_string();
        assert_eq!(unread, "partial_listing: kms:ListKeys: too_large: its pages take more than 1 MiB");
    }
}

#[tokio::test]
async fn what_comes_after_the_jobs_time_is_unread_and_what_was_read_stays() {
    let fake = Fake::start(|operation, _| match operation {
        "ListKeys" => two_keys(),
        _ => (0, String::new()),
    })
    .await;
    let rotation = gather(call("kms", "GetKeyRotationStatus", &[("KeyId", "$KeyId")]), "KeyRotationEnabled");
    let declared = keys(vec![("Rotation", rotation)]);
    // The listing is answered at once, and its members never are.
    let until = Some(Instant::now() + Duration::from_secs(3));
    let (snapshot, _) = run_until(&fake, &[work(declared.clone())], memory(1 << 20), until).await;
    let found = listing(&snapshot, "AWS::KMS::Key");
    assert_eq!((found.items.len(), found.unread.is_none()), (2, true));
    let unread = found.items[0].doc.get("Rotation").unread().unwrap();
    assert_eq!(unread.reason, UnreadReason::Deadline);
    let (snapshot, _) = run_until(&fake, &[work(declared)], memory(1 << 20), Some(Instant::now())).await;
    let found = listing(&snapshot, "AWS::KMS::Key");
    assert_eq!(found.unread.as_ref().unwrap().reason, UnreadReason::Deadline);
    assert_eq!(fake.count("ListKeys"), 1, "nothing is sent after the end");
}

mod anywhere;
mod batches;
mod children;
mod deciding;
mod generic;
mod nested;
mod tagging;
