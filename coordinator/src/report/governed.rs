//! What governance says of rows, in words: the same in every report. Must not decide any of it.

use plumbline_governance::{Accepted, Attested, Day};

use super::digest::{AttestationDigest, Digest};
use super::row::Governed;
use super::text::counted;

/// So many days before something ends, reports name it.
const NAMED_BEFORE: i64 = 30;

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

/// Something that has ended or is about to, which somebody has to renew or to put right.
pub(super) struct Warning {
    /// What it is: a few words.
    pub(super) what: &'static str,
    /// Which, and when.
    pub(super) text: String,
}

/// Exceptions whose findings are back, and what ends within thirty days: the first to end first of each kind.
pub(super) fn warnings(governed: &Governed, digest: &Digest) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let findings = |count| counted(count, "finding");
    for each in digest.governed.expired() {
        let Accepted { id, until, owner, .. } = &*each.accepted;
        let back = if each.findings == 1 { "is back" } else { "are back" };
        let text = format!("{id} ended on {until}: {} {back} (owner: {owner})", findings(each.findings));
        warnings.push(Warning { what: "Exception", text });
    }
    let is_near = |until: Day| governed.today.until(until) <= NAMED_BEFORE;
    for each in digest.governed.accepting().into_iter().filter(|each| is_near(each.accepted.until)) {
        let Accepted { id, until, owner, .. } = &*each.accepted;
        let when = ends_in(governed, *until);
        let text = format!("{id} ends on {until}, {when}: {} (owner: {owner})", findings(each.findings));
        warnings.push(Warning { what: "Exception", text });
    }
    for Attested { by, until, step, .. } in governed.ended.iter().map(|each| &**each) {
        warnings.push(Warning { what: "Attestation", text: format!("of {step} by {by} ended on {until}") });
    }
    for each in digest.governed.attesting().into_iter().filter(|each| is_near(each.attested.until)) {
        let Attested { by, until, step, .. } = &*each.attested;
        let text = format!("of {step} by {by} ends on {until}, {}", ends_in(governed, *until));
        warnings.push(Warning { what: "Attestation", text });
    }
    warnings
}

/// `today`, `in 1 day`, `in 12 days`.
pub(super) fn ends_in(governed: &Governed, until: Day) -> String {
    match governed.today.until(until) {
        ..=0 => "today".to_owned(),
        days => format!("in {}", counted(days.unsigned_abs(), "day")),
    }
}

/// What a person vouches for, for how many accounts.
pub(super) fn attesting_until(each: &AttestationDigest) -> String {
    let Attested { by, until, step, evidence, .. } = &*each.attested;
    format!("{step} by {by} until {until}, for {}: {evidence}", counted(each.accounts(), "account"))
}
