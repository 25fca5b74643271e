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
        }
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
            grounds: domain::Grounds {
                evidence: self.evidence.iter().cloned().map(Into::into).collect(),
                witnesses: Vec::new(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_survives_the_wire() {
        for status in domain::Status::ALL {
            let evidence = vec![domain::Evidence { path: "resource.A".into(), value: "1".into() }];
            let grounds = domain::Grounds { evidence, ..Default::default() };
            let verdict = domain::Verdict { status, reason: "code: detail".into(), grounds };
            let row = wire::Row::new("c", "arn".into(), "AWS::S3::Bucket".into(), verdict.clone());
            assert_eq!(row.verdict(), Ok(verdict));
        }
    }

    #[test]
    fn an_unspecified_status_is_refused() {
        for value in [0, 99] {
            let row = wire::Row { status: value, ..Default::default() };
            assert_eq!(row.verdict(), Err(UnknownWord { what: "status", value }));
        }
    }
}
