//! Every control, every organizational unit and every account, as tables with a bounded number of rows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use maud::{Markup, html};
use plumbline_baseline::Severity;

use super::{bar, fixes, more};
use crate::report::digest::{Checks, ControlDigest, Digest, ScopeDigest};
use crate::report::row::{AccountSummary, Problem, ScanSummary};
use crate::report::text::{counted, fitted, grouped, percent, printable};

/// How many rows each table has at most.
const ROWS: usize = 250;

/// The controls of the table, the most urgent first.
fn in_order(digest: &Digest) -> Vec<(&Arc<str>, &ControlDigest)> {
    let mut controls: Vec<_> = digest.controls.iter().filter(|(_, control)| control.checks.automated > 0).collect();
    controls.sort_by(|(a_id, a), (b_id, b)| (b.urgency(), *a_id).cmp(&(a.urgency(), *b_id)));
    controls
}

/// Where a control stands in the table, to lead to.
pub(super) fn row_id(control: &str) -> String {
    format!("control-{}", fitted(control, 80))
}

/// The controls that are in the table.
pub(super) fn listed(digest: &Digest) -> BTreeSet<&str> {
    in_order(digest).into_iter().take(ROWS).map(|(id, _)| &**id).collect()
}

pub(super) fn by_control(summary: &ScanSummary, digest: &Digest) -> Markup {
    let controls = in_order(digest);
    let fixes = fixes::listed(digest);
    html! {
        section aria-labelledby="controls" {
            h2 id="controls" { "By control" }
            p class="lead" { "Each line is one control over every account and Region it was planned for." }
            div class="scroll" tabindex="0" role="region" aria-labelledby="controls" {
                table {
                    caption { (counted(controls.len() as u64, "control")) ", the failing ones first. The figures count checks: one control in one account and Region." }
                    thead { tr {
                        th scope="col" class="from-medium" { "Severity" } th scope="col" { "Control" } th scope="col" class="standing" { "Standing" }
                        th scope="col" class="num" { "Hold" } th scope="col" class="num" { "Fail" }
                        th scope="col" class="num" { "Unknown" } th scope="col" class="num" { "Not applicable" }
                    } }
                    tbody { @for (id, control) in controls.iter().take(ROWS) { (control_row(id, control, fixes.contains(&***id))) } }
                }
            }
            (more(controls.len().saturating_sub(ROWS), "controls", &summary.command("report --format csv")))
        }
    }
}

fn control_row(id: &str, control: &ControlDigest, has_fix: bool) -> Markup {
    let severity = html! { span class={ "tag " (control.severity.as_str()) } { (control.severity.as_str()) } };
    let title = fitted(if control.title.is_empty() { id } else { &control.title }, 160);
    let Checks { passed, failed, accepted, undecided, not_applicable, .. } = control.checks;
    html! {
        tr id=(row_id(id)) {
            td class="from-medium" { (severity) }
            th scope="row" class="wide" {
                span class="on-small" { (severity) }
                @if has_fix { a href={ "#" (fixes::fix_id(id)) } { (title) } } @else { (title) }
                br; code class="soft break" { (fitted(id, 80)) }
            }
            td class="standing" { (bar(&[("pass", passed), ("fail", failed), ("unknown", undecided)])) }
            (number(passed)) (failures(failed, accepted)) (number(undecided)) (number(not_applicable))
        }
    }
}

/// Failed checks, and how many of them are accepted.
fn failures(failed: u64, accepted: u64) -> Markup {
    html! {
        td class=(if failed == 0 { "num zero" } else { "num" }) {
            (grouped(failed))
            @if accepted > 0 { br; span class="small soft" { (grouped(accepted)) " accepted" } }
        }
    }
}

fn number(count: u64) -> Markup {
    html! { td class=(if count == 0 { "num zero" } else { "num" }) { (grouped(count)) } }
}

pub(super) fn by_account(summary: &ScanSummary, digest: &Digest) -> Markup {
    html! {
        section aria-labelledby="accounts" {
            h2 id="accounts" { "By account and organizational unit" }
            p class="lead" {
                "How much of each could be read, how much of that holds, and how many checks failed, by severity. "
                @if digest.total.checks.accepted > 0 { "Those that are accepted are among them. " }
                code { (summary.command("findings --accounts ID")) } " lists what failed in one account."
            }
            @if summary.accounts.iter().any(|account| !account.ou.is_empty()) { (units_table(summary, digest)) }
            (accounts_table(summary, digest))
            @if digest.regions.len() > 1 { (regions_table(digest)) }
        }
    }
}

fn units_table(summary: &ScanSummary, digest: &Digest) -> Markup {
    // From the accounts, so that a unit of which nothing was scanned is there too.
    let mut units: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for account in &summary.accounts {
        let (scanned, expected) = units.entry(&account.ou).or_default();
        *scanned += u64::from(account.is_scanned());
        *expected += 1;
    }
    let count = units.len();
    let rows = units.into_iter().take(ROWS).map(|(ou, (scanned, expected))| Line {
        name: unit_name(ou),
        accounts: Some(format!("{} of {}", grouped(scanned), grouped(expected))),
        note: (!digest.ous.contains_key(ou)).then_some("left out"),
        scope: digest.ous.get(ou).cloned().unwrap_or_default(),
    });
    let caption =
        format!("{}, each with the accounts that are directly in it.", counted(count as u64, "organizational unit"));
    html! {
        (scope_table("Organizational units", &caption, "Unit", rows.collect()))
        (more(count.saturating_sub(ROWS), "units", &summary.command("report --format csv")))
    }
}

fn accounts_table(summary: &ScanSummary, digest: &Digest) -> Markup {
    let accounts = digest.accounts_by_need(summary);
    let count = accounts.len();
    let rows = accounts.into_iter().take(ROWS).map(|(account, scope)| Line {
        name: account_name(account),
        accounts: None,
        note: match account {
            AccountSummary { skipped: Some(_), .. } => Some("left out"),
            AccountSummary { problem: Some(Problem::Unreadable(_)), .. } => Some("not readable"),
            _ => None,
        },
        scope,
    });
    let caption =
        format!("{}: incomplete scans first, then the most severe failures.", counted(count as u64, "account"));
    html! {
        (scope_table("Accounts", &caption, "Account", rows.collect()))
        (more(count.saturating_sub(ROWS), "accounts", &summary.command("report --format csv")))
    }
}

fn regions_table(digest: &Digest) -> Markup {
    let rows = digest.regions.iter().take(ROWS).map(|(region, scope)| Line {
        name: html! { (fitted(region, 40)) },
        accounts: None,
        note: None,
        scope: scope.clone(),
    });
    html! { (scope_table("Regions", "What belongs to an account as a whole is under aws-global, what all accounts say together under organization.", "Region", rows.collect())) }
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

/// A line of a table of accounts, units or Regions.
struct Line {
    name: Markup,
    /// Accounts scanned of those expected.
    accounts: Option<String>,
    /// What stands in place of the shares where there are none.
    note: Option<&'static str>,
    scope: ScopeDigest,
}

fn scope_table(label: &str, caption: &str, heading: &str, lines: Vec<Line>) -> Markup {
    let has_accounts = lines.iter().any(|line| line.accounts.is_some());
    let has_accepted = lines.iter().any(|line| line.scope.checks.accepted > 0);
    let has_attested = lines.iter().any(|line| line.scope.checks.attested > 0);
    html! {
        h3 class="group" { (label) }
        div class="scroll" tabindex="0" role="region" aria-label=(label) {
            table {
                caption { (caption) }
                thead { tr {
                    th scope="col" { (heading) }
                    @if has_accounts { th scope="col" class="num" { "Scanned" } }
                    th scope="col" class="num" { "Coverage" } th scope="col" class="num" { "Compliance" }
                    th scope="col" class="standing" { "Standing" }
                    @for severity in Severity::ALL { th scope="col" class="num" { (severity.as_str()) } }
                    @if has_accepted { th scope="col" class="num" { "Accepted" } }
                    @if has_attested { th scope="col" class="num" { "Attested" } }
                } }
                tbody {
                    @for line in lines {
                        tr {
                            th scope="row" class="wide" { (line.name) }
                            @if let Some(accounts) = line.accounts { td class="num" { (accounts) } }
                            (shares(line.note, &line.scope.checks))
                            @for count in line.scope.failed_by_severity {
                                @if line.scope.is_decided() { (number(count)) } @else { td class="num soft" { "–" } }
                            }
                            @if has_accepted { (number(line.scope.checks.accepted)) }
                            @if has_attested { (number(line.scope.checks.attested)) }
                        }
                    }
                }
            }
        }
    }
}

/// Coverage, compliance and a bar.
fn shares(note: Option<&str>, checks: &Checks) -> Markup {
    html! {
        @if let Some(note) = note { td class="num soft" colspan="2" { (note) } }
        @else {
            td class="num" { (percent(checks.coverage())) }
            td class="num" { (percent(checks.compliance())) }
        }
        td class="standing" { (bar(&[("pass", checks.passed), ("fail", checks.failed), ("unknown", checks.undecided)])) }
    }
}
