//! One account and Region with keys, stored as an agent delivers it: what a night says when it is asked again, where
//! something of it is missing, was gone, or was never asked for.

use std::collections::BTreeMap;

use plumbline_baseline::api::Catalog;
use plumbline_baseline::collected::CollectedType;
use plumbline_baseline::pack::Source;
use plumbline_baseline::plan::CallPlan;
use plumbline_baseline::{Severity, Status};
use plumbline_proto::agent_v1::{self as wire, Document, Listing, Row, RowBatch, Usage};
use plumbline_proto::chunk;

use super::*;
use crate::plan::Scopes;
use crate::store::record::{CollectedIn, Premises, ScanKind};
use crate::store::{Attempt, Commit, CommitOutcome, Grant, Granted, Holder, StoredJob};

const TYPE: &str = "AWS::KMS::Key";
const COLLECTOR: &str = "
service: kms
resources:
  - type: AWS::KMS::Key
    scope: regional
    list: { call: ListKeys, items: Keys }
    arn: '{KeyArn}'
    volatile: [Metadata.Origin]
    gather:
      Metadata: { call: DescribeKey, with: { KeyId: $KeyId }, take: KeyMetadata }
      Rotation: { call: GetKeyRotationStatus, with: { KeyId: $KeyId }, when: \"resource.Metadata.Enabled == true\" }
";

fn control(id: &str, expression: &str) -> (String, String) {
    let text = format!(
        "id: {id}
title: Keys are {id}
finding: {{ one: The key is not, other: '{{count}} keys are not' }}
severity: low
level: 2
fix: {{ by: iac }}
resource: AWS::KMS::Key
pass_when: \"{expression}\"
why: For this test.
remediation: {{ steps: None. }}
references: ['https://docs.aws.amazon.com/kms/latest/developerguide/overview.html']
cases: []
"
    );
    (format!("controls/kms/{id}.yaml"), text)
}

fn pack(controls: &[(&str, &str)]) -> Arc<Pack> {
    let controls = controls.iter().map(|(id, expression)| control(id, expression));
    let sources = std::iter::once(("collectors/kms.yaml".to_owned(), COLLECTOR.to_owned())).chain(controls);
    let sources = sources.map(|(path, text)| Source { path, text });
    let (pack, problems) = Pack::load_for_scanning(sources, Catalog::embedded());
    assert!(pack.controls().len() > 0, "{problems:?}");
    Arc::new(pack)
}

fn planned(pack: &Pack) -> Vec<PlannedControl> {
    let planned = |id: &Arc<str>| PlannedControl {
        id: Arc::clone(id),
        title: Arc::clone(id),
        finding: plumbline_baseline::pack::control::Finding::default(),
        severity: Severity::Low,
        level: 2,
        frameworks: Arc::default(),
        scopes: Scopes { regional: true, ..Scopes::default() },
        exceptions: BTreeMap::new(),
        reads_account_tags: false,
        reads_delegated_administrators: false,
        reads_resource_control_policies: false,
        settings: BTreeMap::new(),
    };
    pack.controls().map(|control| planned(control.id())).collect()
}

/// What the controls of a pack collect in a Region.
fn premises(pack: &Pack) -> Premises {
    let plan = CallPlan::new(pack, pack.controls().map(|control| &**control.id()));
    let types = plan.types().map(|of| {
        let CollectedType { listing, members, shapes, volatile } =
            CollectedType::of(pack, Catalog::embedded(), &plan, of);
        record::CollectedType { name: of.declared().name.to_string(), listing, members, shapes, volatile }
    });
    let regional = CollectedIn { kind: JobKind::Regional as i32, types: types.collect(), baselines: Vec::new() };
    Premises { jobs: vec![regional], ..Premises::default() }
}

/// A night in the store, as delivered; with what its pack collected, unless it kept nothing of that.
async fn night(pack: &Pack, premises: Option<Premises>, found: RowBatch) -> Store {
    let store = Store::in_memory();
    let name = match &premises {
        Some(premises) => store.put_premises(premises).await.expect("the disk works"),
        None => Vec::new(),
    };
    let of_control =
        |control: PlannedControl| record::Control { id: control.id.to_string(), ..record::Control::default() };
    let controls: Vec<record::Control> = planned(pack).into_iter().map(of_control).collect();
    let account = record::Account { id: "111122223333".into(), ..record::Account::default() };
    let scan = record::Scan {
        id: "01SCAN".into(),
        started: "2026-01-15T00:00:00Z".into(),
        partition: "aws".into(),
        kind: ScanKind::Full as i32,
        pack_digest: pack.digest().to_owned(),
        accounts: vec![account],
        premises: name,
        ..record::Scan::default()
    };
    let job = record::Job {
        id: "01JOB".into(),
        scan: "01SCAN".into(),
        region: "eu-west-1".into(),
        controls: (0..).take(controls.len()).collect(),
        state: JobState::Ready as i32,
        ..record::Job::default()
    };
    store.create_scan(record::Scan { controls, ..scan }, vec![job]).await.expect("the disk works");
    deliver(&store, found).await;
    store
}

async fn deliver(store: &Store, found: RowBatch) {
    let id = StoredJob { scan: "01SCAN".parse().expect("an id"), job: "01JOB".parse().expect("an id") };
    let grant = Grant {
        attempt: Attempt::New,
        agent: "agent".parse().expect("an id"),
        build: String::new(),
        failed_attempts: 0,
        now: String::new(),
    };
    let Granted { fence, .. } = store.grant(&id, grant).await.expect("the disk works").expect("it is free");
    let holder = Holder { agent: "agent".parse().expect("an id"), fence };
    let (rows, bytes) = (found.rows.len() as u64, chunk::write(&found));
    let root_hash = blake3::hash(blake3::hash(&bytes).as_bytes()).as_bytes().to_vec();
    store.put_chunk(&id, &holder, 0, bytes).await.expect("the disk works");
    let commit = Commit { chunks: 1, rows, root_hash, claim: None, usage: Usage::default(), now: String::new() };
    let outcome = store.commit(&id, &holder, commit).await.expect("the disk works");
    assert!(matches!(outcome, CommitOutcome::Committed(_)), "{outcome:?}");
}

fn document(id: &str, content: &str, volatile: &str) -> Document {
    let (content, volatile) = (content.as_bytes().to_vec(), volatile.as_bytes().to_vec());
    Document { r#type: TYPE.into(), id: id.into(), content, volatile }
}

fn listing(unread: &str) -> Vec<Listing> {
    vec![Listing { r#type: TYPE.into(), unread: unread.into() }]
}

fn row(control: &str, resource: &str, status: wire::Status, reason: &str) -> Row {
    Row {
        control: control.into(),
        status: status as i32,
        reason: reason.into(),
        resource: resource.into(),
        resource_type: TYPE.into(),
        ..Row::default()
    }
}

/// What a pack says of the night now: `resource status reason`.
fn now(store: &Store, pack: &Arc<Pack>) -> Vec<String> {
    let question = Question { pack: Arc::clone(pack), controls: planned(pack), besides: Vec::new(), is_of_all: true };
    let scan = "01SCAN".parse().expect("an id");
    let replay = Replay::open(store, &scan, &question).expect("the disk works").expect("there is such a scan");
    let mut said = Vec::new();
    let told = replay.for_each(true, |row| {
        let verdict = row.now.as_ref().map(|now| format!("{} {}", now.status, now.reason)).unwrap_or_default();
        said.push(format!("{} {} {verdict}", row.control, row.resource).trim_end().to_owned());
        Ok::<_, Error>(())
    });
    assert_eq!(told.expect("the disk works").damaged, 0);
    said
}

const ENABLED: (&str, &str) = ("kms-on", "resource.Metadata.Enabled == true");
const ROTATES: (&str, &str) =
    ("kms-rotates", "resource.Rotation == null || resource.Rotation.KeyRotationEnabled == true");
const NOT_ROTATION: &str = "not_collected: kms:GetKeyRotationStatus: no control of that night read it";

#[tokio::test]
async fn absent_is_null_where_it_was_asked_for_and_nothing_where_it_was_not() {
    let documents = vec![document("arn:a", r#"{"KeyArn":"arn:a","Metadata":{"Enabled":true},"Rotation":null}"#, "")];
    let found = RowBatch { documents, listings: listing(""), ..RowBatch::default() };
    let both = pack(&[ENABLED, ROTATES]);
    let asked = night(&both, Some(premises(&both)), found.clone()).await;
    assert_eq!(now(&asked, &both), ["kms-on arn:a PASS", "kms-rotates arn:a PASS"]);
    let one = pack(&[ENABLED]);
    let documents = vec![document("arn:a", r#"{"KeyArn":"arn:a","Metadata":{"Enabled":true}}"#, "")];
    let not_asked = night(&one, Some(premises(&one)), RowBatch { documents, ..found }).await;
    assert_eq!(
        now(&not_asked, &both),
        ["kms-on arn:a PASS".to_owned(), format!("kms-rotates arn:a UNKNOWN {NOT_ROTATION}")]
    );
}

#[tokio::test]
async fn a_night_that_says_nothing_of_what_it_collected_has_nothing_to_say() {
    let pack = pack(&[ENABLED]);
    let documents = vec![document("arn:a", r#"{"KeyArn":"arn:a","Metadata":{"Enabled":true}}"#, "")];
    let rows = vec![row("kms-on", "arn:a", wire::Status::Pass, "")];
    let found = RowBatch { documents, rows, listings: listing(""), ..RowBatch::default() };
    let why = "not_collected: kms:ListKeys: no control of that night read it";
    let earlier = night(&pack, None, found.clone()).await;
    assert_eq!(now(&earlier, &pack), [format!("kms-on  UNKNOWN {why}"), format!("kms-on arn:a UNKNOWN {why}")]);
    let none = night(&pack, Some(Premises::default()), found).await;
    assert_eq!(now(&none, &pack).len(), 2);
}

#[tokio::test]
async fn what_was_gone_and_what_was_not_listed_is_so_again() {
    let pack = pack(&[ENABLED]);
    let denied = r#"{"$unread":{"reason":"access_denied","operation":"kms:ListKeys","detail":""}}"#;
    let rows = vec![
        row("kms-on", "arn:gone", wire::Status::NotApplicable, "vanished: kms:DescribeKey: NotFound"),
        row("kms-on", "", wire::Status::Unknown, "access_denied: kms:ListKeys: no"),
    ];
    let found = RowBatch { rows, listings: listing(denied), ..RowBatch::default() };
    let store = night(&pack, Some(premises(&pack)), found).await;
    let expected = [
        "kms-on  UNKNOWN access_denied: kms:ListKeys",
        "kms-on arn:gone NOT_APPLICABLE vanished: kms:DescribeKey: NotFound",
    ];
    assert_eq!(now(&store, &pack), expected);
}

#[tokio::test]
async fn a_resource_without_its_document_is_not_no_resource() {
    let pack = pack(&[("kms-all", "all('AWS::KMS::Key').all(key, key.Metadata.Enabled == true)")]);
    let documents = vec![document("arn:a", r#"{"KeyArn":"arn:a","Metadata":{"Enabled":true}}"#, "")];
    let rows = vec![row("kms-all", "arn:b", wire::Status::Fail, "")];
    let store =
        night(&pack, Some(premises(&pack)), RowBatch { documents, rows, listings: listing(""), ..RowBatch::default() })
            .await;
    let why = "UNKNOWN not_collected: not every resource of that night has a document";
    assert_eq!(now(&store, &pack), ["", "arn:a", "arn:b"].map(|resource| format!("kms-all {resource} {why}")));
}

#[tokio::test]
async fn two_of_one_name_are_two() {
    let pack = pack(&[ENABLED]);
    let key = |enabled| document("arn:a", &format!(r#"{{"KeyArn":"arn:a","Metadata":{{"Enabled":{enabled}}}}}"#), "");
    let documents = vec![key(true), key(false), document("arn:a#b", r#"{"Metadata":{"Enabled":true}}"#, "")];
    let store =
        night(&pack, Some(premises(&pack)), RowBatch { documents, listings: listing(""), ..RowBatch::default() });
    let said = now(&store.await, &pack);
    assert_eq!(said, ["kms-on arn:a PASS", "kms-on arn:a FAIL", "kms-on arn:a#b PASS"]);
}

#[tokio::test]
async fn what_changes_by_itself_is_joined_again() {
    let pack = pack(&[("kms-own", "resource.Metadata.Origin == 'AWS_KMS'")]);
    let key = |volatile: &str| vec![document("arn:a", r#"{"KeyArn":"arn:a","Metadata":{"Enabled":true}}"#, volatile)];
    let found = |documents| RowBatch { documents, listings: listing(""), ..RowBatch::default() };
    let kept = night(&pack, Some(premises(&pack)), found(key(r#"{"Metadata":{"Origin":"AWS_KMS"}}"#))).await;
    assert_eq!(now(&kept, &pack), ["kms-own arn:a PASS"]);
    let absent = night(&pack, Some(premises(&pack)), found(key(""))).await;
    assert_eq!(now(&absent, &pack), ["kms-own arn:a FAIL"], "AWS left it out");
}

#[tokio::test]
async fn a_control_that_is_not_there_any_more_says_nothing() {
    let (both, one) = (pack(&[ENABLED, ROTATES]), pack(&[ENABLED]));
    let documents = vec![document("arn:a", r#"{"KeyArn":"arn:a","Metadata":{"Enabled":true},"Rotation":null}"#, "")];
    let rows = vec![row("kms-rotates", "arn:a", wire::Status::Pass, "")];
    let store =
        night(&both, Some(premises(&both)), RowBatch { documents, rows, listings: listing(""), ..RowBatch::default() })
            .await;
    assert_eq!(now(&store, &one), ["kms-on arn:a PASS", "kms-rotates arn:a"]);
}

#[tokio::test]
async fn a_job_that_was_not_stored_is_what_it_was() {
    let pack = pack(&[ENABLED]);
    let store = Store::in_memory();
    let control = record::Control { id: "kms-on".into(), ..record::Control::default() };
    let account = record::Account { id: "111122223333".into(), ..record::Account::default() };
    let (accounts, controls) = (vec![account], vec![control]);
    let scan =
        record::Scan { id: "01SCAN".into(), partition: "aws".into(), accounts, controls, ..record::Scan::default() };
    let job = record::Job {
        id: "01JOB".into(),
        scan: "01SCAN".into(),
        region: "eu-west-1".into(),
        controls: vec![0],
        ..record::Job::default()
    };
    store.create_scan(scan, vec![job]).await.expect("the disk works");
    assert_eq!(now(&store, &pack), ["kms-on  UNKNOWN not_run"]);
    let question = Question { pack: Arc::clone(&pack), controls: planned(&pack), besides: Vec::new(), is_of_all: true };
    let replay =
        Replay::open(&store, &"01SCAN".parse().expect("an id"), &question).expect("it works").expect("it is there");
    let counts = replay.for_each(false, |row| panic!("{row:?}")).map_err(|error: Error| error).expect("the disk works");
    assert_eq!((counts.verdicts, counts.same), (1, 1), "{:?}", Status::Unknown);
}
