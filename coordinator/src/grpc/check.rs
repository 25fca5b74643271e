//! Whether rows may be in a chunk: an agent writes only what it holds a lease for. Pure.

use std::collections::HashSet;

use plumbline_baseline::arn::Arn;
use plumbline_proto::agent_v1::{Base, Changing, Chunk, Document, Listing};
use plumbline_proto::chunk::{MAX_BYTES, read, unpacked};
use tonic::Status;

use crate::planted::{self, Bug};
use crate::scan::{Job, Scan};

/// What a frame may add to what is in it.
const SLACK: usize = 16 << 10;

/// Checks a chunk's hash and rows against the job.
///
/// # Errors
/// What the agent did wrong.
pub(crate) fn check(chunk: &Chunk, scan: &Scan, job: &Job) -> Result<(), Status> {
    // What is compressed is never much longer than what it was.
    if chunk.rows.len() > MAX_BYTES + SLACK {
        return Err(Status::invalid_argument(format!("the chunk has more than {MAX_BYTES} bytes")));
    }
    if blake3::hash(&chunk.rows).as_bytes().as_slice() != chunk.hash {
        return Err(Status::invalid_argument("the chunk does not match its hash"));
    }
    let batch =
        read(&chunk.rows).map_err(|error| Status::invalid_argument(format!("the chunk is refused: {error}")))?;
    let is_own = |arn: &str| match foreign_account(arn, scan, job) {
        Some(other) => Err(Status::permission_denied(format!("the lease is not for account {other}"))),
        None => Ok(()),
    };
    batch.documents.iter().try_for_each(|each| document(each).and_then(|()| is_own(&each.id)))?;
    batch.changing.iter().try_for_each(changing)?;
    batch.listings.iter().try_for_each(listing)?;
    batch.bases.iter().try_for_each(base)?;
    let controls: HashSet<&str> = scan.controls(job).map(|control| control.id.as_str()).collect();
    for row in &batch.rows {
        if !controls.contains(row.control.as_str()) {
            return Err(Status::invalid_argument(format!("{} is not a control of this job", row.control)));
        }
        row.verdict().map_err(|error| Status::invalid_argument(error.to_string()))?;
        is_own(&row.resource)?;
    }
    Ok(())
}

fn document(document: &Document) -> Result<(), Status> {
    if document.r#type.is_empty() || document.id.is_empty() || document.content.is_empty() {
        return Err(Status::invalid_argument("a document says of what it is"));
    }
    is_canonical(&document.id, &document.content)?;
    is_canonical(&document.id, &document.volatile)
}

/// Whether the places are there is seen when what is held comes together with them.
fn changing(changing: &Changing) -> Result<(), Status> {
    let members = unpacked(changing).filter(|_| !changing.r#type.is_empty());
    let members = members.ok_or_else(|| Status::invalid_argument("what changes says of what it is"))?;
    members.iter().try_for_each(|(_, members)| is_canonical(&changing.r#type, members))
}

fn is_canonical(id: &str, content: &[u8]) -> Result<(), Status> {
    match content.is_empty() || plumbline_tree::parse(content).is_some() || planted::is(Bug::AnyFormAccepted) {
        true => Ok(()),
        false => Err(Status::invalid_argument(format!("the document of {id} is not canonical"))),
    }
}

fn listing(listing: &Listing) -> Result<(), Status> {
    let is_reason = |unread: &str| plumbline_tree::parse(unread.as_bytes()).is_some_and(|doc| doc.unread().is_some());
    match !listing.r#type.is_empty() && (listing.unread.is_empty() || is_reason(&listing.unread)) {
        true => Ok(()),
        false => Err(Status::invalid_argument("a listing says of what it is, and why there may be more")),
    }
}

fn base(base: &Base) -> Result<(), Status> {
    match base.gone.is_sorted_by(|one, other| one < other) {
        true => Ok(()),
        false => Err(Status::invalid_argument("the places of what is gone rise")),
    }
}

/// The other member account that an ARN claims to be in. AWS's own and the management account's are seen from
/// members too (managed policies, organization trails).
fn foreign_account<'a>(arn: &'a str, scan: &Scan, job: &Job) -> Option<&'a str> {
    let account = Arn::account_of(arn)?;
    let own = scan.record.accounts.get(job.account as usize)?;
    let is_foreign = account != own.id && account != scan.record.management_account && scan.has_account(account);
    (is_foreign && !planted::is(Bug::ForeignAccepted)).then_some(account)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::record;
    use plumbline_proto::agent_v1::{Alike, Row, RowBatch};
    use plumbline_proto::chunk::{packed, write};

    fn job(scan: record::Scan, job: record::Job) -> (Scan, Job) {
        let id = "J".to_owned();
        let record = record::Scan { id: "S".into(), ..scan };
        let job = record::Job { id, region: "us-east-1".into(), ..job };
        let (scan, ids) = Scan::new(record, &[job]).unwrap();
        let job = scan.job(&ids[0]).unwrap().clone();
        (scan, job)
    }

    fn verdict(control: &str, resource: &str, status: i32) -> Result<(), tonic::Code> {
        let account = |id: &str| record::Account { id: id.into(), ..record::Account::default() };
        let scan = record::Scan {
            management_account: "111111111111".into(),
            accounts: ["111111111111", "222222222222", "333333333333"].map(account).into(),
            controls: ["a", "b"].map(|id| record::Control { id: id.into(), ..record::Control::default() }).into(),
            ..record::Scan::default()
        };
        let (scan, job) = job(scan, record::Job { account: 1, controls: vec![0], ..record::Job::default() });
        let row = Row { control: control.into(), resource: resource.into(), status, ..Row::default() };
        let rows = write(&RowBatch { rows: vec![row], ..RowBatch::default() });
        let chunk = Chunk { hash: blake3::hash(&rows).as_bytes().to_vec(), rows, ..Chunk::default() };
        check(&chunk, &scan, &job).map_err(|status| status.code())
    }

    #[test]
    fn an_agent_writes_only_what_it_holds_a_lease_for() {
        assert_eq!(verdict("a", "arn:aws:sns:us-east-1:222222222222:t", 1), Ok(()));
        assert_eq!(verdict("a", "arn:aws:s3:::bucket", 1), Ok(()));
        assert_eq!(verdict("a", "arn:aws:cloudtrail:us-east-1:111111111111:trail/t", 1), Ok(()));
        let foreign = verdict("a", "arn:aws:sns:us-east-1:333333333333:t", 1);
        assert_eq!(foreign, Err(tonic::Code::PermissionDenied));
        assert_eq!(verdict("b", "", 1), Err(tonic::Code::InvalidArgument));
        assert_eq!(verdict("a", "", 0), Err(tonic::Code::InvalidArgument));
    }

    #[test]
    fn what_changes_by_itself_says_of_what_it_is_in_its_one_form() {
        let (scan, job) = job(record::Scan::default(), record::Job::default());
        let verdict = |changing: Changing| {
            let rows = write(&RowBatch { changing: vec![changing], ..RowBatch::default() });
            let chunk = Chunk { hash: blake3::hash(&rows).as_bytes().to_vec(), rows, ..Chunk::default() };
            check(&chunk, &scan, &job).map_err(|status| status.code())
        };
        let of = |type_name: &str, members: &str| packed(type_name.into(), &[(3, members.as_bytes().to_vec())]);
        assert_eq!(verdict(of("T", r#"{"A":1,"B":"x"}"#)), Ok(()));
        let wrong = [of("", "{}"), of("T", r#"{"B":1,"A":1}"#), of("T", "{ }"), of("T", "A")];
        let torn = Changing { alike: vec![Alike { skipped: vec![0], ..Alike::default() }; 2], ..of("T", "") };
        for changing in wrong.into_iter().chain([torn]) {
            assert_eq!(verdict(changing.clone()), Err(tonic::Code::InvalidArgument), "{changing:?}");
        }
    }

    #[test]
    fn a_chunk_is_not_decoded_when_it_is_larger_than_agreed() {
        let rows = vec![0; MAX_BYTES + SLACK + 1];
        let chunk = Chunk { hash: blake3::hash(&rows).as_bytes().to_vec(), rows, ..Chunk::default() };
        let (scan, job) = job(record::Scan::default(), record::Job::default());
        let refused = check(&chunk, &scan, &job).unwrap_err();
        assert!(refused.message().contains("more than"), "{refused}");
    }
}
