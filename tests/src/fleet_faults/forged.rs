//! Uploads that would be accepted, with one thing in them or about them that is another one: the account, the Region, the
//! ARN, the fence, the job, the agent, the session. None is accepted, and the truth is afterwards.

mod client;

use anyhow::ensure;
use plumbline_proto::agent_v1::{CommitRequest, Document, JobRef, Row, Status, Usage};
use plumbline_proto::chunk::{Chunker, Item};
use plumbline_tree::{Builder, Names};

use super::Extent;
use super::outcome::Outcome;
use crate::store_faults::chance::Chance;
use client::{Bench, Sender};

/// Between two looks at the store.
const BETWEEN: u64 = 5_000;
const DIGITS: &[u8] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// What is changed.
const KINDS: [&str; 7] = ["account", "Region", "ARN", "fence", "job", "agent", "session"];

/// One upload.
#[derive(Clone, Debug)]
struct Upload {
    sender: Sender,
    job: JobRef,
    resource: String,
    document: String,
}

/// Sends so many.
///
/// # Errors
/// When there is no port, or the truth cannot be sent.
pub async fn run(extent: Extent, report: impl Fn(&Outcome)) -> anyhow::Result<Outcome> {
    let bench = Bench::start().await?;
    let mut outcome = Outcome::default();
    let truth = Upload {
        sender: bench.own.clone(),
        job: bench.job.clone(),
        resource: format!("arn:aws:sqs:{}:{}:queue", bench.region, bench.account),
        document: format!("arn:aws:sqs:{}:{}:queue", bench.region, bench.account),
    };
    if !bench.is_open(&bench.own).await {
        outcome.wrong.fail("the newest session of an agent is not open");
    }
    let (mut chance, began) = (Chance::new(extent.seed), tokio::time::Instant::now());
    while outcome.faults < extent.count && began.elapsed() < extent.limit && outcome.is_right() {
        let kind = chance.below(KINDS.len());
        let forged = mutate(kind, &truth, &bench, &mut chance);
        outcome.faults += 1;
        outcome.hits += 1;
        outcome.add(KINDS[kind], 1);
        if send(&bench, &forged).await? {
            outcome.wrong.phantom += 1;
            outcome.wrong.tell(format!("accepted, with another {}: {forged:?}", KINDS[kind]));
        }
        if outcome.faults.is_multiple_of(BETWEEN) {
            check(&bench, &mut outcome)?;
            report(&outcome);
        }
    }
    check(&bench, &mut outcome)?;
    if outcome.is_right() && !send(&bench, &truth).await? {
        outcome.wrong.fail("the truth was refused");
    }
    let rows = bench.rows()?;
    if outcome.is_right() && rows != 1 {
        outcome.wrong.fail(format!("{rows} rows are stored, and one was sent"));
    }
    bench.stop();
    Ok(outcome)
}

/// One thing is another one.
fn mutate(kind: usize, truth: &Upload, bench: &Bench, chance: &mut Chance) -> Upload {
    let mut forged = truth.clone();
    let is_row = chance.one_in(2);
    let place = |forged: &mut Upload, arn: String| match is_row {
        true => forged.resource = arn,
        false => forged.document = arn,
    };
    let length = 1 + chance.below(30);
    let text = text(chance, length);
    match kind {
        0 => place(&mut forged, format!("arn:aws:sqs:{}:{}:queue", bench.region, bench.foreign)),
        // Rows are of the Region of their job: another Region is another job.
        1 => forged.job.job_id.clone_from(&bench.other_regions[chance.below(bench.other_regions.len())].job_id),
        2 => {
            let partition = ["aws", "aws-cn", "aws-us-gov", "aws-iso"][chance.below(4)];
            let service = ["s3", "iam", "sns", "ec2", "lambda", "kms"][chance.below(6)];
            let region = ["", "us-east-1", "eu-west-1", "x"][chance.below(4)];
            place(&mut forged, format!("arn:{partition}:{service}:{region}:{}:{text}", bench.foreign));
        }
        3 => {
            let fence = truth.job.fence;
            let others =
                [fence + 1, fence.wrapping_sub(1), 0, u64::MAX, bench.others.fence, fence ^ (1 << chance.below(64))];
            forged.job.fence = others[chance.below(others.len())];
        }
        4 => match chance.below(3) {
            0 => forged.job = bench.others.clone(),
            1 => forged.job.job_id = text,
            _ => forged.job.job_id.push_str(&text),
        },
        5 => match chance.below(3) {
            // With all that the other one has, but for its session.
            0 => (forged.sender.agent, forged.job) = (bench.other.agent.clone(), bench.others.clone()),
            1 => forged.sender.agent.clone_from(&bench.other.agent),
            _ => forged.sender.agent = text,
        },
        _ => {
            let session = &mut forged.sender.session;
            match chance.below(5) {
                0 => session.clone_from(&bench.earlier.session),
                1 => session.clone_from(&bench.other.session),
                2 => session.truncate(chance.below(session.len())),
                3 => *session = text,
                _ => {
                    let at = chance.below(session.len());
                    let new =
                        DIGITS.iter().map(|digit| char::from(*digit)).find(|new| !session[at..].starts_with(*new));
                    session.replace_range(at..=at, &new.unwrap_or('!').to_string());
                }
            }
        }
    }
    forged
}

fn text(chance: &mut Chance, length: usize) -> String {
    (0..length).map(|_| char::from(DIGITS[chance.below(DIGITS.len())])).collect()
}

/// Sends chunk and commit; whether any of it was accepted.
async fn send(bench: &Bench, upload: &Upload) -> anyhow::Result<bool> {
    let row = Row {
        control: bench.control.clone(),
        resource: upload.resource.clone(),
        resource_type: "AWS::SQS::Queue".into(),
        status: Status::Fail as i32,
        ..Row::default()
    };
    let document = Document {
        r#type: "AWS::SQS::Queue".into(),
        id: upload.document.clone(),
        content: br#"{"Name":"queue"}"#.to_vec(),
        ..Document::default()
    };
    let items = [Item::Row(row), Item::Document(document)];
    let mut builder = Builder::default();
    builder.extend(items.iter().cloned());
    let root = Names::of(&builder.finish()).root();
    let mut chunker = Chunker::new(1 << 20);
    ensure!(items.into_iter().all(|item| chunker.push(item).is_none()), "it is one chunk");
    let Some(piece) = chunker.finish_chunk() else { return Ok(false) };
    let is_pushed = bench.push(&upload.sender, piece.message(upload.job.clone())).await?;
    let total = chunker.total();
    let request = CommitRequest {
        job: Some(upload.job.clone()),
        chunk_count: total.chunks,
        row_count: total.rows,
        root_hash: total.root_hash,
        usage: Some(Usage::default()),
        tree_root: root.to_vec(),
        ..CommitRequest::default()
    };
    let is_committed = bench.commit(&upload.sender, request).await?;
    // One without the other is too much as well.
    Ok(is_pushed || is_committed)
}

fn check(bench: &Bench, outcome: &mut Outcome) -> anyhow::Result<()> {
    let (chunks, rows) = (bench.store.count_chunks()?, bench.rows()?);
    if chunks + rows > 0 {
        outcome.wrong.phantom += chunks + rows;
        outcome.wrong.tell(format!("{chunks} chunks and {rows} rows of lies are stored"));
    }
    if !bench.store.verify()?.is_clean() {
        outcome.wrong.fail("the store does not verify");
    }
    Ok(())
}
