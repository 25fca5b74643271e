//! A chapter: its questions, and its processes in order.

use maud::html;
use plumbline_baseline::pack::handbook::process::Chapter;

use super::link::{self, Depth};
use super::shell::{self, Shell};
use super::{Page, Site, standing};

pub(super) fn page(site: &Site<'_>, chapter: Chapter) -> Page {
    let depth = Depth::Folder;
    let guides: Vec<_> = site.handbook.guides().into_iter().filter(|guide| guide.chapter == chapter).collect();
    let processes: Vec<_> = site.handbook.processes().filter(|process| process.chapter == chapter).collect();
    let main = html! {
        h1 { (chapter.title()) }
        @if !guides.is_empty() {
            ul class="questions" {
                @for guide in guides { li { a href=(depth.to(&link::guide(&guide.id))) { (guide.title) } } }
            }
        }
        ol class="chapter" {
            @for process in processes {
                li id=(process.id) {
                    h2 { a href=(depth.to(&link::process(&process.id))) { (process.title) } }
                    p class="question" { (process.question) }
                    p class="facts" {
                        (shell::level(process.level)) " " span { (process.who.says()) } " · " span { (process.how_often.says()) }
                        " · " span { (process.effort.as_str()) }
                        @if let Some(known) = site.standing { " " (standing::mark(known, process)) }
                    }
                }
            }
        }
    };
    let above = vec![("index.html".to_owned(), "Handbook")];
    shell::page(site, Shell { path: link::chapter(chapter), depth, title: chapter.title(), above }, &main)
}
