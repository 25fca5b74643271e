//! Verdicts that rest on what is redacted: decided on the documents as they were read, and told with the evidence of those
//! without secrets. Pure.

use plumbline_baseline::evaluate::Row;
use plumbline_baseline::{Grounds, Verdict};

/// What was decided, and nothing of what it was decided by.
pub(super) fn only(rows: Vec<Row>) -> Vec<Row> {
    let only = |row: Row| Row { verdict: Verdict { grounds: Grounds::default(), ..row.verdict }, ..row };
    rows.into_iter().map(only).collect()
}

/// What was decided on the documents as they were read, with the evidence that documents without secrets give. Both come
/// in the same order. Without secrets there is a row more where it is not known whether the control is about a resource.
pub(super) fn shown(decided: Vec<Row>, without: Vec<Row>) -> Vec<Row> {
    let mut without = without.into_iter().peekable();
    let shown = |row: Row| {
        let is_about_it = |other: &Row| other.resource == row.resource && other.resource_type == row.resource_type;
        while without.next_if(|other| !is_about_it(other)).is_some() {}
        match without.next() {
            Some(other) => Row { verdict: verdict(row.verdict, other.verdict), ..row },
            None => row,
        }
    };
    decided.into_iter().map(shown).collect()
}

/// A decision, and what it is shown by. A witness of another decision would say what is not so.
fn verdict(decided: Verdict, without: Verdict) -> Verdict {
    let is_same = without.status == decided.status && without.reason == decided.reason;
    let witnesses = if is_same { without.grounds.witnesses } else { Vec::new() };
    Verdict { grounds: Grounds { witnesses, evidence: without.grounds.evidence }, ..decided }
}
