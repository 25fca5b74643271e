//! What loading a pack costs: the built-in one, and as many clones of its controls as are wanted. Each in a process of its
//! own, so that the memory is that of loading alone.

use std::process::Command;

use anyhow::{Context, bail};
use plumbline_baseline::api::Catalog;
use plumbline_baseline::pack::{Pack, Source};
use tokio::time::Instant;

use crate::process::peak_memory;
use crate::table;

const SIZES: [usize; 2] = [0, 700];
const READINGS: [&str; 2] = ["whole", "scanning"];

/// Prints a table.
pub(crate) fn run() -> anyhow::Result<()> {
    let mut rows = vec![["controls", "read", "time", "peak"].map(str::to_owned).to_vec()];
    for size in SIZES {
        for reading in READINGS {
            let output = Command::new(std::env::current_exe()?)
                .args(["load", &size.to_string(), reading])
                .output()
                .context("load a pack in a process of its own")?;
            let line = String::from_utf8(output.stdout)?;
            rows.push(line.trim().split(',').map(str::to_owned).collect());
        }
    }
    table::print("Loading a pack", &rows);
    Ok(())
}

/// Loads a pack of at least so many controls, and prints what that took.
pub(crate) fn load(controls: usize, reading: &str) -> anyhow::Result<()> {
    let sources = clones(controls);
    let started = Instant::now();
    let (pack, problems) = match reading {
        "whole" => Pack::load(sources, Catalog::embedded()),
        "scanning" => Pack::load_for_scanning(sources, Catalog::embedded()),
        _ => bail!("a pack is read whole or for scanning, not {reading}"),
    };
    let took = started.elapsed();
    if let Some(problem) = problems.first() {
        bail!("{problem}");
    }
    let peak = peak_memory("self").context("this system says how much memory a process took")? >> 20;
    println!("{},{reading},{:.0} ms,{peak} MB", pack.controls().len(), took.as_secs_f64() * 1e3);
    Ok(())
}

/// The files of the built-in pack, and copies of its controls under other names until there are enough.
fn clones(wanted: usize) -> Vec<Source> {
    let mut sources = Pack::embedded_sources();
    let controls: Vec<Source> = sources.iter().filter(|source| source.path.starts_with("controls/")).cloned().collect();
    // A file may hold several; that there are a few more than wanted does no harm.
    let mut count = controls.len();
    let mut copy = 0;
    while count < wanted {
        copy += 1;
        count += controls.len();
        sources.extend(controls.iter().map(|source| Source {
            path: source.path.replace(".yaml", &format!("-c{copy}.yaml")),
            text: source.text.replacen("\n", &format!("-c{copy}\n"), 1),
        }));
    }
    sources
}
