//! Replay of whole scans of the simulator: the same pack says the same of the same night, and whatever is asked beyond
//! what that night collected is not collected, and never decided.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use plumbline_baseline::api::Catalog;
use plumbline_baseline::pack::{Pack, Source};
use plumbline_baseline::{Status, Verdict};
use plumbline_coordinator::replay::{Compared, Counts, History, Outcome, Question, Replay};
use plumbline_coordinator::store::{self, Store};
use plumbline_sim::{Server, World};
use plumbline_tests::scan::Scan;
use plumbline_tests::simulated;
use redb::{Database, DatabaseError, ReadableDatabase, ReadableTableMetadata, TableDefinition};
use tempfile::TempDir;

const NIGHT: &str = "01JNIGHT";
const REDACTED: &str = "control_error: the value is redacted";

/// A night of a world in a store.
struct Night {
    data: TempDir,
    store: Store,
    server: Server,
}

/// A night of a world, with these controls of a pack; all of them when none are named.
async fn night(world: World, pack: &Arc<Pack>, enabled: &[&str]) -> Night {
    let server = simulated::serve(world).await;
    let scan = scan(&server, pack, enabled);
    let plan = scan.plan().await.expect("the simulator has an organization");
    let data = tempfile::tempdir().expect("the system has room for a directory");
    let store = Store::create(data.path()).expect("a new store");
    scan.run_into(&store, NIGHT, &plan).await.expect("the simulator can be scanned");
    Night { data, store, server }
}

fn scan(server: &Server, pack: &Arc<Pack>, enabled: &[&str]) -> Scan {
    let enabled = enabled.iter().map(|id| (*id).to_owned()).collect();
    Scan { pack: Arc::clone(pack), enabled, ..Scan::of(server) }
}

impl Night {
    /// What all controls of a pack would have said.
    fn replay(&self, pack: &Arc<Pack>) -> (Vec<Compared>, Counts) {
        let controls = scan(&self.server, pack, &[]).controls();
        let question = Question { pack: Arc::clone(pack), controls, besides: Vec::new(), is_of_all: true };
        let replay = Replay::open(&self.store, &NIGHT.parse().expect("an id"), &question);
        let replay = replay.expect("the disk works").expect("there is such a scan");
        let mut rows = Vec::new();
        let counts = replay.for_each(true, |row| {
            rows.push(row.clone());
            Ok::<_, store::Error>(())
        });
        (rows, counts.expect("the disk works"))
    }
}

fn said(verdict: Option<&Verdict>) -> String {
    verdict.map_or("-".to_owned(), |verdict| format!("{} {}", verdict.status, verdict.reason))
}

fn shown(row: &Compared) -> String {
    let (then, now) = (said(row.then.as_ref()), said(row.now.as_ref()));
    format!("{} {} {} {}: {then} → {now}", row.control, row.account, row.region, row.resource)
}

fn lines(rows: &[Compared], wanted: impl Fn(&Compared) -> bool) -> Vec<String> {
    rows.iter().filter(|row| wanted(row)).map(shown).collect()
}

fn embedded() -> Arc<Pack> {
    Arc::clone(Pack::embedded())
}

/// The embedded pack with a text of one of its files replaced by another, and with more files.
fn changed(path: &str, from: &str, to: &str, more: &[(&str, &str)]) -> Arc<Pack> {
    let mut sources = Pack::embedded_sources();
    let file = sources.iter_mut().find(|source| source.path.ends_with(path)).expect("there is such a file");
    assert!(file.text.contains(from), "{path} has no {from}");
    file.text = file.text.replace(from, to);
    sources.extend(more.iter().map(|(path, text)| Source { path: (*path).to_owned(), text: (*text).to_owned() }));
    let (pack, problems) = Pack::load(sources, Catalog::embedded());
    assert!(problems.is_empty(), "{problems:?}");
    Arc::new(pack)
}

async fn check_same(world: World) {
    let night = night(world, &embedded(), &[]).await;
    let (rows, counts) = night.replay(&embedded());
    let others = lines(&rows, |row| row.outcome != Outcome::Same);
    assert!(others.is_empty(), "{} differ:\n{}", others.len(), others.join("\n"));
    let decided = |status| rows.iter().filter(|row| row.now.as_ref().is_some_and(|now| now.status == status)).count();
    assert!(decided(Status::Pass) + decided(Status::Fail) > 100, "{counts:?}");
    assert_eq!(counts, Counts { verdicts: rows.len() as u64, same: rows.len() as u64, ..Counts::default() });
    let is_shown = |row: &&Compared| {
        let decided = row.now.as_ref().filter(|now| matches!(now.status, Status::Pass | Status::Fail));
        decided.is_some_and(|decided| !decided.grounds.evidence.is_empty())
    };
    assert!(rows.iter().filter(is_shown).count() > 100, "what a PASS rests on is there again");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_pack_says_the_same_of_a_good_world() {
    check_same(World::compliant()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_pack_says_the_same_of_a_broken_world() {
    check_same(World::broken()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_pack_says_the_same_of_an_organization_with_accounts_that_are_shut() {
    check_same(World::demo()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_control_differs_where_it_should_and_nowhere_else() {
    let night = night(World::demo(), &embedded(), &[]).await;
    let pack = changed("kms-key-rotation.yaml", "KeyRotationEnabled == true &&", "KeyRotationEnabled != true &&", &[]);
    let (rows, _) = night.replay(&pack);
    let others = lines(&rows, |row| row.outcome != Outcome::Same && &*row.control != "kms-key-rotation");
    assert!(others.is_empty(), "{}", others.join("\n"));
    let of_control = rows.iter().filter(|row| &*row.control == "kms-key-rotation");
    let decided = of_control
        .filter(|row| row.then.as_ref().is_some_and(|then| matches!(then.status, Status::Pass | Status::Fail)));
    let mut differ = 0;
    for row in decided {
        let (then, now) =
            (row.then.as_ref().expect("it was said").status, row.now.as_ref().expect("it is said").status);
        assert_eq!(row.outcome == Outcome::Different, then != now, "{}", shown(row));
        assert!(now != Status::Pass || then == Status::Fail, "{}", shown(row));
        differ += usize::from(then != now);
    }
    assert!(differ > 2, "{differ}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_collector_is_noticed_and_what_it_does_not_touch_stays() {
    let night = night(World::demo(), &embedded(), &[]).await;
    let member =
        changed("collectors/kms.yaml", "take: KeyMetadata }", "take: KeyMetadata, absent: [NotFoundException] }", &[]);
    let listing =
        changed("collectors/sqs.yaml", "items: QueueUrls", "items: QueueUrls, absent: [QueueDoesNotExist]", &[]);
    for (pack, touched) in [(member, "AWS::KMS::Key"), (listing, "AWS::SQS::Queue")] {
        let (rows, counts) = night.replay(&pack);
        let reads = |row: &Compared| {
            let control = pack.control(&row.control).expect("it is in the pack");
            plumbline_baseline::plan::reads_of(&pack, control).contains_key(touched)
        };
        let others = lines(&rows, |row| row.outcome != Outcome::Same && !reads(row));
        assert!(others.is_empty(), "{touched}: {}", others.join("\n"));
        assert!(counts.not_collected > 0 && counts.different == 0, "{touched}: {counts:?}");
        let guessed = lines(&rows, |row| {
            let decided = row.now.as_ref().is_some_and(|now| matches!(now.status, Status::Pass | Status::Fail));
            row.resource_type == touched && decided && row.outcome != Outcome::Same
        });
        assert!(guessed.is_empty(), "{touched}: {}", guessed.join("\n"));
    }
}

/// What stands for one verdict on all nights of a world.
type Name = (String, String, String, String, String);

fn name(row: &Compared) -> Name {
    let Compared { account, region, control, resource_type, resource, .. } = row;
    (account.to_string(), region.to_string(), control.to_string(), resource_type.clone(), resource.clone())
}

/// Nights with a few controls, of the same world: what all controls say of them is what they say of a night that collected
/// everything, or not collected.
async fn check_parts(world: fn() -> World, parts: usize) {
    let whole = night(world(), &embedded(), &[]).await;
    let truth: BTreeMap<Name, (Status, String)> = whole
        .replay(&embedded())
        .0
        .iter()
        .filter_map(|row| Some((name(row), row.now.clone()?)))
        .map(|(name, now)| (name, (now.status, now.reason)))
        .collect();
    let ids: Vec<String> = embedded().controls().map(|control| control.id().to_string()).collect();
    // What the findings are counted from is other on a night with fewer controls.
    let is_of_findings = |row: &Compared| &*row.region == "organization";
    let (mut decided, mut not_collected) = (BTreeSet::new(), 0);
    for part in 0..parts {
        let enabled: Vec<&str> = ids.iter().skip(part).step_by(parts).map(String::as_str).collect();
        let night = night(world(), &embedded(), &enabled).await;
        let (rows, counts) = night.replay(&embedded());
        not_collected += counts.not_collected;
        for row in rows.iter().filter(|row| !is_of_findings(row)) {
            let now = row.now.as_ref().expect("nothing was left out");
            let is_enabled = enabled.contains(&&*row.control);
            // What is joined of the account as a whole is kept where a control of the account reads it, too.
            let is_joined = now.reason.starts_with("not_collected: s3control:GetPublicAccessBlock");
            assert!(!is_enabled || is_joined || row.outcome == Outcome::Same, "{part}: {}", shown(row));
            if now.status == Status::Unknown || now.status == Status::Manual {
                continue;
            }
            let (status, _) = truth.get(&name(row)).unwrap_or_else(|| panic!("{part}: {}", shown(row)));
            assert_eq!(*status, now.status, "{part}: {}", shown(row));
            if !is_enabled {
                decided.insert(row.control.to_string());
            }
        }
    }
    assert!(not_collected > 200 && decided.len() > 5, "{not_collected} {decided:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_part_of_the_controls_collected_is_never_taken_for_everything() {
    check_parts(World::broken, 9).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_where_everything_is_well() {
    check_parts(World::compliant, 4).await;
}

/// What changes by itself has a retention of its own.
#[tokio::test(flavor = "multi_thread")]
async fn what_changed_by_itself_and_is_not_kept_any_more_is_not_taken_for_absent() {
    let Night { data, store, server } = night(World::demo(), &embedded(), &[]).await;
    drop(store);
    let volatile: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("volatile");
    // What still ran when the scan ended may hold the store for a moment.
    let opened = async {
        loop {
            match Database::open(Store::path_in(data.path())) {
                Ok(database) => return database,
                Err(DatabaseError::DatabaseAlreadyOpen) => tokio::time::sleep(Duration::from_millis(20)).await,
                Err(error) => panic!("{error}"),
            }
        }
    };
    let database = tokio::time::timeout(Duration::from_secs(60), opened).await.expect("nobody keeps it open");
    let kept = database.begin_read().map(|read| read.open_table(volatile).expect("a table").len().expect("it"));
    assert!(kept.expect("the disk works") > 0);
    let write = database.begin_write().expect("the disk works");
    write.delete_table(volatile).expect("the disk works");
    write.open_table(volatile).expect("the disk works");
    write.commit().expect("the disk works");
    drop(database);
    let night = Night { store: Store::open(data.path()).expect("the rest is whole"), data, server };
    let (rows, counts) = night.replay(&embedded());
    assert!(counts.not_collected > 0 && counts.different == 0, "{counts:?}");
    let decided = lines(&rows, |row| {
        let now = row.now.as_ref().map(|now| now.status);
        !matches!(row.outcome, Outcome::Same | Outcome::Carried) && now != Some(Status::Unknown)
    });
    assert!(decided.is_empty(), "{}", decided.join("\n"));
}

/// The whole command is tried in `cli_replay.rs`.
#[tokio::test(flavor = "multi_thread")]
async fn since_when_a_control_failed_is_told_and_an_unchanged_night_is_not_asked_again() {
    let data = tempfile::tempdir().expect("the system has room for a directory");
    let store = Store::create(data.path()).expect("a new store");
    let worlds = [World::compliant, World::compliant, World::broken, World::broken, World::compliant];
    let ids = ["01JA", "01JB", "01JC", "01JD", "01JE"];
    for (id, world) in ids.iter().zip(worlds) {
        let server = simulated::serve(world()).await;
        let scan = scan(&server, &embedded(), &[]);
        let plan = scan.plan().await.expect("the simulator has an organization");
        scan.run_into(&store, id, &plan).await.expect("the simulator can be scanned");
    }
    let server = simulated::serve(World::compliant()).await;
    let controls = scan(&server, &embedded(), &["kms-key-rotation", "s3-bucket-tls-only"]).controls();
    let question = Question { pack: embedded(), controls, besides: Vec::new(), is_of_all: false };
    let scans: Vec<_> = ids.iter().map(|id| id.parse().expect("an id")).collect();
    let history = History::of(&store, &scans, &question).expect("the disk works");
    assert_eq!((history.nights.len(), history.left_out.len(), history.damaged), (5, 0, 0));
    assert!(history.unchanged >= 2, "{history:?}");
    for control in ["kms-key-rotation", "s3-bucket-tls-only"] {
        let mut failing = 0;
        for line in history.lines().filter(|line| line.control == control) {
            let told: Vec<_> = line.spells.iter().map(|spell| (spell.status, spell.from, spell.to)).collect();
            // Each night as a replay of that night alone says it.
            for (night, scan) in scans.iter().enumerate() {
                let alone = Replay::open(&store, scan, &question).expect("the disk works").expect("a scan");
                let mut status = None;
                let told_of = |row: &Compared| {
                    if &*row.control == control
                        && row.resource == line.resource
                        && row.resource_type == line.resource_type
                    {
                        status =
                            row.now.as_ref().map(|now| now.status).filter(|status| *status != Status::NotApplicable);
                    }
                    Ok::<_, store::Error>(())
                };
                alone.for_each(true, told_of).expect("the disk works");
                let spell =
                    told.iter().find(|(_, from, to)| (*from..=*to).contains(&night)).map(|(status, ..)| *status);
                assert_eq!(spell, status, "{control} {} {night} {told:?}", line.resource);
            }
            failing += usize::from(told.iter().any(|(status, from, to)| (*status, *from, *to) == (Status::Fail, 2, 3)));
        }
        assert!(failing > 0, "{control}: {:?}", history.lines().collect::<Vec<_>>());
    }
}

const OF_SECRET: &str = "
id: lambda-stage-named
title: Functions say which stage they are of
finding: { one: The function does not say its stage, other: '{count} functions do not say their stage' }
severity: low
level: 3
fix: { by: iac }
resource: AWS::Lambda::Function
pass_when: resource.Environment.Variables.STAGE.matches('^[a-z]+$')
why: For this test.
remediation: { steps: None. }
references: ['https://docs.aws.amazon.com/lambda/latest/dg/welcome.html']
cases:
  - { name: a stage, resource: { Environment: { Variables: { STAGE: prod } } }, expect: pass }
  - { name: a number, resource: { Environment: { Variables: { STAGE: '7' } } }, expect: fail }
  - { name: not read, resource: {}, unknown: [Environment], expect: unknown }
";
const SECRET: &str = "controls/lambda/lambda-stage-named.yaml";

#[tokio::test(flavor = "multi_thread")]
async fn what_rests_on_a_secret_is_carried_over_by_the_same_control_alone() {
    let rotation = ("kms-key-rotation.yaml", "KeyRotationEnabled == true &&");
    let pack = changed(rotation.0, rotation.1, rotation.1, &[(SECRET, OF_SECRET)]);
    let night = night(World::demo(), &pack, &[]).await;
    let (rows, counts) = night.replay(&pack);
    let of_control = |row: &&Compared| &*row.control == "lambda-stage-named" && !row.resource.is_empty();
    let passing = rows.iter().filter(of_control).filter(|row| {
        row.now.as_ref().is_some_and(|now| now.status == Status::Pass) && row.outcome == Outcome::Carried
    });
    assert_eq!(passing.count() as u64, counts.carried);
    assert!(counts.carried > 2 && counts.same == counts.verdicts, "{counts:?}");
    let (rows, counts) =
        night.replay(&changed(rotation.0, rotation.1, "KeyRotationEnabled == true &&\n ", &[(SECRET, OF_SECRET)]));
    let redacted = rows.iter().filter(of_control).filter(|row| row.outcome == Outcome::Redacted);
    let redacted: Vec<&Compared> = redacted.collect();
    assert!(redacted.len() as u64 == counts.redacted && counts.redacted > 2 && counts.carried == 0, "{counts:?}");
    assert!(redacted.iter().all(|row| row.now.as_ref().is_some_and(|now| now.reason == REDACTED)));
    assert_eq!(counts.same + counts.redacted, counts.verdicts, "{counts:?}");
}
