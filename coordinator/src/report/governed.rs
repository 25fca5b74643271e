//! What governance says of a row, in words: the same in every report. Must not decide any of it.

use plumbline_governance::{Accepted, Attested};

/// `ID until DATE`, or that it was accepted until then.
pub(super) fn accepted(accepted: &Accepted) -> String {
    let word = if accepted.expired { "expired" } else { "until" };
    format!("{} {word} {}", accepted.id, accepted.until)
}

/// Who vouches, until when, for which step, and by what.
pub(super) fn attested(attested: &Attested) -> String {
    let Attested { by, until, evidence, step, .. } = attested;
    format!("by {by} until {until} ({step}): {evidence}")
}
