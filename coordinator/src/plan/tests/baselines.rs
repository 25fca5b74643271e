//! Accounts with baselines of their own.

use proptest::prelude::*;

use super::*;

const MANAGEMENT: &str = "111111111111";
const MEMBER: &str = "222222222222";

fn on(severity: Option<Severity>, settings: Option<i64>) -> Own {
    let settings = settings.map(|days| BTreeMap::from([("days".to_owned(), Doc::from(days))]));
    Own::On { severity, settings }
}

fn baseline(name: &str, controls: &[(&str, Own)]) -> Arc<Baseline> {
    let controls = controls.iter().map(|(id, own)| ((*id).into(), own.clone())).collect();
    Arc::new(Baseline { name: name.into(), controls })
}

fn baselines(of: &[(&str, &Arc<Baseline>)]) -> Baselines {
    let by_account = of.iter().map(|(id, baseline)| (id.parse().unwrap(), Arc::clone(baseline))).collect();
    Baselines { by_account, ..Baselines::default() }
}

fn with(baselines: &Baselines) -> Plan {
    super::super::plan(&organization(), &audit(Selection::default()), controls(), baselines).unwrap()
}

/// A control in short: its id, severity and settings.
fn short(control: &PlannedControl) -> String {
    format!("{} {} {:?}", control.id, control.severity, control.settings)
}

/// Account, Region and controls of the jobs that are no job of the organization.
fn jobs(plan: &Plan) -> Vec<(String, String, Vec<String>)> {
    let of_accounts = plan.jobs.iter().filter(|job| job.scope != ControlScope::Findings);
    let job = |job: &PlannedJob| {
        let controls = plan.controls_of(job.account, job.scope);
        let mut controls: Vec<String> =
            controls.into_iter().map(|index| short(&plan.controls[index as usize])).collect();
        controls.sort();
        (plan.accounts[job.account].account.id.to_string(), job.region.to_string(), controls)
    };
    of_accounts.map(job).collect()
}

fn ids(plan: &Plan, account: usize, scope: ControlScope) -> Vec<&str> {
    plan.controls_of(account, scope).into_iter().map(|index| &*plan.controls[index as usize].id).collect()
}

#[test]
fn an_account_has_what_its_baseline_says_and_the_others_what_the_scan_says() {
    let own = baseline("b", &[("global", Own::Off), ("regional", on(Some(Severity::Critical), Some(7)))]);
    let plan = with(&baselines(&[(MEMBER, &own)]));
    let usual = ["regional high {}", "regional critical {\"days\": Int(7)}"].map(str::to_owned);
    let regional: Vec<String> = plan.controls.iter().filter(|each| &*each.id == "regional").map(short).collect();
    assert_eq!(regional, usual, "the scan's own in front");
    assert_eq!(plan.control_ids().len(), 3);
    let told: Vec<_> =
        jobs(&plan).into_iter().map(|(account, region, _)| format!("{} {region}", &account[..1])).collect();
    assert_eq!(told, ["1 aws-global", "1 us-east-1", "2 us-east-1", "1 eu-west-1"], "no job without a control");
    assert_eq!(ids(&plan, 0, ControlScope::Management), ["global", "organization"]);
    assert_eq!(plan.baselines[1].left_out, ["global".into()]);
    assert!(plan.notes.iter().any(|note| note
        == "accounts with a baseline of their own: 1 of 2; without some of the scan's controls: 1"), "{:?}", plan.notes);
    assert!(with(&Baselines::default()).notes.iter().all(|note| !note.contains("baseline")));
}

#[test]
fn equal_baselines_are_one_and_one_that_says_what_the_scan_says_is_the_scans() {
    let own = || baseline("b", &[("regional", on(None, Some(7)))]);
    let plan = with(&baselines(&[(MANAGEMENT, &own()), (MEMBER, &own())]));
    assert_eq!((plan.baselines.len(), plan.accounts[0].baseline, plan.accounts[1].baseline), (2, 1, 1));
    assert_eq!(plan.controls.len(), 3, "what no account has is not planned: {:?}", plan.controls);
    let same = baseline("b", &[("regional", on(Some(Severity::High), None)), ("unheard", Own::Off)]);
    let plan = with(&baselines(&[(MEMBER, &same)]));
    assert_eq!((plan.baselines.len(), plan.accounts[1].baseline), (1, 0));
    assert!(!plan.notes.iter().any(|note| note.contains("baseline")), "{:?}", plan.notes);
}

#[test]
fn what_a_baseline_has_besides_is_planned_there_alone() {
    let extra = PlannedControl { id: "extra".into(), ..controls().remove(0) };
    let own = baseline("b", &[("extra", on(None, None))]);
    let of = Baselines { besides: vec![extra.clone()], ..baselines(&[(MEMBER, &own)]) };
    let plan = with(&of);
    assert_eq!(ids(&plan, 0, ControlScope::Regional), ["regional"]);
    assert_eq!(
        ids(&plan, 1, ControlScope::Regional).into_iter().collect::<BTreeSet<_>>(),
        ["extra", "regional"].into()
    );
    let nobodys = Baselines { besides: vec![extra], ..Baselines::default() };
    assert!(!with(&nobodys).control_ids().contains("extra"));
    let unknown = baselines(&[(MEMBER, &own)]);
    assert!(!with(&unknown).control_ids().contains("extra"), "a control that nobody knows is nobody's");
}

#[test]
fn nothing_is_asked_for_that_no_account_needs() {
    let needs = |baselines: &Baselines| {
        let needs = super::super::needs(&organization(), &audit(Selection::default()), &controls(), baselines).unwrap();
        let firsts = |ids: &[AccountId]| ids.iter().map(|id| id.as_str()[..1].to_owned()).collect::<String>();
        (firsts(&needs.tags), firsts(&needs.regions), needs.delegated, needs.control_policies)
    };
    let of = |tags: &str, regions: &str, asks| (tags.to_owned(), regions.to_owned(), asks, asks);
    let no_regional = baseline("b", &[("regional", Own::Off)]);
    let no_global = baseline("c", &[("global", Own::Off)]);
    assert_eq!(needs(&Baselines::default()), of("12", "12", true));
    assert_eq!(needs(&baselines(&[(MEMBER, &no_regional)])), of("1", "1", true));
    assert_eq!(needs(&baselines(&[(MEMBER, &no_global)])), of("12", "12", true));
    assert_eq!(needs(&baselines(&[(MANAGEMENT, &no_global), (MEMBER, &no_global)])), of("12", "12", false));
    let by_tags = Baselines { wants_account_tags: true, ..baselines(&[(MEMBER, &no_regional)]) };
    assert_eq!(needs(&by_tags), of("12", "1", true));
}

#[test]
fn an_account_without_controls_has_no_job_and_is_told_of() {
    let all = ["regional", "global", "organization"].map(|id| (id, Own::Off));
    let plan = with(&baselines(&[(MEMBER, &baseline("b", &all))]));
    assert!(plan.jobs.iter().all(|job| job.account == 0));
    let note = format!("no control is in the baseline of {MEMBER}: nothing is looked at there");
    assert!(plan.notes.contains(&note), "{:?}", plan.notes);
}

#[test]
fn each_account_is_estimated_with_the_calls_of_its_own_baseline() {
    let pack = plumbline_baseline::pack::Pack::embedded();
    let selection = audit(Selection::default());
    let of = |baselines: &Baselines| super::super::plan(&organization(), &selection, embedded(), baselines).unwrap();
    let usual = of(&Baselines::default());
    let off: Vec<(&str, Own)> = pack
        .controls()
        .filter(|each| each.control.severity < Severity::High)
        .map(|each| (&**each.id(), Own::Off))
        .collect();
    let plan = of(&baselines(&[(MEMBER, &baseline("b", &off))]));
    let calls = |plan: &Plan| Estimate::calls_by_account(plan, pack);
    let (before, after) = (calls(&usual), calls(&plan));
    assert_eq!((before[0], before[2], after[2]), (after[0], 0, 0));
    assert!(0 < after[1] && after[1] < before[1], "{before:?} {after:?}");
    for plan in [usual, plan] {
        let estimate = Estimate::of(&plan, pack, plumbline_aws::Budgets::Published);
        assert_eq!(estimate.calls, calls(&plan).iter().sum::<u64>());
    }
}

/// A control, whether the scan has it, and what each of two accounts makes of it.
type Case = (Scopes, bool, [Option<Own>; 2]);

fn own() -> impl Strategy<Value = Own> {
    let severity = proptest::option::of(prop_oneof![Just(Severity::Low), Just(Severity::High)]);
    prop_oneof![2 => Just(Own::Off), 5 => (severity, proptest::option::of(0..2_i64)).prop_map(|(severity, days)| on(severity, days))]
}

fn case() -> impl Strategy<Value = Case> {
    let scopes = proptest::array::uniform3(any::<bool>()).prop_map(|[regional, global, organization]| Scopes {
        regional,
        global,
        organization,
        findings: false,
    });
    (scopes, any::<bool>(), proptest::array::uniform2(proptest::option::of(own())))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_accounts_jobs_are_those_of_a_scan_of_that_account_alone(cases in proptest::collection::vec(case(), 0..8)) {
        let control = |number: usize, scopes| {
            PlannedControl { id: format!("c{number}").into(), scopes, ..controls().remove(1) }
        };
        let all: Vec<PlannedControl> =
            cases.iter().enumerate().map(|(number, (scopes, ..))| control(number, *scopes)).collect();
        let part = |wanted: bool| -> Vec<PlannedControl> {
            all.iter().zip(&cases).filter(|(_, (_, is_own, _))| *is_own == wanted).map(|(each, _)| each.clone()).collect()
        };
        let accounts = [MANAGEMENT, MEMBER];
        let of_account = |index: usize| {
            let own = all.iter().zip(&cases).filter_map(|(each, (.., own))| Some((each.id.clone(), own[index].clone()?)));
            Arc::new(Baseline { name: index.to_string().into(), controls: own.collect() })
        };
        let by_account = (0..2).map(|index| (accounts[index].parse().unwrap(), of_account(index))).collect();
        let baselines = Baselines { by_account, besides: part(false), wants_account_tags: false };
        let selection = audit(Selection::default());
        let together = super::super::plan(&organization(), &selection, part(true), &baselines).unwrap();
        let mut told = jobs(&together);
        for (index, id) in accounts.into_iter().enumerate() {
            let has = |(control, (_, is_own, own)): (&PlannedControl, &Case)| {
                let (severity, settings) = match own[index].clone() {
                    None => is_own.then_some((None, None))?,
                    Some(Own::Off) => return None,
                    Some(Own::On { severity, settings }) => (severity, settings),
                };
                Some(PlannedControl {
                    severity: severity.unwrap_or(control.severity),
                    settings: settings.unwrap_or_default(),
                    ..control.clone()
                })
            };
            let controls: Vec<PlannedControl> = all.iter().zip(&cases).filter_map(has).collect();
            let alone = Selection { accounts: vec![id.to_owned()], ..selection.clone() };
            let mut expected = jobs(&planned(&organization(), &alone, controls).unwrap());
            let mut found: Vec<_> = told.extract_if(.., |(account, ..)| account == id).collect();
            expected.sort();
            found.sort();
            prop_assert_eq!(found, expected);
        }
        prop_assert!(told.is_empty());
        let used: BTreeSet<u32> = together.baselines.iter().flat_map(|each| each.controls.iter().copied()).collect();
        prop_assert_eq!(used.len(), together.controls.len(), "nothing is planned that nobody has");
        let shorts: BTreeSet<String> = together.controls.iter().map(short).collect();
        prop_assert_eq!(shorts.len(), together.controls.len(), "and nothing twice");
    }
}
