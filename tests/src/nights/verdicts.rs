//! What controls say of made-up resources: of a hundred rows eight fail, one is unknown, and the rest pass.

use plumbline_proto::agent_v1::{Evidence, Row, Status, Witness, WitnessPart};

use super::fill::mix;

/// Of a hundred rows.
const FAIL: u64 = 8;
const UNKNOWN: u64 = 1;

/// What a control says where there is nothing of its type.
pub(super) fn not_applicable(control: &str, type_name: &str) -> Row {
    Row {
        control: control.to_owned(),
        status: Status::NotApplicable as i32,
        reason: "no_resources".to_owned(),
        resource_type: type_name.to_owned(),
        ..Row::default()
    }
}

/// What a control says of a resource.
pub(super) fn row(control: &str, seed: u64, id: &str, type_name: &str) -> Row {
    let seed = control.bytes().fold(seed, |seed, byte| mix(seed, u64::from(byte)));
    let (status, reason) = match seed % 100 {
        roll if roll < FAIL => (Status::Fail, ""),
        roll if roll < FAIL + UNKNOWN => (Status::Unknown, "access_denied: kms:GetKeyPolicy"),
        _ => (Status::Pass, ""),
    };
    let evidence = (0..1 + mix(seed, 1) % 2).map(|number| evidence(mix(seed, 2 + number)));
    let witnesses = (status == Status::Fail && mix(seed, 5).is_multiple_of(8)).then(|| witness(id));
    Row {
        control: control.to_owned(),
        status: status as i32,
        reason: reason.to_owned(),
        resource: id.to_owned(),
        resource_type: type_name.to_owned(),
        evidence: evidence.collect(),
        witnesses: witnesses.into_iter().collect(),
        elsewhere: Vec::new(),
    }
}

/// A quarter of what rows rest on are names of keys.
fn evidence(seed: u64) -> Evidence {
    const MEMBERS: [&str; 5] = ["Encryption", "KmsKeyId", "Logging", "PublicAccess", "Policy"];
    const VALUES: [&str; 3] = ["false", "null", r#""disabled""#];
    let value = match seed % 4 {
        0 => format!(r#""arn:aws:kms:eu-west-1:111122223333:key/{:016x}""#, mix(seed, 1)),
        other => VALUES[other as usize - 1].to_owned(),
    };
    Evidence { path: format!("resource.{}", MEMBERS[mix(seed, 2) as usize % MEMBERS.len()]), value }
}

fn witness(id: &str) -> Witness {
    let part = |name: &str, value: String| WitnessPart { name: name.to_owned(), value };
    Witness {
        sentence: "anyone can do this, without any condition".to_owned(),
        parts: vec![
            part("principal", r#""*""#.to_owned()),
            part("action", r#""s3:GetObject""#.to_owned()),
            part("resource", format!("\"{id}/*\"")),
        ],
    }
}
