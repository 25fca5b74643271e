//! Plans of a small organization.

mod baselines;

use super::*;
use crate::organization::{Delegated, Place, RegionSource, Regions, Unit};

/// A plan of accounts that all have what the scan has.
fn planned(organization: &Organization, selection: &Selection, controls: Vec<PlannedControl>) -> Result<Plan, Error> {
    super::plan(organization, selection, controls, &Baselines::default())
}

/// What such a plan needs.
fn needs(organization: &Organization, selection: &Selection, controls: &[PlannedControl]) -> Result<Needs, Error> {
    super::needs(organization, selection, controls, &Baselines::default())
}

fn organization() -> Organization {
    let names = |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect::<Vec<Region>>().into();
    let account = |id: &str, unit: &Unit, state, regions: &[&str]| Account {
        state,
        regions: Regions {
            enabled: names(regions),
            disabled: names(&["af-south-1"]),
            source: RegionSource::Learned(time::OffsetDateTime::UNIX_EPOCH),
        },
        ..Account::new(id.parse().unwrap(), Place::Unit { id: unit.id.clone(), path: unit.path.clone() })
    };
    let unit = |id: &str, parent: Option<&str>, path: &str| Unit {
        id: id.into(),
        parent: parent.map(Into::into),
        path: path.into(),
    };
    let units = vec![
        unit("r-1", None, "Root"),
        unit("ou-work", Some("r-1"), "Root/Work"),
        unit("ou-shop", Some("r-1"), "Root/Workshop"),
    ];
    Organization {
        id: Some("o-1".into()),
        management_account: Some("111111111111".parse().unwrap()),
        caller_account: "111111111111".parse().unwrap(),
        caller_arn: "arn:aws:iam::111111111111:user/u".into(),
        partition: "aws".into(),
        accounts: vec![
            account("111111111111", &units[0], State::Active, &["us-east-1", "eu-west-1"]),
            account("222222222222", &units[1], State::Active, &["us-east-1"]),
            account("333333333333", &units[2], State::Inactive("suspended".into()), &["us-east-1"]),
        ],
        units,
        delegated: Ok(Delegated::new()),
        control_policies: Ok(Vec::new()),
        gaps: Vec::new(),
        notes: Vec::new(),
    }
}

fn controls() -> Vec<PlannedControl> {
    let control = |id: &str, scopes| PlannedControl {
        id: id.into(),
        title: id.into(),
        finding: Default::default(),
        severity: Severity::High,
        level: 1,
        frameworks: Arc::default(),
        scopes,
        exceptions: BTreeMap::new(),
        reads_account_tags: id == "regional",
        reads_delegated_administrators: id == "global",
        reads_resource_control_policies: id == "global",
        settings: BTreeMap::new(),
    };
    vec![
        control("regional", Scopes { regional: true, ..Scopes::default() }),
        control("global", Scopes { global: true, ..Scopes::default() }),
        control("organization", Scopes { organization: true, ..Scopes::default() }),
    ]
}

fn check(selection: Selection, expected: &[&str]) {
    let selection = Selection { role: "Audit".into(), ..selection };
    let plan = planned(&organization(), &selection, controls()).unwrap();
    let jobs: Vec<String> = plan
        .jobs
        .iter()
        .map(|job| {
            let controls: Vec<_> = plan
                .controls_of(job.account, job.scope)
                .iter()
                .map(|&index| &*plan.controls[index as usize].id)
                .collect();
            format!("{} {} {}", &plan.accounts[job.account].account.id.as_str()[..1], job.region, controls.join("+"))
        })
        .collect();
    assert_eq!(jobs, expected);
}

#[test]
fn every_account_region_and_control_is_in_one_job() {
    check(
        Selection::default(),
        &[
            "1 aws-global global+organization",
            "2 aws-global global",
            "1 us-east-1 regional",
            "2 us-east-1 regional",
            "1 eu-west-1 regional",
        ],
    );
}

#[test]
fn selections_narrow_the_plan() {
    check(
        Selection { ous: vec!["Root/Work".into()], ..Selection::default() },
        &["2 aws-global global", "2 us-east-1 regional"],
    );
    check(
        Selection { regions: vec!["eu-west-1".into()], ..Selection::default() },
        &["1 aws-global global+organization", "2 aws-global global", "1 eu-west-1 regional"],
    );
    check(
        Selection { regions: vec!["eu-west-1".into()], no_global: true, ..Selection::default() },
        &["1 eu-west-1 regional"],
    );
    check(
        Selection { regions: texts(&["eu-west-1", GLOBAL]), no_global: true, ..Selection::default() },
        &["1 eu-west-1 regional"],
    );
    check(Selection { regions: texts(&[GLOBAL]), no_global: true, ..Selection::default() }, &[]);
    check(
        Selection { exclude_regions: texts(&[GLOBAL]), regions: texts(&["eu-west-1"]), ..Selection::default() },
        &["1 eu-west-1 regional"],
    );
    check(
        Selection { accounts: vec!["222222222222".into()], regions: vec![GLOBAL.into()], ..Selection::default() },
        &["2 aws-global global"],
    );
}

#[test]
fn the_callers_own_account_needs_no_role_and_a_suspended_one_is_expected_but_left_out() {
    let selection = Selection { role: "Audit".into(), external_id: Some("x".into()), ..Selection::default() };
    let plan = planned(&organization(), &selection, controls()).unwrap();
    assert_eq!((plan.accounts[0].role_arn.as_str(), plan.accounts[0].external_id.as_str()), ("", ""));
    assert_eq!(plan.accounts[1].role_arn, "arn:aws:iam::222222222222:role/Audit");
    assert_eq!(plan.accounts[2].skipped.as_deref(), Some("suspended"));
}

#[test]
fn names_of_things_that_do_not_exist_are_refused() {
    let refuse = |selection: Selection| {
        let selection = Selection { role: "Audit".into(), ..selection };
        planned(&organization(), &selection, controls()).unwrap_err().to_string()
    };
    let accounts = vec!["999999999999".to_owned()];
    assert_eq!(
        refuse(Selection { accounts, ..Selection::default() }),
        "account 999999999999 is not in the organization"
    );
    let regions = vec!["eu-centrl-1".to_owned()];
    assert!(refuse(Selection { regions, ..Selection::default() }).starts_with("Region eu-centrl-1 does not exist"));
    let ous = vec!["Root/Nope".to_owned()];
    assert_eq!(refuse(Selection { ous, ..Selection::default() }), "organizational unit Root/Nope does not exist");
}

#[test]
fn a_disabled_region_that_was_asked_for_is_noted() {
    let selection = Selection { role: "Audit".into(), regions: vec!["af-south-1".into()], ..Selection::default() };
    let plan = planned(&organization(), &selection, controls()).unwrap();
    assert!(plan.jobs.iter().all(|job| job.region.as_str() == super::GLOBAL));
    assert_eq!(
        [&plan.notes[0], &plan.notes[2]],
        ["limited to the Regions af-south-1", "af-south-1 is not enabled in 111111111111, 222222222222"]
    );
}

fn audit(selection: Selection) -> Selection {
    Selection { role: "Audit".into(), ..selection }
}

fn planned_ids(organization: &Organization, selection: Selection) -> Vec<String> {
    let plan = planned(organization, &audit(selection), controls()).unwrap();
    plan.accounts.iter().map(|planned| planned.account.id.to_string()).collect()
}

fn texts(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[test]
fn what_is_left_out_is_not_planned_and_said() {
    let selection = Selection { exclude_accounts: texts(&["222222222222"]), ..Selection::default() };
    assert_eq!(planned_ids(&organization(), selection), ["111111111111", "333333333333"]);
    let selection =
        Selection { ous: texts(&["Root"]), exclude_ous: texts(&["ou-work", "Root/Workshop/"]), ..Selection::default() };
    assert_eq!(planned_ids(&organization(), selection), ["111111111111"]);
    check(
        Selection { exclude_regions: texts(&["us-east-1", GLOBAL]), ..Selection::default() },
        &["1 eu-west-1 regional"],
    );
    let selection = Selection { exclude_regions: texts(&["us-east-1"]), ..Selection::default() };
    let plan = planned(&organization(), &audit(selection), controls()).unwrap();
    assert_eq!(plan.notes, ["without the Regions us-east-1"]);
    let of_jobs = |plan: Plan| plan.jobs.iter().filter(|job| job.region.is_global()).count();
    assert_eq!(of_jobs(plan), 2, "what belongs to the account as a whole is in none of the Regions left out");
    let plan = planned(&organization(), &audit(Selection { no_global: true, ..Selection::default() }), controls());
    assert_eq!(plan.unwrap().notes, ["without what belongs to an account as a whole (aws-global)"]);
}

#[test]
fn units_with_the_same_path_are_not_confused() {
    let mut organization = organization();
    let twin = |id: &str, parent: &str| Unit { id: id.into(), parent: Some(parent.into()), path: "Root/A/B".into() };
    organization.units.extend([twin("ou-named-a/b", "r-1"), twin("ou-b", "ou-work")]);
    organization.accounts[1].place = Place::Unit { id: "ou-b".into(), path: "Root/A/B".into() };
    organization.accounts[0].place = Place::Unit { id: "ou-named-a/b".into(), path: "Root/A/B".into() };
    let selection = |name: &str| Selection { ous: texts(&[name]), ..Selection::default() };
    let error = planned(&organization, &audit(selection("Root/A/B")), controls()).unwrap_err();
    assert_eq!(
        error,
        Error::AmbiguousUnit { name: "Root/A/B".into(), option: "--ou", known: texts(&["ou-named-a/b", "ou-b"]) }
    );
    assert_eq!(planned_ids(&organization, selection("ou-b")), ["222222222222"]);
    assert_eq!(planned_ids(&organization, selection("ou-work")), ["222222222222"]);
}

#[test]
fn an_account_whose_unit_is_not_known_is_in_no_selection_by_unit_and_missed() {
    let mut organization = organization();
    let why = Unread::new(plumbline_baseline::UnreadReason::AccessDenied, "organizations:ListAccountsForParent", "");
    organization.accounts[1].place = Place::Unknown(why);
    for selection in [
        Selection { ous: texts(&["Root"]), ..Selection::default() },
        Selection { exclude_ous: texts(&["Root/Work"]), ..Selection::default() },
    ] {
        let plan = planned(&organization, &audit(selection), controls()).unwrap();
        assert_eq!(plan.gaps, [Gap::Unplaced(1)]);
        assert!(plan.accounts.iter().all(|planned| planned.account.id != "222222222222"));
    }
    assert_eq!(planned_ids(&organization, Selection::default()).len(), 3);
}

#[test]
fn who_names_accounts_does_not_depend_on_the_lists() {
    let mut organization = organization();
    let why = Unread::new(plumbline_baseline::UnreadReason::AccessDenied, "organizations:ListRoots", "");
    organization.gaps = vec![Gap::Units(why), Gap::Accounts];
    let all = planned(&organization, &audit(Selection::default()), controls()).unwrap();
    assert_eq!(all.gaps, organization.gaps);
    let named = Selection { accounts: texts(&["222222222222"]), ..Selection::default() };
    let named = planned(&organization, &audit(named), controls()).unwrap();
    assert_eq!((named.gaps.len(), named.notes.len()), (0, 3), "{:?}", named.notes);
    let unread = Selection { ous: texts(&["Root/New"]), ..Selection::default() };
    let error = planned(&organization, &audit(unread), controls()).unwrap_err().to_string();
    assert_eq!(error, "organizational unit Root/New is not known: access_denied: organizations:ListRoots");
}

#[test]
fn roles_that_no_job_could_assume_are_refused() {
    let refuse = |role: &str, roles: &[(&str, &str)]| {
        let account_roles = roles.iter().map(|(id, role)| ((*id).to_owned(), (*role).to_owned())).collect();
        let selection = Selection { role: role.into(), account_roles, ..Selection::default() };
        planned(&organization(), &selection, controls()).map(|plan| plan.accounts[1].role_arn.clone())
    };
    assert_eq!(refuse("", &[]), Err(Error::NoRole));
    assert_eq!(refuse(" / ", &[]), Err(Error::NoRole));
    assert_eq!(refuse("Audit", &[("222222222222", "")]), Err(Error::NoRole));
    let other = "arn:aws:iam::111111111111:role/Audit";
    let error = refuse(other, &[]).unwrap_err().to_string();
    assert_eq!(error, format!("the role {other} is not one of account 222222222222"));
    assert!(refuse("Audit", &[("222222222222", other)]).is_err());
    assert!(refuse("arn:aws-cn:iam::222222222222:role/Audit", &[]).is_err(), "another partition");
    assert!(refuse("arn:aws:iam::222222222222:role/", &[]).is_err());
    let own = "arn:aws:iam::222222222222:role/path/Audit";
    assert_eq!(refuse(own, &[]).as_deref(), Ok(own), "the only account that is entered");
    assert_eq!(refuse("/path/Audit", &[]).as_deref(), Ok(own));
}

#[test]
fn a_role_for_an_account_that_is_gone_is_no_reason_to_stop() {
    let account_roles = [("999999999999".to_owned(), "Audit".to_owned())].into();
    let selection = audit(Selection { account_roles, ..Selection::default() });
    let plan = planned(&organization(), &selection, controls()).unwrap();
    assert!(plan.notes[0].ends_with("not in the organization: 999999999999"), "{:?}", plan.notes);
}

#[test]
fn regions_are_written_in_any_case_and_a_wrong_one_is_refused() {
    check(
        Selection { regions: texts(&["EU-West-1 "]), ..Selection::default() },
        &["1 aws-global global+organization", "2 aws-global global", "1 eu-west-1 regional"],
    );
    for wrong in ["eu west 1", "", "*", "mars-north-1"] {
        let selection = audit(Selection { regions: texts(&[wrong]), ..Selection::default() });
        assert!(matches!(
            planned(&organization(), &selection, controls()),
            Err(Error::UnknownRegion { option: "--regions", .. })
        ));
    }
}

#[test]
fn who_administers_services_is_asked_where_a_control_reads_it() {
    let delegated = |controls: Vec<PlannedControl>| {
        needs(&organization(), &audit(Selection::default()), &controls).unwrap().delegated
    };
    assert!(delegated(controls()));
    assert!(!delegated(controls().into_iter().filter(|control| &*control.id != "global").collect()));
    let policies = |controls: Vec<PlannedControl>| {
        needs(&organization(), &audit(Selection::default()), &controls).unwrap().control_policies
    };
    assert!(policies(controls()));
    assert!(!policies(controls().into_iter().filter(|control| &*control.id != "global").collect()));
}

#[test]
fn only_what_somebody_needs_is_asked_for() {
    let needs = |selection: Selection, controls: Vec<PlannedControl>| {
        let needs = needs(&organization(), &audit(selection), &controls).unwrap();
        let texts = |ids: Vec<AccountId>| ids.iter().map(|id| id.as_str()[..1].to_owned()).collect::<String>();
        (texts(needs.tags), texts(needs.regions))
    };
    let all = |tags: &str, regions: &str| (tags.to_owned(), regions.to_owned());
    assert_eq!(needs(Selection::default(), controls()), all("12", "12"), "nothing of a suspended account");
    let one = Selection { accounts: texts(&["222222222222"]), ..Selection::default() };
    assert_eq!(needs(one, controls()), all("2", "2"));
    assert_eq!(needs(Selection::default(), controls().split_off(1)), all("", ""), "no Regional control, no tags read");
    let regions = |names: &[&str]| Selection { regions: texts(names), ..Selection::default() };
    assert_eq!(needs(regions(&["eu-west-1", GLOBAL]), controls()), all("12", ""), "every account has the Region");
    assert_eq!(needs(regions(&["eu-west-1", "af-south-1"]), controls()), all("12", "12"));
    let excluded = Selection { exclude_regions: texts(&["af-south-1"]), ..regions(&["eu-west-1", "af-south-1"]) };
    assert_eq!(needs(excluded, controls()), all("12", ""));
}

#[test]
fn a_region_that_was_asked_for_is_tried_where_nobody_knows_whether_it_is_enabled() {
    let mut organization = organization();
    organization.accounts[0].regions = Regions::default();
    organization.accounts[1].regions.source = RegionSource::AssumedDefault;
    let selection = audit(Selection { regions: texts(&["me-south-1"]), ..Selection::default() });
    let plan = planned(&organization, &selection, controls()).unwrap();
    assert_eq!(plan.jobs.len(), 4);
    assert_eq!(plan.notes[0], "limited to the Regions me-south-1");
    assert!(plan.notes[1].ends_with("--no-global leaves it out"), "{:?}", plan.notes);
    organization.accounts[1].regions.source = RegionSource::AssumedFromCaller;
    let plan = planned(&organization, &selection, controls()).unwrap();
    assert_eq!((plan.jobs.len(), &*plan.notes[2]), (3, "me-south-1 is not enabled in 222222222222"));
}

#[test]
fn notes_name_a_few_accounts_and_count_the_others() {
    let mut organization = organization();
    let account = organization.accounts[1].clone();
    organization.accounts =
        (0..5_000).map(|n| Account { id: format!("{n:012}").parse().unwrap(), ..account.clone() }).collect();
    let selection = audit(Selection { regions: texts(&["af-south-1"]), ..Selection::default() });
    let plan = planned(&organization, &selection, controls()).unwrap();
    let longest = plan.notes.iter().map(String::len).max().unwrap();
    assert!(longest < 150 && plan.notes[2].ends_with("and 4995 more accounts"), "{:?}", plan.notes);
}

#[test]
fn what_a_partition_does_not_have_is_not_planned_there_and_owes_no_row() {
    let of = |partition: &str| {
        let organization = Organization { partition: partition.into(), ..organization() };
        let selection = audit(Selection::default());
        let plan = planned(&organization, &selection, embedded()).unwrap();
        let owed: Vec<String> = plan
            .jobs
            .iter()
            .flat_map(|job| plan.controls_of(job.account, job.scope))
            .map(|index| plan.controls[index as usize].id.to_string())
            .collect();
        let calls = Estimate::of(&plan, plumbline_baseline::pack::Pack::embedded(), plumbline_aws::Budgets::Published);
        (owed, plan.notes.iter().find(|note| note.contains("does not have")).cloned(), calls.operations)
    };
    let absent = ["budgets-exist", "iam-root-mfa", "iam-root-hardware-mfa"];
    let (owed, note, operations) = of("aws");
    assert!(absent.iter().all(|id| owed.iter().any(|owed| owed == id)) && note.is_none());
    let (owed, note, fewer) = of("aws-us-gov");
    assert!(!absent.iter().any(|id| owed.iter().any(|owed| owed == id)), "{owed:?}");
    assert!(owed.iter().any(|owed| owed == "iam-root-no-access-keys"), "the others are");
    let expected =
        "without the controls about what aws-us-gov does not have: budgets-exist, iam-root-hardware-mfa, iam-root-mfa";
    assert_eq!(note.as_deref(), Some(expected));
    assert_eq!(operations - fewer, 2, "nobody asks for budgets, or for the devices of the root user");
}

/// The controls of the embedded pack.
fn embedded() -> Vec<PlannedControl> {
    let pack = plumbline_baseline::pack::Pack::embedded();
    let planned = |id: &Arc<str>| PlannedControl::of(pack, id, BTreeMap::new());
    pack.controls().filter_map(|control| planned(control.id())).collect()
}

/// A plan of the embedded pack for so many accounts with seventeen Regions each.
fn large(accounts: u32) -> (Organization, Vec<PlannedControl>) {
    let mut organization = organization();
    let controls = embedded();
    let enabled: Arc<[Region]> = (0..17).map(|n| format!("us-east-{n}").parse().unwrap()).collect();
    let account = Account {
        regions: Regions { enabled, disabled: Vec::new().into(), source: organization.accounts[1].regions.source },
        ..organization.accounts[1].clone()
    };
    organization.accounts =
        (0..accounts).map(|n| Account { id: format!("{n:012}").parse().unwrap(), ..account.clone() }).collect();
    (organization, controls)
}

#[test]
fn jobs_that_start_together_are_spread_over_the_regions_and_none_is_missing() {
    let (organization, controls) = large(40);
    let plan = planned(&organization, &audit(Selection::default()), controls).unwrap();
    let regional: Vec<_> = plan.jobs.iter().filter(|job| job.scope == ControlScope::Regional).collect();
    for together in regional.chunks_exact(17) {
        let regions: std::collections::BTreeSet<_> = together.iter().map(|job| &job.region).collect();
        // Where one round ends and the next begins, two Regions may come twice.
        assert!(regions.len() >= 8, "{regions:?}");
    }
    let places: std::collections::BTreeSet<_> = regional.iter().map(|job| (job.account, &job.region)).collect();
    assert_eq!((places.len(), regional.len()), (40 * 17, 40 * 17));
}

#[test]
fn a_plan_of_thousands_of_accounts_has_a_job_for_each_region_and_an_estimate() {
    let (organization, controls) = large(5_000);
    let plan = planned(&organization, &audit(Selection::default()), controls).unwrap();
    assert_eq!(plan.jobs.len(), 5_000 * 18);
    let pack = plumbline_baseline::pack::Pack::embedded();
    let estimate = Estimate::of(&plan, pack, plumbline_aws::Budgets::Published);
    assert!(estimate.calls > 1_000_000 && estimate.operations > 50, "{estimate:?}");
    // 256 calls of 100 ms at a time are the least that so many jobs can do with.
    assert!(estimate.time.as_secs_f64() >= estimate.calls as f64 / 2_560.0, "{estimate:?}");
    assert!((1.0..100.0).contains(&estimate.dollars), "{estimate:?}");
    let (organization, controls) = large(1);
    let small = planned(&organization, &audit(Selection::default()), controls).unwrap();
    let small = Estimate::of(&small, pack, plumbline_aws::Budgets::Published);
    assert_eq!(small.calls * 5_000, estimate.calls);
}

/// The jobs of a plan with one control on findings, and its notes.
fn with_findings(organization: &Organization, selection: Selection) -> (Vec<String>, Vec<String>) {
    let mut controls = controls();
    let findings = Scopes { findings: true, ..Scopes::default() };
    controls.push(PlannedControl { id: "findings".into(), scopes: findings, ..controls[0].clone() });
    let plan = planned(organization, &audit(selection), controls).unwrap();
    let of_findings = |job: &&PlannedJob| job.scope == ControlScope::Findings;
    let controls = |job: &PlannedJob| {
        let ids = plan
            .controls_of(job.account, job.scope)
            .into_iter()
            .map(|index| plan.controls[index as usize].id.to_string());
        format!("{} {} {:?}", plan.accounts[job.account].account.id, job.region, ids.collect::<Vec<_>>())
    };
    let jobs: Vec<String> = plan.jobs.iter().filter(of_findings).map(controls).collect();
    assert!(jobs.is_empty() || plan.jobs.last().is_some_and(|job| job.scope == ControlScope::Findings));
    (jobs, plan.notes)
}

#[test]
fn what_all_accounts_say_is_one_job_of_the_management_account() {
    let once = ["111111111111 organization [\"findings\"]".to_owned()];
    let regions = Selection { regions: texts(&["eu-west-1"]), ..Selection::default() };
    for selection in [Selection::default(), regions] {
        let (jobs, notes) = with_findings(&organization(), selection);
        assert_eq!(jobs, once);
        assert!(!notes.iter().any(|note| note.contains("findings")), "{notes:?}");
    }
}

#[test]
fn a_scan_of_some_accounts_says_nothing_of_all_of_them() {
    for selection in [
        Selection { accounts: texts(&["111111111111"]), ..Selection::default() },
        Selection { exclude_accounts: texts(&["222222222222"]), ..Selection::default() },
        Selection { ous: texts(&["Root"]), ..Selection::default() },
        Selection { exclude_ous: texts(&["Root/Work"]), ..Selection::default() },
        Selection { no_global: true, ..Selection::default() },
    ] {
        let (jobs, notes) = with_findings(&organization(), selection);
        assert!(jobs.is_empty(), "{jobs:?}");
        assert!(notes.iter().any(|note| note.ends_with("not all of which are asked: findings")), "{notes:?}");
    }
    let alone = Organization { id: None, management_account: None, ..organization() };
    let (jobs, notes) = with_findings(&alone, Selection::default());
    assert!(jobs.is_empty() && !notes.iter().any(|note| note.contains("findings")), "{notes:?}");
}

#[test]
fn a_control_on_findings_misses_a_management_account_that_is_not_known() {
    let organization = Organization { management_account: None, gaps: vec![Gap::Management], ..organization() };
    let findings = Scopes { findings: true, ..Scopes::default() };
    let control = PlannedControl { scopes: findings, ..controls().remove(0) };
    let plan = planned(&organization, &audit(Selection::default()), vec![control]).unwrap();
    assert_eq!((plan.jobs.len(), plan.gaps), (0, vec![Gap::Management]));
}
