//! What all pages have: head, search, where one is, and what the page was made of.

use maud::{DOCTYPE, Markup, html};
use plumbline_baseline::printable::{printable, printable_text};

use super::link::Depth;
use super::{Page, Site};

/// Nothing is loaded but the site's own files, and nothing is sent.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; form-action 'none'";

/// A page to be.
pub(super) struct Shell<'p> {
    pub(super) path: String,
    pub(super) depth: Depth,
    pub(super) title: &'p str,
    /// The pages above it: address from the top, and name.
    pub(super) above: Vec<(String, &'p str)>,
}

/// The page.
pub(super) fn page(site: &Site<'_>, shell: Shell<'_>, main: &Markup) -> Page {
    let Shell { path, depth, title, above } = shell;
    let content = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { (printable(title)) " – Plumbline's handbook" }
                link rel="stylesheet" href=(depth.to("site.css"));
                script defer src=(depth.to("search.js")) {}
                script defer src=(depth.to("site.js")) {}
            }
            body data-top=(depth.to("")) {
                a class="skip" href="#main" { "Skip to the text" }
                header {
                    a class="mark" href=(depth.to("index.html")) { "Plumbline" span { "handbook" } }
                    div class="search" hidden {
                        label for="search" { "Search" }
                        input id="search" type="search" autocomplete="off" placeholder="load balancer logs" aria-controls="hits";
                        ol id="hits" aria-live="polite" hidden {}
                    }
                }
                @if !above.is_empty() {
                    nav class="above" aria-label="Where this page is" {
                        @for (address, name) in &above { a href=(depth.to(address)) { (name) } " › " }
                    }
                }
                main id="main" { (main) }
                footer {
                    p { "Made of the pack " code { (site.pack.digest().get(..12).unwrap_or_default()) } " by Plumbline " (env!("CARGO_PKG_VERSION")) "."
                        @if let Some(standing) = site.standing {
                            " Accounts as the scan " code { (printable(&standing.scan)) } " of " (printable(standing.taken.get(..16).unwrap_or(&standing.taken)).replace('T', " ")) " UTC found them: what a scan did not see is not shown as done."
                        } @else { " Where accounts stand: " code { "plumbline handbook --output DIR --scan latest" } "." }
                    }
                    p {
                        a href=(depth.to("index.html")) { "All chapters" } " · " a href=(depth.to(super::link::LOGS)) { "Which service logs where" }
                        @if site.standing.is_some() { " · " a href=(depth.to(super::link::ROADMAP)) { "How far this organization is" } }
                    }
                }
            }
        }
    };
    Page { path, content: content.into_string() }
}

/// What level something is of.
pub(super) fn level(level: u8) -> Markup {
    let word = match level {
        1 => "essential",
        2 => "standard",
        _ => "advanced",
    };
    html! { span class=(format!("tag level-{level}")) { (level) " · " (word) } }
}

/// The same thing in several ways, each of which can be copied; the first that there is, is open.
pub(super) fn ways(cli: &str, terraform: &str, cloudformation: &str) -> Markup {
    let ways = [("AWS CLI", cli), ("Terraform", terraform), ("CloudFormation", cloudformation)];
    html! {
        @for (index, (name, text)) in ways.iter().filter(|(_, text)| !text.trim().is_empty()).enumerate() {
            details class="code" open[index == 0] {
                summary { (name) }
                pre tabindex="0" { code { (printable_text(text.trim_end())) } }
            }
        }
    }
}
