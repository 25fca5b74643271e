//! Changes of rows: each finding is in exactly one, whatever comes, and no more is claimed than is known.

use plumbline_baseline::Status;
use plumbline_governance::{Accepted, Day};
use proptest::prelude::*;

use super::*;
use crate::report::digest::DigestBuilder;
use crate::report::row::ScanState;
use crate::report::table::Style;
use crate::report::tests::corpus;
use crate::report::{html, table};

const SETTING: &str = "AWS::::Account:1";

fn row(account: &str, ou: &str, region: &str, resource: &str, status: Status) -> ReportRow {
    ReportRow {
        account: account.into(),
        ou: ou.into(),
        region: region.into(),
        resource: resource.to_owned(),
        resource_type: "Plumbline::EC2::RegionSettings".into(),
        status,
        accepted: None,
        origin: None,
        ..corpus::row("1", "eu-west-1", "a-control", Status::Fail)
    }
}

fn fails(account: &str, ou: &str, region: &str) -> ReportRow {
    row(account, ou, region, SETTING, Status::Fail)
}

fn from(origin: (&str, &str), account: &str, resource: &str) -> ReportRow {
    let origin = Some(Arc::new(Origin::new(origin.0, origin.1)));
    ReportRow { origin, ..row(account, "Root", "eu-west-1", resource, Status::Fail) }
}

fn causes(rows: &[ReportRow]) -> Causes {
    let mut builder = CausesBuilder::default();
    rows.iter().for_each(|row| builder.add(row));
    builder.finish()
}

#[track_caller]
fn check(rows: &[ReportRow], expected: &[(&str, u64, u64)]) {
    let causes = causes(rows);
    let found: Vec<(String, u64, u64)> =
        causes.shared.iter().map(|cause| (cause.origin.text(), cause.findings, cause.accounts())).collect();
    let expected: Vec<(String, u64, u64)> =
        expected.iter().map(|(origin, findings, accounts)| ((*origin).to_owned(), *findings, *accounts)).collect();
    assert_eq!(found, expected);
}

#[test]
fn findings_of_one_origin_stand_together_and_others_alone() {
    let rows = [
        from(("stack_set", "logging"), "1", "arn:a"),
        from(("stack_set", "logging"), "2", "arn:b"),
        from(("image", "ami-1"), "2", "arn:c"),
        row("2", "Root", "eu-west-1", "arn:d", Status::Fail),
        row("2", "Root", "eu-west-1", "arn:e", Status::Pass),
    ];
    check(&rows, &[("stack_set: logging", 2, 2)]);
    let causes = causes(&rows);
    assert_eq!((causes.findings, causes.closed(), causes.alone()), (4, 2, 2));
    assert_eq!(causes.of(&rows[1]), Some(0));
    assert_eq!(causes.of(&rows[2]), None);
}

#[test]
fn what_no_account_of_a_unit_has_is_one_change_at_the_topmost() {
    let prod = [fails("1", "Root/Prod/A", "eu-west-1"), fails("2", "Root/Prod/B", "eu-west-1")];
    check(&prod, &[("unit: Root", 2, 2)]);
    let passes = row("3", "Root/Test", "eu-west-1", SETTING, Status::Pass);
    check(&[&prod[..], std::slice::from_ref(&passes)].concat(), &[("unit: Root/Prod", 2, 2)]);
    // Of what could not be read nothing is known.
    let unknown = row("3", "Root/Prod/A", "eu-west-1", SETTING, Status::Unknown);
    check(&[&prod[..], &[passes, unknown]].concat(), &[("unit: Root/Prod", 2, 2)]);
    // One account is no unit, and one that has no known place is in none.
    check(&[fails("1", "Root", "eu-west-1"), fails("1", "Root", "us-east-1")], &[]);
    check(&[fails("1", "", "eu-west-1"), fails("2", "", "eu-west-1")], &[]);
}

#[test]
fn a_setting_of_a_region_may_lack_in_that_region_only() {
    let rows = [
        fails("1", "Root/Prod", "eu-west-1"),
        fails("2", "Root/Prod", "eu-west-1"),
        row("1", "Root/Prod", "us-east-1", SETTING, Status::Pass),
        fails("2", "Root/Prod", "us-east-1"),
    ];
    check(&rows, &[("unit_in_region: Root in eu-west-1", 2, 2)]);
    assert_eq!(causes(&rows).alone(), 1);
}

#[test]
fn of_a_part_of_the_accounts_nothing_is_said_of_units() {
    let mut builder = CausesBuilder::default();
    builder.only_a_part();
    [fails("1", "Root", "eu-west-1"), fails("2", "Root", "eu-west-1")].iter().for_each(|row| builder.add(row));
    let causes = builder.finish();
    assert_eq!((causes.shared.len(), causes.alone()), (0, 2));
}

#[test]
fn what_is_accepted_is_in_no_change() {
    let accepted = Arc::new(Accepted {
        id: "E-1".into(),
        until: Day::of("2027-01-01").unwrap(),
        expired: false,
        reason: "r".into(),
        owner: "o".into(),
        approver: "p".into(),
        compensating_control: "".into(),
        ticket: "".into(),
    });
    let one = ReportRow { accepted: Some(accepted), ..from(("stack", "s"), "1", "arn:a") };
    let causes = causes(&[one.clone(), from(("stack", "s"), "1", "arn:b")]);
    assert_eq!((causes.findings, causes.shared.len(), causes.of(&one)), (1, 0, None));
}

#[test]
fn memory_is_bounded_and_what_is_beyond_is_its_own_change() {
    let mut builder = CausesBuilder::default();
    let count = MOST + 10;
    for index in 0..count {
        for resource in ["arn:a", "arn:b"] {
            builder.add(&from(("stack", &index.to_string()), "1", resource));
        }
    }
    let causes = builder.finish();
    assert!(causes.is_cut);
    assert_eq!(causes.shared.len(), MOST);
    assert_eq!((causes.findings, causes.alone()), (2 * count as u64, 20));
    assert!(causes.shared.iter().all(|cause| cause.samples.len() <= SAMPLES));
}

fn any_row() -> impl Strategy<Value = ReportRow> {
    let account = prop_oneof![Just(("1", "Root/A")), Just(("2", "Root/A")), Just(("3", "Root/B")), Just(("4", ""))];
    let region = prop_oneof![Just("eu-west-1"), Just("us-east-1")];
    let status = prop_oneof![Just(Status::Fail), Just(Status::Fail), Just(Status::Pass), Just(Status::Unknown)];
    let origin = prop_oneof![Just(None), Just(Some("x")), Just(Some("y"))];
    let control = prop_oneof![Just("a-one"), Just("b-two")];
    (account, region, status, origin, control, any::<bool>()).prop_map(
        |(account, region, status, origin, control, is_setting)| {
            let resource = if is_setting { SETTING } else { "arn:x" };
            let origin = origin.map(|name| Arc::new(Origin::new("stack", name)));
            ReportRow { origin, control: control.into(), ..row(account.0, account.1, region, resource, status) }
        },
    )
}

proptest! {
    #[test]
    fn each_finding_is_in_exactly_one_change(rows in proptest::collection::vec(any_row(), 0..60)) {
        let causes = causes(&rows);
        let mut counted = vec![0u64; causes.shared.len()];
        let mut alone = 0;
        for row in &rows {
            match causes.of(row) {
                Some(index) => {
                    prop_assert_eq!(row.status, Status::Fail);
                    prop_assert_eq!(&causes.shared[index].control, &row.control);
                    counted[index] += 1;
                }
                None => alone += u64::from(row.status == Status::Fail),
            }
        }
        let told: Vec<u64> = causes.shared.iter().map(|cause| cause.findings).collect();
        prop_assert_eq!(counted, told);
        prop_assert_eq!(alone, causes.alone());
        // No unit is named in which something passes.
        for (row, cause) in rows.iter().flat_map(|row| causes.shared.iter().map(move |cause| (row, cause))) {
            let is_of_unit = &*cause.origin.kind == "unit" && row.control == cause.control && is_setting(row);
            if is_of_unit && row.status == Status::Pass && !row.ou.is_empty() {
                prop_assert!(row.ou.strip_prefix(&*cause.origin.name).is_none());
            }
        }
    }
}

/// Text that tries to break out of every format.
const HOSTILE: &str = "</td><script>alert(1)</script>\u{1b}[2J\u{202e}\r\nBREAKS";

#[test]
fn origins_are_strangers_text_in_every_output() {
    let rows: Vec<ReportRow> = ["arn:a", "arn:b"].map(|arn| from(("module", HOSTILE), "1", arn)).into();
    let mut builder = DigestBuilder::new();
    rows.iter().for_each(|row| builder.add(row));
    let digest = builder.finish();
    assert_eq!(digest.causes.shared.len(), 1);
    let summary = corpus::summary(ScanState::Complete);
    let written = |write: &dyn Fn(&mut Vec<u8>) -> std::io::Result<()>| {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    let page = written(&|out| html::write(out, &summary, &digest, &|_| None));
    let table = written(&|out| table::write(out, &summary, &digest, Style { colour: false, width: 120 }));
    let narrow = written(&|out| table::write(out, &summary, &digest, Style { colour: false, width: 60 }));
    let list = written(&|out| write_text(out, &digest.causes));
    for text in [&page, &table, &narrow, &list] {
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\r']), "{text}");
        assert!(!text.lines().any(|line| line.starts_with("BREAKS")), "{text}");
        assert!(text.contains("module "), "{text}");
    }
    assert!(!page.contains("<script"), "{page}");
    let line = written(&|out| write_line(out, "s", &digest.causes.shared[0], &[]));
    assert_eq!(line.lines().count(), 1);
    let document = written(&|out| crate::report::summary::write(out, &summary, &digest, None));
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    assert_eq!(document["causes"]["list"][0]["origin"]["name"], HOSTILE);
    assert_eq!(document["causes"]["shared_findings"], 2);
}
