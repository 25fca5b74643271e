//! A guide: a question, and its answer in prose.

use maud::html;
use plumbline_baseline::pack::handbook::guide::Guide;

use super::link::{self, Depth};
use super::shell::{self, Shell};
use super::{Page, Site};
use crate::markdown;

pub(super) fn page(site: &Site<'_>, guide: &Guide) -> Page {
    let depth = Depth::Folder;
    let main = html! {
        article class="guide" {
            h1 { (guide.title) }
            (markdown::render(&guide.body, 0, &|target| depth.target(target)))
        }
    };
    let above = vec![("index.html".to_owned(), "Handbook"), (link::chapter(guide.chapter), guide.chapter.title())];
    shell::page(site, Shell { path: link::guide(&guide.id), depth, title: &guide.title, above }, &main)
}
