//! What agents, coordinators, machines that join and operators send each other; chunks; and what a job found, as a tree.

use plumbline_baseline::Doc;
use plumbline_proto::agent_v1 as agent;
use plumbline_proto::agent_v1::{
    Account, Document, JobSpec, Listing, Organization, Row, RowBatch, ScanAccount, Status,
};
use plumbline_proto::chunk::{self, Change, Chunker, Item, MAX_BYTES, MAX_ROWS};
use plumbline_proto::{enrol_v1 as enrol, facts, frame, operator_v1 as operator, pack, spec};
use plumbline_tree::{Builder, Names};
use prost::Message;

use super::Read;

/// Whether it is a message of this kind, which is then the same once it was written and read again.
pub(super) fn is_message<M: Message + Default>(bytes: &[u8]) -> bool {
    let Ok(message) = M::decode(bytes) else { return false };
    let written = message.encode_to_vec();
    assert_eq!(written.len(), message.encoded_len());
    let again = M::decode(written.as_slice()).expect("what was written can be read");
    // Maps have no order, so that bytes are not compared; a number that is none is not equal to itself.
    assert_eq!(again.encoded_len(), written.len());
    true
}

/// Messages between machines.
pub(super) fn messages(bytes: &[u8]) -> Read {
    let kinds = [
        is_message::<agent::AgentMessage>,
        is_message::<agent::CoordinatorMessage>,
        is_message::<agent::Scan>,
        is_message::<agent::Chunk>,
        is_message::<agent::CommitRequest>,
        is_message::<agent::CommitReply>,
        is_message::<agent::HeldRequest>,
        is_message::<agent::HeldReply>,
        is_message::<agent::PackReply>,
        is_message::<agent::PackFiles>,
        is_message::<agent::JobStatus>,
        is_message::<enrol::JoinRequest>,
        is_message::<enrol::JoinReply>,
        is_message::<enrol::RenewRequest>,
        is_message::<operator::StartScanRequest>,
        is_message::<operator::WatchEvent>,
        is_message::<operator::ReadRequest>,
        is_message::<operator::ReadReply>,
        is_message::<operator::BanAgentRequest>,
        is_message::<operator::AddOperatorRequest>,
    ];
    let is_any = kinds.into_iter().filter(|is_message| is_message(bytes)).count() > 0;
    // What an agent makes of what it is told.
    if let Ok(account) = Account::decode(bytes) {
        let _ = facts::account(&account, "aws");
    }
    if let Ok(organization) = Organization::decode(bytes) {
        let _ = facts::organization(&organization);
    }
    if let (Ok(short), Ok(scan)) = (JobSpec::decode(bytes), agent::Scan::decode(bytes)) {
        let account = ScanAccount::decode(bytes).unwrap_or_default();
        let _ = spec::complete(short, &scan, "01SCAN-000001", &[account]);
    }
    if let Some(files) = pack::unpack(bytes).or_else(|| pack::unpack(&frame::compress(bytes))) {
        let again = pack::pack(files.clone()).and_then(|packed| pack::unpack(&packed));
        assert!(again.is_none_or(|again| again == files), "files that were packed again are others");
    }
    is_any.into()
}

/// Chunks: as they are sent, and what is in one.
pub(super) fn chunks(bytes: &[u8]) -> Read {
    let sent = chunk::read(bytes);
    let within = chunk::read(&frame::compress(bytes));
    let mut is_any = false;
    for batch in [sent, within].into_iter().flatten() {
        is_any = true;
        let RowBatch { rows, documents, listings, bases, changing } = &batch;
        for count in [rows.len(), documents.len(), listings.len(), bases.len(), changing.len()] {
            assert!(count <= MAX_ROWS, "{count} of something");
        }
        if batch.encoded_len() <= MAX_BYTES {
            assert_eq!(chunk::read(&chunk::write(&batch)).map(|again| again == batch), Ok(true));
        }
        for row in rows {
            // Of a status that is not known nothing is made.
            let _ = row.verdict();
        }
        for each in changing {
            let Some(members) = chunk::unpacked(each) else { continue };
            let total: usize = members.iter().map(|(_, members)| members.len()).sum();
            assert!(total <= MAX_BYTES, "{total} bytes of members");
            let packed = chunk::packed(each.r#type.clone(), &members);
            assert_eq!(chunk::unpacked(&packed), Some(members), "members that were packed again are others");
        }
        let root = |batch: RowBatch| {
            let mut builder = Builder::default();
            builder.add(batch);
            Names::of(&builder.finish()).root()
        };
        // Rows have one order, in which they are sent is no part of it.
        let mut turned = batch.clone();
        turned.rows.reverse();
        assert_eq!(root(batch), root(turned), "another order is another tree");
    }
    is_any.into()
}

/// Documents in their one form, and the names of what is held.
pub(super) fn trees(bytes: &[u8]) -> Read {
    if let Some(held) = plumbline_tree::shorts(bytes) {
        assert_eq!(held.concat(), bytes, "names that were put together again are others");
    }
    let Some(doc) = plumbline_tree::parse(bytes) else { return Read::Refused };
    let written = plumbline_tree::write(&doc);
    let again = plumbline_tree::parse(&written).expect("what was written can be read");
    assert_eq!(plumbline_tree::write(&again), written, "what was read is written in another form");
    Read::Accepted
}

pub(super) fn examples_of_messages() -> Vec<Vec<u8>> {
    let job = agent::JobRef { job_id: "01SCAN-000001".into(), attempt: 1, fence: 7 };
    let account = Account { id: "111122223333".into(), name: "prod".into(), ..Account::default() };
    let spec = JobSpec { region: "eu-central-1".into(), account: Some(account.clone()), ..JobSpec::default() };
    let hello = agent::Hello { build: "0.1.0".into(), capacity: 4, ..agent::Hello::default() };
    let hello = agent::agent_message::Message::Hello(hello);
    let offer = agent::LeaseOffer { job: Some(job.clone()), spec: Some(spec.clone()), ..agent::LeaseOffer::default() };
    let offer = agent::coordinator_message::Message::Offer(offer);
    let commit = agent::CommitRequest { job: Some(job.clone()), chunk_count: 1, ..agent::CommitRequest::default() };
    let files = ["controls/sqs/a.yaml", "collectors/sqs.yaml"];
    let files = files.map(|path| agent::PackFile { path: path.into(), ..agent::PackFile::default() }).to_vec();
    let scan = operator::StartScanRequest { regions: vec!["eu-central-1".into()], ..Default::default() };
    vec![
        agent::AgentMessage { message: Some(hello) }.encode_to_vec(),
        agent::CoordinatorMessage { message: Some(offer) }.encode_to_vec(),
        agent::Chunk { job: Some(job), seq: 1, hash: vec![7; 32], rows: vec![1; 40] }.encode_to_vec(),
        commit.encode_to_vec(),
        account.encode_to_vec(),
        spec.encode_to_vec(),
        agent::PackFiles { files: files.clone() }.encode_to_vec(),
        pack::pack(files).unwrap_or_default(),
        scan.encode_to_vec(),
    ]
}

pub(super) fn examples_of_chunks() -> Vec<Vec<u8>> {
    let row = Row {
        control: "sqs-queue-encrypted".into(),
        status: Status::Fail as i32,
        resource: "arn:aws:sqs:eu-central-1:111122223333:queue".into(),
        resource_type: "AWS::SQS::Queue".into(),
        evidence: vec![agent::Evidence { path: "resource.KmsMasterKeyId".into(), value: "null".into() }],
        witnesses: vec![agent::Witness::default()],
        ..Row::default()
    };
    let document = Document {
        r#type: "AWS::SQS::Queue".into(),
        id: row.resource.clone(),
        content: br#"{"Name":"queue"}"#.to_vec(),
        ..Document::default()
    };
    let change = |place| {
        let members = br#"{"Approximate":17,"Size":2}"#.to_vec();
        Item::Changing(Change { type_name: "AWS::SQS::Queue".into(), place, members })
    };
    let listing = Listing { r#type: "AWS::SQS::Queue".into(), ..Listing::default() };
    let mut chunker = Chunker::new(MAX_BYTES);
    let mut all = Vec::new();
    let items = [Item::Row(row), Item::Document(document), Item::Listing(listing), change(1), change(4)];
    for item in items {
        chunker.push(item.clone());
        let mut one = Chunker::new(MAX_BYTES);
        one.push(item);
        all.extend(one.finish_chunk());
    }
    all.extend(chunker.finish_chunk());
    // Packed, and as what is in them, which is what can be changed one by one.
    let plain = |piece: &chunk::Piece| frame::decompress(piece.rows(), MAX_BYTES);
    let within: Vec<_> = all.iter().filter_map(plain).collect();
    all.iter().map(|piece| piece.rows().to_vec()).chain(within).collect()
}

pub(super) fn examples_of_trees() -> Vec<Vec<u8>> {
    let docs = [
        r#"{"Name":"queue","Tags":[{"Key":"a","Value":"ä\u0001"}],"Size":1.5,"Big":9223372036854775807}"#,
        r#"{"$unread":{"reason":"access_denied","operation":"sqs:GetQueueAttributes","detail":""}}"#,
        r#"[null,true,-0.0,1e300,[[[[]]]],{"":{}}]"#,
    ];
    let written = docs.iter().filter_map(|text| Doc::from_json(text).ok()).map(|doc| plumbline_tree::write(&doc));
    written.chain([vec![7; 32]]).collect()
}
