//! What reports say of the scans before: in every format, also where there is none, and never as more than it is.

use plumbline_baseline::{Severity, Status};
use serde_json::Value;

use super::corpus::{past, row, summary};
use super::text;
use crate::report::digest::{Digest, DigestBuilder, SAMPLES};
use crate::report::past::{Became, Changes, Example, NIGHTS, NotCompared, Past, Rows};
use crate::report::row::{Change, ReportRow, ScanState};
use crate::report::table::{self, Style};
use crate::report::{html, summary as document};

fn digest(rows: &[ReportRow]) -> Digest {
    let mut builder = DigestBuilder::new();
    rows.iter().for_each(|row| builder.add(row));
    builder.finish()
}

/// The page, the terminal's report and the document for machines.
fn all(past: Option<Past>, rows: &[ReportRow]) -> (String, String, Value) {
    let mut summary = summary(ScanState::Complete);
    summary.past = past;
    let digest = digest(rows);
    let page = text(|out| html::write(out, &summary, &digest, &|_| None).unwrap());
    let table = text(|out| table::write(out, &summary, &digest, Style { colour: false, width: 100 }).unwrap());
    let document = text(|out| document::write(out, &summary, &digest, None).unwrap());
    (page, table, serde_json::from_str(&document).unwrap())
}

fn failing(resource: &str, change: Change) -> ReportRow {
    let mut row = row("111111111111", "us-east-1", "s3-bucket-tls-only", Status::Fail);
    row.resource = resource.to_owned();
    row.change = Some(change);
    row
}

#[test]
fn every_format_says_what_changed_and_since_which_scan() {
    let rows = [failing("a", Change::Unchanged), failing("b", Change::New)];
    let (page, table, document) = all(Some(past()), &rows);
    let said = "2 new, 1 reopened, 1 fixed, 1 closed, 1 lost, 1 decided";
    assert!(page.contains(&format!("<strong>{said}</strong>")), "{page}");
    assert!(page.contains("diff 01JDEMO000000000000000000A 01JDEMO0000000000000000000</code>"), "{page}");
    assert!(page.find("id=\"changes\"") < page.find("id=\"fix-first\""));
    assert!(page.contains("<strong class=\"news\">1 new</strong>"), "{page}");
    let line = table.lines().find(|line| line.starts_with("  Changes     ")).unwrap();
    assert_eq!(line, format!("  Changes     {said} since"));
    let changes = &document["changes"];
    assert_eq!(changes["compared_with"]["scan"], "01JDEMO000000000000000000A");
    assert_eq!(changes["compared_with"]["started"], "2026-11-22T14:00:00Z");
    assert_eq!((&changes["findings"]["new"], &changes["findings"]["fixed"]), (&2.into(), &1.into()));
    assert_eq!((&changes["rows"]["new"], &changes["closed_because"]["resource_gone"]), (&7.into(), &1.into()));
    assert!(changes["reason"].is_null() && changes["notes"].as_array().unwrap().len() == 1, "{changes}");
}

#[test]
fn that_there_is_nothing_to_compare_with_is_said() {
    let rows = [failing("a", Change::New)];
    for why in [NotCompared::Alone, NotCompared::Damaged] {
        let (page, table, document) = all(Some(Past { changes: Err(why), trend: Vec::new() }), &rows);
        assert!(page.contains("Not compared: ") && !page.contains("<svg class=\"key\""), "{page}");
        assert!(!page.contains("only-news\"") && !page.contains("class=\"news\""), "{page}");
        assert!(table.contains("  Changes     not compared: "), "{table}");
        assert!(document["changes"]["compared_with"].is_null() && document["changes"]["findings"].is_null());
        assert_eq!(document["changes"]["reason"], why.to_string());
        assert_eq!(document["trend"], serde_json::json!([]));
    }
    let (page, table, document) = all(None, &rows);
    assert!(!page.contains("What changed") && !table.contains("Changes"));
    assert!(document.get("changes").is_none() && document.get("trend").is_none());
}

#[test]
fn the_trend_is_drawn_with_its_figures_behind_it() {
    let (page, _, document) = all(Some(past()), &[]);
    let plot = page.split("<div class=\"plot\">").nth(1).unwrap().split("</figure>").next().unwrap();
    assert!(plot.contains("role=\"img\" aria-labelledby=\"trend-title trend-description\""), "{plot}");
    assert!(plot.contains("Coverage from 40.0% to 71.4%. Compliance from 0% to 25.0%."), "{plot}");
    // Two of three days across; from 0 % on.
    assert!(plot.contains("class=\"compliance\" d=\"M0.0,200.0 L0.0,200.0 L666.7,75.0 L1000.0,150.0\""), "{plot}");
    let figures = page.split("The figures of every scan").nth(1).unwrap();
    let rows: Vec<&str> =
        figures.split("<tbody>").nth(1).unwrap().split("</tbody>").next().unwrap().split("<tr>").collect();
    assert_eq!(rows.len(), 4);
    assert!(rows[1].contains("01JDEMO0000000000000000000") && rows[3].contains("40.0%"), "{rows:?}");
    let trend = document["trend"].as_array().unwrap();
    assert_eq!((trend.len(), &trend[1]["coverage"], &trend[1]["compliance"]), (3, &1.0.into(), &0.625.into()));
    assert_eq!((&trend[2]["rows"]["UNKNOWN"], &trend[2]["started"]), (&2.into(), &"2026-11-23T14:00:00Z".into()));
}

/// Names and reasons are as long as somebody outside makes them, and there are more scans than are kept in a trend.
#[test]
fn the_page_stays_in_bounds() {
    let long = "x".repeat(20_000);
    let mut changes = Changes::new("S", "");
    for became in Became::ALL {
        let example = || Example {
            control: long.as_str().into(),
            title: long.as_str().into(),
            severity: Severity::Low,
            account: "111111111111".into(),
            account_name: long.clone(),
            region: long.clone(),
            resource: long.clone(),
            failing_since: "2026-01-15T00:00:00Z".into(),
            reason: long.clone(),
        };
        (0..100).for_each(|_| changes.add(became, example, Severity::Low));
        changes.note(long.clone());
    }
    let trend = past().trend.into_iter().cycle().take(NIGHTS).collect();
    let (page, _, _) = all(Some(Past { changes: Ok(changes), trend }), &[]);
    let (without, _, _) = all(None, &[]);
    assert!(page.len() - without.len() < 120_000, "{} bytes more", page.len() - without.len());
}

#[test]
fn shares_of_rows_are_none_where_there_is_nothing_to_share() {
    let rows = Rows { manual: 3, ..Rows::default() };
    assert_eq!((rows.coverage(), rows.compliance()), (None, None));
    let rows = Rows { unknown: 1, not_applicable: 3, ..Rows::default() };
    assert_eq!((rows.coverage(), rows.compliance()), (Some(0.75), None));
}

#[test]
fn each_finding_says_since_when_and_what_changed_and_news_come_first() {
    let mut rows: Vec<ReportRow> = (0..12).map(|number| failing(&format!("old-{number}"), Change::Unchanged)).collect();
    rows.push(failing("came-back", Change::Reopened));
    rows.push(failing("came", Change::New));
    let summed = digest(&rows);
    let control = &summed.controls["s3-bucket-tls-only"];
    assert_eq!((control.failing, control.new, control.reopened, control.samples.len()), (14, 1, 1, SAMPLES));
    let kept: Vec<&str> = control.samples.iter().map(|sample| sample.resource.as_str()).collect();
    assert_eq!(kept, ["came-back", "came", "old-0", "old-1", "old-2", "old-3", "old-4", "old-5"]);
    let (page, _, _) = all(Some(past()), &rows);
    let since = "<td class=\"since\"><time datetime=\"2026-01-15T00:00:00Z\">2026-01-15</time>";
    let of = |resource: &str| {
        let found = page.split("<tr").find(|row| row.contains(&format!("<code>{resource}</code>")));
        found.unwrap().to_owned()
    };
    assert!(of("came").contains(&format!("{since}<br><span class=\"tag change new\">new</span>")), "{}", of("came"));
    assert!(of("came-back").contains("<span class=\"tag change reopened\">reopened</span>"));
    assert!(of("old-0").contains(&format!("{since}</td>")) && of("old-0").starts_with(" class=\"quiet\""));
}

/// However many findings changed, what is kept of them is bounded, and the most severe are among it.
#[test]
fn examples_are_few_and_the_most_severe() {
    let mut changes = Changes::new("S", "");
    let example = |control: String, severity| Example {
        control: control.into(),
        title: "".into(),
        severity,
        account: String::new(),
        account_name: String::new(),
        region: String::new(),
        resource: String::new(),
        failing_since: "".into(),
        reason: String::new(),
    };
    for number in 0..1000 {
        let severity = if number == 900 { Severity::Critical } else { Severity::Low };
        changes.add(Became::Fixed, || example(number.to_string(), severity), severity);
        changes.note(number.to_string());
    }
    let kept: Vec<&str> = changes.examples(Became::Fixed).iter().map(|example| &*example.control).collect();
    assert_eq!(kept, ["900", "0", "1", "2", "3", "4", "5", "6"]);
    assert_eq!((changes.count(Became::Fixed), changes.counts().as_str()), (1000, "1,000 fixed"));
    assert_eq!(changes.notes.len() as u64 + changes.more_notes, 1000);
    assert_eq!(Changes::new("S", "").counts(), "no finding changed");
}
