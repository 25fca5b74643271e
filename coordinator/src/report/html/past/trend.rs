//! Coverage and compliance over the scans that are kept: a drawing that needs no script, and the figures behind it.

use maud::{Markup, html};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::instant;
use crate::report::html::day;
use crate::report::past::Night;
use crate::report::text::{counted, grouped, percent, printable};

/// Units across and down; the page stretches them.
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 200.0;

/// One of the lines: its class, its name, and the share that it shows.
pub(in crate::report::html) struct Line {
    pub(in crate::report::html) class: &'static str,
    pub(in crate::report::html) name: &'static str,
    /// Of what, in the legend; with a blank in front.
    pub(in crate::report::html) of: &'static str,
    pub(in crate::report::html) share: fn(&Night) -> Option<f64>,
}

/// Lines over nights.
pub(in crate::report::html) struct Drawing<'d> {
    /// At least two.
    pub(in crate::report::html) nights: &'d [Night],
    pub(in crate::report::html) lines: &'d [Line],
    /// Begins the ids of its parts.
    pub(in crate::report::html) id: &'static str,
    /// What the lines show.
    pub(in crate::report::html) what: &'static str,
}

const LINES: [Line; 2] = [
    Line { class: "coverage", name: "Coverage", of: " of rows", share: |night| night.rows.coverage() },
    Line { class: "compliance", name: "Compliance", of: " of rows", share: |night| night.rows.compliance() },
];

pub(super) fn trend(nights: &[Night]) -> Markup {
    html! {
        @if nights.len() > 1 {
            h3 class="group" id="trend" { "The trend" }
            p class="lead" {
                (counted(nights.len() as u64, "scan")) " of the same kind and selection, each by its rows: how many are "
                "decided, and how many of these hold. The figures above are of checks, so they differ."
            }
            (drawing(&Drawing { nights, lines: &LINES, id: "trend", what: "Coverage and compliance" }))
            details class="plain" {
                summary { "The figures of every scan" }
                (figures(nights))
            }
        }
    }
}

/// The lines with their names, without a script.
pub(in crate::report::html) fn drawing(drawing: &Drawing<'_>) -> Markup {
    html! {
        @if let [first, .., last] = drawing.nights {
            figure class="trend" {
                (legend(drawing.lines, last))
                (plot(drawing, first, last))
            }
        }
    }
}

fn legend(lines: &[Line], last: &Night) -> Markup {
    html! {
        figcaption {
            @for line in lines {
                span class="whole" {
                    svg class="key" viewBox="0 0 28 8" aria-hidden="true" { path class=(line.class) d="M1,4 L27,4" {} }
                    (line.name) (line.of) " " strong { (percent((line.share)(last))) }
                } " "
            }
        }
    }
}

fn plot(drawing: &Drawing<'_>, first: &Night, last: &Night) -> Markup {
    let Drawing { nights, lines, id, what } = drawing;
    let (floor, places) = (floor(nights, lines), places(nights));
    let mid = f64::midpoint(floor, 1.0);
    let told =
        |line: &Line| format!("{} from {} to {}", line.name, percent((line.share)(first)), percent((line.share)(last)));
    let (title, description) = (format!("{id}-title"), format!("{id}-description"));
    html! {
        div class="plot" {
            div class="axis" aria-hidden="true" { @for share in [1.0, mid, floor] { span { (format!("{:.0}%", share * 100.0)) } } }
            svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } preserveAspectRatio="none" role="img" aria-labelledby={ (title) " " (description) } {
                title id=(title) { (what) " from " (day(&first.started)) " to " (day(&last.started)) }
                desc id=(description) {
                    @for line in *lines { (told(line)) ". " }
                    "The drawing begins at " (percent(Some(floor))) "; the table below it has every figure."
                }
                @for share in [1.0, mid, floor] { path class="grid" d={ "M0," (down(share, floor)) " L" (WIDTH) "," (down(share, floor)) } {} }
                @for line in *lines { path class=(line.class) d=(path(nights, &places, line, floor)) {} }
            }
            div class="dates" { span { (instant(&first.started)) } span { (instant(&last.started)) } }
        }
    }
}

/// The share at the bottom: the ten per cent below all figures, so that what changes can be seen.
fn floor(nights: &[Night], lines: &[Line]) -> f64 {
    let shares = nights.iter().flat_map(|night| lines.iter().filter_map(|line| (line.share)(night)));
    let lowest = shares.fold(1.0, f64::min);
    (((lowest * 10.0).floor() - 1.0) / 10.0).clamp(0.0, 0.9)
}

fn down(share: f64, floor: f64) -> String {
    format!("{:.1}", (1.0 - share) / (1.0 - floor) * HEIGHT)
}

/// How far across each scan stands: by its date; evenly where dates are not known or do not rise.
fn places(nights: &[Night]) -> Vec<f64> {
    let times = nights.iter().map(|night| OffsetDateTime::parse(&night.started, &Rfc3339).ok());
    let times: Option<Vec<i64>> = times.map(|time| Some(time?.unix_timestamp())).collect();
    let even = || (0..nights.len() as i64).collect();
    let times = times.filter(|times| times.is_sorted() && times.first() < times.last()).unwrap_or_else(even);
    let (first, last) = (times.first().copied().unwrap_or(0), times.last().copied().unwrap_or(0));
    let whole = (last - first).max(1) as f64;
    times.iter().map(|time| (time - first) as f64 / whole * WIDTH).collect()
}

/// A line that is broken where there is no share; a scan that stands alone is a dot.
fn path(nights: &[Night], places: &[f64], line: &Line, floor: f64) -> String {
    let mut path = String::new();
    let mut is_drawn = false;
    for (night, across) in nights.iter().zip(places) {
        let Some(share) = (line.share)(night) else {
            is_drawn = false;
            continue;
        };
        let point = format!("{across:.1},{}", down(share, floor));
        let step = if is_drawn { format!(" L{point}") } else { format!(" M{point} L{point}") };
        path.push_str(&step);
        is_drawn = true;
    }
    path.trim_start().to_owned()
}

/// The latest scan first.
fn figures(nights: &[Night]) -> Markup {
    html! {
        div class="scroll" tabindex="0" role="region" aria-labelledby="trend" {
            table {
                thead { tr {
                    th scope="col" { "Scan" }
                    th scope="col" class="num" { "Coverage" } th scope="col" class="num" { "Compliance" }
                    th scope="col" class="num" { "Pass" } th scope="col" class="num" { "Fail" }
                    th scope="col" class="num" { "Unknown" }
                } }
                tbody { @for night in nights.iter().rev() { tr {
                    th scope="row" { (instant(&night.started)) " " code class="soft small" { (printable(&night.scan)) } }
                    td class="num" { (percent(night.rows.coverage())) }
                    td class="num" { (percent(night.rows.compliance())) }
                    td class="num" { (grouped(night.rows.pass)) }
                    td class="num" { (grouped(night.rows.fail)) }
                    td class="num" { (grouped(night.rows.unknown)) }
                } } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::past::Rows;

    fn night(started: &str, pass: u64, fail: u64, unknown: u64) -> Night {
        let rows = Rows { pass, fail, unknown, ..Rows::default() };
        Night { scan: "S".into(), started: started.into(), rows, roadmap: None }
    }

    #[test]
    fn scans_stand_by_their_dates_and_evenly_where_nobody_knows_them() {
        let at = |dates: &[&str]| places(&dates.iter().map(|date| night(date, 1, 0, 0)).collect::<Vec<_>>());
        let dates = ["2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z", "2026-11-11T00:00:00Z"];
        assert_eq!(at(&dates), [0.0, 100.0, 1000.0]);
        assert_eq!(at(&["2026-11-01T00:00:00Z", "soon", "2026-11-11T00:00:00Z"]), [0.0, 500.0, 1000.0]);
        assert_eq!(at(&[dates[1], dates[0]]), [0.0, 1000.0]);
        assert_eq!(at(&[dates[0], dates[0]]), [0.0, 1000.0]);
    }

    #[test]
    fn a_line_has_a_gap_where_nothing_was_decided() {
        let nights = [night("a", 1, 1, 0), night("b", 0, 0, 5), night("c", 3, 1, 0), night("d", 4, 0, 0)];
        let places = places(&nights);
        assert_eq!(floor(&nights, &LINES), 0.0);
        assert_eq!(
            path(&nights, &places, &LINES[1], 0.5),
            "M0.0,200.0 L0.0,200.0 M666.7,100.0 L666.7,100.0 L1000.0,0.0"
        );
        assert_eq!(floor(&[night("a", 97, 3, 0)], &LINES), 0.8);
        assert_eq!(floor(&[night("a", 1, 0, 0)], &LINES), 0.9);
    }
}
