//! How far the organization is along the handbook: its level, what comes next, units, accounts by level, and the line over
//! the scans that are kept.

use maud::{Markup, html};

use super::past::trend::{Drawing, Line, drawing};
use super::{bar, more};
use crate::report::digest::Digest;
use crate::report::past::Night;
use crate::report::roadmap::{Figures, Next, Part, Roadmap};
use crate::report::row::ScanSummary;
use crate::report::text::{counted, fitted, grouped};

/// How many units and how many accounts are shown.
const SHOWN: usize = 20;

pub(super) fn roadmap(summary: &ScanSummary, digest: &Digest) -> Markup {
    html! {
        @if let Some(roadmap) = &digest.roadmap {
            section aria-labelledby="roadmap" {
                h2 id="roadmap" { "How far along the handbook" }
                p class="lead" {
                    "Processes of the handbook, and the controls that prove them. What was not measured, or what nobody has put "
                    "their name to, is not done."
                }
                (figures(roadmap))
                @for sentence in &roadmap.sentences { p { (fitted(sentence, 400)) } }
                (next(summary, &roadmap.next))
                (levels(roadmap))
                (parts(summary, "Units", "units", &roadmap.units))
                (parts(summary, "Accounts, the least first", "accounts", &roadmap.accounts))
                (line(summary, roadmap))
            }
        }
    }
}

/// The level in a line, at the top of the page.
pub(super) fn at_the_top(digest: &Digest) -> Markup {
    html! {
        @if let Some(roadmap) = &digest.roadmap {
            p {
                "Along the handbook: " a href="#roadmap" { (level(roadmap.level)) ", "
                (grouped(roadmap.figures.processes_done)) " of " (counted(roadmap.figures.processes, "process")) " done" } "."
            }
        }
    }
}

fn level(level: u8) -> String {
    if level == 0 { "no level reached".to_owned() } else { format!("level {level} of 3 reached") }
}

fn figures(roadmap: &Roadmap) -> Markup {
    let Figures { processes_done, processes, places_done, places, steps_done, steps, .. } = roadmap.figures;
    let accounts: u64 = roadmap.accounts_by_level.iter().sum();
    html! {
        dl class="figures" {
            div class="figure" {
                dt { "Level reached" }
                dd class="big" { (roadmap.level) small { " of 3" } }
                dd class="small soft" {
                    @if roadmap.level_once_confirmed > roadmap.level {
                        "Level " (roadmap.level_once_confirmed) " once a person has confirmed what nobody can measure."
                    } @else { "1 is essential, 2 standard, 3 advanced." }
                }
            }
            div class="figure" {
                dt { "Processes done" }
                dd class="big" { (grouped(processes_done)) small { " of " (grouped(processes)) } }
                dd { (bar(&[("pass", processes_done), ("rest", processes - processes_done)])) }
                dd class="small soft" {
                    (grouped(places_done)) " of " (grouped(places)) ", where each account's own count in each account."
                    @if roadmap.attested > 0 { " " (grouped(roadmap.attested)) " of them by a person's word, too." }
                    " " (grouped(steps_done)) " of " (counted(steps, "step")) ", each in each account."
                }
            }
            div class="figure" {
                dt { "Accounts by level" }
                dd class="big" { (grouped(accounts - roadmap.accounts_by_level.first().copied().unwrap_or_default())) small { " of " (grouped(accounts)) " at one" } }
                dd class="small soft" { (by_level(&roadmap.accounts_by_level)) }
            }
        }
    }
}

fn by_level(accounts: &[u64]) -> String {
    let said = accounts.iter().enumerate().map(|(level, count)| match level {
        0 => format!("{} at none", grouped(*count)),
        level => format!("{} at level {level}", grouped(*count)),
    });
    format!("{}.", said.collect::<Vec<_>>().join(", "))
}

fn next(summary: &ScanSummary, next: &[Next]) -> Markup {
    html! {
        h3 class="group" id="next-steps" { "What comes next" }
        @if next.is_empty() { p class="lead" { "Nothing is left." } }
        @else {
            p class="lead" {
                "By value: the severities of what a step closes × accounts ÷ effort; nothing stands before what it needs."
            }
            ol class="steps" {
                @for next in next {
                    li {
                        h4 { (fitted(&next.process_title, 120)) ": " (fitted(&next.title, 160)) }
                        p { (fitted(&next.who, 200)) }
                        p class="small soft" { (fitted(&next.sum, 300)) }
                        @if !next.controls.is_empty() {
                            p class="small" { "Closes " @for (index, (control, _, _)) in next.controls.iter().enumerate() {
                                @if index > 0 { ", " } code { (fitted(control, 80)) }
                            } }
                        }
                        @if !next.after.is_empty() { p class="small" { "After " (fitted(&next.after.join(", "), 300)) } }
                        p class="small" { code { "plumbline handbook show " (fitted(&next.process, 80)) } ", step " code { (fitted(&next.step, 80)) } }
                    }
                }
            }
        }
        p class="more" { code { (summary.command("roadmap")) } " has all processes; " code { "--account" } " and " code { "--ou" } " those of a part" }
    }
}

fn levels(roadmap: &Roadmap) -> Markup {
    html! {
        h3 class="group" id="levels" { "Processes by level" }
        div class="scroll" tabindex="0" role="region" aria-labelledby="levels" {
            table {
                thead { tr {
                    th scope="col" { "Level" }
                    @for (_, says, _) in roadmap.levels.iter().flat_map(|level| &level.states).take(6) { th scope="col" class="num" { (says) } }
                    th scope="col" class="num" { "All" }
                } }
                tbody { @for level in &roadmap.levels { tr {
                    th scope="row" { (level.level) " " (level.name) }
                    @for (_, _, count) in &level.states { td class=(if *count == 0 { "num zero" } else { "num" }) { (grouped(*count)) } }
                    td class="num" { (grouped(level.total())) }
                } } }
            }
        }
    }
}

fn parts(summary: &ScanSummary, heading: &str, what: &str, parts: &[Part]) -> Markup {
    let id = format!("roadmap-{what}");
    html! {
        @if !parts.is_empty() {
            h3 class="group" id=(id) { (heading) }
            div class="scroll" tabindex="0" role="region" aria-labelledby=(id) {
                table {
                    thead { tr {
                        th scope="col" { @if what == "units" { "Unit" } @else { "Account" } }
                        th scope="col" class="num" { "Level" } th scope="col" class="num" { "Done" }
                        th scope="col" class="num from-medium" { "With something open" }
                        th scope="col" class="standing" { "Share" }
                    } }
                    tbody { @for part in parts.iter().take(SHOWN) { tr {
                        th scope="row" class="break" {
                            (fitted(&part.id, 100))
                            @if !part.name.is_empty() { br; span class="small soft" { (fitted(&part.name, 60)) } }
                            @if part.accounts != 1 || what == "units" { br; span class="small soft" { (counted(part.accounts, "account")) } }
                        }
                        td class="num" { (part.level) }
                        td class="num" { (grouped(part.places_done)) " of " (grouped(part.places)) }
                        td class="num from-medium" { (grouped(part.open)) }
                        td class="standing" { (bar(&[("pass", part.places_done), ("rest", part.places - part.places_done)])) }
                    } } }
                }
            }
            (more(parts.len().saturating_sub(SHOWN), what, &summary.command("roadmap --format ndjson")))
        }
    }
}

const LINES: [Line; 2] = [
    Line { class: "coverage", name: "Steps × accounts done", of: "", share: |night| night.roadmap?.share_of_steps() },
    Line { class: "compliance", name: "Processes × accounts done", of: "", share: |night| night.roadmap?.share() },
];

/// The nights of which figures are kept, this one as it is read now.
fn line(summary: &ScanSummary, roadmap: &Roadmap) -> Markup {
    let trend = summary.past.as_ref().map(|past| past.trend.as_slice()).unwrap_or_default();
    let mut nights: Vec<Night> = trend.to_vec();
    for night in nights.iter_mut().filter(|night| *night.scan == *summary.scan) {
        night.roadmap = Some(roadmap.figures);
    }
    nights.retain(|night| night.roadmap.is_some());
    html! {
        @if nights.len() > 1 {
            h3 class="group" id="roadmap-line" { "Over the scans" }
            p class="lead" {
                (counted(nights.len() as u64, "scan")) " of the same kind and selection, each as it stood when it ended, by the "
                "handbook and the attestations of that night."
            }
            (drawing(&Drawing { nights: &nights, lines: &LINES, id: "roadmap-line", what: "Processes that are done" }))
            details class="plain" {
                summary { "The figures of every scan" }
                (table(&nights))
            }
        }
    }
}

/// The latest scan first.
fn table(nights: &[Night]) -> Markup {
    html! {
        div class="scroll" tabindex="0" role="region" aria-labelledby="roadmap-line" {
            table {
                thead { tr {
                    th scope="col" { "Scan" } th scope="col" class="num" { "Level" }
                    th scope="col" class="num" { "Processes" } th scope="col" class="num" { "× accounts" } th scope="col" class="num" { "Steps × accounts" }
                } }
                tbody { @for night in nights.iter().rev() { @if let Some(figures) = night.roadmap { tr {
                    th scope="row" { (super::instant(&night.started)) " " code class="soft small" { (crate::report::printable(&night.scan)) } }
                    td class="num" { (figures.level) }
                    td class="num" { (grouped(figures.processes_done)) " of " (grouped(figures.processes)) }
                    td class="num" { (grouped(figures.places_done)) " of " (grouped(figures.places)) }
                    td class="num" { (grouped(figures.steps_done)) " of " (grouped(figures.steps)) }
                } } } }
            }
        }
    }
}
