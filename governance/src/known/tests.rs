//! What does not fit an organization and its findings.

use plumbline_baseline::Severity;
use plumbline_baseline::pack::handbook::Handbook;
use plumbline_baseline::pack::{Pack, Source};

use super::*;

fn surveyed(text: &str, extent: Extent) -> Surveyed {
    let sources = [Source { path: "a.yaml".to_owned(), text: text.to_owned() }];
    let today: Day = "2026-11-27".parse().unwrap();
    let (governance, problems) = Governance::load(sources, Pack::embedded(), Handbook::embedded(), today);
    assert_eq!(problems, []);
    let tags = [("Environment".to_owned(), "prod".to_owned())].into();
    let account = |id, path| Account { path: Some(path), tags: Some(&tags), ..Account::new(id) };
    let accounts = [account("111111111111", "Root/Workloads/Web"), account("222222222222", "Root/Security")];
    let on = Pack::embedded().controls().map(|control| Arc::clone(control.id())).collect();
    let mut survey = Survey::new(&governance, &accounts, extent, today);
    for (account, resource) in [("111111111111", "www-a"), ("111111111111", "www-b"), ("222222222222", "logs")] {
        let resource = format!("arn:aws:s3:::{resource}");
        let finding = Finding {
            control: "s3-bucket-tls-only",
            severity: Severity::Medium,
            region: "eu-central-1",
            resource: &resource,
            tags: None,
        };
        survey.see(account, &finding, None);
    }
    survey.finish(ScanBase { pack: Pack::embedded(), on: &on, within: None })
}

fn said(text: &str) -> Vec<String> {
    surveyed(text, Extent::Whole).problems.iter().map(ToString::to_string).collect()
}

fn exceptions(entries: &[&str]) -> String {
    let mut text = "exceptions:\n".to_owned();
    for (number, entry) in entries.iter().enumerate() {
        text += &format!(
            "  - {{ id: EX-{number}, {entry}, controls: [s3-bucket-tls-only], reason: r, owner: o, approver: a, approved: 2026-11-01, expires: 2027-01-31 }}\n"
        );
    }
    text
}

#[test]
fn what_fits_says_nothing_and_counts() {
    let text = exceptions(&["resources: ['arn:aws:s3:::www-*']", "accounts: ['222222222222']"]);
    let found = surveyed(&text, Extent::Whole);
    assert_eq!(found.problems, []);
    assert_eq!(found.accepted.into_iter().collect::<Vec<_>>(), [(Arc::from("EX-0"), 2), (Arc::from("EX-1"), 1)]);
}

#[test]
fn units_that_were_renamed_and_accounts_that_are_gone_are_named() {
    let text = "\
baselines:
  - { id: a, units: [Root/Workload], level: 3 }
  - { id: b, accounts: ['111111111112'], level: 3 }
  - { id: c, tags: { Environment: produktion }, level: 3 }
attestations:
  - { step: identity-federation/provider, accounts: ['999999999999'], by: Kim, evidence: 'https://x.example', on: 2026-11-01, until: 2026-12-20 }
owners: { units: { Root/Security: s, Root/Sec: t, Root: r, ou-abcd-11111111: known-to-nobody }, accounts: { '222222222222': x, '333333333333': y } }
";
    let found = said(text);
    let expected = [
        "a.yaml:2:22: error: no account is in a unit `Root/Workload`; did you mean `Root/Workloads`?",
        "a.yaml:3:25: error: the organization has no account `111111111112`; did you mean `111111111111`?",
        "a.yaml:4:5: warning: no account has the tags of `c`: it holds nowhere",
        "a.yaml:6:54: error: the organization has no account `999999999999`",
        "error: no account is in a unit `Root/Sec`",
        "error: the organization has no account `333333333333`",
    ];
    for part in expected {
        assert!(found.iter().any(|problem| problem.contains(part)), "{part}\n{found:#?}");
    }
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    let part = surveyed(text, Extent::Part);
    assert!(part.problems.iter().all(|problem| problem.level == Level::Warning), "{:?}", part.problems);
}

#[test]
fn exceptions_that_accept_nothing_or_the_same_are_named() {
    let found =
        said(&exceptions(&["resources: ['arn:aws:s3:::www-*']", "accounts: ['111111111111']", "regions: [us-east-1]"]));
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(
        found[0].contains("a.yaml:3:5: warning: `EX-1` and `EX-0` (a.yaml:2) accept the same 2 findings"),
        "{found:#?}"
    );
    assert!(found[1].contains("a.yaml:4:5: warning: `EX-2` is about no finding of the scan"), "{found:#?}");
}

#[test]
fn what_weakens_in_some_account_is_said_once() {
    let text = "baselines:\n  - { id: low, units: [Root/Sandbox], level: 1, reason: r, owner: o }\n  - { id: tag, tags: { Environment: prod }, level: 2 }\n";
    let found = said(text);
    assert_eq!(
        found.iter().filter(|problem| problem.contains("`tag` has no `reason` and `owner`")).count(),
        1,
        "{found:#?}"
    );
}
