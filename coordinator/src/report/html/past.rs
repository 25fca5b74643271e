//! What became of findings since the scan before, and how coverage and compliance went over the scans that are kept.

pub(super) mod trend;

use maud::{Markup, html};

use super::{day_of, instant, more};
use crate::report::digest::ControlDigest;
use crate::report::past::{Became, Changes, Example, Past};
use crate::report::row::{Change, ScanSummary};
use crate::report::text::{counted, fitted, grouped, printable};

/// What cannot be held against an earlier scan has nothing to tell apart.
pub(super) fn has_earlier(summary: &ScanSummary) -> bool {
    summary.past.as_ref().is_some_and(|past| past.changes.is_ok())
}

pub(super) fn changes(summary: &ScanSummary) -> Markup {
    html! {
        @if let Some(Past { changes, trend }) = &summary.past {
            section aria-labelledby="changes" {
                h2 id="changes" { "What changed" }
                @match changes {
                    Ok(changes) => (since(summary, changes)),
                    Err(why) => p class="lead" { "Not compared: " (why.to_string()) "." },
                }
                (trend::trend(trend))
            }
        }
    }
}

fn since(summary: &ScanSummary, changes: &Changes) -> Markup {
    let turned = Became::ALL.into_iter().filter(|became| changes.count(*became) > 0).collect::<Vec<_>>();
    let command = format!("diff {} {}", changes.scan, summary.scan);
    html! {
        p class="lead" {
            "Since the scan before, " code { (printable(&changes.scan)) } " of " (instant(&changes.started))
            ", as far as both covered it: "
            @if turned.is_empty() { "no finding changed." } @else { strong { (changes.counts()) } "." }
        }
        @if !turned.is_empty() {
            ul class="fixes turns" { @for became in turned { li { (one(summary, changes, became)) } } }
        }
        @if !changes.notes.is_empty() {
            div class="note" {
                h3 { "Not compared" }
                ul class="small" {
                    @for note in &changes.notes { li { (fitted(note, 300)) } }
                    @if changes.more_notes > 0 { li { "and " (counted(changes.more_notes, "more note")) } }
                }
            }
        }
        p class="more" { code { (summary.command_on_store(&command)) } " lists everything that differs, resources too" }
    }
}

/// Findings of which the same became.
fn one(summary: &ScanSummary, changes: &Changes, became: Became) -> Markup {
    let (count, examples) = (changes.count(became), changes.examples(became));
    let hidden = usize::try_from(count).unwrap_or(usize::MAX).saturating_sub(examples.len());
    html! {
        details {
            summary {
                span { (tag(became.as_str())) }
                h3 { (became.words()) }
                span class="count" { (counted(count, "finding")) }
            }
            div class="inside" {
                div class="scroll" tabindex="0" role="region" aria-label={ "Findings: " (became.as_str()) } {
                    table class="findings" {
                        thead { tr {
                            th scope="col" { "Account and Region" } th scope="col" { "Control and resource" }
                            th scope="col" { @if is_over(became) { "Failed since" } @else { "Fails since" } }
                        } }
                        tbody { @for example in examples { (row(example)) } }
                    }
                }
                (more(hidden, "findings", &summary.command_on_store(&format!("diff {} {}", changes.scan, summary.scan))))
            }
        }
    }
}

/// Whether nobody knows that it still fails.
fn is_over(became: Became) -> bool {
    matches!(became, Became::Fixed | Became::Closed | Became::Lost)
}

fn row(example: &Example) -> Markup {
    html! {
        tr {
            th scope="row" class="where" {
                span class="whole" { (printable(&example.account)) } " "
                span class="whole" { (fitted(&example.region, 24)) } br;
                span class="small soft break" { (fitted(&example.account_name, 40)) }
            }
            td class="break" {
                span class={ "tag " (example.severity.as_str()) } { (example.severity.as_str()) } " "
                (fitted(if example.title.is_empty() { &example.control } else { &example.title }, 160))
                br; code class="soft" { (fitted(&example.control, 80)) }
                @if !example.resource.is_empty() { br; code { (fitted(&example.resource, 220)) } }
                @if !example.reason.is_empty() { p class="witness" { (fitted(&example.reason, 300)) } }
            }
            td class="since" { (day_of(&example.failing_since)) }
        }
    }
}

/// Since when a finding fails, and what the scan changed of it.
pub(super) fn standing(since: &str, change: Option<Change>) -> Markup {
    html! {
        (day_of(since))
        @if let Some(change) = change.filter(|change| *change != Change::Unchanged) { br; (tag(change.as_str())) }
    }
}

/// A change as a small word.
fn tag(word: &'static str) -> Markup {
    html! { span class={ "tag change " (word) } { (word) } }
}

/// `3 new · 1 reopened`, of the findings of a control.
pub(super) fn news(control: &ControlDigest) -> Markup {
    let counts = [(control.new, Change::New), (control.reopened, Change::Reopened)];
    html! {
        @for (count, change) in counts.into_iter().filter(|(count, _)| *count > 0) {
            " · " strong class="news" { (grouped(count)) " " (change.as_str()) }
        }
    }
}

/// What changed, in a line at the top that leads to the rest.
pub(super) fn at_the_top(summary: &ScanSummary) -> Markup {
    html! {
        @match summary.past.as_ref().map(|past| &past.changes) {
            Some(Ok(changes)) => p {
                "Since the scan before, of " (instant(&changes.started)) ": "
                a href="#changes" { (changes.counts()) } "."
            },
            Some(Err(why)) => p { "What changed is not known: " (why.to_string()) "." },
            None => {},
        }
    }
}
