//! Sites: links that lead somewhere, texts of strangers, and what a page needs so that everybody can read it.

use std::collections::BTreeSet;

use plumbline_baseline::Status;

use super::*;
use crate::standing::{Account, Attestation, Row};

fn pages(standing: Option<&Standing>) -> Vec<Page> {
    Site { handbook: Handbook::embedded(), pack: Pack::embedded(), standing }.pages()
}

#[test]
fn every_link_leads_to_a_page_and_a_place_on_it() {
    every_link_leads_somewhere(&pages(None));
}

fn every_link_leads_somewhere(pages: &[Page]) {
    let known: BTreeSet<&str> = pages.iter().map(|page| page.path.as_str()).collect();
    assert_eq!(known.len(), pages.len(), "two pages have one path");
    let content = |path: &str| &pages.iter().find(|page| page.path == path).expect("it is known").content;
    let mut links = 0;
    for page in pages.iter().filter(|page| page.path.ends_with(".html")) {
        for part in page.content.split("href=\"").chain(page.content.split("src=\"")).skip(1) {
            let address = part.split('"').next().unwrap_or_default();
            if address.starts_with("https://") || address.starts_with('<') || address.contains('\n') {
                continue;
            }
            let (path, place) = address.split_once('#').unwrap_or((address, ""));
            let folder = page.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let path = match path.strip_prefix("../") {
                _ if path.is_empty() => page.path.clone(),
                Some(rest) => rest.to_owned(),
                None if folder.is_empty() => path.to_owned(),
                None => format!("{folder}/{path}"),
            };
            if !page.content.contains(&format!("=\"{address}\"")) {
                continue;
            }
            assert!(known.contains(path.as_str()), "{}: {address}", page.path);
            assert!(
                place.is_empty() || content(&path).contains(&format!("id=\"{place}\"")),
                "{}: {address}",
                page.path
            );
            links += 1;
        }
    }
    assert!(links > 1_000, "{links}");
}

#[test]
fn names_of_accounts_are_strangers() {
    let name = "<script>alert(1)</script>\u{202e}";
    let account = Account { name: name.to_owned(), unit: format!("Root/{name}") };
    let mut standing = Standing::new("01X", "2026-11-27T02:00:00Z", [("111122223333".to_owned(), account)]);
    for control in Pack::embedded().controls() {
        standing.add(Row {
            account: "111122223333",
            control: control.id(),
            severity: control.control.severity,
            status: Status::Fail,
            is_accepted: false,
            since: "2026-11-01T00:00:00Z",
        });
    }
    for page in pages(Some(&standing)).iter().filter(|page| page.path.ends_with(".html")) {
        assert!(!page.content.contains("<script>alert") && !page.content.contains('\u{202e}'), "{}", page.path);
    }
}

/// A standing in which there is something of everything.
fn mixed() -> Standing {
    let name = "<script>alert(1)</script>\u{202e}";
    let account = |unit: &str| Account { name: name.to_owned(), unit: format!("Root/{unit}") };
    let accounts = [("111122223333".to_owned(), account("A")), ("444455556666".to_owned(), account(name))];
    let mut standing = Standing::new("01X", "2026-11-27T02:00:00Z", accounts).with_pack(Pack::embedded());
    let statuses = [Status::Fail, Status::Pass, Status::Unknown, Status::Pass, Status::Manual];
    for (index, control) in Pack::embedded().controls().enumerate() {
        let (control, severity) = (control.id(), control.control.severity);
        for (account, status) in [("111122223333", Status::Pass), ("444455556666", statuses[index % statuses.len()])] {
            standing.add(Row { account, control, severity, status, is_accepted: false, since: "" });
        }
    }
    let steps =
        Handbook::embedded().processes().flat_map(|process| process.steps.iter().map(move |step| (process, step)));
    let said = steps.enumerate().map(|(index, (process, step))| Attestation {
        process: process.id.clone(),
        step: step.id.clone(),
        accounts: (index % 3 == 0).then(|| ["111122223333".to_owned()].into()),
        by: format!("Ann {name}"),
        until: if index % 2 == 0 { "2026-12-31" } else { "2026-11-26" }.into(),
    });
    let said: Vec<Attestation> = said.collect();
    standing.with_attestations("2026-11-27", said)
}

#[test]
fn the_roadmap_stands_where_a_scan_is_and_attested_steps_say_by_whom() {
    let standing = mixed();
    let (with, without) = (pages(Some(&standing)), pages(None));
    assert_eq!(with.len(), without.len() + 1);
    assert!(!without.iter().any(|page| page.content.contains("roadmap.html")));
    let roadmap = &with.iter().find(|page| page.path == "roadmap.html").unwrap().content;
    assert!(roadmap.contains("What comes next") && roadmap.contains("state under_way"), "{roadmap}");
    assert!(with.iter().all(|page| !page.path.ends_with(".html") || page.content.contains("roadmap.html")));
    let process = &with.iter().find(|page| page.path == "processes/budgets.html").unwrap().content;
    assert!(process.contains("Attested by Ann ") && process.contains("to be confirmed again"), "{process}");
    for page in with.iter().filter(|page| page.path.ends_with(".html")) {
        assert!(!page.content.contains("<script>alert") && !page.content.contains('\u{202e}'), "{}", page.path);
    }
    every_link_leads_somewhere(&with);
}

#[test]
fn the_first_page_begins_with_what_is_essential() {
    let pages = pages(None);
    let index = &pages.iter().find(|page| page.path == "index.html").unwrap().content;
    let at = |text: &str| index.find(text).unwrap_or_else(|| panic!("{text}"));
    assert!(at("guides/start-here.html") < at("id=\"questions\"") && at("id=\"questions\"") < at("id=\"chapters\""));
    for process in Handbook::embedded().processes() {
        let address = format!("processes/{}.html", process.id);
        assert_eq!(at(&address) < at("id=\"questions\""), process.level == 1, "{address}");
    }
}

/// What a page needs so that everybody can read it, with and without scripts, styles and a mouse.
#[test]
fn every_page_can_be_read_by_everybody() {
    let standing = mixed();
    for page in pages(Some(&standing)).iter().chain(&pages(None)).filter(|page| page.path.ends_with(".html")) {
        let (path, text) = (&page.path, &page.content);
        for wanted in ["<html lang=\"en\">", "<main id=\"main\">", "href=\"#main\"", "<title>", "name=\"viewport\""] {
            assert!(text.contains(wanted), "{path} has no {wanted}");
        }
        let ids: Vec<&str> = attributes(text, "id").collect();
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "{path} has an id twice");
        for name in ["aria-labelledby", "aria-controls", "aria-describedby", "for"] {
            let named = attributes(text, name).flat_map(|ids| ids.split(' '));
            named.for_each(|id| assert!(unique.contains(id), "{path}: {name} of #{id}"));
        }
        let labelled = [attributes(text, "aria-label"), attributes(text, "title")].into_iter().flatten();
        labelled.for_each(|label| assert!(!label.trim().is_empty(), "{path} has an empty label"));
        // Headings go down one at a time.
        let headings: Vec<u32> =
            tags(text).filter_map(|tag| tag.strip_prefix('h')?.chars().next()?.to_digit(10)).collect();
        assert_eq!(headings.iter().filter(|level| **level == 1).count(), 1, "{path}: {headings:?}");
        assert!(headings.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{path}: {headings:?}");
        // What scrolls can be reached with the keyboard, tables have heads, and nothing is loaded, styled or run in place.
        for tag in tags(text).filter(|tag| tag.contains("class=\"scroll\"") || tag.starts_with("pre")) {
            assert!(tag.contains("tabindex=\"0\""), "{path}: <{tag}>");
        }
        for tag in tags(text).filter(|tag| tag.starts_with("table")) {
            assert_eq!(tag, "table", "{path}");
        }
        for tag in tags(text) {
            let name = tag.split([' ', '/']).next().unwrap_or_default();
            assert!(!["img", "iframe", "object", "embed", "form", "style", "svg"].contains(&name), "{path}: <{tag}>");
            assert!(
                !tag.contains(" style=") && !tag.contains(" onclick") && !tag.contains("src=\"http"),
                "{path}: <{tag}>"
            );
            assert!(name != "script" || tag.starts_with("script defer src=\""), "{path}: <{tag}>");
            // What only a script can do is not shown without one.
            assert!(
                !["input", "button", "noscript"].contains(&name) || text.contains("class=\"search\" hidden"),
                "{path}"
            );
        }
        // The only thing that waits for a script is the search.
        let hidden = tags(text).filter(|tag| tag.split(' ').any(|word| word == "hidden")).count();
        assert_eq!(hidden, 2, "{path}: the search and its hits");
    }
}

/// The tags of a page that open something, without their brackets.
fn tags(text: &str) -> impl Iterator<Item = &str> {
    text.split('<').skip(1).filter_map(|rest| rest.split('>').next()).filter(|tag| !tag.starts_with(['/', '!']))
}

/// The values of an attribute.
fn attributes<'t>(text: &'t str, name: &'t str) -> impl Iterator<Item = &'t str> {
    tags(text).filter_map(move |tag| tag.split(&format!(" {name}=\"")).nth(1)?.split('"').next())
}

/// The colours of text on what is behind them, in both schemes: WCAG 2.2, 1.4.3, asks for 4.5 to 1.
#[test]
fn all_text_has_contrast_in_light_and_dark() {
    let (light, dark) = STYLE.split_once("prefers-color-scheme: dark").unwrap();
    let dark = &dark[..dark.find("* {").unwrap()];
    let colour = |scheme: &str, name: &str| {
        let hex = scheme.split_once(&format!("--{name}: #")).unwrap().1.split(';').next().unwrap();
        u32::from_str_radix(hex, 16).unwrap()
    };
    for scheme in [light, dark] {
        for text in ["ink", "soft", "accent", "good", "bad", "none", "calm"] {
            for back in ["paper", "raised"] {
                let contrast = contrast(colour(scheme, text), colour(scheme, back));
                assert!(contrast >= 4.5, "{text} on {back} is {contrast:.2} in {scheme:.40}");
            }
        }
        for text in ["good", "bad", "none", "calm"] {
            let contrast = contrast(colour(scheme, text), colour(scheme, &format!("{text}-back")));
            assert!(contrast >= 4.5, "{text} on its own ground is {contrast:.2}");
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
