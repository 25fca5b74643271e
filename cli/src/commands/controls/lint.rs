//! `plumbline controls lint`: every problem of a pack, with file, line and column.

use std::io::Write;
use std::path::PathBuf;

use plumbline_baseline::pack::Level;
use plumbline_coordinator::report::counted;

use crate::clock;
use crate::exit::Outcome;
use crate::failure::Result;
use crate::pack::Pack;
use crate::terminal;

/// Prints the problems.
pub(super) fn run(directories: &[PathBuf]) -> Result<Outcome> {
    let (pack, mut problems) = Pack::load_with_problems(directories)?;
    problems.extend(pack.inner().overdue_problems(&clock::now()?));
    problems.sort();
    let errors = problems.iter().filter(|problem| problem.level == Level::Error).count();
    terminal::print(|out| {
        for problem in &problems {
            writeln!(out, "{}", terminal::safe(problem))?;
        }
        for (file, replaced) in pack.inner().replaced() {
            writeln!(out, "{}", terminal::safe(format_args!("{file}: note: replaces the built-in {replaced}")))?;
        }
        let (controls, types) = (pack.inner().controls().len(), pack.inner().resource_types().len());
        let warnings = problems.len() - errors;
        let found = [counted(errors as u64, "error"), counted(warnings as u64, "warning")].join(", ");
        writeln!(out, "{}, {}: {found}", counted(controls as u64, "control"), counted(types as u64, "resource type"))
    })?;
    Ok(if errors == 0 { Outcome::Done } else { Outcome::Failed })
}
