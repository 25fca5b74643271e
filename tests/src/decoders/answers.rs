//! Answers of AWS: an operation by the first two bytes, success or not by the third, and the body of the answer. All six
//! protocols are among them.

use std::sync::LazyLock;

use plumbline_aws::answers;
use plumbline_baseline::api::{Catalog, Kind, Member, Operation, Protocol, Service, ShapeId};

use super::Read;

/// Levels of structures in a made answer.
const DEEPEST: usize = 4;
/// What an example is made for, by protocol.
const OPERATIONS: [(&str, &str); 9] = [
    ("iam", "ListVirtualMFADevices"),
    ("sns", "GetTopicAttributes"),
    ("ec2", "DescribeSecurityGroups"),
    ("kms", "DescribeKey"),
    ("dynamodb", "DescribeTable"),
    ("cloudwatch", "DescribeAlarms"),
    ("lambda", "ListFunctions"),
    ("s3", "ListBuckets"),
    ("s3", "GetBucketPolicy"),
];

/// Every operation, with its service.
static ALL: LazyLock<Vec<(&'static Service, &'static str, &'static Operation)>> = LazyLock::new(|| {
    let services = Catalog::embedded().services();
    let each = |service: &'static Service| {
        service.operations.iter().map(move |(name, operation)| (service, name.as_str(), operation))
    };
    services.flat_map(|service| each(service)).collect()
});

/// Reads a body as the answer to an operation.
pub(super) fn answers(bytes: &[u8]) -> Read {
    let [one, two, status, body @ ..] = bytes else { return Read::Refused };
    let (service, name, _) = ALL[usize::from(u16::from_be_bytes([*one, *two])) % ALL.len()];
    let status = if *status < 192 { 200 } else { 400 };
    let headers = match service.protocol {
        Protocol::SmithyRpcV2Cbor => vec![("smithy-protocol", "rpc-v2-cbor")],
        _ => Vec::new(),
    };
    let read = answers::read(service, name, status, &headers, body);
    assert_eq!(read.is_ok(), answers::read(service, name, status, &headers, body).is_ok());
    let Ok(doc) = read else { return Read::Refused };
    assert!(status == 200, "an error was read as an answer");
    // What was read can be kept and held against another night's.
    let written = plumbline_tree::write(&doc);
    let again = plumbline_tree::parse(&written).expect("what was written can be read");
    assert_eq!(plumbline_tree::write(&again), written);
    Read::Accepted
}

pub(super) fn examples() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for (of, operation) in OPERATIONS {
        let Some(place) = ALL.iter().position(|(service, name, _)| service.name == of && *name == operation) else {
            continue;
        };
        let number = u16::try_from(place).expect("operations are few").to_be_bytes();
        let (service, name, operation) = ALL[place];
        for body in bodies(service, name, operation) {
            all.push([&number[..], &[0], &body].concat());
        }
        for refusal in [
            "<ErrorResponse><Error><Code>Throttling</Code><Message>a &amp; b</Message></Error></ErrorResponse>",
            r#"{"__type":"com.amazon.coral#AccessDeniedException","message":"no"}"#,
        ] {
            all.push([&number[..], &[255], refusal.as_bytes()].concat());
        }
    }
    all
}

/// Answers with everything that an operation has.
fn bodies(service: &Service, name: &str, operation: &Operation) -> Vec<Vec<u8>> {
    let Some(output) = operation.output else { return Vec::new() };
    match service.protocol {
        Protocol::Json | Protocol::RestJson => vec![json(service, output, 0).into_bytes()],
        Protocol::SmithyRpcV2Cbor => vec![vec![0xa0], b"\xbf\x6cMetricAlarms\x9f\xbf\xff\xff\xff".to_vec()],
        Protocol::Query => {
            let wrapper = operation.result_wrapper.as_deref().unwrap_or(name);
            let members = xml(service, output, 0);
            vec![format!("<{name}Response><{wrapper}>{members}</{wrapper}></{name}Response>").into_bytes()]
        }
        Protocol::Ec2 => vec![format!("<{name}Response>{}</{name}Response>", xml(service, output, 0)).into_bytes()],
        Protocol::RestXml => {
            let members = xml(service, output, 0);
            let root = format!("<ListAllMyBucketsResult>{members}</ListAllMyBucketsResult>");
            vec![root.into_bytes(), br#"{"Statement":[]}"#.to_vec()]
        }
    }
}

fn json(service: &Service, shape: ShapeId, depth: usize) -> String {
    if depth > DEEPEST {
        return "null".to_owned();
    }
    match &service.shape(shape).kind {
        Kind::Structure(members) => {
            let name = |member: &Member| member.wire_name.clone().unwrap_or(member.name.as_str().to_owned());
            let each = members.iter();
            let each = each.map(|member| format!("\"{}\":{}", name(member), json(service, member.shape, depth + 1)));
            format!("{{{}}}", each.collect::<Vec<_>>().join(","))
        }
        Kind::List { item, .. } => format!("[{}]", json(service, *item, depth + 1)),
        Kind::Map { value, .. } => format!("{{\"key\":{}}}", json(service, *value, depth + 1)),
        Kind::Boolean => "true".to_owned(),
        Kind::Timestamp | Kind::Integer | Kind::Double => "1795700000".to_owned(),
        _ => "\"text\"".to_owned(),
    }
}

fn xml(service: &Service, shape: ShapeId, depth: usize) -> String {
    if depth > DEEPEST {
        return String::new();
    }
    match &service.shape(shape).kind {
        Kind::Structure(members) => members
            .iter()
            .map(|member| {
                let name = member.wire_name.as_deref().unwrap_or(member.name.as_str());
                format!("<{name}>{}</{name}>", xml(service, member.shape, depth + 1))
            })
            .collect(),
        Kind::List { item, .. } => {
            ["member", "item"].map(|name| format!("<{name}>{}</{name}>", xml(service, *item, depth + 1))).concat()
        }
        Kind::Map { value, .. } => {
            format!("<entry><key>k</key><value>{}</value></entry>", xml(service, *value, depth + 1))
        }
        Kind::Boolean => "true".to_owned(),
        Kind::Integer | Kind::Double => "7".to_owned(),
        Kind::Timestamp => "2026-11-27T02:00:00Z".to_owned(),
        _ => "text &amp; &#x41;<![CDATA[<c>]]>".to_owned(),
    }
}
