//! One scan for people: what it covers, what it found, and what became of its jobs.

use std::io::{self, Write};

use plumbline_baseline::{Severity, Status};
use plumbline_coordinator::report::jobs::Jobs;
use plumbline_coordinator::report::{Digest, ScanSummary, caveats, counted, grouped, percent, printable};

use super::{lasting, seconds};

/// Writes it.
pub(super) fn write(out: &mut impl Write, scan: &ScanSummary, digest: &Digest, jobs: &Jobs) -> io::Result<()> {
    about(out, scan)?;
    counts(out, scan, digest)?;
    of_jobs(out, jobs)
}

fn line(out: &mut impl Write, name: &str, text: &str) -> io::Result<()> {
    writeln!(out, "{name:<13}{}", printable(text))
}

fn about(out: &mut impl Write, scan: &ScanSummary) -> io::Result<()> {
    line(out, "scan", &scan.scan)?;
    let finished = scan.finished.as_deref().unwrap_or_default();
    let took = seconds(&scan.started, finished).map(|took| format!(", ended {finished} after {}", lasting(took)));
    line(out, "started", &format!("{}{}", scan.started, took.unwrap_or_default()))?;
    line(out, "version", &format!("{}, pack {}", scan.version, scan.pack_digest))?;
    if let Some(organization) = &scan.organization {
        line(out, "organization", organization)?;
    }
    // What a selection left out, what could not be read and how it ended are among these.
    for caveat in caveats(scan) {
        line(out, "caveat", &caveat)?;
    }
    for note in &scan.notes {
        line(out, "note", note)?;
    }
    Ok(())
}

fn counts(out: &mut impl Write, scan: &ScanSummary, digest: &Digest) -> io::Result<()> {
    let scanned = scan.accounts.iter().filter(|account| account.is_scanned()).count() as u64;
    let accounts = scan.accounts.len() as u64;
    line(out, "accounts", &format!("{} of {} read completely", grouped(scanned), grouped(accounts)))?;
    let checks = digest.total.checks;
    let shares = format!("coverage {}, compliance {}", percent(checks.coverage()), percent(checks.compliance()));
    line(out, "checks", &format!("{}: {shares}", grouped(checks.automated)))?;
    let rows = Status::ALL.map(|status| format!("{status} {}", grouped(digest.rows_with(status))));
    line(out, "rows", &rows.join(", "))?;
    let failing = Severity::ALL.into_iter().zip(digest.open_by_severity());
    let failing = failing.map(|(severity, count)| format!("{severity} {}", grouped(count)));
    line(out, "findings", &failing.collect::<Vec<_>>().join(", "))?;
    if scan.governed.is_some() {
        let (accepted, attested) = (digest.governed.accepted(), checks.attested);
        let told =
            format!("{} accepted, {} attested", counted(accepted, "further finding"), counted(attested, "check"));
        line(out, "governance", &told)?;
    }
    for told in scan.past.iter().flat_map(|past| past.lines()) {
        line(out, "changes", &told)?;
    }
    let calls =
        format!("{}, {} throttled, {} failed", grouped(scan.calls), grouped(scan.throttles), grouped(scan.failures));
    line(out, "API calls", &calls)
}

fn of_jobs(out: &mut impl Write, jobs: &Jobs) -> io::Result<()> {
    let states = jobs.states.iter().map(|(state, count)| format!("{} {}", grouped(*count), state.replace('_', " ")));
    let states = states.collect::<Vec<_>>().join(", ");
    line(
        out,
        "jobs",
        &format!("{}: {states}; {} failed", grouped(jobs.planned), counted(jobs.failed_attempts, "attempt")),
    )?;
    let bytes = jobs.stored_bytes;
    let added = format!(
        "{} bytes of records, {} of what was before, {} of what changes by itself",
        grouped(bytes.records),
        grouped(bytes.before),
        grouped(bytes.volatile)
    );
    line(out, "added", &added)?;
    for job in &jobs.slowest {
        let what = format!("{}/{}, {:.1} s, {}", job.account, job.region, job.seconds, counted(job.calls, "call"));
        line(out, "slow", &(what + &of_agent(&job.agent, job.why)))?;
    }
    for job in &jobs.given_up {
        let what = format!("{}/{}, {}", job.account, job.region, counted(job.attempts.into(), "attempt"));
        line(out, "given up", &format!("{what}{}: {}", of_agent(&job.agent, job.why), job.reason))?;
    }
    for agent in &jobs.agents {
        let did = format!("{}, {}", counted(agent.jobs, "job"), counted(agent.calls, "call"));
        line(out, "agent", &format!("{} ({}): {did}", agent.agent, agent.version))?;
    }
    Ok(())
}

/// Who had a job, and why it went there, as far as that is known.
fn of_agent(agent: &str, why: &str) -> String {
    match (agent, why) {
        ("", _) => String::new(),
        (agent, "") => format!(", {agent}"),
        (agent, why) => format!(", {agent} ({why})"),
    }
}
