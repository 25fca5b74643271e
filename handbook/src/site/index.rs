//! The first page: where to begin, and all chapters.

use maud::{Markup, html};
use plumbline_baseline::pack::handbook::process::Chapter;

use super::link::{self, Depth};
use super::shell::{self, Shell};
use super::{Page, Site, standing};

/// The guide that says where to begin, where there is one.
const START: &str = "start-here";

/// Where to begin: what is essential, chapter by chapter.
fn begin(site: &Site<'_>) -> Markup {
    let essential = |chapter: Chapter| {
        let of_chapter = site.handbook.processes().filter(move |process| process.chapter == chapter);
        of_chapter.filter(|process| process.level == 1)
    };
    html! {
        section id="begin" {
            h2 { "Where to begin" }
            @if let Some(guide) = site.handbook.guide(START) {
                p { a href=(link::guide(&guide.id)) { (guide.title) } " What to do on the first day, in the first week and in the first quarter." }
            }
            p { "What no account may lack, before anything else:" }
            dl class="begin" {
                @for (_, chapter) in Chapter::ALL.iter().filter(|(_, chapter)| essential(*chapter).next().is_some()) {
                    div {
                        dt { (chapter.title()) }
                        dd {
                            ul {
                                @for process in essential(*chapter) {
                                    li {
                                        a href=(link::process(&process.id)) { (process.title) }
                                        @if let Some(known) = site.standing { " " (standing::mark(known, process)) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

pub(super) fn page(site: &Site<'_>) -> Page {
    let handbook = site.handbook;
    let main = html! {
        h1 { "How an AWS environment is made secure, and stays so" }
        p class="lead" {
            "What to do, in which order, who does it and what proves it: " (handbook.processes().len()) " processes, held by "
            (site.pack.controls().len()) " controls. Start with what is essential, then chapter by chapter."
        }
        @if let Some(standing) = site.standing {
            (standing::overall(site, standing))
            p { a href=(link::ROADMAP) { "How far this organization is, and what comes next" } }
        }
        (begin(site))
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
