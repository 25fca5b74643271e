//! What one change would close: the changes that close several findings, before the list by control.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::{fixes, more};
use crate::report::causes::{Cause, Closed};
use crate::report::digest::Digest;
use crate::report::row::ScanSummary;
use crate::report::text::{counted, fitted, grouped, printable};

/// How many changes are shown.
const ROWS: usize = 50;

/// Whether there is something to show.
pub(super) fn is_there(digest: &Digest) -> bool {
    !digest.causes.shared.is_empty()
}

pub(super) fn causes(summary: &ScanSummary, digest: &Digest) -> Markup {
    let causes = &digest.causes;
    let listed = fixes::listed(digest);
    let alone = causes.alone();
    html! {
        @if is_there(digest) {
            section aria-labelledby="causes" {
                h2 id="causes" { "What one change closes" }
                p class="lead" {
                    strong { (counted(causes.shared.len() as u64, "change")) " " (if causes.shared.len() == 1 { "closes" } else { "close" }) " " (counted(causes.closed(), "finding")) }
                    ", which come from the same. "
                    @if alone > 0 { (grouped(alone)) " more " (if alone == 1 { "takes a change of its own. " } else { "take a change each. " }) }
                    @if causes.is_cut { "There are more origins than are told apart." }
                }
                ol class="fixes causes" {
                    @for cause in causes.shared.iter().take(ROWS) { li { (cause_entry(cause, &listed)) } }
                }
                (more(causes.shared.len().saturating_sub(ROWS), "changes", &summary.command("causes")))
            }
        }
    }
}

fn cause_entry(cause: &Cause, listed: &BTreeSet<&str>) -> Markup {
    let hidden = usize::try_from(cause.findings).unwrap_or(usize::MAX).saturating_sub(cause.samples.len());
    let id = fitted(&cause.control, 120);
    html! {
        details {
            summary {
                span { span class={ "tag " (cause.severity.as_str()) } { (cause.severity.as_str()) } }
                h3 class="break" { (fitted(&cause.origin.says(), 160)) }
                span class="count" { (counted(cause.findings, "finding")) " · " (counted(cause.accounts(), "account")) }
                span class="why" { (fitted(&cause.says(), 200)) }
            }
            div class="inside" {
                p class="small soft" {
                    "Control: "
                    @if listed.contains(&*cause.control) { a href={ "#" (fixes::fix_id(&cause.control)) } { code { (id) } } }
                    @else { code { (id) } }
                    " · from " code class="break" { (fitted(&cause.origin.text(), 240)) }
                }
                ul class="evidence" {
                    @for closed in &cause.samples { li { (resource(closed)) } }
                    @if hidden > 0 { li { "and " (grouped(hidden as u64)) " more" } }
                }
            }
        }
    }
}

fn resource(closed: &Closed) -> Markup {
    html! {
        span class="whole" { (printable(&closed.account)) } " " span class="whole" { (fitted(&closed.region, 24)) } " "
        @if closed.resource.is_empty() { "the account or Region as a whole" } @else { code class="break" { (fitted(&closed.resource, 220)) } }
    }
}
