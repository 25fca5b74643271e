//! The part of the terminal report that says what one change would close, before the list by control.

use std::io::{self, Write};

use super::{NARROW, Page, ROWS, right};
use crate::report::causes::Cause;
use crate::report::digest::Digest;
use crate::report::row::ScanSummary;
use crate::report::text::{counted, fitted, grouped};

/// The changes that close several findings.
pub(super) fn write<W: Write>(page: &mut Page<'_, W>, summary: &ScanSummary, digest: &Digest) -> io::Result<()> {
    let causes = &digest.causes;
    if causes.shared.is_empty() {
        return Ok(());
    }
    page.heading("What one change closes")?;
    let close = if causes.shared.len() == 1 { "closes" } else { "close" };
    let changes = counted(causes.shared.len() as u64, "change");
    let alone = match causes.alone() {
        0 => String::new(),
        1 => "; one more takes a change of its own".to_owned(),
        more => format!("; {} more take a change each", grouped(more)),
    };
    page.hanging("   ", &format!("{changes} {close} {}{alone}", counted(causes.closed(), "finding")), 3)?;
    let shown = &causes.shared[..causes.shared.len().min(ROWS)];
    if page.columns() < NARROW {
        for cause in shown {
            page.hanging("   ", &narrow(cause), 4)?;
        }
    } else {
        let mut table = page.table(&["severity", "findings", "accounts", "control", "change"]);
        let room = page.columns().saturating_sub(36);
        for cause in shown {
            table.add_row(vec![
                cause.severity.to_string(),
                grouped(cause.findings),
                grouped(cause.accounts()),
                fitted(&cause.control, room / 2),
                fitted(&cause.origin.says(), room / 2),
            ]);
        }
        right(&mut table, &[1, 2]);
        page.print(&table)?;
    }
    page.more(causes.shared.len(), &summary.command("causes"))
}

fn narrow(cause: &Cause) -> String {
    let (findings, accounts) = (counted(cause.findings, "finding"), counted(cause.accounts(), "account"));
    format!("{}: {} closes {findings} in {accounts}", cause.control, cause.origin.says())
}
