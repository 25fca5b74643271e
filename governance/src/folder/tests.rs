//! What is said of findings, of what a person confirms, and of owners.

use std::time::Instant;

use plumbline_baseline::Severity;

use super::*;

fn governance(text: &str) -> Governance {
    let sources = [Source { path: "a.yaml".to_owned(), text: text.to_owned() }];
    let (governance, problems) = Governance::load(sources, Pack::embedded(), Handbook::embedded(), today());
    let errors: Vec<String> =
        problems.iter().map(ToString::to_string).filter(|text| text.contains(": error: ")).collect();
    assert_eq!(errors, Vec::<String>::new());
    governance
}

fn today() -> Day {
    "2026-11-27".parse().unwrap()
}

fn exceptions(entries: &[&str]) -> Governance {
    let mut text = "exceptions:\n".to_owned();
    for (number, entry) in entries.iter().enumerate() {
        text += &format!(
            "  - {{ id: EX-{number}, controls: [s3-bucket-tls-only], reason: r, owner: o, approver: a, approved: 2026-11-01, {entry} }}\n"
        );
    }
    governance(&text)
}

const ARN: &str = "arn:aws:s3:::www-example";

fn finding() -> Finding<'static> {
    Finding {
        control: "s3-bucket-tls-only",
        severity: Severity::Medium,
        region: "eu-central-1",
        resource: ARN,
        tags: None,
    }
}

fn account<'a>() -> Account<'a> {
    Account { path: Some("Root/Workloads/Web"), ..Account::new("111111111111") }
}

fn id_of(governance: &Governance, account: &Account<'_>, finding: &Finding<'_>) -> Option<String> {
    let one = governance.accepted(account, finding, today());
    let many = governance.in_account(account, today());
    assert_eq!(one.as_ref(), many.accepted(finding), "both ways say the same");
    one.map(|accepted| accepted.id.to_string())
}

#[test]
fn all_conditions_have_to_hold() {
    let check = |entry: &str, finding: &Finding<'_>, is_accepted: bool| {
        let governance = exceptions(&[&format!("{entry}, expires: 2027-01-31")]);
        assert_eq!(id_of(&governance, &account(), finding).is_some(), is_accepted, "{entry}");
    };
    let it = finding();
    check("units: [Root]", &it, true);
    check("units: [Root/Work]", &it, false);
    check("units: [Root/Workloads], accounts: ['111111111111']", &it, true);
    check("units: [Root/Sandbox], accounts: ['111111111111']", &it, false);
    check("accounts: ['222222222222']", &it, false);
    check("regions: [eu-central-1]", &it, true);
    check("regions: [us-east-1]", &it, false);
    check("resources: ['arn:aws:s3:::www-*']", &it, true);
    check("resources: ['arn:aws:s3:::www-example']", &it, true);
    check("resources: ['arn:aws:s3:::www-exampl']", &it, false);
    check("resources: ['arn:aws:s3:::*', 'arn:aws:s3:::x'], regions: [us-east-1]", &it, false);
    check("units: [Root]", &Finding { control: "s3-bucket-versioned", ..it }, false);
    check("resources: ['arn:aws:s3:::www-*']", &Finding { resource: "", ..it }, false);
    let tags = [("purpose".to_owned(), "website".to_owned())].into();
    let tagged = Finding { tags: Some(&tags), ..it };
    check("tags: { purpose: website }", &tagged, true);
    check("tags: { purpose: [x, web*] }", &tagged, true);
    check("tags: { purpose: website, team: web }", &tagged, false);
    check("tags: { purpose: website }", &it, false);
}

#[test]
fn what_is_not_known_of_an_account_accepts_nothing() {
    let governance =
        exceptions(&["units: [Root], expires: 2027-01-31", "units: [ou-abcd-11111111], expires: 2027-01-31"]);
    assert_eq!(id_of(&governance, &Account::new("111111111111"), &finding()), None);
    let units = ["r-abcd".to_owned(), "ou-abcd-11111111".to_owned()];
    let known = Account { units: Some(&units), ..Account::new("111111111111") };
    assert_eq!(id_of(&governance, &known, &finding()).as_deref(), Some("EX-1"));
}

#[test]
fn the_last_day_is_in_and_afterwards_the_finding_is_back() {
    let governance = exceptions(&["units: [Root], expires: 2026-11-27"]);
    let on = |day: &str| governance.accepted(&account(), &finding(), day.parse().unwrap()).unwrap();
    assert!(!on("2026-11-27").expired);
    assert!(on("2026-11-28").expired);
    assert_eq!((on("2026-11-28").until, &*on("2026-11-28").id), (today(), "EX-0"));
}

#[test]
fn the_one_that_holds_longest_is_named() {
    let governance = exceptions(&[
        "units: [Root], expires: 2026-11-10",
        "accounts: ['111111111111'], expires: 2027-01-31",
        "resources: ['arn:aws:s3:::www-example'], expires: 2027-01-30",
    ]);
    assert_eq!(id_of(&governance, &account(), &finding()).as_deref(), Some("EX-1"));
    let found = governance.in_account(&account(), today());
    assert_eq!((found.exceptions(&finding()).len(), found.all_exceptions().len()), (3, 3));
}

#[test]
fn a_finding_that_matters_more_here_is_accepted_for_less_long() {
    let governance = exceptions(&["units: [Root], expires: 2027-04-01"]);
    let until = |severity| governance.accepted(&account(), &Finding { severity, ..finding() }, today()).unwrap();
    assert_eq!(until(Severity::Medium).until.to_string(), "2027-04-01");
    assert_eq!(until(Severity::Low).until.to_string(), "2027-04-01");
    assert_eq!(until(Severity::High).until.to_string(), "2027-01-30");
    assert_eq!(until(Severity::Critical).until.to_string(), "2026-12-01");
}

#[test]
fn five_thousand_exceptions_cost_a_row_no_more_than_its_own() {
    let mut text = "exceptions:\n".to_owned();
    for number in 0..5_000 {
        let scope = match number % 3 {
            0 => format!("accounts: ['{number:012}']"),
            1 => format!("units: [Root/Unit{number}]"),
            _ => format!("accounts: ['111111111111'], resources: ['arn:aws:s3:::bucket-{number}']"),
        };
        text += &format!(
            "  - {{ id: EX-{number}, controls: ['s3-bucket-t*'], {scope}, reason: r, owner: o, approver: a, approved: 2026-11-01, expires: 2027-01-31 }}\n"
        );
    }
    let governance = governance(&text);
    assert_eq!(governance.exceptions().len(), 5_000);
    let here = governance.in_account(&account(), today());
    #[expect(clippy::disallowed_methods, reason = "a measurement, with room for any machine")]
    let began = Instant::now();
    let mut accepted = 0;
    for number in 0..200_000 {
        let resource = format!("arn:aws:s3:::bucket-{}", number % 10_000);
        accepted += usize::from(here.accepted(&Finding { resource: &resource, ..finding() }).is_some());
    }
    // One by one it would be a billion comparisons.
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
    assert_eq!(accepted, 20 * 1_666);
}

const ATTESTATIONS: &str = "\
attestations:
  - { step: identity-federation/provider, units: [Root/Workloads], by: Kim, evidence: 'https://x.example', on: 2026-11-01, until: 2026-12-20 }
  - { step: identity-federation/provider, accounts: ['111111111111'], by: Lee, evidence: 'https://x.example', on: 2026-11-20, until: 2027-01-31 }
  - { step: identity-break-glass/drill, organization: true, by: Kim, evidence: 'https://x.example', on: 2026-10-01, until: 2026-11-27 }
  - { step: identity-break-glass/alarm, organization: true, by: Kim, evidence: 'https://x.example', on: 2026-10-01, until: 2026-11-26 }
  - { step: identity-break-glass/alarm, organization: true, by: Kim, evidence: 'https://x.example', on: 2026-11-27, until: 2026-12-01 }
  - { step: organization-root-email/list-addresses, organization: true, by: Kim, evidence: 'https://x.example', on: 2026-11-01, until: 2027-01-15 }
";

#[test]
fn attestations_hold_where_and_as_long_as_they_say() {
    let governance = governance(ATTESTATIONS);
    let by = |step: &str, account: &Account<'_>, day: &str| {
        let day = day.parse().unwrap();
        let found = governance.attested_step(step, account, day);
        assert_eq!(found.as_ref(), governance.in_account(account, day).attested_step(step));
        found.map(|attested| attested.by.to_string())
    };
    let provider = "identity-federation/provider";
    assert_eq!(by(provider, &account(), "2026-11-27").as_deref(), Some("Lee"));
    let other = Account { id: "222222222222", ..account() };
    assert_eq!(by(provider, &other, "2026-11-27").as_deref(), Some("Kim"));
    assert_eq!(by(provider, &other, "2026-12-20").as_deref(), Some("Kim"));
    assert_eq!(by(provider, &other, "2026-12-21"), None);
    assert_eq!(by(provider, &other, "2026-10-31"), None, "it was not yet confirmed");
    assert_eq!(by(provider, &Account::new("222222222222"), "2026-11-27"), None, "its unit is not known");
    assert_eq!(by("identity-break-glass/drill", &Account::new("333333333333"), "2026-11-27").as_deref(), Some("Kim"));
    let control = governance.attested("account-root-email-managed", &account(), today()).unwrap();
    assert_eq!(&*control.step, "organization-root-email/list-addresses");
    assert!(governance.attested("s3-bucket-tls-only", &account(), today()).is_none());
}

#[test]
fn what_ends_soon_is_named_unless_it_was_renewed() {
    let governance = governance(ATTESTATIONS);
    let ending: Vec<&str> = governance.ending(today(), 30).map(|each| &*each.attested.step).collect();
    assert_eq!(ending, ["identity-federation/provider", "identity-break-glass/drill", "identity-break-glass/alarm"]);
    assert_eq!(governance.ending(today(), 0).count(), 1);
    let governance = exceptions(&[
        "units: [Root], expires: 2026-11-26",
        "units: [Root], expires: 2026-11-27",
        "units: [Root], expires: 2026-12-27",
        "units: [Root], expires: 2026-12-28",
    ]);
    let ids: Vec<String> = governance.expiring(today(), 30).map(|each| each.id().to_string()).collect();
    assert_eq!(ids, ["EX-1", "EX-2"]);
}

#[test]
fn the_nearest_that_names_an_owner_counts() {
    let governance = governance(
        "owners: { resource_tags: [Owner, Team], account_tags: [Owner], accounts: { '111111111111': by-account }, units: { Root: by-root, Root/Workloads: by-unit } }\n",
    );
    let owner = |account: &Account<'_>, tags: Option<&Tags>| {
        governance.owner(account, tags).map(|owner| format!("{} {}", owner.name, owner.from))
    };
    let tags = |key: &str, value: &str| Tags::from([(key.to_owned(), value.to_owned())]);
    let (team, blank, own) = (tags("Team", "web"), tags("Owner", " "), tags("Owner", "shop"));
    let tagged = Account { tags: Some(&own), ..account() };
    assert_eq!(owner(&tagged, Some(&team)).as_deref(), Some("web resource-tag:Team"));
    assert_eq!(owner(&tagged, Some(&blank)).as_deref(), Some("shop account-tag:Owner"));
    assert_eq!(owner(&tagged, None).as_deref(), Some("shop account-tag:Owner"));
    assert_eq!(owner(&account(), None).as_deref(), Some("by-account account"));
    let other = Account { id: "222222222222", ..account() };
    assert_eq!(owner(&other, None).as_deref(), Some("by-unit unit:Root/Workloads"));
    assert_eq!(owner(&Account { path: Some("Root/Work"), ..other }, None).as_deref(), Some("by-root unit:Root"));
    assert_eq!(owner(&Account::new("222222222222"), None), None);
    assert_eq!(Governance::default().owner(&tagged, Some(&own)), None);
}
