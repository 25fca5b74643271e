//! `docs/identity.md` says what the code does, and which test holds it.

use std::fs;
use std::path::Path;

use plumbline_identity::lifetimes;

fn page() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/identity.md")).expect("the page is there")
}

#[test]
fn lifetimes_are_those_of_the_page() {
    let page = page();
    for (what, lifetime) in [
        ("root", lifetimes::ROOT),
        ("issuer, signing", lifetimes::ISSUER_SIGNS),
        ("issuer, valid", lifetimes::ISSUER),
        ("coordinator", lifetimes::COORDINATOR),
        ("agent", lifetimes::AGENT),
        ("operator", lifetimes::OPERATOR),
        ("enrolment token", lifetimes::TOKEN),
        ("tolerated difference of clocks", lifetimes::SKEW),
    ] {
        let minutes = lifetime.as_secs() / 60;
        let text = match (minutes % (60 * 24), minutes % 60) {
            (0, _) if minutes > 60 * 24 => format!("{} days", minutes / 60 / 24),
            (_, 0) => format!("{} hours", minutes / 60),
            _ => format!("{minutes} minutes"),
        };
        let line = format!("| {what} | {text} |");
        assert!(page.contains(&line), "the page does not have: {line}");
    }
}

#[test]
fn every_test_that_the_page_names_is_there() {
    let mut sources = String::new();
    // What operators may is the coordinator's to say, and who somebody is to AWS the client's.
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders =
        vec![own.to_owned(), own.join("../aws/src"), own.join("../coordinator/src"), own.join("../tests/tests")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                sources.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    let page = page();
    let table = page.split("## Threats").nth(1).expect("there is a table of threats");
    let lines = table.lines().filter(|line| line.starts_with("| ")).skip(2);
    let mut named = 0;
    for line in lines {
        let tests = line.rsplit('|').nth(1).expect("a line has columns").trim();
        for test in tests.split(", ").map(|test| test.trim_matches('`')) {
            assert!(sources.contains(&format!("fn {test}()")) || sources.contains(&format!("fn {test}(")), "{test}");
            named += 1;
        }
    }
    assert!(named > 15, "only {named} tests are named");
}
