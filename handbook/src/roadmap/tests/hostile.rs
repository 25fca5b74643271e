//! Names are strangers' text: no sink lets them out of their place.

use plumbline_baseline::Status;

use super::super::*;
use super::{all_pass, said, three};
use crate::standing::{Account, Attestation};

const NAMES: [&str; 4] = [
    "</td><script>alert(1)</script>&amp;\"'",
    "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{202e}txt\u{2066}\u{200b}\r\nlevel 3",
    "=HYPERLINK(\"https://evil.example\")",
    "a/../../b\u{0}",
];

fn hostile(name: &str) -> Standing {
    let accounts =
        ["1", "2", "3"].map(|id| (id.to_owned(), Account { name: name.to_owned(), unit: format!("Root/{name}") }));
    let mut standing = Standing::new(name, name, accounts).with_pack(Pack::embedded());
    for (account, control, status) in all_pass() {
        let status = if account == "2" { Status::Fail } else { status };
        standing.add(super::row(account, control, status));
    }
    standing.with_attestations("2026-11-27", [Attestation { by: name.to_owned(), ..said(Some(&["1"])) }])
}

#[test]
fn a_terminal_gets_no_more_than_lines() {
    let (handbook, pack) = (three(), Pack::embedded());
    for name in NAMES {
        let standing = hostile(name);
        let roadmap = Roadmap::new(&handbook, pack, &standing);
        let style = TextStyle { is_coloured: false, width: 100, options: String::new() };
        let units: Vec<Scope<'_>> = roadmap.units().iter().map(|unit| roadmap.unit(unit)).collect();
        for scope in units.into_iter().chain([roadmap.organization(), roadmap.account("2")]) {
            let text = roadmap.text(&scope, &style);
            assert!(text.lines().count() < 60, "{text}");
            for letter in text.chars() {
                assert!(letter == '\n' || !letter.is_control(), "{letter:?} in {text}");
                assert!(!"\u{202e}\u{2066}\u{200b}".contains(letter), "{letter:?} in {text}");
            }
            assert!(!text.contains("\nlevel 3"), "{text}");
        }
    }
}

#[test]
fn a_machine_gets_the_names_as_they_are_and_one_line_each() {
    let (handbook, pack) = (three(), Pack::embedded());
    for name in NAMES {
        let standing = hostile(name);
        let roadmap = Roadmap::new(&handbook, pack, &standing);
        let mut out = Vec::new();
        roadmap.write_lines(&mut out).unwrap();
        let lines: Vec<serde_json::Value> =
            String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let kinds: Vec<&str> = lines.iter().map(|line| line["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds.iter().filter(|kind| **kind == "account").count(), 3);
        assert_eq!((kinds[0], kinds[1]), ("organization", "unit"));
        let last = lines.last().unwrap();
        assert_eq!((last["id"].as_str(), last["name"].as_str()), (Some("3"), Some(name)));
        let mut document = Vec::new();
        roadmap.write_document(&mut document).unwrap();
        let document: serde_json::Value = serde_json::from_slice(&document).unwrap();
        assert_eq!(document["organization"], lines[0]);
        assert_eq!(document["accounts"].as_array().unwrap().len(), 3);
    }
}
