//! What to fix first, with the way to put it right and the first findings; and what is left to a person.

use std::collections::BTreeSet;

use maud::{Markup, html};
use plumbline_baseline::pack::control::Control;

use super::prose::{code_block, prose};
use super::{findings, governed, more, past};
use crate::report::ControlLookup;
use crate::report::digest::{ControlDigest, Digest};
use crate::report::row::ScanSummary;
use crate::report::text::{counted, fitted, fixed_by, grouped};

/// How many controls are shown with their remediation.
const FIXES: usize = 100;
/// How many manual controls are shown.
const MANUAL: usize = 40;

pub(super) fn fix_first(summary: &ScanSummary, digest: &Digest, controls: ControlLookup<'_>) -> Markup {
    let failing = digest.fix_first();
    html! {
        section aria-labelledby="fix-first" {
            h2 id="fix-first" { "What to fix first" }
            @if failing.is_empty() {
                p class="lead" { @if digest.governed.accepted() > 0 { "All that failed is accepted." } @else { "Nothing that was read failed." } }
            } @else {
                p class="lead" { "The most severe first, and of these the ones that concern most accounts. Open one for the reason, the steps and the first findings." }
                @if past::has_earlier(summary) && failing.iter().any(|(_, control)| control.has_news()) {
                    p class="choice" { label {
                        input type="checkbox" id="only-news"; " Only what did not fail before: new and reopened"
                    } }
                }
                ol class="fixes" {
                    @for (id, control) in failing.iter().take(FIXES) { li id=(fix_id(id)) class=[findings::quiet(control.has_news())] { (fix(summary, id, control, controls(id))) } }
                }
                (more(failing.len().saturating_sub(FIXES), "controls", &summary.command("findings")))
            }
        }
    }
}

/// Where a control stands in the list of what to fix, to lead to.
pub(super) fn fix_id(control: &str) -> String {
    format!("fix-{}", fitted(control, 80))
}

/// The controls that are in the list.
pub(super) fn listed(digest: &Digest) -> BTreeSet<&str> {
    digest.fix_first().into_iter().take(FIXES).map(|(id, _)| &**id).collect()
}

fn fix(summary: &ScanSummary, id: &str, digest: &ControlDigest, control: Option<&Control>) -> Markup {
    html! {
        details {
            summary {
                span { span class={ "tag " (digest.severity.as_str()) } { (digest.severity.as_str()) } }
                h3 { (fitted(&digest.says(), 200)) }
                span class="count" {
                    (counted(digest.failing_accounts(), "account")) " · " (counted(digest.open(), "finding"))
                    @if digest.accepted > 0 { " · " (grouped(digest.accepted)) " more accepted" }
                    @if past::has_earlier(summary) { (past::news(digest)) }
                }
            }
            div class="inside" {
                @if !digest.finding.one.is_empty() { p { "What should hold: " (title(id, digest)) "." } }
                p class="small soft" {
                    code { (fitted(id, 120)) }
                    @if let Some(control) = control { " · fixed by " (fixed_by(control.fix_by)) }
                }
                @if let Some(control) = control {
                    (prose(&control.why))
                    h4 { "How to put it right" }
                    (remediation(control))
                }
                h4 { "Findings" }
                (samples(summary, id, digest))
            }
        }
    }
}

fn title(id: &str, digest: &ControlDigest) -> String {
    fitted(if digest.title.is_empty() { id } else { &digest.title }, 200)
}

fn remediation(control: &Control) -> Markup {
    let ways = [
        ("AWS CLI", &control.remediation.cli),
        ("Terraform", &control.remediation.terraform),
        ("CloudFormation", &control.remediation.cloudformation),
    ];
    html! {
        (prose(&control.remediation.steps))
        @for (name, text) in ways.iter().filter(|(_, text)| !text.trim().is_empty()) {
            details class="plain" {
                summary { (name) }
                (code_block(text))
            }
        }
    }
}

fn samples(summary: &ScanSummary, id: &str, digest: &ControlDigest) -> Markup {
    let hidden = usize::try_from(digest.open()).unwrap_or(usize::MAX).saturating_sub(digest.samples.len());
    html! {
        div class="scroll" tabindex="0" role="region" aria-label={ "Findings of " (fitted(id, 120)) } {
            table class="findings" {
                (findings::head())
                tbody { @for sample in &digest.samples { (findings::row(sample)) } }
            }
        }
        (more(hidden, "findings", &summary.command(&format!("findings --controls {}", fitted(id, 120)))))
    }
}

pub(super) fn manual(summary: &ScanSummary, digest: &Digest, controls: ControlLookup<'_>) -> Markup {
    let manual: Vec<_> = digest.controls.iter().filter(|(_, control)| control.checks.manual > 0).collect();
    html! {
        section aria-labelledby="manual" {
            h2 id="manual" { "Left to a person" }
            @if manual.is_empty() {
                p class="lead" {
                    @if digest.total.checks.attested > 0 { "People vouch for all that no API says." }
                    @else { "No control of this scan needs a person to look." }
                }
            } @else {
                p class="lead" { "No API says whether these hold. Someone has to look, and to write down that they did." }
                ul class="fixes" {
                    @for (id, control) in manual.iter().take(MANUAL) {
                        li {
                            details {
                                summary {
                                    span { span class={ "tag " (control.severity.as_str()) } { (control.severity.as_str()) } }
                                    h3 { (title(id, control)) }
                                    span class="count" { (counted(control.checks.manual, "check")) }
                                }
                                div class="inside" {
                                    p class="small soft" { code { (fitted(id, 120)) } }
                                    @if let Some(control) = controls(id) {
                                        (prose(&control.why))
                                        h4 { "What to look at" }
                                        (remediation(control))
                                    }
                                }
                            }
                        }
                    }
                }
                (more(manual.len().saturating_sub(MANUAL), "controls", &summary.command("findings --status manual")))
            }
            (governed::attested(summary, digest))
        }
    }
}
