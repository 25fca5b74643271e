//! The part of the terminal report that says what governance says: what is accepted and until when, what ended or is about
//! to, what people vouch for, and who owns what is open.

use std::io::{self, Write};

use super::{Page, ROWS};
use crate::report::digest::Digest;
use crate::report::governed::{Warning, attesting_until, ends_in, warnings};
use crate::report::row::ScanSummary;
use crate::report::text::{counted, fitted, grouped};

/// What is accepted and attested, beside the figures.
pub(super) fn headline<W: Write>(page: &mut Page<'_, W>, digest: &Digest) -> io::Result<()> {
    let governed = &digest.governed;
    if governed.accepted() > 0 {
        let exceptions = counted(governed.accepting().len() as u64, "exception");
        let accepted = grouped(governed.accepted());
        page.hanging(&format!("  Accepted    {accepted:>6}  "), &format!("further ones, by {exceptions}"), 2)?;
    }
    let attested = digest.total.checks.attested;
    if attested > 0 {
        let text = "checks that only a person can decide; not measured";
        page.hanging(&format!("  Attested    {:>6}  ", grouped(attested)), text, 2)?;
    }
    Ok(())
}

/// The lists.
pub(super) fn write<W: Write>(page: &mut Page<'_, W>, summary: &ScanSummary, digest: &Digest) -> io::Result<()> {
    let Some(governed) = &summary.governed else { return Ok(()) };
    let warnings = warnings(governed, digest);
    if !warnings.is_empty() {
        page.heading("Ended, or about to end")?;
        for Warning { what, text } in warnings.iter().take(ROWS) {
            page.hanging(&format!("   {what} "), text, 3)?;
        }
        page.more(warnings.len(), &summary.command("report --format summary"))?;
    }
    let accepting = digest.governed.accepting();
    if !accepting.is_empty() {
        page.heading("Accepted")?;
        for each in accepting.iter().take(ROWS) {
            let said = &each.accepted;
            let (findings, accounts) = (counted(each.findings, "finding"), counted(each.accounts(), "account"));
            let text = format!(
                "until {} ({}): {findings} in {accounts}; {}",
                said.until,
                ends_in(governed, said.until),
                said.reason
            );
            page.hanging("   ", &format!("{}: {text}", fitted(&said.id, 60)), 3)?;
        }
        page.more(accepting.len(), &summary.command("findings --accepted"))?;
    }
    let attesting = digest.governed.attesting();
    if !attesting.is_empty() {
        page.heading("Attested")?;
        for each in attesting.iter().take(ROWS) {
            page.hanging("   ", &attesting_until(each), 3)?;
        }
        page.more(attesting.len(), &summary.command("report --format summary"))?;
    }
    owners(page, summary, digest)
}

fn owners<W: Write>(page: &mut Page<'_, W>, summary: &ScanSummary, digest: &Digest) -> io::Result<()> {
    if !digest.governed.has_owners() {
        return Ok(());
    }
    page.heading("Open findings by owner")?;
    let owners = digest.governed.owners_by_need();
    for (name, of) in owners.iter().take(ROWS) {
        let text = format!("{} in {}", counted(of.findings(), "finding"), counted(of.accounts(), "account"));
        page.hanging("   ", &format!("{}: {text}", fitted(name, 60)), 2)?;
    }
    let nobody = digest.governed.without_owner.findings();
    if nobody > 0 {
        page.hanging("   nobody: ", &counted(nobody, "finding"), 2)?;
    }
    page.more(owners.len(), &summary.command("findings --owner NAME"))
}
