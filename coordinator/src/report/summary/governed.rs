//! What governance says of a scan, as `summary.json` has it: as of when, by exception, by attestation and by owner.

use std::collections::BTreeMap;

use plumbline_baseline::Severity;
use plumbline_governance::Attested;
use serde::Serialize;

use crate::report::digest::{self, AttestationDigest, Digest, ExceptionDigest, OwnerDigest};
use crate::report::row;

/// All of it.
#[derive(Serialize)]
pub(super) struct Governed<'a> {
    as_of: String,
    accepted: u64,
    attested: u64,
    exceptions: Vec<Exception<'a>>,
    attestations: Vec<Attestation<'a>>,
    ended_attestations: Vec<Ended<'a>>,
    owners: Vec<OfOwner<'a>>,
    further_owners: Findings,
    without_owner: Findings,
}

#[derive(Serialize)]
struct Exception<'a> {
    id: &'a str,
    until: String,
    expired: bool,
    reason: &'a str,
    owner: &'a str,
    approver: &'a str,
    ticket: &'a str,
    compensating_control: &'a str,
    findings: u64,
    accounts: u64,
    controls: Vec<&'a str>,
}

#[derive(Serialize)]
struct Attestation<'a> {
    #[serde(flatten)]
    said: Ended<'a>,
    accounts: u64,
    controls: Vec<&'a str>,
}

#[derive(Serialize)]
struct Ended<'a> {
    step: &'a str,
    by: &'a str,
    on: String,
    until: String,
    evidence: &'a str,
}

#[derive(Serialize)]
struct OfOwner<'a> {
    name: &'a str,
    #[serde(flatten)]
    findings: Findings,
}

#[derive(Serialize)]
struct Findings {
    open: BTreeMap<&'static str, u64>,
    accepted: u64,
    accounts: u64,
}

impl<'a> Governed<'a> {
    /// Of a scan whose rows were read under governance.
    pub(super) fn of(scan: &'a row::Governed, digest: &'a Digest) -> Self {
        let digest::Governed { exceptions, owners, further_owners, without_owner, attested, .. } = &digest.governed;
        Self {
            as_of: scan.today.to_string(),
            accepted: digest.governed.accepted(),
            attested: *attested,
            exceptions: exceptions.values().map(Exception::from).collect(),
            attestations: digest.governed.attestations.values().map(Attestation::from).collect(),
            ended_attestations: scan.ended.iter().map(|each| Ended::from(&**each)).collect(),
            owners: owners.iter().map(|(name, of)| OfOwner { name, findings: of.into() }).collect(),
            further_owners: further_owners.into(),
            without_owner: without_owner.into(),
        }
    }
}

impl<'a> From<&'a ExceptionDigest> for Exception<'a> {
    fn from(of: &'a ExceptionDigest) -> Self {
        let said = &of.accepted;
        Self {
            id: &said.id,
            until: said.until.to_string(),
            expired: said.expired,
            reason: &said.reason,
            owner: &said.owner,
            approver: &said.approver,
            ticket: &said.ticket,
            compensating_control: &said.compensating_control,
            findings: of.findings,
            accounts: of.accounts(),
            controls: of.controls.iter().map(|id| &**id).collect(),
        }
    }
}

impl<'a> From<&'a AttestationDigest> for Attestation<'a> {
    fn from(of: &'a AttestationDigest) -> Self {
        let controls = of.controls.iter().map(|id| &**id).collect();
        Self { said: Ended::from(&*of.attested), accounts: of.accounts(), controls }
    }
}

impl<'a> From<&'a Attested> for Ended<'a> {
    fn from(Attested { by, on, until, evidence, step }: &'a Attested) -> Self {
        Self { step, by, on: on.to_string(), until: until.to_string(), evidence }
    }
}

impl From<&OwnerDigest> for Findings {
    fn from(of: &OwnerDigest) -> Self {
        let open = Severity::ALL.map(Severity::as_str).into_iter().zip(of.open).collect();
        Self { open, accepted: of.accepted, accounts: of.accounts() }
    }
}
