//! Plans of a small organization.

use super::*;
use crate::organization::Unit;

fn organization() -> Organization {
    let account = |id: &str, ou: &str, status: &str, regions: &[&str]| Account {
        id: id.into(),
        ou_path: ou.into(),
        status: status.into(),
        regions: regions.iter().map(|&name| name.to_owned()).collect(),
        disabled_regions: vec!["af-south-1".into()],
        ..Account::default()
    };
    Organization {
        id: Some("o-1".into()),
        management_account: Some("111111111111".into()),
        caller_account: "111111111111".into(),
        partition: "aws".into(),
        accounts: vec![
            account("111111111111", "Root", "active", &["us-east-1", "eu-west-1"]),
            account("222222222222", "Root/Work", "active", &["us-east-1"]),
            account("333333333333", "Root/Workshop", "suspended", &["us-east-1"]),
        ],
        units: ["Root", "Root/Work", "Root/Workshop"]
            .map(|path| Unit { id: format!("ou-{}", path.len()), path: path.into() })
            .into(),
        notes: Vec::new(),
    }
}

fn controls() -> Vec<PlannedControl> {
    let control = |id: &str, scopes| PlannedControl {
        id: id.into(),
        title: id.into(),
        severity: Severity::High,
        level: 1,
        frameworks: Arc::default(),
        scopes,
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
    let plan = plan(&organization(), &selection, controls()).unwrap();
    let jobs: Vec<String> = plan
        .jobs
        .iter()
        .map(|job| {
            let controls: Vec<_> =
                plan.controls_of(job.scope).iter().map(|&index| &*plan.controls[index as usize].id).collect();
            format!("{} {} {}", &plan.accounts[job.account].account.id[..1], job.region, controls.join("+"))
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
    check(Selection { regions: vec!["eu-west-1".into()], ..Selection::default() }, &["1 eu-west-1 regional"]);
    check(
        Selection { accounts: vec!["222222222222".into()], regions: vec![GLOBAL.into()], ..Selection::default() },
        &["2 aws-global global"],
    );
}

#[test]
fn the_callers_own_account_needs_no_role_and_a_suspended_one_is_expected_but_left_out() {
    let selection = Selection { role: "Audit".into(), external_id: Some("x".into()), ..Selection::default() };
    let plan = plan(&organization(), &selection, controls()).unwrap();
    assert_eq!((plan.accounts[0].role_arn.as_str(), plan.accounts[0].external_id.as_str()), ("", ""));
    assert_eq!(plan.accounts[1].role_arn, "arn:aws:iam::222222222222:role/Audit");
    assert_eq!(plan.accounts[2].skipped.as_deref(), Some("suspended"));
}

#[test]
fn names_of_things_that_do_not_exist_are_refused() {
    let refuse = |selection: Selection| plan(&organization(), &selection, controls()).unwrap_err().to_string();
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
    let selection = Selection { regions: vec!["af-south-1".into()], ..Selection::default() };
    let plan = plan(&organization(), &selection, controls()).unwrap();
    assert!(plan.jobs.is_empty());
    assert_eq!(
        plan.notes,
        ["limited to the Regions af-south-1", "af-south-1 is not enabled in 111111111111, 222222222222"]
    );
}
