//! The records of the store, as they are read from a file that may be damaged behind its checksums.

use plumbline_coordinator::store::record;
use plumbline_proto::frame;
use prost::Message;

use super::Read;
use super::wire::is_message;

/// Bytes of the largest record.
const LARGEST: usize = 256 << 20;

/// All kinds of records.
pub(super) fn records(bytes: &[u8]) -> Read {
    let kinds = [
        is_message::<record::Absence>,
        is_message::<record::Departures>,
        is_message::<record::Settled>,
        is_message::<record::Before>,
        is_message::<record::Entries>,
        is_message::<record::Entry>,
        is_message::<record::Head>,
        is_message::<record::ScopeHead>,
        is_message::<record::StandingRow>,
        is_message::<record::Summary>,
        is_message::<record::Volatile>,
        is_message::<record::Fire>,
        is_message::<record::ScheduleState>,
        is_message::<record::Job>,
        is_message::<record::Jobs>,
        is_message::<record::Agent>,
        is_message::<record::AuditEntry>,
        is_message::<record::Ban>,
        is_message::<record::Certificate>,
        is_message::<record::Deployment>,
        is_message::<record::Operator>,
        is_message::<record::Token>,
        is_message::<record::Controls>,
        is_message::<record::Plan>,
        is_message::<record::Premises>,
        is_message::<record::Governance>,
        is_message::<record::Pruned>,
        is_message::<record::Scan>,
        is_message::<record::ScanHead>,
    ];
    let count = kinds.iter().filter(|is_message| is_message(bytes)).count();
    // Records are packed; what says that it is larger than any is none.
    if let Some(unpacked) = frame::decompress(bytes, LARGEST) {
        assert!(unpacked.len() <= LARGEST);
        assert_eq!(frame::size(bytes), Some(unpacked.len()), "a frame has another size than it says");
    }
    // An unknown state is never a good one.
    if let Ok(scan) = record::Scan::decode(bytes) {
        let is_known = (0..=8).contains(&scan.state);
        assert!(is_known || scan.state() != record::ScanState::Complete, "{}", scan.state);
    }
    (count > 0).into()
}

pub(super) fn examples() -> Vec<Vec<u8>> {
    let scan = record::Scan { id: "01SCAN".into(), state: record::ScanState::Complete as i32, ..Default::default() };
    let job = record::Job { id: "01SCAN-000001".into(), attempt: 1, fence: 7, ..Default::default() };
    let fire = record::Fire { schedule: "nightly".into(), time: "2026-11-27T02:00:00Z".into(), ..Default::default() };
    let entry = record::Entry { document: br#"{"Name":"queue"}"#.to_vec(), ..Default::default() };
    let packed = frame::compress(&scan.encode_to_vec());
    vec![scan.encode_to_vec(), job.encode_to_vec(), fire.encode_to_vec(), entry.encode_to_vec(), packed]
}
