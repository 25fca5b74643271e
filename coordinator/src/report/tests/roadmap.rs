//! The roadmap in reports: strangers' texts, what leads where, and that it stays bounded.

use super::corpus;
use super::*;
use crate::report::digest::Digest;
use crate::report::roadmap::{Part, Roadmap};
use crate::report::summary as summary_json;

fn digest(roadmap: Option<Roadmap>) -> Digest {
    let mut builder = DigestBuilder::new();
    hostile().iter().for_each(|row| builder.add(row));
    let mut digest = builder.finish();
    digest.roadmap = roadmap;
    digest
}

fn page(digest: &Digest) -> String {
    text(|out| html::write(out, &summary(ScanState::Complete), digest, &|_| None).unwrap())
}

#[test]
fn the_page_escapes_what_a_roadmap_names_and_leads_to_it() {
    let out = page(&digest(Some(corpus::roadmap())));
    for forbidden in ["<script", "<img", "<link", " style=", "onerror=\"", "url(", "\u{202e}", "\u{1b}"] {
        assert!(!out.contains(forbidden), "{forbidden} is in the page");
    }
    let ids: Vec<&str> = out.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    for wanted in out.split("href=\"#").skip(1).chain(out.split("labelledby=\"").skip(1)) {
        for target in wanted.split('"').next().unwrap().split(' ') {
            assert!(ids.contains(&target), "#{target} leads nowhere");
        }
    }
    assert!(ids.contains(&"roadmap") && ids.contains(&"roadmap-line"), "{ids:?}");
    assert!(out.contains("Level reached") && out.contains("What comes next"));
    // Three scans of the trend have figures, and this one's are those of the reading.
    assert_eq!(out.matches("Processes × accounts done from").count(), 1);
    assert!(out.contains("7 of 9"), "{out}");
    assert!(!page(&digest(None)).contains("roadmap"), "nothing is said where nothing is known");
}

#[test]
fn the_terminal_and_the_summary_say_it_too() {
    for width in [60, 120] {
        let style = table::Style { colour: false, width };
        let out = text(|out| {
            table::write(out, &summary(ScanState::Complete), &digest(Some(corpus::roadmap())), style).unwrap();
        });
        assert!(out.contains("Handbook    level 0"), "{out}");
        for line in out.lines() {
            assert!(line.width() <= usize::from(width), "{line}");
            assert!(!line.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{line:?}");
        }
    }
    let scan = summary(ScanState::Complete);
    let of = |roadmap| text(|out| summary_json::write(out, &scan, &digest(roadmap), None).unwrap());
    let json: serde_json::Value = serde_json::from_str(&of(Some(corpus::roadmap()))).unwrap();
    let roadmap = &json["roadmap"];
    assert_eq!((&roadmap["level"], &roadmap["places"], &roadmap["states"]["open"]), (&0.into(), &9.into(), &2.into()));
    assert_eq!(roadmap["next"][0]["controls"][0]["accounts"], 2);
    assert_eq!(json["trend"][0]["roadmap"]["processes"], 9);
    assert!(serde_json::from_str::<serde_json::Value>(&of(None)).unwrap().get("roadmap").is_none());
}

#[test]
fn the_section_is_bounded() {
    let long = "x".repeat(2_000);
    let part = |index: u32| Part { id: format!("{index}{long}"), name: long.clone(), places: 1, ..Part::default() };
    let mut roadmap = corpus::roadmap();
    (roadmap.units, roadmap.accounts) = ((0..6_000).map(part).collect(), (0..6_000).map(part).collect());
    let grown = page(&digest(Some(roadmap))).len() - page(&digest(None)).len();
    assert!(grown < 40_000, "{grown} bytes");
}
