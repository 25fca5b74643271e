//! Every control, every organizational unit and every account, as tables with a bounded number of rows.

use maud::{Markup, html};
use plumbline_baseline::Severity;

use super::{bar, more};
use crate::report::digest::{Checks, ControlDigest, Digest, ScopeDigest};
use crate::report::row::{AccountSummary, ScanSummary};
use crate::report::text::{counted, fitted, grouped, percent, printable};

/// How many rows each table has at most.
const ROWS: usize = 250;

pub(super) fn by_control(digest: &Digest) -> Markup {
    let mut controls: Vec<_> = digest.controls.iter().filter(|(_, control)| control.checks.automated > 0).collect();
    controls.sort_by(|(a_id, a), (b_id, b)| {
        (b.failing > 0, b.severity, b.failing, *a_id).cmp(&(a.failing > 0, a.severity, a.failing, *b_id))
    });
    html! {
        section aria-labelledby="controls" {
            h2 id="controls" { "By control" }
            p class="lead" { "Each line is one control over every account and Region it was planned for." }
            div class="scroll" tabindex="0" role="region" aria-labelledby="controls" {
                table {
                    caption { (counted(controls.len() as u64, "control")) ", the failing ones first. The figures count checks: one control in one account and Region." }
                    thead { tr {
                        th scope="col" { "Severity" } th scope="col" { "Control" } th scope="col" class="standing" { "Standing" }
                        th scope="col" class="num" { "Hold" } th scope="col" class="num" { "Fail" }
                        th scope="col" class="num" { "Unknown" } th scope="col" class="num" { "Not applicable" }
                    } }
                    tbody { @for (id, control) in controls.iter().take(ROWS) { (control_row(id, control)) } }
                }
            }
            (more(controls.len().saturating_sub(ROWS), "controls", "plumbline report --format csv"))
        }
    }
}

fn control_row(id: &str, control: &ControlDigest) -> Markup {
    let Checks { passed, failed, undecided, not_applicable, .. } = control.checks;
    html! {
        tr {
            td { span class={ "tag " (control.severity.as_str()) } { (control.severity.as_str()) } }
            th scope="row" class="wide" {
                (fitted(&control.title, 160)) br; code class="soft break" { (fitted(id, 80)) }
            }
            td class="standing" { (bar(&[("pass", passed), ("fail", failed), ("unknown", undecided)])) }
            (number(passed)) (number(failed)) (number(undecided)) (number(not_applicable))
        }
    }
}

fn number(count: u64) -> Markup {
    html! { td class=(if count == 0 { "num zero" } else { "num" }) { (grouped(count)) } }
}

pub(super) fn by_account(summary: &ScanSummary, digest: &Digest) -> Markup {
    let mut accounts: Vec<(&AccountSummary, ScopeDigest)> = summary
        .accounts
        .iter()
        .map(|account| (account, digest.accounts.get(&account.id).cloned().unwrap_or_default()))
        .collect();
    accounts.sort_by_key(|(account, scope)| {
        (account.is_scanned(), account.skipped.is_some(), scope.failed_by_severity.map(std::cmp::Reverse))
    });
    html! {
        section aria-labelledby="accounts" {
            h2 id="accounts" { "By account and organizational unit" }
            @if digest.ous.keys().any(|ou| !ou.is_empty()) {
                (scope_table(
                    "Organizational units",
                    &format!("{}.", counted(digest.ous.len() as u64, "organizational unit")),
                    "Unit",
                    digest.ous.iter().take(ROWS).map(|(ou, scope)| (unit_name(ou), None, scope.clone())),
                ))
                (more(digest.ous.len().saturating_sub(ROWS), "units", "plumbline report --format csv"))
            }
            (scope_table(
                "Accounts",
                &format!("{}: incomplete scans first, then the most severe failures.", counted(accounts.len() as u64, "account")),
                "Account",
                accounts.iter().take(ROWS).map(|(account, scope)| (account_name(account), Some(*account), scope.clone())),
            ))
            (more(accounts.len().saturating_sub(ROWS), "accounts", "plumbline report --format csv"))
            @if digest.regions.len() > 1 {
                (scope_table(
                    "Regions",
                    "Regions; aws-global holds what belongs to no Region.",
                    "Region",
                    digest.regions.iter().take(ROWS).map(|(region, scope)| (html! { (fitted(region, 40)) }, None, scope.clone())),
                ))
            }
        }
    }
}

fn unit_name(ou: &str) -> Markup {
    html! { @if ou.is_empty() { span class="soft" { "none" } } @else { (fitted(ou, 90)) } }
}

fn account_name(account: &AccountSummary) -> Markup {
    html! {
        @if !account.name.is_empty() { (fitted(&account.name, 60)) br; }
        code class="soft" { (printable(&account.id)) }
        @if !account.ou.is_empty() { " " span class="small soft" { (fitted(&account.ou, 60)) } }
    }
}

fn scope_table<'a>(
    label: &str,
    caption: &str,
    heading: &str,
    rows: impl Iterator<Item = (Markup, Option<&'a AccountSummary>, ScopeDigest)>,
) -> Markup {
    html! {
        h3 class="group" { (label) }
        div class="scroll" tabindex="0" role="region" aria-label=(label) {
            table {
                caption { (caption) " The right-hand columns count failed checks." }
                thead { tr {
                    th scope="col" { (heading) }
                    th scope="col" class="num" { "Coverage" } th scope="col" class="num" { "Compliance" }
                    th scope="col" class="standing" { "Standing" }
                    @for severity in Severity::ALL { th scope="col" class="num" { (severity.as_str()) } }
                } }
                tbody {
                    @for (name, account, scope) in rows {
                        tr {
                            th scope="row" class="wide" { (name) }
                            (shares(account, &scope.checks))
                            @for count in scope.failed_by_severity { (number(count)) }
                        }
                    }
                }
            }
        }
    }
}

/// Coverage, compliance and a bar; an account that was left out has none of them.
fn shares(account: Option<&AccountSummary>, checks: &Checks) -> Markup {
    let note = match account {
        Some(account) if account.skipped.is_some() => Some("left out"),
        Some(account) if account.problem.is_some() => Some("not readable"),
        _ => None,
    };
    html! {
        @if let Some(note) = note { td class="num soft" colspan="2" { (note) } }
        @else {
            td class="num" { (percent(checks.coverage())) }
            td class="num" { (percent(checks.compliance())) }
        }
        td class="standing" { (bar(&[("pass", checks.passed), ("fail", checks.failed), ("unknown", checks.undecided)])) }
    }
}
