//! What a scan did not find out: none of it passes.

use proptest::prelude::*;

use super::*;

#[tokio::test]
async fn a_job_that_came_to_nothing_leaves_its_account_unknown() {
    let given_up = World::good().member(REGION, Outcome::GivenUp("its agents went silent"));
    let why = "not_run: eu-west-1: its agents went silent";
    check(given_up, (Unknown, why), (Unknown, why)).await;
    let not_run = "not_run: aws-global";
    check(World::good().member(GLOBAL, Outcome::NotRun), (Unknown, not_run), (Unknown, not_run)).await;
}

#[tokio::test]
async fn a_control_without_a_row_is_not_known() {
    let without: Vec<Row> = all(GLOBAL, Status::Pass, "").into_iter().filter(|row| row.control != ROOT).collect();
    let world = World::good().member(GLOBAL, Outcome::Rows(without));
    check(world, (Pass, ""), (Unknown, "not_run: iam-root-mfa in aws-global")).await;
    let nothing = World::good().member(GLOBAL, Outcome::Rows(Vec::new()));
    let silent = "not_run: aws-global: no row says that the account was entered";
    check(nothing, (Unknown, silent), (Unknown, "not_run: cloudtrail-multi-region in aws-global")).await;
}

#[tokio::test]
async fn a_person_decides_nothing_here() {
    let world = World::good().says(GLOBAL, row(ROOT, Status::Manual, "manual"));
    check(world, (Pass, ""), (Unknown, "not_asked: iam-root-mfa in aws-global")).await;
    let newer = Row { status: 99, ..row(ROOT, Status::Pass, "") };
    check(World::good().says(GLOBAL, newer), (Pass, ""), (Unknown, "not_asked: iam-root-mfa in aws-global")).await;
}

#[tokio::test]
async fn regions_that_nobody_asked_for_are_not_missed_and_others_are() {
    let limit = |option: &str| record::Limit { option: option.into(), values: vec![REGION.into()] };
    for option in ["regions", "exclude-regions"] {
        let mut world = World::good();
        world.scan.selection = vec![limit(option)];
        world.scan.accounts[1].enabled_regions.push("us-east-1".into());
        let rows = world.rows().await;
        assert_eq!(verdict(&rows, SCANNED, MEMBER), (Pass, ""));
        assert_eq!(verdict(&rows, ESSENTIALS, MEMBER), (Pass, ""));
        let failing = world.says(REGION, row(SNAPSHOTS, Status::Fail, "")).rows().await;
        assert_eq!(verdict(&failing, ESSENTIALS, MEMBER), (Fail, ""), "what was found is found");
    }
    let mut world = World::good();
    world.scan.selection = vec![limit("regions")];
    world.jobs.retain(|(_, region), _| *region == GLOBAL);
    check(world, (Pass, ""), (Pass, "")).await;
    let mut world = World::good();
    world.jobs.retain(|(account, region), _| *account == 0 || *region == GLOBAL);
    let member = world.rows().await;
    assert_eq!(verdict(&member, ESSENTIALS, MEMBER).0, Unknown, "its Region has no job, and nobody left it out");
    let mut world = World::good();
    world.scan.accounts[1].enabled_regions.push("us-east-1".into());
    check(world, (Pass, ""), (Unknown, "not_run: us-east-1 was not scanned")).await;
    let mut world = World::good();
    world.scan.accounts[1].unread.insert("regions".into(), r#"{"$unread":{"reason":"partial_listing"}}"#.into());
    let why = "not_run: which Regions the account has enabled could not be learned";
    check(world, (Pass, ""), (Unknown, why)).await;
}

#[tokio::test]
async fn a_control_that_is_switched_off_is_not_known_to_hold() {
    let mut world = World::good();
    world.scan.controls.retain(|control| control.id != ROOT);
    let rows = world.rows().await;
    for account in [MANAGEMENT, MEMBER] {
        assert_eq!(verdict(&rows, SCANNED, account), (Pass, ""));
        assert_eq!(verdict(&rows, ESSENTIALS, account), (Unknown, "not_run: iam-root-mfa was not run there"));
    }
}

#[tokio::test]
async fn what_an_accounts_baseline_leaves_out_fails_for_the_organization_and_is_named() {
    let mut world = World::good();
    let all: Vec<u32> = (0..world.scan.controls.len() as u32).collect();
    let left: Vec<u32> = all.iter().copied().filter(|index| world.scan.controls[*index as usize].id != ROOT).collect();
    let own = record::Baseline { controls: all, ..record::Baseline::default() };
    let lax = record::Baseline { name: "lax".into(), controls: left, left_out: vec![ROOT.into()] };
    world.scan.baselines = vec![own, lax];
    world.scan.accounts[1].baseline = 1;
    let without: Vec<Row> = all_but(ROOT);
    let world = world.member(GLOBAL, Outcome::Rows(without));
    check(world.clone(), (Pass, ""), (Fail, "")).await;
    let rows = world.rows().await;
    let failed = rows.iter().find(|row| row.status() == Fail).expect("a finding");
    let named = failed.evidence.iter().find(|each| each.path == "left_out").map(|each| each.value.as_str());
    assert_eq!(named, Some("[\"iam-root-mfa\"]"), "{:?}", failed.evidence);
}

/// What the account as a whole says of all its controls but one.
fn all_but(left_out: &str) -> Vec<Row> {
    all(GLOBAL, Status::Pass, "").into_iter().filter(|row| row.control != left_out).collect()
}

#[tokio::test]
async fn accounts_that_may_be_missing_have_a_row() {
    let unread = r#"{"$unread":{"reason":"access_denied","operation":"organizations:ListAccounts"}}"#.to_owned();
    let world = World { organization: Organization { unread, ..Organization::default() }, ..World::good() };
    let rows = world.rows().await;
    assert_eq!(rows.len(), 6);
    let missing: Vec<_> = rows.iter().filter(|row| row.resource.is_empty()).collect();
    let is_unknown = |row: &&Row| row.status() == Unknown && row.reason == "access_denied: organizations:ListAccounts";
    assert!(missing.len() == 2 && missing.iter().all(is_unknown), "{missing:?}");
}

#[tokio::test]
async fn an_account_that_is_not_scanned_has_no_row() {
    let mut world = World::good();
    world.scan.accounts[1].skipped = "suspended".into();
    world.jobs.retain(|(account, _), _| *account == 0);
    let rows = world.rows().await;
    assert_eq!((rows.len(), verdict(&rows, SCANNED, MEMBER).1), (2, "no row"));
}

#[tokio::test]
async fn rows_that_are_damaged_in_the_store_pass_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let mark = "a reason that is nowhere else";
    // A type of its own: what is small is stored as it is.
    let marked = Row { resource_type: "AWS::IAM::User".into(), ..row(ROOT, Status::NotApplicable, mark) };
    let world = World::good().says(GLOBAL, marked);
    world.store_in(&Store::create(directory.path()).expect("a new store")).await;
    let path = Store::path_in(directory.path());
    let mut bytes = std::fs::read(&path).expect("the store is a file");
    let places: Vec<usize> =
        (0..bytes.len() - mark.len()).filter(|&at| bytes[at..].starts_with(mark.as_bytes())).collect();
    assert!(!places.is_empty(), "the rows are in the file");
    places.into_iter().for_each(|at| bytes[at] ^= 1);
    std::fs::write(&path, bytes).expect("the disk works");
    let store = Store::open(directory.path()).expect("the rest of it is whole");
    let rows = world.judged(&store, &world.spec());
    let why = "scanner_error: aws-global: stored rows are damaged";
    assert_eq!(verdict(&rows, SCANNED, MEMBER), (Unknown, why));
    assert_eq!(verdict(&rows, ESSENTIALS, MEMBER), (Unknown, why));
    assert_eq!(verdict(&rows, ESSENTIALS, MANAGEMENT), (Pass, ""));
}

#[tokio::test]
async fn a_control_that_the_coordinator_does_not_know_is_unknown() {
    let world = World::good();
    let store = Store::in_memory();
    world.store_in(&store).await;
    let controls = vec!["org-accounts-loved".to_owned(), ROOT.to_owned()];
    let rows = world.judged(&store, &JobSpec { controls, ..world.spec() });
    assert_eq!(rows.iter().map(Row::status).collect::<Vec<_>>(), [Unknown, Unknown]);
    assert!(rows[0].reason.contains("no such control") && rows[1].reason.contains("live here"), "{rows:?}");
}

fn status() -> impl Strategy<Value = (Status, &'static str)> {
    prop_oneof![
        6 => Just((Status::Pass, "")),
        2 => Just((Status::NotApplicable, "no_resources")),
        1 => Just((Status::Fail, "")),
        1 => Just((Status::Unknown, "access_denied: s3:GetBucketPolicy: no")),
        1 => Just((Status::Unknown, "role_unassumable: sts:AssumeRole: no")),
        1 => Just((Status::Unknown, "transient: sts:AssumeRole: no")),
        1 => Just((Status::Unknown, "scanner_error: it broke")),
        1 => Just((Status::Manual, "manual")),
    ]
}

/// What becomes of a job: few of them are quite as they should be.
fn outcome(region: &'static str) -> impl Strategy<Value = Outcome> {
    let controls = controls_in(region);
    let said = proptest::collection::vec((any::<proptest::sample::Index>(), status()), 0..3);
    let rows = said.prop_map(move |said| {
        let mut rows = all(region, Status::Pass, "");
        rows.extend(
            said.into_iter()
                .map(|(index, (status, reason))| row(&controls[index.index(controls.len())], status, reason)),
        );
        Outcome::Rows(rows)
    });
    prop_oneof![12 => rows, 1 => Just(Outcome::GivenUp("x")), 1 => Just(Outcome::NotRun), 1 => Just(Outcome::Rows(Vec::new()))]
}

/// The verdict that the rows of an account leave for the essentials, in the plainest way to say it.
fn expected(outcomes: [&Outcome; 2]) -> wire::Status {
    let rows = || outcomes.iter().flat_map(|outcome| if let Outcome::Rows(rows) = outcome { &rows[..] } else { &[] });
    let is_fine = |row: &Row| matches!(row.status(), wire::Status::Pass | wire::Status::NotApplicable);
    if rows().any(|row| row.status() == Fail) {
        Fail
    } else if outcomes.iter().all(|outcome| matches!(outcome, Outcome::Rows(rows) if !rows.is_empty()))
        && rows().all(is_fine)
    {
        Pass
    } else {
        Unknown
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_fails_or_is_not_known_becomes_a_pass(global in outcome(GLOBAL), regional in outcome(REGION)) {
        let world = World::good().member(GLOBAL, global.clone()).member(REGION, regional.clone());
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let rows = runtime.block_on(world.rows());
        prop_assert_eq!(verdict(&rows, ESSENTIALS, MEMBER).0, expected([&global, &regional]));
        let of_member = [&global, &regional];
        let refused = of_member.iter().any(|outcome| {
            matches!(outcome, Outcome::Rows(rows) if rows.iter().any(|row| row.reason.starts_with("role_unassumable")))
        });
        let scanned = verdict(&rows, SCANNED, MEMBER).0;
        prop_assert_eq!(scanned == Fail, refused);
        let all_stored = of_member.iter().all(|outcome| matches!(outcome, Outcome::Rows(rows) if !rows.is_empty()));
        prop_assert_eq!(scanned == Pass, all_stored && !refused, "{:?}", world);
        prop_assert_eq!(verdict(&rows, ESSENTIALS, MANAGEMENT).0, Pass);
    }
}
