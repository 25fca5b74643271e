//! `plumbline roadmap --nights`: how much was done when each of the scans ended, from the figures that are kept of them.

use std::io::{self, Write};

use plumbline_coordinator::read::ScanView;
use plumbline_coordinator::report::past::Night;
use plumbline_coordinator::report::roadmap::Figures;
use plumbline_coordinator::report::{counted, percent, printable};
use serde_json::json;

use crate::args::RoadmapFormat;
use crate::exit::Outcome;
use crate::failure::Result;
use crate::results::store_failure;
use crate::terminal::{self, say};

/// Columns of a bar.
const BAR: usize = 20;

/// Prints the scans that can be compared with one, up to it, the earliest first.
pub(super) fn print(view: &ScanView, format: RoadmapFormat) -> Result<Outcome> {
    let nights = view.trend().map_err(|error| store_failure(&error))?;
    let kept: Vec<(&Night, Figures)> = nights.iter().filter_map(|night| Some((night, night.roadmap?))).collect();
    if kept.len() < nights.len() {
        let without = counted((nights.len() - kept.len()) as u64, "scan");
        say(format_args!("note: {without} ended without these figures: a version that does not keep them made it"));
    }
    terminal::print(|out| match format {
        RoadmapFormat::Text => text(out, &kept),
        RoadmapFormat::Ndjson => {
            kept.iter().try_for_each(|(night, figures)| writeln!(out, "{}", line(night, *figures)))
        }
        RoadmapFormat::Json => {
            let all: Vec<serde_json::Value> = kept.iter().map(|(night, figures)| line(night, *figures)).collect();
            writeln!(out, "{}", serde_json::Value::Array(all))
        }
    })?;
    Ok(Outcome::Done)
}

fn text(out: &mut impl Write, nights: &[(&Night, Figures)]) -> io::Result<()> {
    if nights.is_empty() {
        return writeln!(out, "No scan of this kind and selection has figures yet: the next one that ends will have.");
    }
    writeln!(out, "{:<20}  {:<26}  level  processes  × accounts  steps × accounts", "scan began", "scan")?;
    for (night, figures) in nights {
        let Figures { level, processes_done, processes, places_done, places, steps_done, steps } = *figures;
        let whole = format!("{processes_done}/{processes}");
        let (each, of_steps) = (format!("{places_done}/{places}"), format!("{steps_done}/{steps}"));
        writeln!(
            out,
            "{:<20}  {:<26}  {level:>5}  {whole:>9}  {each:>10}  {of_steps:>16}  {:>6}  {}",
            printable(&night.started),
            printable(&night.scan),
            percent(figures.share_of_steps()),
            bar(figures.share_of_steps().unwrap_or_default())
        )?;
    }
    Ok(())
}

/// A share that can be seen.
fn bar(share: f64) -> String {
    let full = (share * BAR as f64).floor() as usize;
    format!("{}{}", "#".repeat(full.min(BAR)), ".".repeat(BAR - full.min(BAR)))
}

fn line(night: &Night, figures: Figures) -> serde_json::Value {
    let Figures { level, processes_done, processes, places_done, places, steps_done, steps } = figures;
    json!({
        "kind": "night",
        "scan": night.scan,
        "started": night.started,
        "level": level,
        "processes": processes,
        "processes_done": processes_done,
        "places": places,
        "places_done": places_done,
        "steps": steps,
        "steps_done": steps_done,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_full_when_all_is_done_and_not_before() {
        assert_eq!((bar(0.0), bar(1.0)), (".".repeat(BAR), "#".repeat(BAR)));
        assert!(bar(0.999).ends_with('.') && bar(0.5).contains("#."));
    }
}
