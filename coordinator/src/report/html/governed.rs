//! What governance says, on the page: what ended or is about to at the top, accepted findings apart from the others, what is
//! open by owner, and what people vouch for. Ids, names, reasons and tickets are strangers' text, and no links.

use maud::{Markup, html};
use plumbline_baseline::Severity;
use plumbline_governance::{Accepted, Attested};

use super::{day_of, findings, more};
use crate::report::digest::{Digest, ExceptionDigest, OwnerDigest};
use crate::report::governed::{Warning, ends_in, warnings};
use crate::report::row::{Governed, ScanSummary};
use crate::report::text::{counted, fitted, grouped};

/// Lines at the top.
const WARNINGS: usize = 12;
/// Exceptions, owners and attestations that are shown.
const ROWS: usize = 100;
/// Controls of an exception that are named.
const CONTROLS: usize = 12;

/// What has ended, and what is about to.
pub(super) fn at_the_top(summary: &ScanSummary, digest: &Digest) -> Markup {
    let warnings = summary.governed.as_ref().map(|governed| warnings(governed, digest)).unwrap_or_default();
    html! {
        @if !warnings.is_empty() {
            div class="note" {
                h3 { "Ended, or about to end" }
                ul class="small" {
                    @for Warning { what, text } in warnings.iter().take(WARNINGS) { li { (what) " " (fitted(text, 300)) } }
                }
                (more(warnings.len().saturating_sub(WARNINGS), "of these", &summary.command("report --format summary")))
            }
        }
    }
}

/// The findings that are accepted, and those that were, by exception.
pub(super) fn accepted(summary: &ScanSummary, digest: &Digest) -> Markup {
    let exceptions = || digest.governed.expired().into_iter().chain(digest.governed.accepting());
    let count = exceptions().count();
    html! {
        @if let Some(governed) = summary.governed.as_ref().filter(|_| count > 0) {
            section aria-labelledby="accepted" {
                h2 id="accepted" { "Accepted" }
                p class="lead" {
                    "Findings that somebody decided to live with for a time, as of " (day_of(&governed.today.to_string()))
                    ". They count as failed, and stand apart from what is to be fixed."
                }
                ul class="fixes accepted" {
                    @for each in exceptions().take(ROWS) { li { (exception(governed, each)) } }
                }
                (more(count.saturating_sub(ROWS), "exceptions", &summary.command("findings --accepted")))
            }
        }
    }
}

fn exception(governed: &Governed, of: &ExceptionDigest) -> Markup {
    let Accepted { id, until, expired, .. } = &*of.accepted;
    html! {
        details {
            summary {
                h3 { code { (fitted(id, 80)) } }
                span class="count" {
                    @if *expired { span class="ended" { "ended on " (day_of(&until.to_string())) } }
                    @else { "until " (day_of(&until.to_string())) ", " (ends_in(governed, *until)) }
                    " · " (counted(of.accounts(), "account")) " · " (counted(of.findings, "finding"))
                }
                span class="why" { (fitted(&of.accepted.reason, 300)) }
            }
            div class="inside" {
                (decision(&of.accepted))
                p class="small" {
                    (counted(of.controls.len() as u64, "control")) ": "
                    @for (index, id) in of.controls.iter().take(CONTROLS).enumerate() {
                        @if index > 0 { ", " }
                        code { (fitted(id, 80)) }
                    }
                    @if of.controls.len() > CONTROLS { " and " (grouped((of.controls.len() - CONTROLS) as u64)) " more" }
                }
                div class="scroll" tabindex="0" role="region" aria-label={ "Findings under " (fitted(id, 80)) } {
                    table class="findings" {
                        (findings::head())
                        tbody { @for sample in &of.samples { (findings::row(sample)) } }
                    }
                }
                @let hidden = of.findings.saturating_sub(of.samples.len() as u64);
                @if hidden > 0 { p class="more" { "and " (grouped(hidden)) " more" } }
            }
        }
    }
}

/// Who decided, and what is done instead.
fn decision(accepted: &Accepted) -> Markup {
    let Accepted { owner, approver, ticket, compensating_control, .. } = accepted;
    let all = [("Owner", owner), ("Approved by", approver), ("Ticket", ticket), ("Done instead", compensating_control)];
    html! {
        dl class="decision small" {
            @for (name, text) in all.into_iter().filter(|(_, text)| !text.is_empty()) {
                div { dt { (name) } dd class="break" { (fitted(text, 300)) } }
            }
        }
    }
}

/// What is open, by owner.
pub(super) fn by_owner(summary: &ScanSummary, digest: &Digest) -> Markup {
    let (governed, owners) = (&digest.governed, digest.governed.owners_by_need());
    html! {
        @if governed.has_owners() {
            section aria-labelledby="owners" {
                h2 id="owners" { "By owner" }
                p class="lead" {
                    "Whose the findings are that nobody accepted. "
                    code { (summary.command("findings --owner NAME")) } " lists them."
                }
                div class="scroll" tabindex="0" role="region" aria-labelledby="owners" {
                    table {
                        caption { (counted(owners.len() as u64, "owner")) " of what is open, the worst first." }
                        thead { tr {
                            th scope="col" { "Owner" } th scope="col" class="num" { "Accounts" } th scope="col" class="num" { "Findings" }
                            @for severity in Severity::ALL { th scope="col" class="num" { (severity.as_str()) } }
                        } }
                        tbody {
                            @for (name, of) in owners.iter().take(ROWS) { (owner(html! { (fitted(name, 80)) }, of)) }
                            @if governed.further_owners.findings() > 0 {
                                (owner(html! { span class="soft" { "further owners" } }, &governed.further_owners))
                            }
                            @if governed.without_owner.findings() > 0 {
                                (owner(html! { span class="soft" { "nobody" } }, &governed.without_owner))
                            }
                        }
                    }
                }
                (more(owners.len().saturating_sub(ROWS), "owners", &summary.command("report --format summary")))
            }
        }
    }
}

fn owner(name: Markup, of: &OwnerDigest) -> Markup {
    let number = |count: u64| html! { td class=(if count == 0 { "num zero" } else { "num" }) { (grouped(count)) } };
    html! {
        tr {
            th scope="row" class="wide break" { (name) }
            (number(of.accounts())) (number(of.findings()))
            @for count in of.open { (number(count)) }
        }
    }
}

/// What people vouch for.
pub(super) fn attested(summary: &ScanSummary, digest: &Digest) -> Markup {
    let all = digest.governed.attesting();
    html! {
        @if let Some(governed) = summary.governed.as_ref().filter(|_| !all.is_empty()) {
            h3 class="group" id="attested" { "Attested" }
            p class="lead" { "What people vouch for. It was not measured, and counts neither as passed nor as covered." }
            div class="scroll" tabindex="0" role="region" aria-labelledby="attested" {
                table {
                    thead { tr {
                        th scope="col" { "Step" } th scope="col" { "By" } th scope="col" { "Until" }
                        th scope="col" class="num" { "Accounts" } th scope="col" { "Evidence" }
                    } }
                    tbody {
                        @for each in all.iter().take(ROWS) {
                            @let Attested { step, by, until, evidence, .. } = &*each.attested;
                            tr {
                                th scope="row" class="wide break" { code { (fitted(step, 100)) } }
                                td class="wide break" { (fitted(by, 60)) }
                                td class="whole" { (day_of(&until.to_string())) br; span class="small soft" { (ends_in(governed, *until)) } }
                                td class="num" { (grouped(each.accounts())) }
                                td class="wide break" { (fitted(evidence, 200)) }
                            }
                        }
                    }
                }
            }
            (more(all.len().saturating_sub(ROWS), "attestations", &summary.command("report --format summary")))
        }
    }
}
