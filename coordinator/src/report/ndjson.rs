//! NDJSON: one object a line, the stable machine interface. Field names and their order are part of it.
//!
//! Text is kept as it is: JSON escapes what has to be escaped.

use std::io::{self, Write};

use plumbline_baseline::{Evidence, Witness};
use plumbline_governance::{Accepted, Attested, Owner};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::origin::Origin;
use super::row::{Change, Frameworks, ReportRow};

/// Writes one row as one line.
///
/// # Errors
/// When the writer fails.
pub fn write_row(writer: &mut impl Write, row: &ReportRow) -> io::Result<()> {
    serde_json::to_writer(&mut *writer, &Line::from(row))?;
    writer.write_all(b"\n")
}

#[derive(Serialize)]
struct Line<'a> {
    scan: &'a str,
    account: &'a str,
    account_name: &'a str,
    ou: &'a str,
    region: &'a str,
    control: &'a str,
    title: &'a str,
    severity: &'static str,
    level: u8,
    status: &'static str,
    reason: &'a str,
    resource: &'a str,
    resource_type: &'a str,
    evidence: Vec<EvidenceLine<'a>>,
    frameworks: &'a Frameworks,
    witnesses: Vec<WitnessLine<'a>>,
    decided_in: Vec<&'a str>,
    finding: &'a str,
    first_seen: &'a str,
    since: &'a str,
    change: &'static str,
    accepted: Option<AcceptedLine<'a>>,
    attested: Option<AttestedLine<'a>>,
    owner: Option<OwnerLine<'a>>,
    origin: Option<OriginLine<'a>>,
}

/// That a failure is accepted, as machines read it.
#[derive(Serialize)]
pub(crate) struct AcceptedLine<'a> {
    id: &'a str,
    until: String,
    expired: bool,
}

/// Who vouches for a row, as machines read it.
#[derive(Serialize)]
struct AttestedLine<'a> {
    by: &'a str,
    until: String,
    evidence: &'a str,
    step: &'a str,
}

/// Whose a row is, as machines read it.
#[derive(Serialize)]
pub(crate) struct OwnerLine<'a> {
    name: &'a str,
    from: String,
}

/// What closes a row with others, as machines read it.
#[derive(Serialize)]
pub(crate) struct OriginLine<'a> {
    kind: &'a str,
    name: &'a str,
}

/// A witness as machines read it.
#[derive(Serialize)]
pub(crate) struct WitnessLine<'a> {
    sentence: &'a str,
    parts: Parts<'a>,
}

/// The parts as an object, in their order.
struct Parts<'a>(&'a Witness);

impl Serialize for Parts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let parts = self.0.parts();
        let mut object = serializer.serialize_map(Some(parts.len()))?;
        for (name, part) in parts.iter() {
            object.serialize_entry(name.as_str(), part)?;
        }
        object.end()
    }
}

impl<'a> From<&'a Witness> for WitnessLine<'a> {
    fn from(witness: &'a Witness) -> Self {
        Self { sentence: witness.sentence(), parts: Parts(witness) }
    }
}

/// What was read, as machines read it.
#[derive(Serialize)]
pub(crate) struct EvidenceLine<'a> {
    path: &'a str,
    value: &'a str,
}

impl<'a> From<&'a ReportRow> for Line<'a> {
    fn from(row: &'a ReportRow) -> Self {
        Self {
            scan: &row.scan,
            account: &row.account,
            account_name: &row.account_name,
            ou: &row.ou,
            region: &row.region,
            control: &row.control,
            title: &row.title,
            severity: row.severity.as_str(),
            level: row.level,
            status: row.status.as_str(),
            reason: &row.reason,
            resource: &row.resource,
            resource_type: &row.resource_type,
            evidence: row.evidence.iter().map(EvidenceLine::from).collect(),
            frameworks: &row.frameworks,
            witnesses: row.witnesses.iter().map(WitnessLine::from).collect(),
            decided_in: row.decided_in.iter().map(|account| &**account).collect(),
            finding: row.says(),
            first_seen: &row.first_seen,
            since: &row.since,
            change: row.change.map_or("", Change::as_str),
            accepted: row.accepted.as_deref().map(AcceptedLine::from),
            attested: row.attested.as_deref().map(AttestedLine::from),
            owner: row.owner.as_deref().map(OwnerLine::from),
            origin: row.origin.as_deref().map(OriginLine::from),
        }
    }
}

impl<'a> From<&'a Accepted> for AcceptedLine<'a> {
    fn from(accepted: &'a Accepted) -> Self {
        Self { id: &accepted.id, until: accepted.until.to_string(), expired: accepted.expired }
    }
}

impl<'a> From<&'a Attested> for AttestedLine<'a> {
    fn from(attested: &'a Attested) -> Self {
        let Attested { by, until, evidence, step, .. } = attested;
        Self { by, until: until.to_string(), evidence, step }
    }
}

impl<'a> From<&'a Owner> for OwnerLine<'a> {
    fn from(owner: &'a Owner) -> Self {
        Self { name: &owner.name, from: owner.from.to_string() }
    }
}

impl<'a> From<&'a Origin> for OriginLine<'a> {
    fn from(origin: &'a Origin) -> Self {
        Self { kind: &origin.kind, name: &origin.name }
    }
}

impl<'a> From<&'a Evidence> for EvidenceLine<'a> {
    fn from(evidence: &'a Evidence) -> Self {
        Self { path: &evidence.path, value: &evidence.value }
    }
}
