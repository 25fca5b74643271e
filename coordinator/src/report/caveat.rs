//! What a reader has to know before the first figure: that the organization could not be read, or that a scan was stopped,
//! limited or only a demonstration, or is read under governance of which something is broken. Every report says it at the top, in these words.

use super::row::{Limit, ScanKind, ScanState, ScanSummary};

/// How many values of an option are named.
const NAMED: usize = 6;

/// The sentences, the most important first; none for all rows of a complete, full scan of a real organization.
pub fn caveats(summary: &ScanSummary) -> Vec<String> {
    let kind = match summary.kind {
        ScanKind::Full | ScanKind::Partial => None,
        ScanKind::Demonstration => Some("A demonstration: the organization is simulated".to_owned()),
        ScanKind::Limited => Some(format!("Limited by {}: nothing else was looked at", options(&summary.limits))),
        ScanKind::Unknown => Some("It is not known whether the scan was limited".to_owned()),
    };
    let state = match (summary.state, &summary.problem) {
        (ScanState::Complete, _) => None,
        (ScanState::Running, _) => Some("Still running: what is not stored yet reads as UNKNOWN".to_owned()),
        (ScanState::Interrupted, None) => {
            Some("Stopped before its end: what was not reached reads as UNKNOWN".to_owned())
        }
        (ScanState::Interrupted, Some(problem)) => {
            Some(format!("Not finished ({problem}): what was not reached reads as UNKNOWN"))
        }
    };
    let filter = (!summary.filter.is_empty())
        .then(|| format!("Filtered by {}: nothing else is shown or counted", options(&summary.filter)));
    let broken = summary.governed.as_ref().map_or(0, |governed| governed.broken);
    let broken = (broken > 0).then(|| {
        let entries = match broken {
            1 => "1 entry of the governance is".to_owned(),
            count => format!("{count} entries of the governance are"),
        };
        format!("{entries} broken and left out: `plumbline governance check` says what is wrong")
    });
    let gaps = summary.gaps.iter().map(|gap| format!("Incomplete: {gap}"));
    gaps.chain(state).chain(kind).chain(broken).chain(filter).collect()
}

/// `--accounts 111111111111, …; --regions eu-central-1`.
fn options(limits: &[Limit]) -> String {
    let one = |limit: &Limit| {
        let Limit { option, values } = limit;
        let named: Vec<&str> = values.iter().take(NAMED).map(String::as_str).collect();
        let more = if values.len() > NAMED { format!(" and {} more", values.len() - NAMED) } else { String::new() };
        format!("--{option} {}{more}", named.join(", ")).trim_end().to_owned()
    };
    let all: Vec<String> = limits.iter().map(one).collect();
    if all.is_empty() { "a selection".to_owned() } else { all.join("; ") }
}
