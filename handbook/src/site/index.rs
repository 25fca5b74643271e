//! The first page: where to begin, and all chapters.

use maud::html;
use plumbline_baseline::pack::handbook::process::Chapter;

use super::link::{self, Depth};
use super::shell::{self, Shell};
use super::{Page, Site, standing};

pub(super) fn page(site: &Site<'_>) -> Page {
    let handbook = site.handbook;
    let main = html! {
        h1 { "How an AWS environment is made secure, and stays so" }
        p class="lead" {
            "What to do, in which order, who does it and what proves it: " (handbook.processes().len()) " processes, held by "
            (site.pack.controls().len()) " controls. Start with what is essential, then chapter by chapter."
        }
        @if let Some(standing) = site.standing { (standing::overall(site, standing)) }
        section id="questions" {
            h2 { "Questions" }
            ul class="questions" {
                @for guide in handbook.guides() { li { a href=(link::guide(&guide.id)) { (guide.title) } } }
            }
        }
        section id="chapters" {
            h2 { "Chapters" }
            @for (_, chapter) in Chapter::ALL {
                @let processes: Vec<_> = handbook.processes().filter(|process| process.chapter == *chapter).collect();
                @if !processes.is_empty() {
                    h3 id=(chapter.as_str()) { a href=(link::chapter(*chapter)) { (chapter.title()) } }
                    ol class="processes" {
                        @for process in processes {
                            li {
                                a href=(link::process(&process.id)) { (process.title) } " " (shell::level(process.level))
                                @if let Some(known) = site.standing { " " (standing::mark(known, process)) }
                            }
                        }
                    }
                }
            }
        }
        p { a href=(link::LOGS) { "Which service logs where: " (handbook.log_sources().len()) " sources" } }
    };
    let shell = Shell { path: "index.html".to_owned(), depth: Depth::Top, title: "Contents", above: Vec::new() };
    shell::page(site, shell, &main)
}
