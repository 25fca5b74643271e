//! How far the organization is: its level, what comes next and why, units and accounts, and all processes by how far they
//! are. Names of accounts and units are strangers.

use maud::{Markup, html};
use plumbline_baseline::printable::printable;

use super::link::{self, Depth};
use super::shell::{self, Shell};
use super::{Page, Site};
use crate::roadmap::{LEVELS, NextStep, Place, Placed, Progress, Roadmap, Scope, level_name};
use crate::standing::Standing;

/// How many accounts are named: the least first.
const NAMED: usize = 200;
/// How many processes are named that another one waits for.
const WAITED_FOR: usize = 4;

/// The page; there is none where nobody says how far accounts are.
pub(super) fn page(site: &Site<'_>) -> Option<Page> {
    let standing = site.standing?;
    let roadmap = Roadmap::new(site.handbook, site.pack, standing);
    let whole = roadmap.organization();
    let units: Vec<Scope<'_>> = roadmap.units().iter().map(|unit| roadmap.unit(unit)).collect();
    let mut accounts: Vec<Scope<'_>> = standing.accounts().map(|(id, _)| roadmap.account(id)).collect();
    accounts.sort_by_key(|account| (account.level, account.places_done));
    let main = html! {
        h1 { "How far this organization is" }
        p class="lead" {
            @if whole.level == 0 { "No level is reached: " } @else { "Level " (whole.level) " of " (LEVELS.len()) " is reached: " }
            (whole.count(Progress::Done)) " of " (whole.processes.len()) " processes are done. What was not measured, or what "
            "nobody has put their name to, is not done."
        }
        @for sentence in roadmap.sentences(&whole) { p { (sentence) } }
        (levels(&whole))
        (next(&whole))
        (parts(standing, "Units", "units", &units))
        (parts(standing, "Accounts, the least first", "accounts", &accounts))
        @for progress in Progress::ALL { (processes(&whole, progress)) }
    };
    let above = vec![("index.html".to_owned(), "Handbook")];
    let shell =
        Shell { path: link::ROADMAP.to_owned(), depth: Depth::Top, title: "How far this organization is", above };
    Some(shell::page(site, shell, &main))
}

fn levels(whole: &Scope<'_>) -> Markup {
    html! {
        section id="levels" {
            h2 { "Processes by level" }
            div class="scroll" tabindex="0" role="region" aria-label="Processes by level" {
                table {
                    thead { tr {
                        th scope="col" { "Level" }
                        @for progress in Progress::ALL { th scope="col" { (progress.says()) } }
                        th scope="col" { "All" }
                    } }
                    tbody { @for level in LEVELS { tr {
                        th scope="row" { (level) " " (level_name(level)) }
                        @for progress in Progress::ALL { td { (whole.count_of_level(level, progress)) } }
                        td { (whole.count_of(|placed| placed.process.level == level)) }
                    } } }
                }
            }
        }
    }
}

fn next(whole: &Scope<'_>) -> Markup {
    html! {
        section id="next" {
            h2 { "What comes next" }
            @if whole.next.is_empty() { p { "Nothing is left." } }
            @else {
                p { "By value: the severities of what a step closes × accounts ÷ effort. Nothing stands before what it needs." }
                ol class="next" { @for next in &whole.next { li { (next_step(next)) } } }
            }
        }
    }
}

fn next_step(next: &NextStep<'_>) -> Markup {
    let address = format!("{}#{}", link::process(&next.process.id), next.step.id);
    html! {
        a href=(address) { (next.process.title) ": " (next.step.title) }
        p class="facts" { (next.who()) }
        p class="facts" { (next.sum()) }
        @if !next.parts.is_empty() {
            p class="facts" { "Closes " @for (index, part) in next.parts.iter().enumerate() {
                @if index > 0 { ", " } a href=(link::control(&part.control)) { (part.control) }
            } }
        }
        @if !next.after.is_empty() {
            p class="facts" { "After " @for (index, process) in next.after.iter().enumerate() {
                @if index > 0 { ", " } a href=(link::process(process)) { (process) }
            } }
        }
    }
}

fn parts(standing: &Standing, heading: &str, id: &str, parts: &[Scope<'_>]) -> Markup {
    html! {
        @if !parts.is_empty() {
            section id=(id) {
                h2 { (heading) }
                div class="scroll" tabindex="0" role="region" aria-label=(heading) {
                    table {
                        thead { tr {
                            th scope="col" { @if id == "units" { "Unit" } @else { "Account" } }
                            th scope="col" { "Level" } th scope="col" { "Processes done" } th scope="col" { "With something open" }
                        } }
                        tbody { @for part in parts.iter().take(NAMED) { tr {
                            th scope="row" { (called(standing, &part.place)) @if id == "units" { " (" (part.accounts) ")" } }
                            td { (part.level) }
                            td { (part.places_done) " of " (part.places) }
                            td { (part.count_of(|placed| placed.places.open > 0)) }
                        } } }
                    }
                }
                @if parts.len() > NAMED { p { "and " (parts.len() - NAMED) " more: " code { "plumbline roadmap --format ndjson" } } }
            }
        }
    }
}

fn called(standing: &Standing, place: &Place) -> Markup {
    html! {
        @match place {
            Place::Organization => {},
            Place::Unit(path) => { (printable(path)) },
            Place::Account(id) => { (printable(standing.name(id))) " " code { (printable(id)) } },
        }
    }
}

/// The processes that are so far, each with what it waits for.
fn processes(whole: &Scope<'_>, progress: Progress) -> Markup {
    let all: Vec<&Placed<'_>> = whole.processes.iter().filter(|placed| placed.progress == progress).collect();
    html! {
        @if !all.is_empty() {
            section id=(format!("processes-{}", progress.as_str().replace('_', "-"))) {
                h2 { span class=(format!("state {}", progress.as_str())) { (progress.says()) } " " (all.len()) }
                ul class="placed" {
                    @for placed in all { li {
                        a href=(link::process(&placed.process.id)) { (placed.process.title) } " " (shell::level(placed.process.level))
                        span class="counts" {
                            " " (placed.places.done_or_attested()) " of " (placed.places.total()) " steps × accounts"
                            @if placed.places.attested > 0 { ", " (placed.places.attested) " attested" }
                        }
                        @if progress == Progress::Blocked {
                            span class="counts" {
                                "; waits for "
                                @for (index, process) in placed.waits_for.iter().take(WAITED_FOR).enumerate() {
                                    @if index > 0 { ", " } a href=(link::process(process)) { (process) }
                                }
                                @if placed.waits_for.len() > WAITED_FOR { " and " (placed.waits_for.len() - WAITED_FOR) " more" }
                            }
                        }
                    } }
                }
            }
        }
    }
}
