//! What nights cost that are remembered: on the wire, on disk, in time and in memory; and what reading them takes. Each
//! size in a process of its own, so that the memory is that of one. Coordinator, agents and what they find share it.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, ensure};
use clap::Parser;
use plumbline_tests::nights::{self, Measured, NightCost, Reading, Used};

use crate::process::peak_memory;
use crate::table;

/// How many of what.
#[derive(Parser)]
pub(crate) struct Sizes {
    /// Resources, about.
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 100_000])]
    resources: Vec<usize>,
    /// Controls.
    #[arg(long, value_delimiter = ',', default_values_t = [65])]
    controls: Vec<usize>,
}

/// Measures every size.
pub(crate) fn run(sizes: &Sizes) -> anyhow::Result<()> {
    for controls in &sizes.controls {
        for resources in &sizes.resources {
            let status = Command::new(std::env::current_exe()?)
                .args(["night", &resources.to_string(), &controls.to_string()])
                .status()
                .context("measure a size in a process of its own")?;
            ensure!(status.success(), "{resources} resources and {controls} controls: {status}");
        }
    }
    Ok(())
}

/// Measures one.
pub(crate) fn one(resources: usize, controls: usize) -> anyhow::Result<()> {
    let directory = tempfile::tempdir().context("make a directory for the store")?;
    let (mut costs, mut readings) = (Vec::new(), Vec::new());
    nights::runtime()?.block_on(nights::run((resources, controls), directory.path(), |measured| match measured {
        Measured::Night(night) => costs.push((*night, peak())),
        Measured::Reading(reading) => readings.push((reading, peak())),
    }))?;
    let (first, _) = costs.first().context("there is a first night")?;
    let title = format!(
        "{} resources in {} jobs, {controls} controls, {} rows, {} B a document",
        first.resources,
        first.jobs,
        first.rows,
        first.document_bytes / first.resources.max(1)
    );
    table::print(&title, &nights_table(&costs));
    table::print("Whose processor time", &used(&costs));
    table::print("Bytes on the wire, of so many messages", &messages(&costs));
    table::print("Stored bytes after each night", &tables(&costs));
    table::print("Reading, and keeping in order", &readings_table(&readings));
    Ok(())
}

fn peak() -> u64 {
    peak_memory("self").unwrap_or_default()
}

fn head(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn nights_table(costs: &[(NightCost, u64)]) -> Vec<Vec<String>> {
    let mut rows = vec![head(&[
        "night",
        "time",
        "rows/s",
        "wire B/resource",
        "of first",
        "messages",
        "rows, documents, changing sent",
        "added on disk B/resource",
        "of first",
        "peak",
    ])];
    let mut before = 0;
    for (night, peak) in costs {
        let (first, resources) = (&costs[0].0, night.resources as f64);
        let added = night.stored().saturating_sub(before);
        before = night.stored();
        let percent = |bytes: u64, of: u64| format!("{:.2} %", 100.0 * bytes as f64 / of.max(1) as f64);
        rows.push(vec![
            night.name.to_owned(),
            format!("{:.2} s", night.took.as_secs_f64()),
            format!("{:.0}", night.rows as f64 / night.took.as_secs_f64()),
            format!("{:.2}", night.wire.bytes() as f64 / resources),
            percent(night.wire.bytes(), first.wire.bytes()),
            night.wire.kinds.values().map(|(messages, _)| messages).sum::<u64>().to_string(),
            format!("{}, {}, {}", night.wire.rows, night.wire.documents, night.wire.changing),
            format!("{:.2}", added as f64 / resources),
            percent(added, first.stored()),
            megabytes(*peak),
        ]);
    }
    rows
}

/// Processor seconds by whose they were, and how many rows the coordinator takes in one of its own.
fn used(costs: &[(NightCost, u64)]) -> Vec<Vec<String>> {
    let mut rows = vec![head(&[
        "night",
        "wall",
        "agents' half",
        "coordinator: checks",
        "coordinator: writer",
        "writer without a processor",
        "writer without work, or for the disk",
        "rows a second of the coordinator's",
    ])];
    let seconds = |time: Duration| format!("{:.2} s", time.as_secs_f64());
    rows.extend(costs.iter().map(|(night, _)| {
        let Used { agents, checks, writer, writer_waited } = night.used;
        let of_coordinator = (checks + writer).as_secs_f64().max(0.01);
        vec![
            night.name.to_owned(),
            seconds(night.took),
            seconds(agents),
            seconds(checks),
            seconds(writer),
            seconds(writer_waited),
            seconds(night.took.saturating_sub(writer + writer_waited)),
            format!("{:.0}", night.rows as f64 / of_coordinator),
        ]
    }));
    rows
}

fn messages(costs: &[(NightCost, u64)]) -> Vec<Vec<String>> {
    let kinds: BTreeSet<&str> = costs.iter().flat_map(|(night, _)| night.wire.kinds.keys().copied()).collect();
    let mut rows = vec![by_night("message", costs)];
    rows.extend(kinds.into_iter().map(|kind| {
        let of = |night: &NightCost| night.wire.kinds.get(kind).copied().unwrap_or_default();
        let cells = costs.iter().map(|(night, _)| of(night)).map(|(messages, bytes)| format!("{bytes} ({messages})"));
        std::iter::once(kind.to_owned()).chain(cells).collect()
    }));
    rows
}

/// The head of a table with a column a night.
fn by_night(what: &str, costs: &[(NightCost, u64)]) -> Vec<String> {
    std::iter::once(what).chain(costs.iter().map(|(night, _)| night.name)).map(str::to_owned).collect()
}

fn tables(costs: &[(NightCost, u64)]) -> Vec<Vec<String>> {
    let mut rows = vec![by_night("table", costs)];
    for (index, table) in costs[0].0.stats.tables.iter().enumerate() {
        let sizes = costs.iter().map(|(night, _)| night.stats.tables[index].stored.to_string());
        rows.push(std::iter::once(table.name.clone()).chain(sizes).collect());
    }
    let pages = costs.iter().map(|(night, _)| night.stats.live_bytes.to_string());
    rows.push(std::iter::once("pages in use".to_owned()).chain(pages).collect());
    rows
}

fn readings_table(readings: &[(Reading, u64)]) -> Vec<Vec<String>> {
    let mut rows = vec![head(&["what", "time", "found", "a second", "peak"])];
    rows.extend(readings.iter().map(|(reading, peak)| {
        vec![
            reading.what.clone(),
            format!("{:.1} ms", reading.took.as_secs_f64() * 1e3),
            format!("{} {}", reading.count, reading.unit),
            format!("{:.0}", reading.count as f64 / reading.took.as_secs_f64()),
            megabytes(*peak),
        ]
    }));
    rows
}

fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes >> 20)
}
