//! What governance says, in every format: apart from what is to be fixed, in every output, and bounded.

use super::corpus::{accepted, owner, row, summary};
use super::{html_of, table_of, text};
use crate::report::digest::{DigestBuilder, OWNERS};
use crate::report::list::ListWriter;
use crate::report::row::{ReportRow, ScanState};
use crate::report::table::Style;
use crate::report::{html, summary as sums};
use plumbline_baseline::{Severity, Status};
use serde_json::Value;

fn failing(name: &str) -> ReportRow {
    let mut each = row("111111111111", "us-east-1", "s3-bucket-tls-only", Status::Fail);
    each.resource = format!("arn:aws:s3:::{name}");
    each
}

/// One finding that nobody accepts, one that is accepted, and one that was.
fn three() -> Vec<ReportRow> {
    let (open, mut held, mut back) = (failing("open"), failing("held"), failing("back"));
    held.accepted = Some(accepted("held-by-it", false));
    held.owner = Some(owner("team-held"));
    back.accepted = Some(accepted("over-now", true));
    back.owner = Some(owner("team-back"));
    vec![open, held, back]
}

#[test]
fn accepted_findings_are_no_examples_of_what_to_fix() {
    let mut builder = DigestBuilder::new();
    three().iter().for_each(|row| builder.add(row));
    let digest = builder.finish();
    let control = &digest.controls["s3-bucket-tls-only"];
    assert_eq!((control.failing, control.accepted, control.open()), (3, 1, 2));
    let samples: Vec<&str> = control.samples.iter().map(|sample| &*sample.resource).collect();
    assert_eq!(samples, ["arn:aws:s3:::open", "arn:aws:s3:::back"]);
    let owners: Vec<(&str, u64)> =
        digest.governed.owners_by_need().into_iter().map(|(name, of)| (name, of.findings())).collect();
    assert_eq!((owners, digest.governed.without_owner.findings()), (vec![("team-back", 1)], 1));
}

#[test]
fn a_control_of_which_all_is_accepted_is_not_to_be_fixed() {
    let mut builder = DigestBuilder::new();
    let mut held = failing("held");
    held.severity = Severity::Critical;
    held.accepted = Some(accepted("held-by-it", false));
    builder.add(&held);
    let digest = builder.finish();
    assert!(digest.fix_first().is_empty() && digest.open() == 0);
    assert_eq!((digest.total.checks.failed, digest.total.checks.accepted), (1, 1));
    assert_eq!(digest.total.checks.compliance(), Some(0.0));
}

#[test]
fn every_format_says_what_is_accepted_and_whose_it_is() {
    let list = text(|out| {
        let mut writer = ListWriter::new(out, Style { colour: false, width: 120 });
        three().iter().for_each(|row| writer.write_row(row).unwrap());
        writer.finish(false).unwrap();
    });
    for part in
        ["accepted until 2026-12-24 by held-by-it", "was accepted until 2026-12-24 by over-now", "owner: team-held"]
    {
        assert!(list.contains(part), "{part}: {list}");
    }
    let table = table_of(&three(), false);
    for part in ["Accepted         1", "held-by-it", "over-now ended on", "team-back: 1 finding"] {
        assert!(table.contains(part), "{part}: {table}");
    }
    let page = html_of(&three());
    for part in ["owner: team-back", "<code>held-by-it</code>", "1 more accepted", "over-now ended on"] {
        assert!(page.contains(part), "{part}");
    }
    let mut builder = DigestBuilder::new();
    three().iter().for_each(|row| builder.add(row));
    let json = text(|out| sums::write(out, &summary(ScanState::Complete), &builder.finish(), None).unwrap());
    let json: Value = serde_json::from_str(&json).unwrap();
    let exceptions: Vec<&str> =
        json["governance"]["exceptions"].as_array().unwrap().iter().map(|each| each["id"].as_str().unwrap()).collect();
    assert_eq!(exceptions, ["held-by-it", "over-now"]);
    assert_eq!(json["governance"]["accepted"], 1);
}

#[test]
fn what_governance_says_is_bounded_however_much_there_is() {
    let long = "x".repeat(20_000);
    let mut builder = DigestBuilder::new();
    for index in 0..6_000 {
        let mut each = failing(&format!("{index}{long}"));
        each.account = format!("{:012}", index % 300).into();
        each.owner = Some(owner(&format!("{index}{long}")));
        each.accepted = (index % 2 == 0).then(|| accepted(&format!("{}{long}", index % 500), index % 4 == 0));
        builder.add(&each);
    }
    let digest = builder.finish();
    let governed = &digest.governed;
    assert_eq!(governed.owners.len(), OWNERS);
    let counted = governed.owners.values().chain([&governed.further_owners]).map(|of| of.findings() + of.accepted);
    assert_eq!(counted.sum::<u64>(), 6_000, "none is lost");
    let page = text(|out| html::write(out, &summary(ScanState::Complete), &digest, &|_| None).unwrap());
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
}
