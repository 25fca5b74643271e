//! Every format on a hostile corpus: names and values made of markup, formulas, escape sequences, overrides and length.
//!
//! Snapshots show the whole output; the assertions beside them say what must never be in it.

mod corpus;

use std::collections::BTreeMap;

use super::csv::CsvWriter;
use super::digest::DigestBuilder;
use super::row::{ReportRow, ScanState};
use super::{html, ndjson, table};
use corpus::{control, hostile, row, summary};
use plumbline_baseline::pack::control::Control;
use plumbline_baseline::{Severity, Status};

fn text(render: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    render(&mut out);
    String::from_utf8(out).unwrap()
}

fn html_of(rows: &[ReportRow]) -> String {
    let mut builder = DigestBuilder::new();
    rows.iter().for_each(|row| builder.add(row));
    let controls: BTreeMap<String, Control> = [("s3-bucket-tls-only".to_owned(), control())].into();
    text(|out| html::write(out, &summary(ScanState::Complete), &builder.finish(), &|id| controls.get(id)).unwrap())
}

fn table_of(rows: &[ReportRow], colour: bool) -> String {
    let mut builder = DigestBuilder::new();
    rows.iter().for_each(|row| builder.add(row));
    let style = table::Style { colour, width: 120 };
    text(|out| table::write(out, &summary(ScanState::Interrupted), &builder.finish(), style).unwrap())
}

#[test]
fn ndjson_keeps_text_and_field_order() {
    let out = text(|out| hostile().iter().for_each(|row| ndjson::write_row(out, row).unwrap()));
    assert_eq!(out.lines().count(), hostile().len());
    let names = ["scan", "account", "account_name", "ou", "region", "control", "title", "severity", "level", "status"];
    let positions: Vec<_> = names.iter().map(|name| out.find(&format!("\"{name}\":")).unwrap()).collect();
    assert!(positions.is_sorted());
    insta::assert_snapshot!(out);
}

#[test]
fn csv_runs_no_formula() {
    let out = text(|out| {
        let mut writer = CsvWriter::new(out).unwrap();
        hostile().iter().for_each(|row| writer.write_row(row).unwrap());
        writer.finish().unwrap();
    });
    for record in ::csv::Reader::from_reader(out.as_bytes()).records() {
        for cell in record.unwrap().iter() {
            assert!(
                !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠']),
                "{cell:?}"
            );
        }
    }
    insta::assert_snapshot!(out);
}

#[test]
fn table_moves_no_cursor() {
    let out = table_of(&hostile(), false);
    assert!(!out.chars().any(|c| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c)), "{out:?}");
    insta::assert_snapshot!(out);
}

#[test]
fn table_colours_only_what_it_is_told_to() {
    let coloured = table_of(&hostile(), true);
    assert!(coloured.contains("\u{1b}[1;31mcritical\u{1b}[0m"));
    assert_eq!(coloured.matches("\u{1b}[").count() % 2, 0, "every colour is closed");
}

#[test]
fn html_escapes_and_loads_nothing() {
    let out = html_of(&hostile());
    for forbidden in
        ["<script", "<img", "<link", "<iframe", " style=", "onerror=\"", "url(", "@import", "\u{202e}", "\u{1b}"]
    {
        assert!(!out.contains(forbidden), "{forbidden} is in the page");
    }
    let body = &out[out.find("<body>").unwrap()..];
    insta::assert_snapshot!(body.replace("><", ">\n<"));
}

#[test]
fn html_is_bounded() {
    let long = "x".repeat(20_000);
    let mut builder = DigestBuilder::new();
    for index in 0..60_000 {
        let mut each =
            row(&format!("{:012}", index % 600), "us-east-1", &format!("control-{}", index % 300), Status::Fail);
        each.resource = format!("arn:aws:s3:::{index}{long}");
        each.reason = long.as_str().into();
        builder.add(&each);
    }
    let digest = builder.finish();
    let out = text(|out| html::write(out, &summary(ScanState::Complete), &digest, &|_| None).unwrap());
    assert!(out.len() < 1_000_000, "{} bytes", out.len());
    assert!(out.contains("plumbline findings --status fail"));
}

#[test]
fn a_check_with_an_unknown_row_is_neither_covered_nor_passed() {
    let mut builder = DigestBuilder::new();
    let job = |control, status| row("111111111111", "us-east-1", control, status);
    builder.add(&job("a", Status::Pass));
    builder.add(&job("a", Status::Unknown));
    builder.add(&job("b", Status::Pass));
    builder.add(&job("c", Status::Fail));
    builder.add(&job("d", Status::NotApplicable));
    builder.add(&job("e", Status::Manual));
    let digest = builder.finish();
    let checks = digest.total.checks;
    assert_eq!((checks.automated, checks.passed, checks.failed, checks.undecided), (4, 1, 1, 1));
    assert_eq!((checks.not_applicable, checks.manual), (1, 1));
    assert_eq!((checks.coverage(), checks.compliance()), (Some(0.75), Some(0.5)));
    assert!(digest.has_failures_at(Severity::High));
    assert!(!digest.has_failures_at(Severity::Critical));
}
