//! Conversions between the domain's words and their wire form. What the wire says and the domain does not know is
//! an `UnknownWord`, never a default: an unspecified status must not become a good one.

use plumbline_baseline as domain;

use crate::agent_v1 as wire;

/// A wire value that has no meaning here: from a newer version, or a defect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} {value} on the wire")]
pub struct UnknownWord {
    /// What kind of word it is.
    pub what: &'static str,
    /// Its number on the wire.
    pub value: i32,
}

impl From<domain::Status> for wire::Status {
    fn from(status: domain::Status) -> Self {
        match status {
            domain::Status::Pass => Self::Pass,
            domain::Status::Fail => Self::Fail,
            domain::Status::Unknown => Self::Unknown,
            domain::Status::NotApplicable => Self::NotApplicable,
            domain::Status::Manual => Self::Manual,
        }
    }
}

impl TryFrom<wire::Status> for domain::Status {
    type Error = UnknownWord;

    fn try_from(status: wire::Status) -> Result<Self, UnknownWord> {
        match status {
            wire::Status::Pass => Ok(Self::Pass),
            wire::Status::Fail => Ok(Self::Fail),
            wire::Status::Unknown => Ok(Self::Unknown),
            wire::Status::NotApplicable => Ok(Self::NotApplicable),
            wire::Status::Manual => Ok(Self::Manual),
            wire::Status::Unspecified => Err(UnknownWord { what: "status", value: status as i32 }),
        }
    }
}

impl From<domain::Evidence> for wire::Evidence {
    fn from(evidence: domain::Evidence) -> Self {
        Self { path: evidence.path, value: evidence.value }
    }
}

impl From<wire::Evidence> for domain::Evidence {
    fn from(evidence: wire::Evidence) -> Self {
        Self { path: evidence.path, value: evidence.value }
    }
}

impl From<domain::Witness> for wire::Witness {
    fn from(witness: domain::Witness) -> Self {
        let part = |(name, value): (&domain::Key, &domain::Doc)| wire::WitnessPart {
            name: name.as_str().to_owned(),
            value: value.to_json(),
        };
        Self { sentence: witness.sentence().to_owned(), parts: witness.parts().iter().map(part).collect() }
    }
}

/// Bounds hold again on this side. A part that is no JSON is kept as the text that it is.
impl From<wire::Witness> for domain::Witness {
    fn from(witness: wire::Witness) -> Self {
        let value = |part: &wire::WitnessPart| {
            domain::Doc::from_json(&part.value).unwrap_or_else(|_| domain::Doc::from(&*part.value))
        };
        let parts = witness.parts.iter();
        parts.fold(Self::new(witness.sentence), |known, part| known.with(&part.name, value(part)))
    }
}

impl From<domain::Elsewhere> for wire::Elsewhere {
    fn from(place: domain::Elsewhere) -> Self {
        let domain::Elsewhere { account, region, control, resource } = place;
        Self { account, region, control, resource }
    }
}

impl From<wire::Elsewhere> for domain::Elsewhere {
    fn from(place: wire::Elsewhere) -> Self {
        let wire::Elsewhere { account, region, control, resource } = place;
        Self { account, region, control, resource }
    }
}

impl wire::Row {
    /// The row of one verdict.
    pub fn new(control: &str, resource: String, resource_type: String, verdict: domain::Verdict) -> Self {
        Self {
            control: control.to_owned(),
            status: wire::Status::from(verdict.status) as i32,
            reason: verdict.reason,
            resource,
            resource_type,
            evidence: verdict.grounds.evidence.into_iter().map(Into::into).collect(),
            witnesses: verdict.grounds.witnesses.into_iter().map(Into::into).collect(),
            elsewhere: verdict.elsewhere.into_iter().map(Into::into).collect(),
        }
    }

    /// The row of a control that could not be asked at all: never "no findings".
    pub fn not_judged(control: &str, detail: &str) -> Self {
        let unread = domain::Unread::new(domain::UnreadReason::ScannerError, "", detail);
        let verdict = domain::Verdict::without_grounds(domain::Status::Unknown, unread.to_string());
        Self::new(control, String::new(), String::new(), verdict)
    }

    /// The verdict of the row.
    ///
    /// # Errors
    /// When the status is not one that this version knows.
    pub fn verdict(&self) -> Result<domain::Verdict, UnknownWord> {
        let status =
            wire::Status::try_from(self.status).map_err(|_| UnknownWord { what: "status", value: self.status })?;
        Ok(domain::Verdict {
            status: status.try_into()?,
            reason: self.reason.clone(),
            grounds: self.grounds(),
            elsewhere: self.elsewhere.iter().cloned().map(Into::into).collect(),
        })
    }

    /// What the verdict rests on, also where its status has no meaning here.
    pub fn grounds(&self) -> domain::Grounds {
        domain::Grounds {
            evidence: self.evidence.iter().cloned().map(Into::into).collect(),
            witnesses: self.witnesses.iter().cloned().map(Into::into).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_survives_the_wire() {
        for status in domain::Status::ALL {
            let evidence = vec![domain::Evidence { path: "resource.A".into(), value: "1".into() }];
            let witness = domain::Witness::new("anybody may read")
                .with("context", domain::Doc::map([("aws:SecureTransport", true.into())]))
                .with("statements", vec!["Oops".into()]);
            let grounds = domain::Grounds { evidence, witnesses: vec![witness] };
            let elsewhere = vec![domain::Elsewhere { account: "1".into(), ..domain::Elsewhere::default() }];
            let verdict = domain::Verdict { status, reason: "code: detail".into(), grounds, elsewhere };
            let row = wire::Row::new("c", "arn".into(), "AWS::S3::Bucket".into(), verdict.clone());
            assert_eq!(row.verdict(), Ok(verdict));
        }
    }

    #[test]
    fn a_row_without_witnesses_still_reads() {
        let row = wire::Row { status: wire::Status::Fail as i32, ..Default::default() };
        assert_eq!(row.verdict().map(|verdict| verdict.grounds), Ok(domain::Grounds::default()));
    }

    #[test]
    fn what_a_stranger_sends_as_a_witness_is_bounded_and_kept_as_text() {
        let part = |name: &str, value: String| wire::WitnessPart { name: name.into(), value };
        let parts = vec![part("a", "{ no JSON".into()), part("b", format!("\"{}\"", "x".repeat(1 << 20)))];
        let witness = domain::Witness::from(wire::Witness { sentence: "y".repeat(1 << 20), parts });
        assert_eq!(witness.parts().get("a"), Some(&"{ no JSON".into()));
        assert!(domain::Doc::Map(witness.parts().clone()).to_json().len() < 8_192 && witness.sentence().len() < 1_024);
    }

    #[test]
    fn an_unspecified_status_is_refused() {
        for value in [0, 99] {
            let row = wire::Row { status: value, ..Default::default() };
            assert_eq!(row.verdict(), Err(UnknownWord { what: "status", value }));
        }
    }
}
