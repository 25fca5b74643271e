//! `summary.json`: what a scan says as a whole, for machines, beside its rows. Versioned: fields are added, and the
//! number of the format rises when one is taken away or changes its meaning.
//!
//! With it a scan that was stopped, limited or only a demonstration, and accounts of which there is no row, cannot be
//! taken for the whole. `docs/operations.md` describes every field.

mod causes;
mod governed;
mod past;
mod roadmap;

use std::collections::BTreeMap;
use std::io::{self, Write};

use plumbline_baseline::pack::framework::Covers;
use plumbline_baseline::{Severity, Status};
use serde::Serialize;

use super::caveat::caveats;
use super::digest::{Checks, Digest, ScopeDigest};
use super::jobs::Jobs;
use super::row::{self, AccountSummary, Problem, ScanKind, ScanState, ScanSummary};
use super::standing::{FrameworkStanding, RequirementStanding, Standing};

/// The number of the format.
pub const FORMAT: u32 = 1;

/// How the command that scanned ended, and by which measure.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Exit {
    /// The exit code.
    pub code: u8,
    /// What it means.
    pub meaning: &'static str,
    /// The share of checks that had to be read, in percent; `None` for all of them.
    pub min_coverage: Option<f64>,
    /// Whether that many were.
    pub is_covered: bool,
    /// The severity from which on findings count; `None` when they do not.
    #[serde(serialize_with = "severity")]
    pub fail_on: Option<Severity>,
    /// Findings of at least that severity that nobody accepts.
    pub findings: u64,
}

/// Writes the summary.
///
/// # Errors
/// When the writer fails.
pub fn write(writer: &mut impl Write, scan: &ScanSummary, digest: &Digest, exit: Option<Exit>) -> io::Result<()> {
    let document = Document::new(scan, digest, exit);
    serde_json::to_writer_pretty(&mut *writer, &document)?;
    writer.write_all(b"\n")
}

/// Writes the summary of a stored scan, with what became of its jobs.
///
/// # Errors
/// When the writer fails.
pub fn write_with_jobs(writer: &mut impl Write, scan: &ScanSummary, digest: &Digest, jobs: &Jobs) -> io::Result<()> {
    let document = Document { jobs: Some(jobs), ..Document::new(scan, digest, None) };
    serde_json::to_writer_pretty(&mut *writer, &document)?;
    writer.write_all(b"\n")
}

#[derive(Serialize)]
struct Document<'a> {
    format: u32,
    scan: &'a str,
    kind: &'static str,
    state: &'static str,
    caveats: Vec<String>,
    gaps: &'a [String],
    selection: Vec<Limit<'a>>,
    regions_left_out: Vec<&'a str>,
    filter: Vec<Limit<'a>>,
    notes: &'a [String],
    started: &'a str,
    finished: Option<&'a str>,
    organization: Option<&'a str>,
    version: &'a str,
    pack_digest: &'a str,
    coverage: Option<f64>,
    compliance: Option<f64>,
    checks: Counts,
    severities: BTreeMap<&'static str, OfSeverity>,
    rows: BTreeMap<&'static str, u64>,
    unknown: Vec<Unknown<'a>>,
    decided_elsewhere: Elsewhere,
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<past::Changes<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trend: Option<Vec<past::Night<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    governance: Option<governed::Governed<'a>>,
    causes: causes::Causes<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    roadmap: Option<roadmap::Roadmap<'a>>,
    calls: Calls,
    frameworks: Vec<OfFramework<'a>>,
    accounts: Accounts,
    account_list: Vec<Account<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jobs: Option<&'a Jobs>,
    exit: Option<Exit>,
}

#[derive(Serialize)]
struct Limit<'a> {
    option: &'a str,
    values: &'a [String],
}

#[derive(Serialize)]
struct Counts {
    automated: u64,
    passed: u64,
    failed: u64,
    undecided: u64,
    decided_elsewhere: u64,
    not_applicable: u64,
    manual: u64,
    accepted: u64,
    attested: u64,
}

#[derive(Serialize)]
struct OfSeverity {
    findings: u64,
    accepted: u64,
    compliance: Option<f64>,
    coverage: Option<f64>,
    checks: Counts,
}

#[derive(Serialize)]
struct Unknown<'a> {
    reason: &'a str,
    rows: u64,
    accounts: u64,
}

#[derive(Serialize)]
struct Elsewhere {
    rows: u64,
    accounts: u64,
}

#[derive(Serialize)]
struct Calls {
    made: u64,
    throttled: u64,
    failed: u64,
}

#[derive(Serialize)]
struct OfFramework<'a> {
    id: &'a str,
    version: Option<&'a str>,
    name: &'a str,
    requirements: usize,
    standing: BTreeMap<&'static str, u64>,
    requirement_list: Vec<OfRequirement<'a>>,
}

#[derive(Serialize)]
struct OfRequirement<'a> {
    id: &'a str,
    says: &'a str,
    standing: &'static str,
    controls: Vec<&'a str>,
    covers: Option<&'static str>,
    stricter: bool,
    findings: u64,
    open_checks: u64,
}

#[derive(Default, Serialize)]
struct Accounts {
    expected: u64,
    scanned: u64,
    incomplete: u64,
    unreadable: u64,
    left_out: u64,
}

#[derive(Serialize)]
struct Account<'a> {
    id: &'a str,
    name: &'a str,
    ou: &'a str,
    state: &'static str,
    reason: &'a str,
    jobs_planned: u32,
    jobs_done: u32,
    coverage: Option<f64>,
    compliance: Option<f64>,
    failed: BTreeMap<&'static str, u64>,
    accepted: u64,
    attested: u64,
}

impl<'a> Document<'a> {
    fn new(scan: &'a ScanSummary, digest: &'a Digest, exit: Option<Exit>) -> Self {
        let checks = digest.total.checks;
        let unknown = digest.unknown_reasons().into_iter();
        let mut accounts = Accounts { expected: scan.accounts.len() as u64, ..Accounts::default() };
        scan.accounts.iter().for_each(|account| *accounts.of(account) += 1);
        Self {
            format: FORMAT,
            scan: &scan.scan,
            kind: kind(scan.kind),
            state: state(scan.state),
            caveats: caveats(scan),
            gaps: &scan.gaps,
            selection: limits(&scan.limits),
            regions_left_out: scan.regions_left_out(),
            filter: limits(&scan.filter),
            notes: &scan.notes,
            started: &scan.started,
            finished: scan.finished.as_deref(),
            organization: scan.organization.as_deref(),
            version: &scan.version,
            pack_digest: &scan.pack_digest,
            coverage: checks.coverage(),
            compliance: checks.compliance(),
            checks: checks.into(),
            severities: severities(digest),
            rows: Status::ALL.into_iter().map(|status| (status.as_str(), digest.rows_with(status))).collect(),
            unknown: unknown
                .map(|(reason, each)| Unknown { reason, rows: each.rows, accounts: each.accounts() })
                .collect(),
            decided_elsewhere: Elsewhere {
                rows: digest.decided_elsewhere.rows,
                accounts: digest.decided_elsewhere.accounts(),
            },
            changes: scan.past.as_ref().map(|past| (&past.changes).into()),
            trend: scan.past.as_ref().map(|past| past.trend.iter().map(past::Night::from).collect()),
            governance: scan.governed.as_ref().map(|governed| governed::Governed::of(governed, digest)),
            causes: causes::Causes::of(&digest.causes),
            roadmap: digest.roadmap.as_ref().map(roadmap::Roadmap::from),
            calls: Calls { made: scan.calls, throttled: scan.throttles, failed: scan.failures },
            frameworks: digest.frameworks.iter().map(OfFramework::from).collect(),
            accounts,
            account_list: scan.accounts.iter().map(|account| Account::new(account, digest)).collect(),
            jobs: None,
            exit,
        }
    }
}

fn limits(all: &[row::Limit]) -> Vec<Limit<'_>> {
    all.iter().map(|limit| Limit { option: &limit.option, values: &limit.values }).collect()
}

impl Accounts {
    /// The count that an account belongs to.
    fn of(&mut self, account: &AccountSummary) -> &mut u64 {
        match (&account.skipped, &account.problem) {
            (Some(_), _) => &mut self.left_out,
            (None, Some(Problem::Unreadable(_))) => &mut self.unreadable,
            _ if account.is_scanned() => &mut self.scanned,
            _ => &mut self.incomplete,
        }
    }
}

impl<'a> Account<'a> {
    fn new(account: &'a AccountSummary, digest: &Digest) -> Self {
        let nothing = ScopeDigest::default();
        let scope = digest.accounts.get(&account.id).unwrap_or(&nothing);
        let state = match (&account.skipped, &account.problem) {
            (Some(_), _) => "left_out",
            (None, Some(Problem::Unreadable(_))) => "unreadable",
            _ if account.is_scanned() => "scanned",
            _ => "incomplete",
        };
        Self {
            id: &account.id,
            name: &account.name,
            ou: &account.ou,
            state,
            reason: account.reason().unwrap_or_default(),
            jobs_planned: account.jobs_planned,
            jobs_done: account.jobs_done,
            coverage: scope.checks.coverage(),
            compliance: scope.checks.compliance(),
            failed: Severity::ALL.map(Severity::as_str).into_iter().zip(scope.failed_by_severity).collect(),
            accepted: scope.checks.accepted,
            attested: scope.checks.attested,
        }
    }
}

impl<'a> From<&'a FrameworkStanding> for OfFramework<'a> {
    fn from(framework: &'a FrameworkStanding) -> Self {
        Self {
            id: &framework.id,
            version: Some(&*framework.version).filter(|version| !version.is_empty()),
            name: &framework.name,
            requirements: framework.requirements.len(),
            standing: Standing::ALL.into_iter().map(|each| (each.as_str(), framework.count(each))).collect(),
            requirement_list: framework.requirements.iter().map(OfRequirement::from).collect(),
        }
    }
}

impl<'a> From<&'a RequirementStanding> for OfRequirement<'a> {
    fn from(of: &'a RequirementStanding) -> Self {
        Self {
            id: &of.requirement.id,
            says: &of.requirement.says,
            standing: of.standing.as_str(),
            controls: of.requirement.controls.iter().map(|id| &**id).collect(),
            covers: of.requirement.covers.map(Covers::as_str),
            stricter: of.requirement.stricter,
            findings: of.failing,
            open_checks: of.open,
        }
    }
}

impl From<Checks> for Counts {
    fn from(checks: Checks) -> Self {
        let Checks {
            automated,
            passed,
            failed,
            undecided,
            decided_elsewhere,
            held_elsewhere: _,
            not_applicable,
            manual,
            accepted,
            attested,
        } = checks;
        Self { automated, passed, failed, undecided, decided_elsewhere, not_applicable, manual, accepted, attested }
    }
}

fn severities(digest: &Digest) -> BTreeMap<&'static str, OfSeverity> {
    let of = |(index, severity): (usize, Severity)| {
        let checks = digest.checks_of(severity);
        let value = OfSeverity {
            findings: digest.failing_by_severity[index],
            accepted: digest.governed.accepted_by_severity[index],
            compliance: checks.compliance(),
            coverage: checks.coverage(),
            checks: checks.into(),
        };
        (severity.as_str(), value)
    };
    Severity::ALL.into_iter().enumerate().map(of).collect()
}

fn kind(kind: ScanKind) -> &'static str {
    match kind {
        ScanKind::Full => "full",
        ScanKind::Limited => "limited",
        ScanKind::Demonstration => "demonstration",
        ScanKind::Partial => "partial",
        ScanKind::Unknown => "unknown",
    }
}

fn state(state: ScanState) -> &'static str {
    match state {
        ScanState::Running => "running",
        ScanState::Complete => "complete",
        ScanState::Interrupted => "stopped",
    }
}

fn severity<S: serde::Serializer>(severity: &Option<Severity>, serializer: S) -> Result<S::Ok, S::Error> {
    severity.map(Severity::as_str).serialize(serializer)
}
