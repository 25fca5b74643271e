//! Scans of the simulated organization in which units have baselines of their own: every account gets what a scan of it
//! alone with its controls, settings and severities would get, and nothing else is called in it. What is switched off in it
//! is nowhere taken for put right.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plumbline_baseline::pack::Pack;
use plumbline_baseline::{Doc, Severity, Status};
use plumbline_coordinator::plan::{Baseline, Baselines, Own, PlannedControl};
use plumbline_coordinator::read::{Comparison, ScanView, Sought};
use plumbline_coordinator::replay::{Compared, Counts, Outcome, Question, Replay};
use plumbline_coordinator::report::ReportRow;
use plumbline_coordinator::report::difference::{Because, Difference, FindingDifference, Turn};
use plumbline_coordinator::report::digest::DigestBuilder;
use plumbline_coordinator::store::{self, Store};
use plumbline_sim::{Server, World};
use plumbline_tests::scan::Scan;
use plumbline_tests::simulated;
use tempfile::TempDir;

const SANDBOX: &str = "210000000010";
const PROD: [&str; 2] = ["210000000006", "210000000007"];
const DEV: &str = "210000000008";
/// An essential control that the sandbox does not have, and one whose retention it has shorter.
const ROOT: &str = "iam-root-mfa";
const RETENTION: &str = "logs-group-retention";
/// A control that only production has.
const BESIDES: &str = "s3-bucket-tls-only";

type Key = (String, String, String, String);

fn settings(days: i64) -> BTreeMap<String, Doc> {
    BTreeMap::from([("min_days".to_owned(), Doc::from(days))])
}

/// The sandbox: level 1 and no second factor of the root user, logs for a day, and nothing of it worse than low.
fn sandbox() -> Arc<Baseline> {
    let own = |control: &PlannedControl| match &*control.id {
        ROOT => Some(Own::Off),
        RETENTION => Some(Own::On { severity: Some(Severity::Low), settings: Some(settings(1)) }),
        _ if control.level > 1 => Some(Own::Off),
        _ => (control.severity > Severity::Low).then_some(Own::On { severity: Some(Severity::Low), settings: None }),
    };
    let controls = all().into_iter().filter_map(|control| Some((Arc::clone(&control.id), own(&control)?)));
    Arc::new(Baseline { name: "sandbox@1".into(), controls: controls.filter(|(id, _)| **id != *BESIDES).collect() })
}

/// Production: one control besides, logs for two years, which is critical there.
fn prod() -> Arc<Baseline> {
    let retention = Own::On { severity: Some(Severity::Critical), settings: Some(settings(731)) };
    let besides = Own::On { severity: None, settings: None };
    let controls = [(RETENTION.into(), retention), (BESIDES.into(), besides)];
    Arc::new(Baseline { name: "prod@1".into(), controls: controls.into() })
}

fn all() -> Vec<PlannedControl> {
    let pack = Pack::embedded();
    pack.controls().filter_map(|control| PlannedControl::of(pack, control.id(), BTreeMap::new())).collect()
}

fn baselines() -> Baselines {
    let sandbox = [(SANDBOX, sandbox())];
    let of = sandbox.into_iter().chain(PROD.map(|account| (account, prod())));
    Baselines {
        by_account: of.map(|(account, baseline)| (account.parse().expect("an id"), baseline)).collect(),
        besides: all().into_iter().filter(|control| &*control.id == BESIDES).collect(),
        wants_account_tags: false,
    }
}

/// The controls that the scan itself has.
fn of_scan() -> Vec<PlannedControl> {
    all().into_iter().filter(|control| &*control.id != BESIDES).collect()
}

/// The controls that an account has, in the plainest way to say it.
fn of_account(account: &str) -> Vec<PlannedControl> {
    let baselines = baselines();
    let own = baselines.by_account.get(account);
    let has = |control: PlannedControl| match own.and_then(|own| own.controls.get(&control.id)) {
        Some(Own::Off) => None,
        Some(Own::On { severity, settings }) => Some(PlannedControl {
            severity: severity.unwrap_or(control.severity),
            settings: settings.clone().unwrap_or_default(),
            ..control
        }),
        None => (&*control.id != BESIDES).then_some(control),
    };
    all().into_iter().filter_map(has).collect()
}

fn scan(server: &Server, baselines: Baselines, controls: Vec<PlannedControl>) -> Scan {
    Scan { baselines, given: Some(controls), ..Scan::of(server) }
}

/// Nights in a store.
struct Nights {
    _data: TempDir,
    store: Store,
    server: Server,
}

impl Nights {
    async fn new() -> Self {
        let data = tempfile::tempdir().expect("the system has room for a directory");
        let store = Store::create(data.path()).expect("a new store");
        Self { _data: data, store, server: simulated::serve(World::demo()).await }
    }

    async fn run(&self, id: &str, baselines: Baselines) {
        let scan = scan(&self.server, baselines, of_scan());
        let plan = scan.plan().await.expect("the simulator has an organization");
        scan.run_into(&self.store, id, &plan).await.expect("the simulator can be scanned");
    }

    fn rows(&self, id: &str) -> Vec<ReportRow> {
        let view = ScanView::open(&self.store, &id.parse().expect("an id")).expect("the disk works").expect("a scan");
        let mut rows = Vec::new();
        let told = view.for_each(|row| {
            rows.push(row.clone());
            Ok::<(), store::Error>(())
        });
        told.expect("the disk works");
        rows
    }

    fn replay(&self, id: &str, question: &Question) -> (Vec<Compared>, Counts) {
        let replay = Replay::open(&self.store, &id.parse().expect("an id"), question);
        let replay = replay.expect("the disk works").expect("there is such a scan");
        let mut rows = Vec::new();
        let counts = replay.for_each(true, |row| {
            rows.push(row.clone());
            Ok::<_, store::Error>(())
        });
        (rows, counts.expect("the disk works"))
    }

    fn differences(&self, from: &str, to: &str) -> (Vec<FindingDifference>, Vec<String>) {
        let id = |id: &str| id.parse().expect("an id");
        let comparison = Comparison::open(&self.store, &id(from), &id(to)).expect("the disk works").expect("two scans");
        let (mut findings, mut notes) = (Vec::new(), Vec::new());
        let sought = Sought { findings_only: true, quiet_too: true, ..Sought::default() };
        let told = comparison.for_each(&sought, |difference| {
            match difference {
                Difference::Finding(finding) => findings.push(*finding),
                Difference::Note(note) => notes.push(format!("{}: {}", note.code, note.text)),
                Difference::Account(_) | Difference::Resource(_) => {}
            }
            Ok::<_, store::Error>(())
        });
        told.expect("the disk works");
        (findings, notes)
    }
}

/// What a row says, but for what only rows of other accounts can say of it.
fn said(row: &ReportRow) -> (Key, String) {
    let key = [&*row.control, &*row.region, &*row.resource_type, &row.resource].map(str::to_owned);
    let reason = if row.is_decided_elsewhere() { row.reason_code() } else { &row.reason };
    (key.into(), format!("{} {} {reason} {:?}", row.status, row.severity, row.evidence))
}

/// Calls in an account, counted.
fn calls(server: &Server, account: &str) -> BTreeMap<(String, String, String), u64> {
    let mut counts = BTreeMap::new();
    for call in server.journal().calls().into_iter().filter(|call| call.account == account) {
        *counts.entry((call.service, call.operation, call.region)).or_default() += 1;
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accounts_rows_and_calls_are_those_of_a_scan_of_it_alone_with_its_baseline() {
    let nights = Nights::new().await;
    nights.run("01JALL", baselines()).await;
    let rows = nights.rows("01JALL");
    let asked: BTreeMap<&str, _> =
        [SANDBOX, PROD[0], DEV].map(|account| (account, calls(&nights.server, account))).into();
    for (account, asked) in asked {
        let server = simulated::serve(World::demo()).await;
        let alone =
            Scan { accounts: vec![account.to_owned()], ..scan(&server, Baselines::default(), of_account(account)) };
        let plan = alone.plan().await.expect("the simulator has an organization");
        let alone: BTreeMap<_, _> = alone.run(&plan).await.expect("it can be scanned").iter().map(said).collect();
        let together: BTreeMap<_, _> = rows.iter().filter(|row| &*row.account == account).map(said).collect();
        assert!(alone.len() > 100, "{account}: {}", alone.len());
        assert_eq!(together, alone, "{account}");
        assert_eq!(asked, calls(&server, account), "{account}");
    }
    let severities = |account: &str| -> BTreeSet<Severity> {
        rows.iter().filter(|row| &*row.account == account).map(|row| row.severity).collect()
    };
    assert_eq!(severities(SANDBOX), [Severity::Low].into());
    assert!(severities(DEV).contains(&Severity::Critical));
    let retention = |account: &str| -> BTreeSet<(Status, Severity)> {
        let of = rows.iter().filter(|row| &*row.account == account && &*row.control == RETENTION);
        of.map(|row| (row.status, row.severity)).collect()
    };
    assert!(retention(PROD[0]).contains(&(Status::Fail, Severity::Critical)), "{:?}", retention(PROD[0]));
    assert!(retention(SANDBOX).contains(&(Status::Pass, Severity::Low)), "{:?}", retention(SANDBOX));
    assert!(!retention(SANDBOX).contains(&(Status::Fail, Severity::Low)), "{:?}", retention(SANDBOX));
    let mut digest = DigestBuilder::new();
    rows.iter().for_each(|row| digest.add(row));
    let digest = digest.finish();
    assert_eq!(digest.controls[RETENTION].severity, Severity::Critical, "the worst of what fails");
    let by_severity = Severity::ALL.map(|severity| digest.checks_of(severity).automated);
    assert_eq!(
        by_severity.iter().sum::<u64>(),
        digest.total.checks.automated,
        "each check by the severity it has there"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_replay_of_a_night_with_baselines_says_each_verdict_again() {
    let nights = Nights::new().await;
    nights.run("01JNIGHT", baselines()).await;
    let pack = Arc::clone(Pack::embedded());
    let question = Question { pack, controls: of_scan(), besides: all(), is_of_all: true };
    let (rows, counts) = nights.replay("01JNIGHT", &question);
    let others: Vec<_> = rows.iter().filter(|row| row.outcome != Outcome::Same).take(10).collect();
    assert_eq!(counts.same, counts.verdicts, "{counts:?} {others:#?}");
    let stored = nights.rows("01JNIGHT");
    assert_eq!(rows.len(), stored.len());
    let of =
        |account: &str, id: &str| rows.iter().filter(|row| &*row.account == account && &*row.control == id).count();
    assert_eq!((of(SANDBOX, ROOT), of(DEV, BESIDES)), (0, 0));
    assert!(of(PROD[0], BESIDES) > 0 && of(SANDBOX, RETENTION) > 0);
    let of = rows.iter().filter(|row| &*row.control == RETENTION);
    let retention: BTreeSet<(&str, Severity)> = of.map(|row| (&*row.account, row.severity)).collect();
    assert!(retention.contains(&(SANDBOX, Severity::Low)) && retention.contains(&(PROD[0], Severity::Critical)));
    // Settings of now change what accounts have of the scan, and not what they had of their own.
    let mut changed = question.clone();
    let of_control = changed.controls.iter_mut().find(|control| &*control.id == RETENTION).expect("the pack has it");
    of_control.settings = settings(3653);
    let (rows, counts) = nights.replay("01JNIGHT", &changed);
    let differing: BTreeSet<&str> =
        rows.iter().filter(|row| row.outcome != Outcome::Same).map(|row| &*row.account).collect();
    assert!(counts.different > 0 && differing.contains(DEV), "{counts:?} {differing:?}");
    assert!([SANDBOX, PROD[0], PROD[1]].iter().all(|account| !differing.contains(account)), "{differing:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_baseline_leaves_out_is_neither_fixed_nor_lost_and_fails_for_the_organization() {
    let nights = Nights::new().await;
    nights.run("01JA", Baselines::default()).await;
    nights.run("01JB", baselines()).await;
    nights.run("01JC", Baselines::default()).await;
    let (before, after) = (nights.rows("01JA"), nights.rows("01JB"));
    let (found, notes) = nights.differences("01JA", "01JB");
    let of_sandbox: Vec<&FindingDifference> = found.iter().filter(|each| each.at.account == SANDBOX).collect();
    let ended = |row: &&ReportRow| &*row.account == SANDBOX && row.status == Status::Fail;
    let kept: BTreeSet<&str> = after.iter().filter(|row| &*row.account == SANDBOX).map(|row| &*row.control).collect();
    let left = before.iter().filter(ended).filter(|row| !kept.contains(&*row.control)).count();
    let closed = of_sandbox.iter().filter(|each| each.because == Some(Because::NotInBaseline));
    let closed = closed.filter(|each| each.old.as_ref().is_some_and(|old| old.status == Status::Fail));
    assert!(left > 10, "{left}");
    assert_eq!(closed.clone().count(), left);
    assert!(closed.clone().all(|each| each.turn == Turn::Closed));
    let wrong: Vec<_> = found.iter().filter(|each| matches!(each.turn, Turn::Fixed | Turn::Lost)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let retention = of_sandbox.iter().filter(|each| &*each.control == RETENTION);
    let retention: BTreeSet<_> = retention.map(|each| (each.turn, each.because)).collect();
    assert_eq!(retention, [(Turn::Changed, Some(Because::SettingsChanged))].into());
    let prod = found.iter().filter(|each| each.at.account == PROD[0] && &*each.control == BESIDES);
    assert!(prod.clone().count() > 0 && prod.clone().all(|each| each.because == Some(Because::ControlNew)));
    let told = notes.iter().find(|note| note.starts_with("baseline_changed: 3 accounts with another baseline in 01JB"));
    assert!(told.is_some_and(|note| note.contains(SANDBOX) && note.contains(PROD[0])), "{notes:?}");
    // Of the organization as a whole nothing became better.
    let essentials = |rows: &[ReportRow]| -> BTreeMap<String, Status> {
        let of = rows.iter().filter(|row| &*row.control == "org-accounts-essentials");
        of.map(|row| (row.resource.rsplit(':').next().unwrap_or_default().to_owned(), row.status)).collect()
    };
    assert_eq!(essentials(&after).get(SANDBOX), Some(&Status::Fail));
    for (account, status) in essentials(&before).into_iter().filter(|(account, _)| account != SANDBOX) {
        assert_eq!(essentials(&after)[&account], status, "{account}");
    }
    let row = after.iter().find(|row| &*row.control == "org-accounts-essentials" && row.resource.ends_with(SANDBOX));
    let evidence = row.map(|row| format!("{:?}", row.evidence)).unwrap_or_default();
    assert!(evidence.contains("left_out") && evidence.contains(ROOT), "{evidence}");
    // And back: what was left out is there again, and nothing else.
    let (back, notes) = nights.differences("01JB", "01JC");
    assert!(notes.iter().any(|note| note.starts_with("baseline_changed: 3 accounts")), "{notes:?}");
    let again = back.iter().filter(|each| each.at.account == SANDBOX && &*each.control != RETENTION);
    assert!(again.clone().all(|each| each.turn == Turn::New || each.turn == Turn::Reopened), "{again:?}");
    let gone = back.iter().filter(|each| each.at.account == PROD[0] && &*each.control == BESIDES);
    assert!(gone.clone().count() > 0 && gone.clone().all(|each| each.because == Some(Because::NotInBaseline)));
    let (nothing, _) = nights.differences("01JA", "01JC");
    let is_again = |each: &&FindingDifference| matches!(each.turn, Turn::New | Turn::Reopened);
    let wrong: Vec<_> = nothing.iter().filter(|each| !is_again(each) || each.at.account != SANDBOX).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
