//! All that a store says, line by line, and what is not as it has to be.
//!
//! A line has a key (what it is about) and a value (what is said of it), so that what is not there, what is there twice,
//! what nobody sent and what is another one are told apart.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Display, Formatter};

use plumbline_baseline::ScanId;
use plumbline_coordinator::store::record::{Counts, Job, JobState, Scan};
use plumbline_coordinator::store::{Documents, Error, Standing, Store, StoredRow};
use plumbline_proto::agent_v1::Status;
use plumbline_tree as tree;

/// Lines by their keys.
pub(super) type Facts = BTreeMap<String, String>;

/// What a store said of one thing: the beginning of the keys, and the lines or why there are none.
pub(super) struct Said {
    pub(super) about: String,
    pub(super) lines: Result<Vec<(String, String)>, Error>,
}

/// What documents have in them where what changes by itself is known.
const CHANGING: &str = r#""Used":"#;
/// Problems that are told in words.
const TOLD: usize = 40;

/// What is not as it has to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wrong {
    /// Acknowledged, and not there.
    pub lost: u64,
    /// There twice.
    pub duplicated: u64,
    /// There, and nobody sent it.
    pub phantom: u64,
    /// Another one than was sent.
    pub wrong: u64,
    /// Of what is wrong or phantom, the rows that pass.
    pub false_pass: u64,
    /// What failed that has to work: to open, to verify, to go on.
    pub failed: u64,
    /// The first of them in words.
    pub told: Vec<String>,
}

impl Wrong {
    /// Whether there is nothing.
    pub fn is_nothing(&self) -> bool {
        [self.lost, self.duplicated, self.phantom, self.wrong, self.failed] == [0; 5]
    }

    /// Tells the first of each kind.
    pub(super) fn once(&mut self) {
        let kind = |line: &String| line.split(": ").nth(1).map(str::to_owned);
        let mut kinds = BTreeSet::new();
        self.told.retain(|line| kinds.insert(kind(line)));
    }

    /// Both together.
    pub(super) fn plus(mut self, other: Self) -> Self {
        self.lost += other.lost;
        self.duplicated += other.duplicated;
        self.phantom += other.phantom;
        self.wrong += other.wrong;
        self.false_pass += other.false_pass;
        self.failed += other.failed;
        other.told.into_iter().for_each(|line| self.tell(line));
        self
    }

    /// Something failed that has to work.
    pub(super) fn fail(&mut self, what: String) {
        self.failed += 1;
        self.tell(what);
    }

    /// Something that was acknowledged is not there.
    pub(super) fn lose(&mut self, what: String) {
        self.lost += 1;
        self.tell(what);
    }

    /// Something was accepted or read that nobody sent.
    pub(super) fn invented(&mut self, what: String) {
        self.phantom += 1;
        self.tell(what);
    }

    fn tell(&mut self, what: String) {
        if self.told.len() < TOLD {
            self.told.push(what);
        }
    }

    /// Compares what was said of something with what has to be said of it. Of each kind of mistake the first is told.
    pub(super) fn compare(&mut self, said: &[(String, String)], facts: &Facts, about: &str, when: &str) {
        let (mut seen, mut found) = (BTreeSet::new(), BTreeMap::new());
        for (key, value) in said {
            if !seen.insert(key) {
                self.duplicated += 1;
                found.entry("twice").or_insert_with(|| key.clone());
            }
            let known = facts.get(key);
            let is_pass = |value: &String| key.starts_with("row ") && value.starts_with("Pass ");
            self.false_pass += u64::from(is_pass(value) && !known.is_some_and(is_pass));
            match known {
                None => {
                    self.phantom += 1;
                    found.entry("nobody sent").or_insert_with(|| format!("{key} = {value}"));
                }
                Some(known) if known != value => {
                    self.wrong += 1;
                    found.entry("wrong").or_insert_with(|| format!("{key} = {value}, and not {known}"));
                }
                Some(_) => {}
            }
        }
        let expected = facts.range(about.to_owned()..).take_while(|(key, _)| key.starts_with(about));
        for (key, value) in expected.filter(|(key, _)| !seen.contains(key)) {
            self.lost += 1;
            found.entry("lost").or_insert_with(|| format!("{key} = {value}"));
        }
        found.into_iter().for_each(|(kind, what)| self.tell(format!("{when}: {kind}: {what}")));
    }
}

impl Display for Wrong {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Self { lost, duplicated, phantom, wrong, false_pass, failed, told } = self;
        write!(f, "lost {lost}, duplicated {duplicated}, phantom {phantom}, wrong {wrong}, ")?;
        write!(f, "false pass {false_pass}, failed {failed}")?;
        told.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

/// The line of a scan that was pruned.
pub(super) fn pruned() -> String {
    "pruned".to_owned()
}

/// The line of a scan.
pub(super) fn of_scan(state: &str, night: u32, counts: Option<Counts>) -> String {
    format!("{state} {night} {}", of_counts(counts))
}

fn of_counts(counts: Option<Counts>) -> String {
    counts.map_or_else(String::new, |Counts { pass, fail, unknown, not_applicable, manual }| {
        format!("{pass} {fail} {unknown} {not_applicable} {manual}")
    })
}

/// The line of a job.
pub(super) fn of_job(state: JobState, rows: u64, counts: Option<Counts>, problem: &str) -> String {
    format!("{state:?} {rows} {} {problem}", of_counts(counts))
}

/// The line of a row.
pub(super) fn of_row(status: Status, reason: &str, standing: Standing) -> String {
    let Standing { first_seen, since, stale_since, is_decided, is_failing, was_failing, fails } = standing;
    format!(
        "{status:?} {reason:?} first {first_seen} since {since} stale {stale_since} decided {is_decided} failing \
         {is_failing} was {was_failing} fails {fails}"
    )
}

/// All that a store says of these scans and of what is staged.
pub(super) fn read(store: &Store, scans: &[ScanId]) -> Vec<Said> {
    let mut said = vec![
        Said { about: "listed ".to_owned(), lines: listed(store) },
        Said {
            about: "chunks".to_owned(),
            lines: store.count_chunks().map(|count| vec![("chunks".into(), count.to_string())]),
        },
    ];
    for scan in scans {
        let record = of(store, scan);
        let is_kept = record.as_ref().map_or(true, |lines| lines.iter().any(|(_, value)| *value != pruned()));
        said.push(Said { about: format!("scan {scan} "), lines: record });
        if !is_kept {
            continue;
        }
        match store.jobs(scan) {
            Ok(jobs) => {
                let about = format!("job {scan} ");
                let lines = jobs.iter().map(|job| line_of(scan, job)).collect();
                said.push(Said { about, lines });
                let committed = jobs.iter().filter(|job| job.state() == JobState::Committed);
                committed.for_each(|job| found(store, scan, job, &mut said));
            }
            Err(error) => said.push(Said { about: format!("job {scan} "), lines: Err(error) }),
        }
    }
    said
}

fn listed(store: &Store) -> Result<Vec<(String, String)>, Error> {
    let scans = store.scans()?.into_iter();
    scans.map(|scan| Ok((format!("listed {}", scan.id), scan.head?.night.to_string()))).collect()
}

fn of(store: &Store, scan: &ScanId) -> Result<Vec<(String, String)>, Error> {
    let key = format!("scan {scan} ");
    let Some(Scan { state, night, counts, .. }) = store.scan(scan)? else {
        let is_pruned = store.pruned_nights()?.iter().any(|(_, started)| is_of(scan, started));
        return Ok(if is_pruned { vec![(key, pruned())] } else { Vec::new() });
    };
    Ok(vec![(key, of_scan(&state.to_string(), night, counts))])
}

/// Scans of these histories start on the day that their ids say.
fn is_of(scan: &ScanId, started: &str) -> bool {
    let day = scan.as_str().bytes().find(u8::is_ascii_digit);
    day.is_some_and(|day| started.starts_with(&format!("2026-01-0{}", char::from(day))))
}

fn line_of(scan: &ScanId, job: &Job) -> Result<(String, String), Error> {
    // A record that is damaged says so, in the place of the job.
    if job.state() == JobState::Unspecified {
        return Err(Error::Damaged { what: "job" });
    }
    Ok((format!("job {scan} {}", job.id), of_job(job.state(), job.rows, job.counts, &job.problem)))
}

/// What a committed job found.
fn found(store: &Store, scan: &ScanId, job: &Job, said: &mut Vec<Said>) {
    let id = &job.id;
    let parts = match store.parts(job) {
        Ok(parts) => parts,
        Err(error) => {
            said.push(Said { about: format!("row {scan} {id} "), lines: Err(error) });
            return;
        }
    };
    let mut rows: Result<Vec<(String, String)>, Error> = Ok(Vec::new());
    let mut listings = Vec::new();
    for part in &parts {
        let of = &part.type_name;
        match (part.rows(), &mut rows) {
            (Ok(of_type), Ok(rows)) => rows.extend(of_type.iter().map(|row| row_line(scan, id, row))),
            (Err(error), rows) => *rows = Err(error),
            (Ok(_), Err(_)) => {}
        }
        let lines = store.documents(job, part).map(|found| documents(scan, id, of, found));
        listings.push(Said { about: format!("document {scan} {id} {of} "), lines });
    }
    let about = format!("document {scan} {id} ");
    // As replay does: of how many resources something changes by itself stands there, too.
    let lines = listings.iter().flat_map(|said| said.lines.iter().flatten());
    let changing = lines.filter(|(_, value)| value.contains(CHANGING)).count() as u64;
    if changing < job.changing && listings.iter().all(|said| said.lines.is_ok()) {
        said.push(Said { about, lines: Err(Error::Damaged { what: "what changes by itself" }) });
    } else {
        said.extend(together(about, listings));
    }
    // As reports do: how many there are stands in the job's record.
    let rows = rows.and_then(|rows| match rows.len() as u64 == job.rows {
        true => Ok(rows),
        false => Err(Error::Damaged { what: "rows of a job" }),
    });
    said.push(Said { about: format!("row {scan} {id} "), lines: rows });
}

/// What was said of parts of something; as one, so that a part that is not named at all is missed, where nothing failed.
fn together(about: String, parts: Vec<Said>) -> Vec<Said> {
    if parts.iter().any(|part| part.lines.is_err()) {
        return parts;
    }
    let lines = parts.into_iter().flat_map(|part| part.lines.unwrap_or_default()).collect();
    vec![Said { about, lines: Ok(lines) }]
}

fn row_line(scan: &ScanId, job: &str, StoredRow { row, standing }: &StoredRow) -> (String, String) {
    let key = format!("row {scan} {job} {} {} {}", row.resource_type, row.resource, row.control);
    (key, of_row(row.status(), &row.reason, *standing))
}

fn documents(scan: &ScanId, job: &str, of: &str, found: Option<Documents>) -> Vec<(String, String)> {
    let Some(Documents { unread, documents }) = found else { return Vec::new() };
    let key = |id: &str| format!("document {scan} {job} {of} {id}");
    let complete = if unread.is_some() { "in part" } else { "all" };
    let mut lines = vec![(key(""), complete.to_owned())];
    lines.extend(documents.iter().map(|each| {
        let content = String::from_utf8_lossy(&tree::write(&each.document)).into_owned();
        (key(&each.id), content)
    }));
    lines
}
