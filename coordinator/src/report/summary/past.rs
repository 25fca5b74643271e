//! What became of findings since the scan before, and the trend, as `summary.json` has them.

use std::collections::BTreeMap;

use plumbline_baseline::Status;
use serde::Serialize;

use super::roadmap::Figures;
use crate::report::past::{self, Became, NotCompared, Rows};

/// What became of findings.
#[derive(Serialize)]
pub(super) struct Changes<'a> {
    compared_with: Option<Earlier<'a>>,
    /// Why nothing was compared.
    reason: Option<String>,
    findings: Option<BTreeMap<&'static str, u64>>,
    closed_because: Option<&'a BTreeMap<&'static str, u64>>,
    rows: Option<&'a BTreeMap<&'static str, u64>>,
    notes: &'a [String],
    more_notes: u64,
}

#[derive(Serialize)]
struct Earlier<'a> {
    scan: &'a str,
    started: &'a str,
}

/// One scan of the trend.
#[derive(Serialize)]
pub(super) struct Night<'a> {
    scan: &'a str,
    started: &'a str,
    coverage: Option<f64>,
    compliance: Option<f64>,
    rows: BTreeMap<&'static str, u64>,
    roadmap: Option<Figures>,
}

impl<'a> From<&'a Result<past::Changes, NotCompared>> for Changes<'a> {
    fn from(changes: &'a Result<past::Changes, NotCompared>) -> Self {
        let of = changes.as_ref().ok();
        let findings =
            |of: &past::Changes| Became::ALL.into_iter().map(|became| (became.as_str(), of.count(became))).collect();
        Self {
            compared_with: of.map(|of| Earlier { scan: &of.scan, started: &of.started }),
            reason: changes.as_ref().err().map(ToString::to_string),
            findings: of.map(findings),
            closed_because: of.map(|of| &of.closed_because),
            rows: of.map(|of| &of.rows),
            notes: of.map_or(&[], |of| &of.notes),
            more_notes: of.map_or(0, |of| of.more_notes),
        }
    }
}

impl<'a> From<&'a past::Night> for Night<'a> {
    fn from(night: &'a past::Night) -> Self {
        let Rows { pass, fail, unknown, not_applicable, manual } = night.rows;
        let by_status = |status: Status| match status {
            Status::Pass => pass,
            Status::Fail => fail,
            Status::Unknown => unknown,
            Status::NotApplicable => not_applicable,
            Status::Manual => manual,
        };
        Self {
            scan: &night.scan,
            started: &night.started,
            coverage: night.rows.coverage(),
            compliance: night.rows.compliance(),
            rows: Status::ALL.into_iter().map(|status| (status.as_str(), by_status(status))).collect(),
            roadmap: night.roadmap.map(Figures::from),
        }
    }
}
