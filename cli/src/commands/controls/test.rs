//! `plumbline controls test`: runs the cases of controls.

use std::io::Write;
use std::path::PathBuf;

use plumbline_baseline::case;
use plumbline_coordinator::report::counted;

use crate::exit::Outcome;
use crate::failure::Result;
use crate::pack::Pack;
use crate::terminal;

/// Runs the cases, and prints those that do not hold.
pub(super) fn run(ids: &[String], directories: &[PathBuf]) -> Result<Outcome> {
    let pack = Pack::load(directories)?;
    let selected = pack.select(ids, &[])?;
    let (mut cases, mut broken) = (0, 0);
    terminal::print(|out| {
        for control in selected.iter().filter_map(|id| pack.inner().control(id)) {
            for each in &control.control.cases {
                cases += 1;
                let outcome = case::run(pack.inner(), control, each);
                if outcome.holds() {
                    continue;
                }
                broken += 1;
                let verdict = &outcome.verdict;
                let why = if verdict.reason.is_empty() { String::new() } else { format!(": {}", verdict.reason) };
                let said = format!(
                    "{}:{}: {}: {}: expected {}, got {}{why}",
                    control.file, each.line, control.control.id, each.name, outcome.expected, verdict.status
                );
                writeln!(out, "{}", terminal::safe(said))?;
                for witness in &verdict.grounds.witnesses {
                    writeln!(out, "    {}", terminal::safe(witness.sentence()))?;
                }
                for evidence in &verdict.grounds.evidence {
                    writeln!(out, "    {}", terminal::safe(format_args!("{} = {}", evidence.path, evidence.value)))?;
                }
            }
        }
        let controls = counted(selected.len() as u64, "control");
        writeln!(out, "{controls}, {}: {broken} failed", counted(cases as u64, "case"))
    })?;
    Ok(if broken == 0 { Outcome::Done } else { Outcome::Failed })
}
