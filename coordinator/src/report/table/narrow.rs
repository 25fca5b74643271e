//! The parts of the terminal report that are tables where there is room, as lists for narrow terminals: ids are whole.

use std::io::{self, Write};
use std::sync::Arc;

use plumbline_baseline::Severity;

use crate::report::digest::{ControlDigest, ScopeDigest};
use crate::report::row::AccountSummary;
use crate::report::text::{counted, grouped, percent, printable, wrapped};

/// One control a line, and below it how much of it there is.
pub(super) fn fix_first(
    writer: &mut impl Write,
    failing: &[(&Arc<str>, &ControlDigest)],
    columns: usize,
) -> io::Result<()> {
    for (id, control) in failing {
        writeln!(writer, " {}", printable(id))?;
        let (accounts, findings) = (counted(control.failing_accounts(), "account"), counted(control.open(), "finding"));
        writeln!(writer, "   {}: {accounts}, {findings}", control.severity)?;
        for line in wrapped(&control.says(), columns.saturating_sub(3), 3) {
            writeln!(writer, "   {line}")?;
        }
    }
    Ok(())
}

/// One account a line, and below it where it stands.
pub(super) fn accounts(writer: &mut impl Write, accounts: &[(&AccountSummary, ScopeDigest)]) -> io::Result<()> {
    for (account, scope) in accounts {
        let checks = scope.checks;
        writeln!(writer, " {}", printable(&account.id))?;
        match checks.coverage() {
            None => writeln!(writer, "   not scanned")?,
            Some(_) if !scope.is_decided() => writeln!(writer, "   nothing could be read")?,
            read => writeln!(writer, "   {} read, {} hold", percent(read), percent(checks.compliance()))?,
        }
        let failed = Severity::ALL.into_iter().zip(scope.failed_by_severity).filter(|(_, count)| *count > 0);
        for (severity, count) in failed {
            writeln!(writer, "   {} {severity}", grouped(count))?;
        }
    }
    Ok(())
}
