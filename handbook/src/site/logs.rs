//! Which service logs where: all sources, by family.

use std::collections::BTreeMap;

use maud::{Markup, html};
use plumbline_baseline::pack::handbook::log_source::LogSource;

use super::link::{self, Depth};
use super::shell::{self, Shell};
use super::{Page, Site};

pub(super) fn page(site: &Site<'_>) -> Page {
    let mut families: BTreeMap<(&str, &str), Vec<&LogSource>> = BTreeMap::new();
    for source in site.handbook.log_sources() {
        families.entry((&source.family_title, &source.family)).or_default().push(source);
    }
    let main = html! {
        h1 { "Which service logs where" }
        p class="lead" { (site.handbook.log_sources().len()) " sources of logs: where each can go, what there is before anybody does anything, and what people trip over." }
        nav aria-label="Families" {
            ul class="families" {
                @for (title, family) in families.keys() { li { a href=(format!("#family-{family}")) { (title) } } }
            }
        }
        @for ((title, family), sources) in families {
            section id=(format!("family-{family}")) {
                h2 { (title) }
                @for source in sources { (entry(source)) }
            }
        }
    };
    let above = vec![("index.html".to_owned(), "Handbook")];
    let shell = Shell { path: link::LOGS.to_owned(), depth: Depth::Top, title: "Which service logs where", above };
    shell::page(site, shell, &main)
}

fn entry(source: &LogSource) -> Markup {
    let facts = [
        ("Switched on for", &source.resource_type),
        ("One setting covers", &source.scope),
        ("Elsewhere", &source.other),
        ("Before anybody does anything", &source.default),
        ("It is on when", &source.on_when),
        ("The call that tells", &source.check_call),
        ("Not delivered, says", &source.health),
        ("For the whole organization", &source.organization_setting),
        ("The destination has to allow", &source.destination_needs),
        ("Format", &source.format),
        ("How late", &source.latency),
        ("Trap", &source.trap),
    ];
    html! {
        details id=(source.id) class="source" {
            summary { span { (source.source) } " " @for to in &source.destinations { span class="tag to" { (to) } " " } }
            dl {
                @for (name, text) in facts.iter().filter(|(_, text)| !text.is_empty()) {
                    div { dt { (name) } dd { (text) } }
                }
            }
        }
    }
}
