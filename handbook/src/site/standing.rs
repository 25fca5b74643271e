//! What a scan says beside processes, steps and controls. Names of accounts are strangers.

use std::collections::BTreeSet;
use std::sync::Arc;

use maud::{Markup, html};
use plumbline_baseline::pack::handbook::process::{Process, Step};
use plumbline_baseline::printable::printable;

use super::Site;
use crate::standing::Standing;
use crate::state::{Places, State};

/// How many accounts are named.
const NAMED: usize = 20;

/// How far a process is in all accounts together.
pub(super) fn mark(standing: &Standing, process: &Process) -> Markup {
    tag(standing.state(process))
}

fn tag(state: State) -> Markup {
    html! { span class=(format!("state {}", state.as_str())) { (state.says()) } }
}

/// How many processes are how far.
pub(super) fn overall(site: &Site<'_>, standing: &Standing) -> Markup {
    let states: Vec<State> = site.handbook.processes().map(|process| standing.state(process)).collect();
    let count = |wanted: State| states.iter().filter(|state| **state == wanted).count();
    html! {
        dl class="overall" {
            @for state in [State::Done, State::Attested, State::Open, State::Unknown, State::Unconfirmed] {
                div { dt { (tag(state)) } dd { (count(state)) " of " (states.len()) } }
            }
        }
    }
}

/// What a process lacks, by step.
pub(super) fn of_process(standing: &Standing, process: &Process) -> Markup {
    let steps: Vec<(&Step, Places)> =
        process.steps.iter().map(|step| (step, standing.places(&process.id, step))).collect();
    html! {
        section id="standing" class="standing" {
            h2 { "Where this organization stands " (mark(standing, process)) }
            ul {
                @for (step, places) in &steps {
                    li { a href=(format!("#{}", step.id)) { (step.title) } ": " (counts(places)) (named(standing, places)) }
                }
            }
        }
    }
}

/// How far a step is.
pub(super) fn of_step(standing: &Standing, process: &Process, step: &Step) -> Markup {
    let places = standing.places(&process.id, step);
    html! {
        (tag(places.state())) " " span class="counts" { (counts(&places)) }
        @for (confirmed, accounts) in standing.confirmations(&process.id, step) {
            " " span class=(if confirmed.is_valid { "word" } else { "word over" }) {
                @if confirmed.is_valid { "Attested by " (printable(&confirmed.by)) " until " }
                @else { "Was attested by " (printable(&confirmed.by)) ", to be confirmed again since the end of " }
                time datetime=(printable(&confirmed.until)) { (printable(&confirmed.until)) }
                @if accounts > 1 { ", in " (accounts) " accounts" } "."
            }
        }
    }
}

/// How far a control is.
pub(super) fn of_control(standing: &Standing, control: &str) -> Markup {
    html! {
        @match standing.of_control(control) {
            None => { span class="state unknown" { "not part of the scan" } },
            Some(places) => { (tag(places.state())) " " span class="counts" { (counts(&places)) } },
        }
    }
}

/// Where a control fails.
pub(super) fn missing(standing: &Standing, control: &str) -> Markup {
    let places = standing.of_control(control).unwrap_or_default();
    html! { @if !places.open.is_empty() || !places.unknown.is_empty() { (named(standing, &places)) } }
}

fn counts(places: &Places) -> Markup {
    html! {
        @if places.total() == 0 { "no account says anything" }
        @else if places.unconfirmed == places.total() { "for a person to confirm" }
        @else {
            "done in " (places.done) " of " (places.total()) " accounts"
            @if places.attested > 0 { ", attested in " (places.attested) }
            @if places.unconfirmed > 0 { ", for a person to confirm in " (places.unconfirmed) }
        }
        @if places.failures > 0 { ", " (places.failures) @if places.failures == 1 { " finding" } @else { " findings" } }
        @if !places.since.is_empty() { ", the oldest since " time datetime=(places.since) { (printable(places.since.get(..10).unwrap_or(&places.since))) } }
    }
}

fn named(standing: &Standing, places: &Places) -> Markup {
    html! {
        @for (what, accounts) in [("Missing in", &places.open), ("Not known in", &places.unknown)] {
            @if !accounts.is_empty() { (list(standing, what, accounts)) }
        }
    }
}

fn list(standing: &Standing, what: &str, accounts: &BTreeSet<Arc<str>>) -> Markup {
    html! {
        details class="accounts" {
            summary { (what) " " (accounts.len()) @if accounts.len() == 1 { " account" } @else { " accounts" } }
            ul {
                @for account in accounts.iter().take(NAMED) {
                    li { (printable(standing.name(account))) " " code { (printable(account)) } }
                }
                @if accounts.len() > NAMED { li { "and " (accounts.len() - NAMED) " more: " code { "plumbline findings --status FAIL" } } }
            }
        }
    }
}
