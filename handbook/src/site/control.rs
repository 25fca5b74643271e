//! A control: what must hold, why, how to put it right, and which steps it proves.

use maud::html;
use plumbline_baseline::pack::CompiledControl;

use super::link::{self, Depth};
use super::process::prose;
use super::shell::{self, Shell};
use super::{Page, Site, standing};

const DEPTH: Depth = Depth::Folder;

pub(super) fn page(site: &Site<'_>, compiled: &CompiledControl) -> Page {
    let control = &compiled.control;
    let steps: Vec<_> = site.handbook.proven_by(&control.id).collect();
    let main = html! {
        article {
            h1 { (control.title) }
            p class="facts" {
                code { (control.id) } " " span class=(format!("tag {}", control.severity)) { (control.severity) } " " (shell::level(control.level))
                @if let Some(known) = site.standing { " " (standing::of_control(known, &control.id)) }
            }
            @if let Some(known) = site.standing { (standing::missing(known, &control.id)) }
            section id="why" { h2 { "Why" } (prose(&control.why)) }
            section id="fix" {
                h2 { "How to put it right" }
                (prose(&control.remediation.steps))
                @let fix = &control.remediation;
                (shell::ways(&fix.cli, &fix.terraform, &fix.cloudformation))
            }
            @if !steps.is_empty() {
                section id="proves" {
                    h2 { "It proves" }
                    ul {
                        @for (process, step) in &steps {
                            li { a href=(DEPTH.to(&format!("{}#{}", link::process(&process.id), step.id))) { (process.title) ": " (step.title) } }
                        }
                    }
                }
            }
            section id="decides" {
                h2 { "What decides" }
                @if let Some(expression) = &control.pass_when {
                    pre tabindex="0" { code { (expression.trim_end()) } }
                } @else { p { "A person does: it is " code { "MANUAL" } " until somebody attests it." } }
                @if let Some(expression) = &control.applies_when {
                    p { "Of the resources for which:" }
                    pre tabindex="0" { code { (expression.trim_end()) } }
                }
            }
            (answers(site, &control.id))
            @if !control.references.is_empty() {
                section id="references" {
                    h2 { "AWS's own pages" }
                    ul class="references" { @for url in &control.references { li { a href=(url) rel="noreferrer" { (url.trim_start_matches("https://")) } } } }
                }
            }
        }
    };
    let above = vec![("index.html".to_owned(), "Handbook")];
    shell::page(site, Shell { path: link::control(&control.id), depth: DEPTH, title: &control.title, above }, &main)
}

/// What frameworks it answers.
fn answers(site: &Site<'_>, id: &str) -> maud::Markup {
    let answers = site.pack.answers(id);
    html! {
        @if !answers.is_empty() {
            section id="frameworks" {
                h2 { "Which frameworks ask for it" }
                ul {
                    @for (framework, versions) in answers {
                        @for (version, requirements) in versions {
                            li {
                                (site.pack.frameworks().get(framework).map_or(framework.as_str(), |framework| framework.name.as_str()))
                                " " (version) ": " (requirements.join(", "))
                            }
                        }
                    }
                }
            }
        }
    }
}
