//! Every format on a hostile corpus: names and values made of markup, formulas, escape sequences, overrides and length.
//!
//! Snapshots show the whole output; the assertions beside them say what must never be in it.

pub(crate) mod corpus;
mod frameworks;
mod governed;
mod past;

use std::collections::BTreeMap;

use super::csv::CsvWriter;
use super::digest::{Checks, DigestBuilder};
use super::list::ListWriter;
use super::row::{Limit, Problem, ReportRow, ScanState};
use super::{html, ndjson, table};
use corpus::{control, hostile, row, summary, witness};
use plumbline_baseline::pack::control::Control;
use plumbline_baseline::{Evidence, Severity, Status};
use unicode_width::UnicodeWidthStr;

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
    table_at(rows, table::Style { colour, width: 120 })
}

fn table_at(rows: &[ReportRow], style: table::Style) -> String {
    let mut builder = DigestBuilder::new();
    rows.iter().for_each(|row| builder.add(row));
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
fn table_and_list_keep_to_the_width() {
    for width in [40, 60, 77, 78, 80, 100, 112, 120, 140, 200] {
        let style = table::Style { colour: false, width };
        let table = table_at(&hostile(), style);
        let too_wide: Vec<&str> = table.lines().filter(|line| line.width() > usize::from(width)).collect();
        assert!(too_wide.is_empty(), "{width} columns: {too_wide:#?}");
        for id in ["111111111111", "222222222222", "s3-bucket-tls-only", "iam-root-mfa"] {
            assert!(table.contains(id), "{width} columns: {id} is cut:\n{table}");
        }
    }
}

#[test]
fn list_cuts_no_id_and_keeps_its_lines_short_but_for_the_resource() {
    let mut each =
        row("111111111111", "ap-southeast-1", "ec2-security-group-no-open-administration", Status::NotApplicable);
    each.resource = format!("arn:aws:ec2:ap-southeast-1:111111111111:security-group/sg-{}", "0".repeat(120));
    for width in [40, 60, 80, 100, 120, 200] {
        let out = text(|out| {
            let mut writer = ListWriter::new(out, table::Style { colour: false, width });
            writer.write_row(&each).unwrap();
            writer.finish(false).unwrap();
        });
        for id in [&*each.account, &*each.region, &*each.control, &*each.resource] {
            assert!(out.contains(id), "{width}: {out}");
        }
        let is_long = |line: &&str| line.width() > usize::from(width).max(49) && !line.contains("arn:");
        assert_eq!(out.lines().filter(is_long).count(), 0, "{width}: {out}");
    }
}

#[test]
fn list_shows_what_decided_and_moves_no_cursor() {
    let mut first = row("111111111111", "us-east-1", "iam-user-console-mfa", Status::Fail);
    first.evidence = vec![
        Evidence { path: "size(all(\"Report\"))".into(), value: "1".into() },
        Evidence { path: "all(\"Report\")[0].Mfa".into(), value: "false".into() },
    ];
    let rows: Vec<_> = std::iter::once(first).chain(hostile()).collect();
    let out = text(|out| {
        let mut writer = ListWriter::new(out, table::Style { colour: false, width: 80 });
        rows.iter().for_each(|row| writer.write_row(row).unwrap());
        writer.finish(false).unwrap();
    });
    assert!(!out.chars().any(|c| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c)), "{out:?}");
    assert!(out.contains("[0].Mfa = false") && !out.contains("size("), "{out}");
}

/// The rows of stores that know no witnesses render as ever.
#[test]
fn every_format_shows_what_decided() {
    let mut each = row("111111111111", "us-east-1", "s3-bucket-tls-only", Status::Fail);
    each.witnesses = vec![witness("Oops")];
    let sentence = "anybody, unsigned: `s3:GetObject` on `arn:aws:s3:::b/*`, by statement `Oops`";
    let list = text(|out| {
        let mut writer = ListWriter::new(out, table::Style { colour: false, width: 120 });
        writer.write_row(&each).unwrap();
        writer.finish(false).unwrap();
    });
    assert!(list.contains(sentence), "{list}");
    let csv = text(|out| {
        let mut writer = CsvWriter::new(out).unwrap();
        writer.write_row(&each).unwrap();
        writer.finish().unwrap();
    });
    let mut reader = ::csv::Reader::from_reader(csv.as_bytes());
    let column = reader.headers().unwrap().iter().position(|name| name == "witness").unwrap();
    assert_eq!(&reader.records().next().unwrap().unwrap()[column], sentence);
    let line = text(|out| ndjson::write_row(out, &each).unwrap());
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["witnesses"][0]["sentence"], sentence);
    assert_eq!(line["witnesses"][0]["parts"]["statements"], serde_json::json!(["Oops"]));
    assert_eq!(line["witnesses"][0]["parts"]["context"]["aws:SourceIp"], "203.0.113.7");
    let page = html_of(&[each]);
    assert!(page.contains("by statement <code>Oops</code></p>"), "{page}");
}

#[test]
fn html_takes_one_account_for_no_organization() {
    let mut summary = summary(ScanState::Complete);
    summary.accounts.truncate(1);
    let digest = DigestBuilder::new().finish();
    let out = text(|out| html::write(out, &summary, &digest, &|_| None).unwrap());
    assert!(out.contains("How account <span class=\"name\">111111111111</span> stands"));
}

#[test]
fn an_account_of_which_some_jobs_came_to_nothing_keeps_its_figures() {
    let mut summary = summary(ScanState::Complete);
    summary.accounts.truncate(1);
    summary.accounts[0].jobs_done = 3;
    let mut builder = DigestBuilder::new();
    builder.add(&row("111111111111", "us-east-1", "a", Status::Pass));
    let digest = builder.finish();
    let mut page = |problem| {
        summary.accounts[0].problem = Some(problem);
        text(|out| html::write(out, &summary, &digest, &|_| None).unwrap())
    };
    let partial = page(Problem::Partial("not_run: the agent was lost".into()));
    assert!(partial.contains("3 of 4 jobs done; Not run: the agent was lost"), "{partial}");
    assert!(!partial.contains("not readable"), "{partial}");
    assert!(page(Problem::Unreadable("role_unassumable: no".into())).contains("not readable"));
}

#[test]
fn html_leads_to_what_is_there() {
    let out = html_of(&hostile());
    let ids: Vec<&str> = out.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    for target in out.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(ids.contains(&target), "#{target} leads nowhere");
    }
    let unique: std::collections::BTreeSet<_> = ids.iter().collect();
    assert_eq!(unique.len(), ids.len(), "{ids:?}");
}

#[test]
fn the_severe_come_first_however_many_accounts_the_others_concern() {
    let mut builder = DigestBuilder::new();
    let mut add = |account: u32, control: &str, severity| {
        let mut each = row(&format!("{account:012}"), "us-east-1", control, Status::Fail);
        each.severity = severity;
        builder.add(&each);
    };
    (0..900).for_each(|account| add(account, "tags", Severity::Low));
    (0..3).for_each(|account| add(account, "open-port", Severity::High));
    add(1, "root-key", Severity::Critical);
    (5..9).for_each(|account| add(account, "public-bucket", Severity::Critical));
    let digest = builder.finish();
    let order: Vec<&str> = digest.fix_first().into_iter().map(|(id, _)| &**id).collect();
    assert_eq!(order, ["public-bucket", "root-key", "open-port", "tags"]);
}

/// The colours of text on what is behind them, in both schemes: WCAG 2.2, 1.4.3, asks for 4.5 to 1.
#[test]
fn html_has_contrast() {
    let style = include_str!("html/page.css");
    let (light, dark) = style.split_once("prefers-color-scheme: dark").unwrap();
    let colours = |text: &str| -> BTreeMap<String, u32> {
        let declarations = text.split(';').filter_map(|each| each.rsplit_once("--")?.1.split_once(": #"));
        let parsed = declarations.filter_map(|(name, hex)| Some((name.to_owned(), u32::from_str_radix(hex, 16).ok()?)));
        parsed.collect()
    };
    let dark = &dark[..dark.find("* {").unwrap()];
    for (scheme, colours) in [("light", colours(light)), ("dark", colours(dark))] {
        for text in ["ink", "soft", "accent", "good", "partly", "bad", "medium"] {
            for back in ["paper", "raised"] {
                let contrast = contrast(colours[text], colours[back]);
                assert!(contrast >= 4.5, "{scheme}: {text} on {back} is {contrast:.2}");
            }
        }
        for severity in Severity::ALL.map(Severity::as_str) {
            let contrast = contrast(colours[severity], colours[&format!("{severity}-back")]);
            assert!(contrast >= 4.5, "{scheme}: {severity} is {contrast:.2}");
        }
    }
}

fn contrast(a: u32, b: u32) -> f64 {
    let luminance = |colour: u32| -> f64 {
        let part = |shift: u32| f64::from((colour >> shift) & 0xff) / 255.0;
        let linear = |part: f64| if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) };
        0.2126 * linear(part(16)) + 0.7152 * linear(part(8)) + 0.0722 * linear(part(0))
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
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
        each.witnesses = vec![witness(&long), witness(&long)];
        builder.add(&each);
    }
    let digest = builder.finish();
    let out = text(|out| html::write(out, &summary(ScanState::Complete), &digest, &|_| None).unwrap());
    assert!(out.len() < 1_200_000, "{} bytes", out.len());
    assert!(out.contains("plumbline findings --scan 01JDEMO0000000000000000000"));

    let mut wordy = control();
    wordy.why = long.clone();
    wordy.remediation.steps = long.clone();
    wordy.remediation.cli = long.clone();
    let out = text(|out| html::write(out, &summary(ScanState::Complete), &digest, &|_| Some(&wordy)).unwrap());
    assert!(out.len() < 4_000_000, "{} bytes", out.len());
}

#[test]
fn what_was_left_out_is_known_of_old_scans_too() {
    let check = |limits: &[(&str, &[&str])], expected: &[&str]| {
        let mut summary = summary(ScanState::Complete);
        let limit = |(option, values): &(&str, &[&str])| Limit {
            option: (*option).to_owned(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        };
        summary.limits = limits.iter().map(limit).collect();
        assert_eq!(summary.regions_left_out(), expected);
    };
    check(&[], &[]);
    check(&[("regions", &["eu-west-1", "aws-global"])], &[]);
    check(&[("regions", &["eu-west-1"])], &["aws-global"]);
    check(&[("exclude-regions", &["me-south-1"]), ("no-global", &[])], &["me-south-1", "aws-global"]);
    check(&[("exclude-regions", &["aws-global"]), ("no-global", &[])], &["aws-global"]);
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
    assert_eq!((digest.failures_at(Severity::High), digest.failures_at(Severity::Critical)), (1, 0));
    assert_eq!((digest.checks_of(Severity::High), digest.checks_of(Severity::Low)), (checks, Checks::default()));
    assert!(digest.is_covered(Some(75.0)) && !digest.is_covered(Some(75.1)) && !digest.is_covered(None));
}
