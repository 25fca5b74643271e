//! The handbook as a static site: pages that need no server, no network and, for reading, no scripts. Addresses last: they
//! are made of ids, which are never used for anything else.
//!
//! In reading order: `link` (where things are), `shell` (what all pages have), `index`, `chapter`, `process`, `guide`,
//! `control`, `logs`, `roadmap` (the pages), `standing` (what a scan says beside them), `found` (the search).

mod chapter;
mod control;
mod found;
mod guide;
mod index;
mod link;
mod logs;
mod process;
mod roadmap;
mod shell;
mod standing;

use plumbline_baseline::pack::Pack;
use plumbline_baseline::pack::handbook::Handbook;
use plumbline_baseline::pack::handbook::process::Chapter;

use crate::standing::Standing;

const STYLE: &str = include_str!("site/site.css");
const SCRIPT: &str = include_str!("site/site.js");

/// A file of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its path below the site's folder, with `/`.
    pub path: String,
    /// What it holds.
    pub content: String,
}

/// What a site is made of.
#[derive(Clone, Copy, Debug)]
pub struct Site<'s> {
    /// What it says.
    pub handbook: &'s Handbook,
    /// The controls that prove it.
    pub pack: &'s Pack,
    /// Where accounts stand, if that is to be shown.
    pub standing: Option<&'s Standing>,
}

impl Site<'_> {
    /// All files.
    pub fn pages(&self) -> Vec<Page> {
        let mut pages = vec![index::page(self), logs::page(self)];
        pages.extend(roadmap::page(self));
        let chapters = Chapter::ALL.iter().map(|(_, chapter)| *chapter);
        pages.extend(chapters.map(|chapter| chapter::page(self, chapter)));
        pages.extend(self.handbook.processes().map(|process| process::page(self, process)));
        pages.extend(self.handbook.guides().into_iter().map(|guide| guide::page(self, guide)));
        pages.extend(self.pack.controls().map(|control| control::page(self, control)));
        pages.push(Page { path: "search.js".to_owned(), content: found::script(self) });
        pages.push(Page { path: "site.css".to_owned(), content: STYLE.to_owned() });
        pages.push(Page { path: "site.js".to_owned(), content: SCRIPT.to_owned() });
        pages
    }
}

#[cfg(test)]
mod tests;
