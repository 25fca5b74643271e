//! `plumbline frameworks list`.

use std::io::{self, Write};

use plumbline_baseline::pack::framework::{Answered, Edition, Framework};
use plumbline_coordinator::report::csv::TableWriter;
use plumbline_coordinator::report::printable;

use crate::args::RowFormat;
use crate::exit::Outcome;
use crate::failure::Result;
use crate::pack::Pack;
use crate::terminal;

/// Prints a line for each version of each framework, the newest first.
pub(super) fn run(pack: &Pack, format: RowFormat) -> Result<Outcome> {
    let frameworks = pack.inner().frameworks().values();
    let editions: Vec<(&Framework, &Edition)> =
        frameworks.flat_map(|framework| framework.editions.iter().rev().map(move |each| (framework, each))).collect();
    terminal::print(|out| match format {
        RowFormat::Table => table(out, &editions),
        RowFormat::Csv => csv(out, &editions),
        RowFormat::Ndjson => editions.iter().try_for_each(|(framework, edition)| {
            let line = serde_json::json!({
                "framework": framework.id, "name": framework.name, "url": framework.url, "as_of": framework.as_of,
                "version": Some(&edition.version).filter(|version| !version.is_empty()),
                "requirements": edition.requirements.len(), "whole": edition.count(Answered::Whole),
                "part": edition.count(Answered::Part), "person": edition.count(Answered::Person),
                "no": edition.count(Answered::No),
            });
            writeln!(out, "{line}")
        }),
    })?;
    Ok(Outcome::Done)
}

fn table(out: &mut impl Write, editions: &[(&Framework, &Edition)]) -> io::Result<()> {
    let width = editions.iter().map(|(framework, _)| framework.id.len()).max().unwrap_or_default().max(9);
    writeln!(
        out,
        "{:<width$}  {:<10}  {:>12}  {:>6}  {:>7}  {:>8}  {:>12}",
        "framework", "version", "requirements", "whole", "in part", "a person", "not answered"
    )?;
    for (framework, edition) in editions {
        let counts = Answered::ALL.map(|answered| edition.count(answered));
        let as_of = framework.as_of.as_deref().filter(|_| edition.version.is_empty());
        writeln!(
            out,
            "{:<width$}  {:<10}  {:>12}  {:>6}  {:>7}  {:>8}  {:>12}",
            printable(&framework.id),
            printable(as_of.unwrap_or(&edition.version)),
            edition.requirements.len(),
            counts[0],
            counts[1],
            counts[2],
            counts[3]
        )?;
    }
    Ok(())
}

fn csv(out: &mut impl Write, editions: &[(&Framework, &Edition)]) -> io::Result<()> {
    let columns = ["framework", "version", "name", "requirements", "whole", "part", "person", "no"];
    let mut table = TableWriter::new(out, &columns)?;
    for (framework, edition) in editions {
        let counts = Answered::ALL.map(|answered| edition.count(answered).to_string());
        let [whole, part, person, no] = &counts;
        let requirements = edition.requirements.len().to_string();
        table.write(&[&framework.id, &edition.version, &framework.name, &requirements, whole, part, person, no])?;
    }
    table.finish()
}
