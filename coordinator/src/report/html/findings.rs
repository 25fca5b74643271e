//! Findings as rows of a table: where, what and why, and since when.

use maud::{Markup, html};

use super::past;
use super::prose::sentence;
use crate::report::digest::Sample;
use crate::report::text::{fitted, printable};

/// What the columns of findings are.
pub(super) fn head() -> Markup {
    html! { thead { tr { th scope="col" { "Account and Region" } th scope="col" { "Resource and evidence" } th scope="col" { "Fails since" } } } }
}

/// One finding.
pub(super) fn row(sample: &Sample) -> Markup {
    html! {
        tr class=[quiet(sample.is_news())] {
            th scope="row" class="where" {
                span class="whole" { (printable(&sample.account)) } " "
                span class="whole" { (fitted(&sample.region, 24)) } br;
                span class="small soft break" { (fitted(&sample.account_name, 40)) }
                @if let Some(owner) = &sample.owner { br; span class="small soft break" { "owner: " (fitted(&owner.name, 60)) } }
            }
            td class="break" {
                @if sample.resource.is_empty() { span class="soft" { "the account or Region as a whole" } }
                @else { code { (fitted(&sample.resource, 220)) } }
                @if let Some(witness) = &sample.witness { p class="witness" { (sentence(&fitted(witness, 360))) } }
                ul class="evidence" {
                    @for evidence in &sample.evidence {
                        li { code { (fitted(&evidence.path, 90)) " = " (fitted(&evidence.value, 160)) } }
                    }
                }
            }
            td class="since" { (past::standing(&sample.since, sample.change)) }
        }
    }
}

/// Marks what the choice of news leaves out.
pub(super) fn quiet(is_news: bool) -> Option<&'static str> {
    (!is_news).then_some("quiet")
}
