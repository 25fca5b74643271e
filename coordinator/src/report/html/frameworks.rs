//! How the frameworks' requirements stand: for each framework the counts, and inside every requirement with the controls
//! that answer it.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::{bar, fixes, tables};
use crate::report::digest::Digest;
use crate::report::standing::{FrameworkStanding, RequirementStanding, Standing};
use crate::report::text::{counted, fitted};

/// How many requirements of a framework are shown at most.
const REQUIREMENTS: usize = 1000;

/// Where the parts of the page are that controls lead to.
struct Targets<'a> {
    fixes: BTreeSet<&'a str>,
    rows: BTreeSet<&'a str>,
}

pub(super) fn by_framework(digest: &Digest) -> Markup {
    let targets = Targets { fixes: fixes::listed(digest), rows: tables::listed(digest) };
    html! {
        @if !digest.frameworks.is_empty() {
            section aria-labelledby="frameworks" {
                h2 id="frameworks" { "By framework" }
                p class="lead" {
                    "A requirement holds where every control that answers it was read completely and holds. One that controls "
                    "answer in part never reads more than “part holds”, and what no control answers is listed."
                }
                ul class="fixes frameworks" {
                    @for framework in &digest.frameworks { li { (one(framework, &targets)) } }
                }
            }
        }
    }
}

fn one(framework: &FrameworkStanding, targets: &Targets<'_>) -> Markup {
    let count = |standing| framework.count(standing);
    let shares = [
        ("pass", count(Standing::Holds)),
        ("partly", count(Standing::PartHolds)),
        ("fail", count(Standing::Fails)),
        ("unknown", count(Standing::NotDecided)),
        ("rest", count(Standing::Person) + count(Standing::NotAnswered)),
    ];
    let (answered, others): (Vec<_>, Vec<_>) =
        framework.requirements.iter().take(REQUIREMENTS).partition(|each| !each.requirement.controls.is_empty());
    let of = |standing| others.iter().copied().filter(move |each| each.standing == standing).collect::<Vec<_>>();
    html! {
        details {
            summary {
                h3 { (fitted(&framework.name, 120)) @if !framework.version.is_empty() { " " (fitted(&framework.version, 20)) } }
                span class="count" { (counted(framework.requirements.len() as u64, "requirement")) }
                span class="counts" { (bar(&shares)) (framework.counts()) }
            }
            div class="inside" {
                @if !answered.is_empty() { (answered_table(framework, &answered, targets)) }
                (list("Left to a person", "What no API tells.", &of(Standing::Person)))
                (list("Not answered", "What could be decided, and no control of this baseline decides.", &of(Standing::NotAnswered)))
            }
        }
    }
}

fn answered_table(framework: &FrameworkStanding, rows: &[&RequirementStanding], targets: &Targets<'_>) -> Markup {
    html! {
        div class="scroll" tabindex="0" role="region" aria-label={ "Requirements of " (fitted(&framework.id, 60)) } {
            table class="requirements" {
                thead { tr {
                    th scope="col" { "Requirement" } th scope="col" { "What it asks" } th scope="col" { "Standing" }
                    th scope="col" { "Controls" }
                } }
                tbody { @for row in rows { (requirement(row, targets)) } }
            }
        }
    }
}

fn requirement(row: &RequirementStanding, targets: &Targets<'_>) -> Markup {
    let requirement = &row.requirement;
    html! {
        tr {
            th scope="row" class="whole" { (fitted(&requirement.id, 40)) }
            td class="wide" {
                (fitted(&requirement.says, 300))
                @if !requirement.note.is_empty() { p class="small soft" { (fitted(&requirement.note, 300)) } }
            }
            td {
                span class={ "stands " (row.standing.as_str()) } { (row.standing.words()) }
                @if let Some(why) = why(row) { p class="small soft" { (why) } }
            }
            td { @for id in &requirement.controls { (control(id, targets)) br; } }
        }
    }
}

/// What is behind a standing that is not a good one.
fn why(row: &RequirementStanding) -> Option<String> {
    let mut parts = Vec::new();
    if row.failing > 0 {
        parts.push(counted(row.failing, "finding"));
    }
    if row.failing > 0 && row.standing == Standing::NotDecided {
        parts.push("perhaps of what it does not ask".to_owned());
    }
    if row.open > 0 {
        parts.push(format!("{} open", counted(row.open, "check")));
    }
    if !row.unseen.is_empty() {
        parts.push(format!("{} not in this report", counted(row.unseen.len() as u64, "control")));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn control(id: &str, targets: &Targets<'_>) -> Markup {
    let name = html! { code { (fitted(id, 80)) } };
    html! {
        @if targets.fixes.contains(id) { a href={ "#" (fixes::fix_id(id)) } { (name) } }
        @else if targets.rows.contains(id) { a href={ "#" (tables::row_id(id)) } { (name) } }
        @else { (name) }
    }
}

fn list(title: &str, lead: &str, rows: &[&RequirementStanding]) -> Markup {
    html! {
        @if !rows.is_empty() {
            details class="plain" {
                summary { (title) " (" (rows.len()) ")" }
                p class="small soft" { (lead) }
                ul class="small unanswered" {
                    @for row in rows {
                        li {
                            span class="whole" { (fitted(&row.requirement.id, 40)) } " " (fitted(&row.requirement.says, 300))
                            @if !row.requirement.note.is_empty() { " " span class="soft" { (fitted(&row.requirement.note, 300)) } }
                        }
                    }
                }
            }
        }
    }
}
