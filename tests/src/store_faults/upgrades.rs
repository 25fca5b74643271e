//! The machine goes down at every write and every sync of an upgrade of a store that the last release of schema 2 wrote:
//! whoever opens it next goes on with the upgrade, and every row is what that release reported.

use std::io::Read;

use anyhow::Context;
use plumbline_coordinator::read::ScanView;
use plumbline_coordinator::store::{Error, Store};
use plumbline_faults::{Crash, Disk};

use super::Outcome;
use super::crashes::is_clean;
use super::facts::Facts;

const STORE: &[u8] = include_bytes!("../../../coordinator/src/store/tests/data/schema-2.redb.zst");
/// Scan, account, Region, control, status, resource and reason of each row.
const ROWS: &[u8] = include_bytes!("../../../coordinator/src/store/tests/data/schema-2.rows.zst");

/// Crashes an upgrade, about so many times; at every index and in every way with 0.
///
/// # Errors
/// When the store is not upgraded without a crash, or does not read then as it was written.
pub fn run(seed: u64, count: u64, report: impl Fn(&Outcome)) -> anyhow::Result<Outcome> {
    let expected = expected()?;
    let disk = Disk::holding(unpacked(STORE)?);
    let store = Store::on(disk.backend()).context("the upgrade without a crash")?;
    let mut outcome = Outcome::default();
    check(&store, &expected, "without a crash", &mut outcome)?;
    drop(store);
    anyhow::ensure!(outcome.is_right(), "without a crash: {outcome}");
    let trace = disk.trace();
    outcome.add("writes and syncs", trace.operations.len() as u64);
    outcome.add("rows of the store", expected.len() as u64);
    let step = (4 * trace.operations.len() as u64).checked_div(count).unwrap_or(1).max(1);
    let (mut number, mut failed) = (0_u64, None);
    trace.for_each_crash(seed, |crash| {
        number += 1;
        if number.is_multiple_of(step) && failed.is_none() {
            failed = one(crash, trace.operations.len(), &expected, &mut outcome).err();
            if outcome.faults.is_multiple_of(200) {
                report(&outcome);
            }
        }
    });
    failed.map_or(Ok(outcome), Err)
}

fn one(Crash { at, left, content }: Crash, of: usize, expected: &Facts, outcome: &mut Outcome) -> anyhow::Result<()> {
    let when = format!("after {at} of {of} operations, {left:?} left");
    outcome.faults += 1;
    // Before the first write nothing was in flight, and after the last one nothing is left to do.
    outcome.hits += u64::from(at > 0 && at < of);
    let disk = Disk::holding(content);
    match Store::on(disk.backend()) {
        Ok(store) => {
            outcome.note(if disk.operations() > 0 { "gone on with" } else { "done already" });
            check(&store, expected, &when, outcome)
        }
        Err(error) => {
            outcome.wrong.fail(format!("{when}: it does not open: {error}"));
            Ok(())
        }
    }
}

/// Verifies the store, and compares all rows of all scans.
fn check(store: &Store, expected: &Facts, when: &str, outcome: &mut Outcome) -> anyhow::Result<()> {
    is_clean(store, when, &mut outcome.wrong);
    let mut rows = Vec::new();
    for scan in store.scans()? {
        let view = ScanView::open(store, &scan.id)?.context("a scan that is listed is there")?;
        view.for_each(|row| {
            let key = format!("row {} {} {} {} {}", row.scan, row.account, row.region, row.control, row.resource);
            rows.push((key, format!("{} {}", row.status.as_str(), row.reason)));
            Ok::<_, Error>(())
        })?;
    }
    outcome.wrong.compare(&numbered(rows), expected, "", when);
    Ok(())
}

/// What the release of schema 2 reported.
fn expected() -> anyhow::Result<Facts> {
    let text = String::from_utf8(unpacked(ROWS)?)?;
    let rows = text.lines().map(|line| {
        let mut words = line.splitn(7, ' ');
        let mut next = || words.next().unwrap_or_default().to_owned();
        let (scan, account, region, control) = (next(), next(), next(), next());
        let (status, resource, reason) = (next(), next(), next());
        (format!("row {scan} {account} {region} {control} {resource}"), format!("{status} {reason}"))
    });
    Ok(numbered(rows.collect()).into_iter().collect())
}

/// Rows about the same, by their number among these.
fn numbered(mut rows: Vec<(String, String)>) -> Vec<(String, String)> {
    rows.sort();
    let mut last = (String::new(), 0);
    for (key, _) in &mut rows {
        last = if *key == last.0 { (last.0, last.1 + 1) } else { (key.clone(), 0) };
        key.push_str(&format!(" #{}", last.1));
    }
    rows
}

fn unpacked(packed: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    zstd::stream::Decoder::new(packed)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}
