//! Sites: links that lead somewhere, and texts of strangers.

use std::collections::BTreeSet;

use plumbline_baseline::Status;

use super::*;
use crate::standing::{Account, Row};

fn pages(standing: Option<&Standing>) -> Vec<Page> {
    Site { handbook: Handbook::embedded(), pack: Pack::embedded(), standing }.pages()
}

#[test]
fn every_link_leads_to_a_page_and_a_place_on_it() {
    let pages = pages(None);
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
