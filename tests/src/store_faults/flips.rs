//! Damaged files: flipped bits, pages that are gone, swapped or doubled, and files that end early. Whatever is read of
//! one without an error has to be what was stored, all of it.

use std::path::Path;

use anyhow::Context;
use plumbline_baseline::ScanId;
use plumbline_coordinator::read::{Comparison, Sought};
use plumbline_coordinator::report::difference::Difference;
use plumbline_coordinator::store::{Error, InTheWay, Store};

use super::Outcome;
use super::chance::Chance;
use super::facts::{Facts, Said, Wrong, read};
use super::history::History;

/// Resources of each type in each account and Region.
const RESOURCES: usize = 60;
/// Bytes of a page.
const PAGE: usize = 4096;

/// Kinds of damage.
#[derive(Clone, Copy, Debug)]
enum Damage {
    OneBit,
    ManyBits,
    Swapped,
    Doubled,
    Zeroed,
    CutOff,
}

const KINDS: [Damage; 6] =
    [Damage::OneBit, Damage::ManyBits, Damage::Swapped, Damage::Doubled, Damage::Zeroed, Damage::CutOff];

/// How a file is opened.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// As commands that read do.
    Read,
    /// As a scan does.
    Write,
    /// As a backup is looked at.
    Checked,
}

/// Damages so many files, and reads each in one of the ways: half of them as commands that read do.
///
/// # Errors
/// When there is no room for a file, or the undamaged one does not read as it was stored.
pub fn run(seed: u64, count: u64, report: impl Fn(&Outcome)) -> anyhow::Result<Outcome> {
    let directory = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let (mut facts, scans, whole) = runtime.block_on(stored(seed, directory.path()))?;
    let path = Store::path_in(directory.path());
    for said in differences(&Store::open(directory.path())?, &scans) {
        facts.extend(said.lines.context("the undamaged file")?);
    }
    let pages = pages(&whole);
    let (mut chance, mut outcome) = (Chance::new(seed), Outcome::default());
    outcome.add("bytes of the file", whole.len() as u64);
    outcome.add("pages of it that hold something", pages.len() as u64);
    let check = |way: Way, when: &str, outcome: &mut Outcome| {
        let opened = match way {
            Way::Read => Store::open(directory.path()),
            Way::Write => Store::create(directory.path()),
            Way::Checked => Store::open_file(&path),
        };
        match opened {
            Ok(store) => look(&store, &scans, &facts, when, outcome),
            Err(_) => {
                outcome.note("refused when it was opened");
                outcome.hits += 1;
            }
        }
    };
    check(Way::Read, "undamaged", &mut outcome);
    anyhow::ensure!(outcome.hits == 0 && outcome.is_right(), "the undamaged file: {outcome}");
    for number in 0..count {
        let kind = KINDS[chance.below(KINDS.len())];
        let way = [Way::Read, Way::Write, Way::Read, Way::Checked][chance.below(4)];
        let (bytes, what) = damaged(&whole, &pages, kind, &mut chance);
        std::fs::write(&path, bytes)?;
        outcome.faults += 1;
        check(way, &format!("file {number}, {what}, {way:?}"), &mut outcome);
        if outcome.faults.is_multiple_of(200) {
            report(&outcome);
        }
    }
    Ok(outcome)
}

/// A closed store with a whole history, and what it has to say.
async fn stored(seed: u64, directory: &Path) -> anyhow::Result<(Facts, Vec<ScanId>, Vec<u8>)> {
    let history = History::new(seed, RESOURCES).await?;
    let recorded = history.record().await?;
    let store = Store::create(directory)?;
    history.go_on(&store, 0).await?;
    drop(store);
    // Without the space that nothing takes, where damage does nothing.
    let data = tempfile::tempdir()?;
    Store::open(directory)?.backup(&Store::path_in(data.path()), InTheWay::Stays)?;
    std::fs::rename(Store::path_in(data.path()), Store::path_in(directory))
        .or_else(|_| std::fs::copy(Store::path_in(data.path()), Store::path_in(directory)).map(drop))?;
    let facts = recorded.facts.last().cloned().context("a history has an end")?;
    Ok((facts, history.scans(), std::fs::read(Store::path_in(directory))?))
}

/// The pages that hold something.
fn pages(whole: &[u8]) -> Vec<usize> {
    let pages = whole.chunks(PAGE).enumerate();
    pages.filter(|(_, page)| page.iter().any(|byte| *byte != 0)).map(|(number, _)| number * PAGE).collect()
}

/// A damaged file, and what was done to it.
fn damaged(whole: &[u8], pages: &[usize], kind: Damage, chance: &mut Chance) -> (Vec<u8>, String) {
    let mut bytes = whole.to_vec();
    let mut any = || pages[chance.below(pages.len())];
    let (one, other) = (any(), any());
    let page = one..(one + PAGE).min(whole.len());
    let size = page.len().min(whole.len() - other);
    match kind {
        Damage::OneBit => flip(&mut bytes[page], chance),
        Damage::ManyBits => (0..2 + chance.below(30)).for_each(|_| flip(&mut bytes[page.clone()], chance)),
        Damage::Swapped => {
            bytes[other..other + size].copy_from_slice(&whole[one..one + size]);
            bytes[one..one + size].copy_from_slice(&whole[other..other + size]);
        }
        Damage::Doubled => bytes[other..other + size].copy_from_slice(&whole[one..one + size]),
        Damage::Zeroed => bytes[page].fill(0),
        Damage::CutOff => bytes.truncate(one + chance.below(PAGE)),
    }
    (bytes, format!("{kind:?} at {one} and {other}"))
}

fn flip(page: &mut [u8], chance: &mut Chance) {
    let at = chance.below(page.len());
    if let Some(byte) = page.get_mut(at) {
        *byte ^= 1 << chance.below(8);
    }
}

/// Reads all of a store: what is no error has to be right.
fn look(store: &Store, scans: &[ScanId], facts: &Facts, when: &str, outcome: &mut Outcome) {
    let (mut errors, mut right) = (0, 0);
    let mut wrong = Wrong::default();
    for said in read(store, scans).into_iter().chain(differences(store, scans)) {
        match said.lines {
            Ok(lines) => {
                wrong.compare(&lines, facts, &said.about, when);
                right += 1;
            }
            Err(_) => errors += 1,
        }
    }
    let verified = store.verify();
    let is_noticed = !verified.as_ref().is_ok_and(plumbline_coordinator::store::Verification::is_clean);
    if !is_noticed && errors > 0 {
        wrong.fail(format!("{when}: it verifies, and {errors} things cannot be read"));
    }
    if !wrong.is_nothing() {
        // One line a file and kind of mistake: a page that is gone takes much along.
        wrong.once();
        outcome.note("files that read wrong or less");
        outcome.add("of these, found by verify", u64::from(is_noticed));
    }
    outcome.hits += u64::from(errors > 0 || is_noticed || !wrong.is_nothing());
    outcome.add("read as they were stored", right);
    outcome.add("read as damaged", errors);
    outcome.add("found by verify", u64::from(is_noticed));
    outcome.wrong = std::mem::take(&mut outcome.wrong).plus(wrong);
}

/// What a store says that each scan changed since the one before. The model has nothing of that: it has to be what the
/// undamaged store said.
fn differences(store: &Store, scans: &[ScanId]) -> Vec<Said> {
    let pairs = scans.iter().zip(scans.iter().skip(1));
    let said = pairs
        .map(|(one, other)| Said { about: format!("difference {one} {other} "), lines: difference(store, one, other) });
    said.collect()
}

fn difference(store: &Store, one: &ScanId, other: &ScanId) -> Result<Vec<(String, String)>, Error> {
    // One of them may be pruned.
    let Some(comparison) = Comparison::open(store, one, other)? else { return Ok(Vec::new()) };
    let (mut lines, mut is_damaged) = (Vec::new(), false);
    let sought = Sought { quiet_too: true, ..Sought::default() };
    comparison.for_each(&sought, |difference| {
        match difference {
            Difference::Note(note) => is_damaged |= note.code == "damaged",
            other_one => lines.push((format!("difference {one} {other} {other_one:?}"), String::new())),
        }
        Ok::<_, Error>(())
    })?;
    match is_damaged {
        true => Err(Error::Damaged { what: "what is compared" }),
        false => Ok(lines),
    }
}
