//! Frameworks in reports: every requirement is there, what controls say of it is right, and it stays in bounds.

use std::collections::BTreeSet;

use plumbline_baseline::Status;
use plumbline_baseline::pack::Pack;
use serde_json::Value;

use super::corpus::{hostile, row, summary};
use super::text;
use crate::report::digest::{Digest, DigestBuilder};
use crate::report::row::{ReportRow, ScanState};
use crate::report::table::{self, Style};
use crate::report::{html, summary as document};

fn digest(rows: &[ReportRow]) -> Digest {
    let mut builder = DigestBuilder::new();
    rows.iter().for_each(|row| builder.add(row));
    let mut digest = builder.finish();
    let frameworks = Pack::embedded().frameworks().values();
    digest.hold_against(frameworks.map(|framework| (framework, framework.newest())));
    digest
}

fn page(digest: &Digest) -> String {
    text(|out| html::write(out, &summary(ScanState::Complete), digest, &|_| None).unwrap())
}

/// How a requirement stands where a control has these rows.
fn standing(framework: &str, id: &str, rows: &[(&str, Status)]) -> String {
    let rows: Vec<ReportRow> =
        rows.iter().map(|(control, status)| row("111111111111", "us-east-1", control, *status)).collect();
    let text = text(|out| document::write(out, &summary(ScanState::Complete), &digest(&rows), None).unwrap());
    let document: Value = serde_json::from_str(&text).unwrap();
    let of = |list: &Value, id: &str| list.as_array().unwrap().iter().find(|each| each["id"] == id).unwrap().clone();
    let requirement = of(&of(&document["frameworks"], framework)["requirement_list"], id);
    requirement["standing"].as_str().unwrap().to_owned()
}

#[test]
fn requirements_stand_as_rows_say() {
    let cis = |id: &str, rows: &[(&str, Status)], expected: &str| {
        assert_eq!(standing("cis-aws-foundations", id, rows), expected, "{id} {rows:?}");
    };
    let key = "iam-access-key-rotated";
    cis("2.12", &[(key, Status::Pass), (key, Status::NotApplicable)], "holds");
    cis("2.12", &[(key, Status::Pass), (key, Status::Unknown)], "not_decided");
    cis("2.12", &[(key, Status::Unknown), (key, Status::Fail)], "fails");
    cis("2.12", &[("iam-root-mfa", Status::Pass)], "not_decided");
    cis("2.14", &[("iam-policy-no-full-admin", Status::Pass)], "part_holds");
    cis("4.6", &[("kms-key-rotation", Status::Fail)], "not_decided");
    cis("2.2", &[], "person");
    cis("2.16", &[], "not_answered");
    let (ssh, rdp) = ("ec2-security-group-no-open-ssh", "ec2-security-group-no-open-rdp");
    assert_eq!(standing("aws-fsbp", "EC2.19", &[(ssh, Status::Pass), (rdp, Status::Pass)]), "part_holds");
    assert_eq!(standing("aws-fsbp", "EC2.19", &[(ssh, Status::Pass)]), "not_decided");
    assert_eq!(standing("aws-fsbp", "EC2.19", &[(ssh, Status::Fail)]), "fails");
}

/// What another account decides stands as it does there, also where another control decides it.
#[test]
fn what_is_decided_elsewhere_stands_as_it_does_there() {
    let told = |holds_elsewhere: bool, own: Status, owners: Status| {
        let mut elsewhere = row("111111111111", "us-east-1", "cloudtrail-multi-region", Status::Unknown);
        elsewhere.decided_in = vec!["333333333333".into()];
        elsewhere.holds_elsewhere = holds_elsewhere;
        let mut open = row("111111111111", "us-east-1", "cloudtrail-multi-region", own);
        open.resource = "arn:aws:cloudtrail:us-east-1:111111111111:trail/own".into();
        let rows = [elsewhere, open, row("333333333333", "us-east-1", "cloudtrail-multi-region", owners)];
        let digest = digest(&rows);
        let cis = digest.frameworks.iter().find(|framework| framework.id == "cis-aws-foundations").unwrap();
        let requirement = cis.requirements.iter().find(|each| each.requirement.id == "4.1").unwrap();
        (requirement.standing.as_str(), requirement.open)
    };
    let (pass, fail, unknown) = (Status::Pass, Status::Fail, Status::Unknown);
    assert_eq!(told(true, pass, pass), ("holds", 0));
    assert_eq!(told(false, pass, pass), ("not_decided", 1));
    assert_eq!(told(false, pass, fail), ("fails", 1));
    assert_eq!(told(true, unknown, pass), ("not_decided", 1));
    assert_eq!(told(true, fail, pass), ("fails", 0));
}

#[test]
fn the_page_has_every_requirement_and_leads_to_what_is_there() {
    let mut rows = hostile();
    rows.push(row("111111111111", "us-east-1", "iam-access-key-rotated", Status::Pass));
    rows.push(row("111111111111", "us-east-1", "kms-key-rotation", Status::Fail));
    let digest = digest(&rows);
    let page = page(&digest);
    for requirement in digest.frameworks.iter().flat_map(|framework| &framework.requirements) {
        assert!(page.contains(&format!(">{}<", requirement.requirement.id)), "{}", requirement.requirement.id);
    }
    let ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    for target in page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(ids.contains(&target), "#{target} leads nowhere");
    }
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{ids:?}");
    for link in ["#control-iam-access-key-rotated", "#fix-kms-key-rotation", "#frameworks"] {
        assert!(page.contains(link), "{link}");
    }
    assert!(page.len() < 400_000, "{} bytes", page.len());
}

#[test]
fn the_terminal_has_a_line_for_each() {
    let digest = digest(&[row("111111111111", "us-east-1", "iam-access-key-rotated", Status::Pass)]);
    let style = Style { colour: false, width: 100 };
    let out = text(|out| table::write(out, &summary(ScanState::Complete), &digest, style).unwrap());
    let lines: Vec<&str> =
        out.lines().skip_while(|line| *line != "Requirements of frameworks").skip(1).take(2).collect();
    assert!(lines[0].starts_with("   aws-fsbp: of 375, "), "{lines:?}");
    assert!(lines[1].starts_with("   cis-aws-foundations 7.0.0: of 70, "), "{lines:?}");
    assert!(out.lines().all(|line| line.chars().count() <= 100), "{out}");
}
