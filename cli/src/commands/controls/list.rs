//! `plumbline controls list`.

use std::io::Write;
use std::path::PathBuf;

use plumbline_baseline::pack::control::{Control, Subject};
use plumbline_coordinator::report::csv::TableWriter;
use plumbline_coordinator::report::{counted, printable};

use crate::args::RowFormat;
use crate::exit::Outcome;
use crate::failure::Result;
use crate::pack::Pack;
use crate::terminal;

/// Prints the controls.
pub(super) fn run(ids: &[String], format: RowFormat, directories: &[PathBuf]) -> Result<Outcome> {
    let pack = Pack::load(directories)?;
    let selected = pack.select(ids, &[])?;
    let controls: Vec<&Control> = selected.iter().filter_map(|id| pack.control(id)).collect();
    terminal::print(|out| match format {
        RowFormat::Table => {
            for control in &controls {
                writeln!(
                    out,
                    "{:<8} {}  {:<42} {}",
                    control.severity,
                    control.level,
                    control.id,
                    printable(&control.title)
                )?;
            }
            writeln!(out, "{}", counted(controls.len() as u64, "control"))
        }
        RowFormat::Csv => {
            let mut table = TableWriter::new(out, &["id", "severity", "level", "subject", "title"])?;
            for control in &controls {
                let level = control.level.to_string();
                table.write(&[&control.id, control.severity.as_str(), &level, &subject(control), &control.title])?;
            }
            table.finish()
        }
        RowFormat::Ndjson => {
            for control in &controls {
                let line = serde_json::json!({
                    "id": &*control.id, "title": control.title, "severity": control.severity.as_str(),
                    "level": control.level, "subject": subject(control), "frameworks": pack.inner().answers(&control.id),
                });
                writeln!(out, "{line}")?;
            }
            Ok(())
        }
    })?;
    Ok(Outcome::Done)
}

/// What a control is about, in words.
pub(super) fn subject(control: &Control) -> String {
    match &control.subject {
        Subject::Types(types) => types.iter().map(|name| &**name).collect::<Vec<_>>().join(", "),
        Subject::Tagged => "everything that has tags".to_owned(),
        Subject::Manual => "a person".to_owned(),
    }
}
