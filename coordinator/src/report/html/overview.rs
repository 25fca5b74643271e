//! The top of the page (accounts expected and scanned, coverage beside compliance), what could not be decided, and
//! the footer.

use maud::{Markup, PreEscaped, html};
use plumbline_baseline::Severity;

use super::prose::prose;
use super::{bar, causes, governed, instant, more, past, roadmap};
use crate::report::caveat::caveats;
use crate::report::digest::{Digest, UnknownDigest};
use crate::report::next_step::next_step;
use crate::report::row::{Problem, ScanSummary};
use crate::report::text::{counted, fitted, grouped, percent, printable};

/// How many accounts that were not scanned are named at the top; the table of accounts begins with all of them.
const NOT_SCANNED: usize = 8;
/// Notes on the scan that are shown.
const NOTES: usize = 20;

/// A weight on a thread.
const MARK: &str = r#"<svg width="14" height="30" viewBox="0 0 14 30" aria-hidden="true" fill="currentColor"><path d="M6.5 0h1v15h-1z"/><path d="M3 15h8v4l-4 11-4-11z"/></svg>"#;

/// What was scanned: the kind, where there is one, and the name.
pub(super) fn subject(summary: &ScanSummary) -> (&'static str, String) {
    match (&summary.organization, summary.accounts.as_slice()) {
        // One account is not its organization, whatever else there is in it.
        (_, [account]) => ("account ", fitted(&account.id, 40)),
        (Some(organization), _) => ("organization ", fitted(organization, 40)),
        (None, accounts) => ("", counted(accounts.len() as u64, "account")),
    }
}

pub(super) fn masthead(summary: &ScanSummary, digest: &Digest) -> Markup {
    let (kind, name) = subject(summary);
    html! {
        header class="masthead" {
            p class="mark" { (PreEscaped(MARK)) "Plumbline" }
            h1 { "How " (kind) span class="name" { (name) } " stands against the baseline" }
            ul class="facts" {
                @if let (Some(organization), [_]) = (&summary.organization, summary.accounts.as_slice()) {
                    li { "Of organization " code { (fitted(organization, 40)) } }
                }
                li { "Scan " code { (printable(&summary.scan)) } }
                li { "Started " (instant(&summary.started)) }
                @if let Some(finished) = &summary.finished { li { "Finished " (instant(finished)) } }
                li {
                    (counted(summary.calls, "API call")) ": " (grouped(summary.throttles)) " throttled, "
                    (grouped(summary.failures)) " failed"
                }
            }
            @for caveat in caveats(summary) { p class="note" { strong { (fitted(&caveat, 300)) "." } } }
            nav class="toc" aria-label="Parts of the report" {
                ul {
                    @if summary.past.is_some() { li { a href="#changes" { "What changed" } } }
                    @if causes::is_there(digest) { li { a href="#causes" { "What one change closes" } } }
                    @if digest.roadmap.is_some() { li { a href="#roadmap" { "How far" } } }
                    li { a href="#fix-first" { "What to fix first" } }
                    @if !digest.governed.exceptions.is_empty() { li { a href="#accepted" { "Accepted" } } }
                    @if digest.governed.has_owners() { li { a href="#owners" { "By owner" } } }
                    li { a href="#controls" { "By control" } }
                    @if !digest.frameworks.is_empty() { li { a href="#frameworks" { "By framework" } } }
                    li { a href="#accounts" { "By account and unit" } }
                    li { a href="#unknown" { "Not decided" } }
                    li { a href="#manual" { "Left to a person" } }
                }
            }
        }
    }
}

pub(super) fn figures(summary: &ScanSummary, digest: &Digest) -> Markup {
    let checks = digest.total.checks;
    let expected = summary.accounts.len() as u64;
    let scanned = summary.accounts.iter().filter(|account| account.is_scanned()).count() as u64;
    let failing = digest.controls.values().filter(|control| control.open() > 0).count() as u64;
    html! {
        section aria-labelledby="standing" {
            h2 id="standing" { "Where it stands" }
            p class="lead" { "Read compliance beside coverage: what was not read never counts as passed." }
            (past::at_the_top(summary))
            (roadmap::at_the_top(digest))
            dl class="figures" {
                div class="figure" {
                    dt { "Accounts scanned" }
                    dd class="big" { (grouped(scanned)) small { " of " (grouped(expected)) " expected" } }
                    dd { (bar(&[("pass", scanned), ("rest", expected - scanned)])) }
                    dd class="small soft" { (accounts_sentence(summary)) }
                }
                div class="figure" {
                    dt { "Coverage" }
                    dd class="big" { (percent(checks.coverage())) }
                    dd { (bar(&[("pass", checks.automated - checks.undecided), ("unknown", checks.undecided)])) }
                    dd class="small soft" {
                        "of " (counted(checks.automated, "check")) " were read completely"
                        @if checks.undecided > 0 {
                            "; " a href="#unknown" { (grouped(checks.undecided)) " could not be" }
                        }
                        @if checks.decided_elsewhere > 0 {
                            "; " (grouped(checks.decided_elsewhere)) " decided in other accounts"
                        }
                        "."
                    }
                }
                div class="figure" {
                    dt { "Compliance" }
                    dd class="big" { (percent(checks.compliance())) }
                    dd { (bar(&[("pass", checks.passed), ("fail", checks.failed)])) }
                    dd class="small soft" {
                        "of " (counted(checks.passed + checks.failed, "decided check")) " hold; "
                        (counted(digest.open(), "finding")) " on " (counted(failing, "control"))
                        @if digest.governed.accepted() > 0 {
                            "; " a href="#accepted" { (grouped(digest.governed.accepted())) " more accepted" }
                        }
                        "."
                        @if checks.attested > 0 {
                            " Apart from that, people " a href="#attested" { "vouch for " (counted(checks.attested, "check")) } "."
                        }
                    }
                    dd { (severities(digest)) }
                }
            }
            (governed::at_the_top(summary, digest))
            (notes(&summary.notes))
            (not_scanned(summary))
        }
    }
}

/// How many findings there are of each severity that nobody accepts.
fn severities(digest: &Digest) -> Markup {
    html! {
        @for (severity, count) in Severity::ALL.into_iter().zip(digest.open_by_severity()).filter(|(_, count)| *count > 0) {
            span class={ "tag " (severity.as_str()) } { (grouped(count)) " " (severity.as_str()) } " "
        }
    }
}

fn notes(notes: &[String]) -> Markup {
    html! {
        @if !notes.is_empty() {
            div class="note" {
                h3 { "What limits this scan" }
                ul class="small" {
                    @for note in notes.iter().take(NOTES) { li { (fitted(note, 300)) } }
                }
            }
        }
    }
}

fn accounts_sentence(summary: &ScanSummary) -> String {
    let accounts = &summary.accounts;
    let skipped = accounts.iter().filter(|account| account.skipped.is_some()).count();
    let missing = accounts.iter().filter(|account| !account.is_scanned()).count() - skipped;
    match (skipped, missing) {
        (0, 0) if summary.gaps.is_empty() => "Every expected account was scanned.".into(),
        (0, 0) => "Every account that is known was scanned.".into(),
        (0, missing) => format!("{} incomplete.", grouped(missing as u64)),
        (skipped, 0) => format!("{} left out on purpose.", grouped(skipped as u64)),
        (skipped, missing) => {
            format!("{} left out on purpose, {} incomplete.", grouped(skipped as u64), grouped(missing as u64))
        }
    }
}

fn not_scanned(summary: &ScanSummary) -> Markup {
    let mut missing: Vec<_> = summary.accounts.iter().filter(|account| !account.is_scanned()).collect();
    missing.sort_by_key(|account| account.skipped.is_some());
    html! {
        @if !missing.is_empty() {
            div class="note" {
                h3 { "Accounts without a complete scan" }
                ul class="small" {
                    @for account in missing.iter().take(NOT_SCANNED) {
                        li {
                            code { (printable(&account.id)) } " " (fitted(&account.name, 60)) " – "
                            @if let Some(reason) = account.skipped.as_deref() { "left out: " (fitted(reason, 300)) }
                            @else if let Some(Problem::Unreadable(reason)) = &account.problem { (self::problem(reason)) }
                            @else {
                                (grouped(account.jobs_done.into())) " of " (counted(account.jobs_planned.into(), "job")) " done"
                                @if let Some(reason) = account.reason() { "; " (self::problem(reason)) }
                            }
                        }
                    }
                }
                (more(missing.len().saturating_sub(NOT_SCANNED), "accounts", &summary.command("findings --status unknown")))
            }
        }
    }
}

/// A reason in words, with what AWS said, and the way to what can be done about it.
fn problem(reason: &str) -> Markup {
    let (code, detail) = reason.split_once(':').unwrap_or((reason, ""));
    html! {
        (next_step(code.trim()).title)
        @if !detail.trim().is_empty() { ": " (fitted(detail.trim(), 300)) }
        " (" a href="#unknown" { "what to do" } ")"
    }
}

pub(super) fn unknowns(summary: &ScanSummary, digest: &Digest) -> Markup {
    html! {
        section aria-labelledby="unknown" {
            h2 id="unknown" { "Not decided" }
            @if digest.unknowns.is_empty() {
                p class="lead" { "Everything that was planned was read." }
            } @else {
                p class="lead" { "What could not be decided, by reason, with the next step. None of it counts as passed." }
                div class="reasons" {
                    @for (code, unknown) in digest.unknown_reasons() {
                        @let step = next_step(code);
                        div class="reason" {
                            h3 { (step.title) }
                            p class="small soft" {
                                code { (printable(code)) } " · " (counted(unknown.rows, "row")) " in "
                                (counted(unknown.accounts(), "account"))
                            }
                            (prose(step.step))
                            @if unknown.details.keys().any(|detail| !detail.is_empty()) {
                                ul {
                                    @for (detail, count) in unknown.details.iter().filter(|(detail, _)| !detail.is_empty()) {
                                        li class="break" { (grouped(*count)) " × " (fitted(detail, 400)) }
                                    }
                                    @if unknown.other_details > 0 { li { (grouped(unknown.other_details)) " × something else" } }
                                }
                            }
                        }
                    }
                }
                p class="more" { code { (summary.command("findings --status unknown")) } " lists every one." }
            }
            @if digest.decided_elsewhere.rows > 0 { (decided_elsewhere(&digest.decided_elsewhere)) }
        }
    }
}

/// What only the account that owns a thing sees, and its rows say.
fn decided_elsewhere(elsewhere: &UnknownDigest) -> Markup {
    html! {
        div class="reason" {
            h3 { "Decided in other accounts" }
            p class="small soft" {
                (counted(elsewhere.rows, "row")) " in " (counted(elsewhere.accounts(), "account"))
                ": only the account that owns a thing sees it, and its rows say how it is. They count as covered."
            }
            ul {
                @for (detail, count) in &elsewhere.details {
                    li class="break" { (grouped(*count)) " × " (fitted(detail, 400)) }
                }
                @if elsewhere.other_details > 0 { li { (grouped(elsewhere.other_details)) " × something else" } }
            }
        }
    }
}

pub(super) fn footer(summary: &ScanSummary) -> Markup {
    html! {
        footer {
            p {
                "A check is one control in one account and Region. Coverage is the share of checks whose every fact was read; "
                "compliance is the share of decided checks that hold. Checks that do not apply count as covered and not as passed; "
                "what is accepted counts as failed, and what is attested was not measured and counts as neither."
            }
            p {
                "Plumbline " (printable(&summary.version)) " · baseline " code { (fitted(&summary.pack_digest, 16)) }
                " · every row: " code { (summary.command("report --format ndjson")) } ", or " code { "csv" }
            }
        }
    }
}
