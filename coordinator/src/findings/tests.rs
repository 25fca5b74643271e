//! Two accounts of an organization with two jobs each, and what the embedded controls on findings make of their rows.

mod unread;

use std::collections::BTreeMap;

use plumbline_baseline::pack::CompiledControl;
use plumbline_baseline::pack::collector::Source;
use plumbline_baseline::{Status, Verdict};
use plumbline_proto::agent_v1::{self as wire, Account, Elsewhere, RowBatch, Usage};
use plumbline_proto::chunk;

use super::*;
use crate::plan::{GLOBAL, Scopes};
use crate::store::record::{self, JobState};
use crate::store::{Attempt, Commit, CommitOutcome, Grant, Holder, StoredJob};

const MANAGEMENT: &str = "111111111111";
const MEMBER: &str = "222222222222";
const REGION: &str = "eu-west-1";
const SCANNED: &str = "org-accounts-scanned";
const ESSENTIALS: &str = "org-accounts-essentials";
/// A regional control among the essentials, and one of the account as a whole.
const SNAPSHOTS: &str = "ec2-snapshot-not-public";
const ROOT: &str = "iam-root-mfa";

/// What became of a job.
#[derive(Clone, Debug)]
enum Outcome {
    /// It was stored.
    Rows(Vec<Row>),
    /// It was given up.
    GivenUp(&'static str),
    /// Nobody did it.
    NotRun,
}

/// A scan: jobs by account and Region.
#[derive(Clone, Debug)]
struct World {
    scan: record::Scan,
    jobs: BTreeMap<(u32, &'static str), Outcome>,
    organization: Organization,
}

fn essentials() -> Vec<Arc<str>> {
    let declared = &Pack::embedded().resource_type("Plumbline::Scan::Account").expect("the type is embedded").declared;
    match &declared.source {
        Source::Findings(counted) => counted.controls.clone(),
        other => panic!("{other:?}"),
    }
}

/// The essentials that run in a Region, or in the account as a whole.
fn controls_in(region: &str) -> Vec<Arc<str>> {
    let pack = Pack::embedded();
    let is_here = |id: &Arc<str>| {
        let types = pack.resource_types().map(|each| &*each.declared);
        let scopes = Scopes::of(&pack.control(id).expect("essentials are embedded").control, types);
        if region == GLOBAL { scopes.global } else { scopes.regional }
    };
    essentials().into_iter().filter(is_here).collect()
}

fn row(control: &str, status: Status, reason: &str) -> Row {
    Row::new(control, "arn:x".to_owned(), String::new(), Verdict::without_grounds(status, reason))
}

/// The job says this of all its controls.
fn all(region: &str, status: Status, reason: &str) -> Vec<Row> {
    controls_in(region).iter().map(|id| row(id, status, reason)).collect()
}

impl World {
    /// Everything was read, and holds.
    fn good() -> Self {
        let account = |id: &str| record::Account {
            id: id.into(),
            enabled_regions: vec![REGION.into()],
            ..record::Account::default()
        };
        let control = |id: &str| record::Control { id: id.into(), ..record::Control::default() };
        let ids = essentials();
        let scan = record::Scan {
            id: "01SCAN".into(),
            partition: "aws".into(),
            management_account: MANAGEMENT.into(),
            accounts: [MANAGEMENT, MEMBER].map(account).into(),
            controls: ids.iter().map(|id| &**id).chain([SCANNED, ESSENTIALS]).map(control).collect(),
            ..record::Scan::default()
        };
        let places = (0..2_u32).flat_map(|account| [GLOBAL, REGION].map(|region| (account, region)));
        let jobs = places.map(|place| (place, Outcome::Rows(all(place.1, Status::Pass, "")))).collect();
        Self { scan, jobs, organization: Organization::default() }
    }

    /// The member's job in a Region ended otherwise.
    fn member(mut self, region: &'static str, outcome: Outcome) -> Self {
        self.jobs.insert((1, region), outcome);
        self
    }

    /// One control of the member's job in a Region said otherwise.
    fn says(mut self, region: &'static str, said: Row) -> Self {
        if let Some(Outcome::Rows(rows)) = self.jobs.get_mut(&(1, region)) {
            rows.retain(|row| row.control != said.control);
            rows.push(said);
        }
        self
    }

    async fn store_in(&self, store: &Store) {
        let index = |id: &Arc<str>| self.scan.controls.iter().position(|control| *control.id == **id);
        let job = |(number, (account, region)): (usize, &(u32, &'static str))| record::Job {
            id: number.to_string(),
            scan: self.scan.id.clone(),
            account: *account,
            region: (*region).to_owned(),
            controls: controls_in(region).iter().filter_map(index).map(|index| index as u32).collect(),
            state: JobState::Ready as i32,
            ..record::Job::default()
        };
        let jobs = self.jobs.keys().enumerate().map(job).collect();
        store.create_scan(self.scan.clone(), jobs).await.expect("a plan is stored");
        for (number, outcome) in self.jobs.values().enumerate() {
            let id = StoredJob { scan: scan_id(), job: number.to_string().parse().expect("an id") };
            match outcome {
                Outcome::Rows(rows) => commit(store, &id, rows.clone()).await,
                Outcome::GivenUp(problem) => store.abandon(&id, problem, 3).await.expect("the disk works"),
                Outcome::NotRun => {}
            }
        }
    }

    fn spec(&self) -> JobSpec {
        let account = Account { id: MANAGEMENT.into(), is_management: true, ..Account::default() };
        JobSpec {
            account: Some(account),
            region: plumbline_baseline::Region::ORGANIZATION.into(),
            partition: "aws".into(),
            controls: [SCANNED, ESSENTIALS].map(str::to_owned).into(),
            now: "2026-01-15T00:00:00Z".into(),
            ..JobSpec::default()
        }
    }

    fn judged(&self, store: &Store, spec: &JobSpec) -> Vec<Row> {
        let (pieces, total) =
            judge(store, &scan_id(), spec, Some(&self.organization), Pack::embedded()).expect("the disk works");
        let batches = pieces.iter().map(|piece| chunk::read(piece.rows()).expect("rows decode"));
        let rows: Vec<Row> = batches.flat_map(|batch| batch.rows).collect();
        assert_eq!(total.rows, rows.len() as u64);
        rows
    }

    async fn rows(&self) -> Vec<Row> {
        let store = Store::in_memory();
        self.store_in(&store).await;
        self.judged(&store, &self.spec())
    }
}

fn scan_id() -> ScanId {
    "01SCAN".parse().expect("an id")
}

async fn commit(store: &Store, id: &StoredJob, rows: Vec<Row>) {
    let agent: plumbline_baseline::AgentId = "a".parse().expect("an id");
    let now = String::new();
    let grant =
        Grant { attempt: Attempt::New, agent: agent.clone(), build: "1".into(), failed_attempts: 0, now: now.clone() };
    let fence = store.grant(id, grant).await.expect("the disk works").expect("the job is free").fence;
    let count = rows.len() as u64;
    let bytes = chunk::write(&RowBatch { rows, ..RowBatch::default() });
    let root_hash = blake3::hash(blake3::hash(&bytes).as_bytes()).as_bytes().to_vec();
    let holder = Holder { agent, fence };
    store.put_chunk(id, &holder, 0, bytes).await.expect("the disk works");
    let commit = Commit { chunks: 1, rows: count, root_hash, claim: None, usage: Usage::default(), now };
    let outcome = store.commit(id, &holder, commit).await.expect("the disk works");
    assert!(matches!(outcome, CommitOutcome::Committed(_)), "{outcome:?}");
}

/// What a control says of an account.
fn verdict<'a>(rows: &'a [Row], control: &str, account: &str) -> (wire::Status, &'a str) {
    let resource = format!("AWS::::Account:{account}");
    let found = rows.iter().find(|row| row.control == control && row.resource == resource);
    found.map_or((wire::Status::Unspecified, "no row"), |row| (row.status(), row.reason.as_str()))
}

/// What the two controls say of the member; of the management account they say PASS.
async fn check(world: World, scanned: (wire::Status, &str), essentials: (wire::Status, &str)) {
    let rows = world.rows().await;
    assert_eq!(verdict(&rows, SCANNED, MEMBER), scanned);
    assert_eq!(verdict(&rows, ESSENTIALS, MEMBER), essentials);
    for control in [SCANNED, ESSENTIALS] {
        assert_eq!(verdict(&rows, control, MANAGEMENT), (wire::Status::Pass, ""), "{control}");
    }
    assert_eq!(rows.len(), 4, "{rows:?}");
}

use wire::Status::{Fail, Pass, Unknown};

#[test]
fn the_essentials_are_the_critical_controls_of_the_first_level() {
    let is_essential = |control: &&CompiledControl| {
        let is_first = control.control.level == 1 && control.control.severity == plumbline_baseline::Severity::Critical;
        is_first
            && control.passes.is_some()
            && !control.declared.values().any(|known| known.declared.scope == Scope::Findings)
    };
    let wanted: Vec<Arc<str>> =
        Pack::embedded().controls().filter(is_essential).map(|each| Arc::clone(each.id())).collect();
    assert_eq!(essentials(), wanted);
}

#[tokio::test]
async fn what_holds_everywhere_passes() {
    check(World::good(), (Pass, ""), (Pass, "")).await;
    let nothing_there = World::good().member(REGION, Outcome::Rows(all(REGION, Status::NotApplicable, "no_resources")));
    check(nothing_there, (Pass, ""), (Pass, "")).await;
}

#[tokio::test]
async fn what_fails_in_one_region_fails_for_the_account_and_is_named() {
    let world = World::good().says(REGION, row(SNAPSHOTS, Status::Fail, ""));
    check(world.clone(), (Pass, ""), (Fail, "")).await;
    let rows = world.rows().await;
    let failed = rows.iter().find(|row| row.status() == Fail).expect("a finding");
    let evidence: Vec<_> = failed.evidence.iter().map(|each| (each.path.as_str(), each.value.as_str())).collect();
    assert!(evidence.contains(&("failing", "[\"ec2-snapshot-not-public\"]")), "{evidence:?}");
    let unread_beside = world.says(GLOBAL, row(ROOT, Status::Unknown, "access_denied: iam:GetAccountSummary: no"));
    check(unread_beside, (Pass, ""), (Fail, "")).await;
}

#[tokio::test]
async fn what_is_not_asked_for_is_left_out_by_the_settings() {
    let world = World::good().says(GLOBAL, row(ROOT, Status::Fail, ""));
    let store = Store::in_memory();
    world.store_in(&store).await;
    let settings = [(ESSENTIALS.to_owned(), format!("{{\"except\":[\"{ROOT}\"]}}"))].into();
    let rows = world.judged(&store, &JobSpec { settings, ..world.spec() });
    assert_eq!(verdict(&rows, ESSENTIALS, MEMBER), (Pass, ""));
    let broken = [(ESSENTIALS.to_owned(), "no JSON".to_owned())].into();
    let rows = world.judged(&store, &JobSpec { settings: broken, ..world.spec() });
    let essentials: Vec<_> = rows.iter().filter(|row| row.control == ESSENTIALS).collect();
    assert_eq!((essentials.len(), essentials[0].status()), (1, Unknown));
}

#[tokio::test]
async fn an_account_that_is_shut_fails_one_control_and_is_unknown_to_the_other() {
    let refused = "role_unassumable: sts:AssumeRole: AccessDenied: no";
    let shut = |region| Outcome::Rows(all(region, Status::Unknown, refused));
    let world = World::good().member(GLOBAL, shut(GLOBAL)).member(REGION, shut(REGION));
    let said = "role_unassumable: cloudtrail-bucket-not-public in eu-west-1: sts:AssumeRole: AccessDenied: no";
    check(world, (Fail, ""), (Unknown, said)).await;
    // One Region refused it, whatever the others did: a guardrail.
    let world = World::good().member(REGION, shut(REGION));
    let rows = world.rows().await;
    assert_eq!(verdict(&rows, SCANNED, MEMBER), (Fail, ""));
    assert_eq!(verdict(&rows, ESSENTIALS, MEMBER).0, Unknown);
}

#[tokio::test]
async fn an_account_in_which_every_call_is_denied_was_entered() {
    let denied = |region| Outcome::Rows(all(region, Status::Unknown, "access_denied: s3:ListBuckets: no"));
    let world = World::good().member(GLOBAL, denied(GLOBAL)).member(REGION, denied(REGION));
    let rows = world.rows().await;
    assert_eq!(verdict(&rows, SCANNED, MEMBER), (Pass, ""));
    assert_eq!(verdict(&rows, ESSENTIALS, MEMBER).0, Unknown);
}

#[tokio::test]
async fn what_another_account_decides_holds_where_it_holds_there() {
    let bucket = "arn:aws:s3:::log-archive";
    let (trail, policy) = ("cloudtrail-bucket-not-public", "s3-bucket-policy-not-public");
    let place = Elsewhere { control: policy.into(), resource: bucket.into(), ..Elsewhere::default() };
    let hidden = Row { elsewhere: vec![place], ..row(trail, Status::Unknown, "not_visible: s3:GetBucketAcl") };
    let world = |status| {
        let mut world = World::good().says(REGION, hidden.clone());
        if let Some(Outcome::Rows(rows)) = world.jobs.get_mut(&(0, REGION)) {
            let bucket = Row { resource: bucket.into(), ..row(policy, status, "") };
            rows.push(bucket);
        }
        world
    };
    check(world(Status::Pass), (Pass, ""), (Pass, "")).await;
    let rows = world(Status::Fail).rows().await;
    assert_eq!(
        verdict(&rows, ESSENTIALS, MEMBER),
        (Unknown, "not_visible: cloudtrail-bucket-not-public in eu-west-1: s3:GetBucketAcl")
    );
    assert_eq!(verdict(&rows, ESSENTIALS, MANAGEMENT), (Fail, ""), "whose bucket it is");
    let nowhere = World::good().says(REGION, hidden);
    assert_eq!(verdict(&nowhere.rows().await, ESSENTIALS, MEMBER).0, Unknown);
}
