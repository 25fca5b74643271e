//! The HTML report: one self-contained page, bounded in size however many findings there are.
//!
//! It loads nothing and runs nothing, which its content security policy also says. All text is escaped by `maud`;
//! text from the outside is made printable first. What does not fit is counted, with the command that shows it.

mod causes;
mod findings;
mod fixes;
mod frameworks;
mod governed;
mod overview;
mod past;
mod prose;
mod roadmap;
mod tables;

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use super::ControlLookup;
use super::digest::Digest;
use super::row::ScanSummary;
use super::text::printable;

const STYLE: &str = include_str!("html/page.css");

/// Writes the page.
///
/// # Errors
/// When the writer fails.
pub fn write(
    writer: &mut impl Write,
    summary: &ScanSummary,
    digest: &Digest,
    controls: ControlLookup<'_>,
) -> io::Result<()> {
    writer.write_all(page(summary, digest, controls).into_string().as_bytes())
}

fn page(summary: &ScanSummary, digest: &Digest, controls: ControlLookup<'_>) -> Markup {
    let style_hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    let policy = format!("default-src 'none'; style-src 'sha256-{style_hash}'; base-uri 'none'; form-action 'none'");
    let (kind, name) = overview::subject(summary);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { (kind) (name) " against the baseline, " (day(&summary.started)) " – Plumbline" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a class="skip" href="#main" { "Skip to the report" }
                (overview::masthead(summary, digest))
                main id="main" {
                    (overview::figures(summary, digest))
                    (past::changes(summary))
                    (causes::causes(summary, digest))
                    (roadmap::roadmap(summary, digest))
                    (fixes::fix_first(summary, digest, controls))
                    (governed::accepted(summary, digest))
                    (governed::by_owner(summary, digest))
                    (tables::by_control(summary, digest))
                    (frameworks::by_framework(digest))
                    (tables::by_account(summary, digest))
                    (overview::unknowns(summary, digest))
                    (fixes::manual(summary, digest, controls))
                }
                (overview::footer(summary))
            }
        }
    }
}

/// The day of an instant.
fn day(instant: &str) -> String {
    printable(instant.get(..10).unwrap_or(instant)).into_owned()
}

/// `2026-11-23T14:00:00Z` as a person reads it, with the exact value for machines.
fn instant(text: &str) -> Markup {
    let text = printable(text);
    let shown = text.get(..16).map_or_else(|| text.to_string(), |minute| format!("{} UTC", minute.replace('T', " ")));
    html! { time datetime=(text) { (shown) } }
}

/// The day of an instant, with the exact value for machines; a dash where it is not known.
fn day_of(instant: &str) -> Markup {
    html! {
        @if instant.is_empty() { span class="soft" { "–" } }
        @else { time datetime=(printable(instant)) { (day(instant)) } }
    }
}

/// A bar of shares, as SVG: a style attribute would need a weaker policy. The figures beside it say the same.
fn bar(parts: &[(&str, u64)]) -> Markup {
    let total: u64 = parts.iter().map(|(_, count)| count).sum();
    let scale = 1000.0 / total.max(1) as f64;
    let mut offset = 0.0;
    let mut place = |count: u64| {
        let (start, width) = (offset, count as f64 * scale);
        offset += width;
        (start, width)
    };
    html! {
        svg class="bar" viewBox="0 0 1000 6" preserveAspectRatio="none" aria-hidden="true" {
            @for (class, count) in parts.iter().filter(|(_, count)| *count > 0) {
                @let (start, width) = place(*count);
                rect class=(class) x=(format!("{start:.1}")) y="0" width=(format!("{width:.1}")) height="6" {}
            }
        }
    }
}

/// The line that follows a list that was cut.
fn more(count: usize, what: &str, command: &str) -> Markup {
    html! {
        @if count > 0 {
            p class="more" { "and " (super::text::grouped(count as u64)) " more " (what) " – " code { (command) } " shows all" }
        }
    }
}
