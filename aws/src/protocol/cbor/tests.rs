//! CBOR against the bytes that botocore writes, against the same answers in JSON, and against anything else.

use std::sync::LazyLock;

use plumbline_baseline::api::{Catalog, Protocol};
use proptest::prelude::*;

use super::*;
use crate::protocol::{Addressing, read_failure, request};

/// `CloudWatch` as it would be if it spoke nothing else.
static SERVICE: LazyLock<Service> = LazyLock::new(|| {
    let text = include_str!("../../../../baseline/apis/cloudwatch.json");
    let other = text.replacen(r#""protocol":"json""#, r#""protocol":"smithy-rpc-v2-cbor""#, 1);
    let service: Service = serde_json::from_str(&other).expect("a descriptor");
    assert_eq!(service.protocol, Protocol::SmithyRpcV2Cbor);
    service
});

const OPERATION: &str = "DescribeAlarms";

fn marked() -> Headers {
    let mut headers = Headers::new();
    headers.insert(CBOR.0, CBOR.1);
    headers
}

fn bytes_of(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn read_body(body: &[u8]) -> Result<Doc, Error> {
    crate::protocol::read(&SERVICE, OPERATION, &SERVICE.operations[OPERATION], 200, &marked(), body)
}

/// What the same answer is in JSON, read as JSON.
fn read_json(text: &str) -> Result<Doc, Error> {
    let service = Catalog::embedded().service("cloudwatch").unwrap();
    let mut headers = Headers::new();
    headers.insert("content-type", "application/x-amz-json-1.0");
    crate::protocol::read(service, OPERATION, &service.operations[OPERATION], 200, &headers, text.as_bytes())
}

/// A JSON value as CBOR, as it stands there; in one piece or with breaks.
fn encode(value: &serde_json::Value, is_indefinite: bool, out: &mut Written<'_>) {
    match value {
        serde_json::Value::Null => {
            out.null().unwrap();
        }
        serde_json::Value::Bool(value) => {
            out.bool(*value).unwrap();
        }
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(whole) => out.i64(whole).map(|_| ()).unwrap(),
            None => out.f64(number.as_f64().unwrap()).map(|_| ()).unwrap(),
        },
        serde_json::Value::String(text) => {
            out.str(text).unwrap();
        }
        serde_json::Value::Array(items) => {
            if is_indefinite { out.begin_array() } else { out.array(items.len() as u64) }.unwrap();
            items.iter().for_each(|item| encode(item, is_indefinite, out));
        }
        serde_json::Value::Object(members) => {
            if is_indefinite { out.begin_map() } else { out.map(members.len() as u64) }.unwrap();
            for (key, value) in members {
                out.str(key).unwrap();
                encode(value, is_indefinite, out);
            }
        }
    }
    if is_indefinite && (value.is_array() || value.is_object()) {
        out.end().unwrap();
    }
}

/// Reads the same answer both ways: equal documents, or an error both times.
#[track_caller]
fn check_same(text: &str) {
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    let expected = read_json(&value.to_string()).map(|doc| doc.to_json());
    for is_indefinite in [false, true] {
        let mut body = Vec::new();
        encode(&value, is_indefinite, &mut Encoder::new(&mut body));
        match (read_body(&body), &expected) {
            (Ok(doc), Ok(expected)) => assert_eq!(doc.to_json(), *expected, "{text}"),
            (Err(_), Err(_)) => {}
            (found, expected) => panic!("{text}: {found:?}, and in JSON {expected:?}"),
        }
    }
}

#[test]
fn requests_are_botocores() {
    let input = Doc::from_json(r#"{"AlarmNamePrefix": "ä", "MaxRecords": 5, "AlarmTypes": ["MetricAlarm"]}"#).unwrap();
    let operation = &SERVICE.operations[OPERATION];
    let built = request(&SERVICE, OPERATION, operation, &input, Addressing { host_prefix: true }).unwrap();
    let body = "a36f416c61726d4e616d6550726566697862c3a46a4d61785265636f726473056a416c61726d5479706573816b4d6574726963416c61726d";
    assert_eq!(built.body, bytes_of(body));
    assert_eq!(built.path_and_query, "/service/GraniteServiceVersion20100801/operation/DescribeAlarms");
    for (name, value) in [CBOR, ("accept", CONTENT_TYPE), ("content-type", CONTENT_TYPE), ("x-amzn-query-mode", "true")]
    {
        assert!(built.headers.contains(&(name.to_owned(), value.to_owned())), "{name}: {:?}", built.headers);
    }
    let unknown = Doc::from_json(r#"{"Nonsense": 1}"#).unwrap();
    assert!(request(&SERVICE, OPERATION, operation, &unknown, Addressing { host_prefix: true }).is_err());
}

#[test]
fn answers_are_read_as_botocore_writes_them() {
    let body =
        "a36c4d6574726963416c61726d7381a769416c61726d4e616d656161695468726573686f6c64fb3fe000000000000066506572696f64\
        19012c6e416374696f6e73456e61626c6564f57553746174655570646174656454696d657374616d70c1fb41dac111b807ae146a44696d\
        656e73696f6e7380674d65747269637381a2624964616d6a4d657472696353746174a364537461746353756d66506572696f64183c664d\
        6574726963a1694e616d657370616365616e6f436f6d706f73697465416c61726d7380694e657874546f6b656e6174"
            .replace(char::is_whitespace, "");
    let expected = r#"{"MetricAlarms":[{"AlarmName":"a","Threshold":0.5,"Period":300,"ActionsEnabled":true,"StateUpdatedTimestamp":"2026-11-23T14:00:00.12Z","Dimensions":[],"Metrics":[{"Id":"m","MetricStat":{"Stat":"Sum","Period":60,"Metric":{"Namespace":"n"}}}]}],"CompositeAlarms":[],"NextToken":"t"}"#;
    assert_eq!(read_body(&bytes_of(&body)).unwrap().to_json(), expected);
}

#[test]
fn the_same_answer_is_the_same_document_in_json() {
    check_same(r#"{"MetricAlarms": [{"AlarmName": "ä", "Threshold": 1, "Period": 60.0, "Unit": "Count"}]}"#);
    check_same(r#"{"MetricAlarms": [{"StateUpdatedTimestamp": 1795442400.12}], "Unknown": {"a": [1, {"b": null}]}}"#);
    check_same(r#"{"MetricAlarms": [{"AlarmName": null, "ActionsEnabled": false}], "NextToken": null}"#);
    check_same("{}");
    // What is wrong in one is wrong in the other.
    check_same(r#"{"MetricAlarms": {"AlarmName": "a"}}"#);
    check_same(r#"{"MetricAlarms": [null]}"#);
    check_same(r#"{"MetricAlarms": [{"Period": 1.5}]}"#);
    check_same(r#"{"MetricAlarms": [{"Period": "60"}]}"#);
    check_same(r#"{"MetricAlarms": [{"ActionsEnabled": "true"}]}"#);
    check_same(r#"{"somebody": "else's"}"#);
    check_same("null");
    check_same("[]");
}

#[test]
fn what_only_cbor_has_is_read_or_refused() {
    let of = |write: &dyn Fn(&mut Written<'_>)| {
        let mut body = Vec::new();
        let mut out = Encoder::new(&mut body);
        out.map(1).unwrap().str("MetricAlarms").unwrap().array(1).unwrap().map(1).unwrap();
        write(&mut out);
        read_body(&body).map(|doc| doc.get("MetricAlarms").as_list().unwrap()[0].to_json())
    };
    let time = |seconds| {
        move |out: &mut Written<'_>| {
            out.str("StateUpdatedTimestamp").unwrap().tag(IanaTag::Timestamp).unwrap().i64(seconds).unwrap();
        }
    };
    assert_eq!(of(&time(1_795_442_400)).unwrap(), r#"{"StateUpdatedTimestamp":"2026-11-23T14:00:00Z"}"#);
    let other_tag = |out: &mut Written<'_>| {
        out.str("StateUpdatedTimestamp").unwrap().tag(IanaTag::DateTime).unwrap().str("2026-11-23T14:00:00Z").unwrap();
    };
    assert!(of(&other_tag).is_err(), "the protocol knows one form of time");
    let half = |out: &mut Written<'_>| {
        out.str("Threshold").unwrap().f16(0.25).unwrap();
    };
    assert_eq!(of(&half).unwrap(), r#"{"Threshold":0.25}"#);
    let infinite = |out: &mut Written<'_>| {
        out.str("Threshold").unwrap().f32(f32::NEG_INFINITY).unwrap();
    };
    assert_eq!(of(&infinite).unwrap(), r#"{"Threshold":"-Infinity"}"#);
    let chunks = |out: &mut Written<'_>| {
        out.str("AlarmName").unwrap().begin_str().unwrap().str("a").unwrap().str("b").unwrap().end().unwrap();
    };
    assert_eq!(of(&chunks).unwrap(), r#"{"AlarmName":"ab"}"#);
    let undefined = |out: &mut Written<'_>| {
        out.str("AlarmName").unwrap().undefined().unwrap();
    };
    assert_eq!(of(&undefined).unwrap(), "{}");
    let huge = |out: &mut Written<'_>| {
        out.str("Period").unwrap().u64(u64::MAX).unwrap();
    };
    assert!(of(&huge).is_err());
}

#[test]
fn an_answer_names_its_protocol_and_ends_where_it_ends() {
    let operation = &SERVICE.operations[OPERATION];
    let unmarked = crate::protocol::read(&SERVICE, OPERATION, operation, 200, &Headers::new(), &[0xa0]);
    assert!(unmarked.is_err(), "a body that could be anybody's");
    assert!(read_body(&[0xa0]).is_ok());
    assert!(read_body(&[0xa0, 0x00]).is_err());
    assert!(read_body(&[]).is_err(), "it has something to say");
    assert!(read_body(&[0xbf, 0x61]).is_err());
}

#[test]
fn errors_say_their_code_wherever_the_message_is() {
    let check = |json: &str, code: &str, message: &str| {
        let mut body = Vec::new();
        encode(&serde_json::from_str(json).unwrap(), true, &mut Encoder::new(&mut body));
        let found = read_failure(&SERVICE, 400, &marked(), &body);
        assert_eq!((found.code.as_str(), found.message.as_str()), (code, message), "{json}");
    };
    check(r#"{"__type": "com.amazonaws.x#ThrottlingException", "message": "slow"}"#, "ThrottlingException", "slow");
    check(r#"{"Message": "no", "extra": [1, {}], "__type": "AccessDenied"}"#, "AccessDenied", "no");
    check(r#"{"__type": 5, "message": "no"}"#, "", "no");
    check("[]", "", "");
    let mut headers = marked();
    headers.insert("x-amzn-query-error", "Throttling;Sender");
    assert_eq!(read_failure(&SERVICE, 400, &headers, &[0xa0]).code, "Throttling");
}

#[test]
fn depth_has_a_bound() {
    let mut body = bytes_of("a1");
    body.extend(bytes_of("6c4d6574726963416c61726d73"));
    body.extend(std::iter::repeat_n(0x81, 200_000));
    assert!(read_body(&body).is_err());
    let mut unknown = bytes_of("a16161");
    unknown.extend(std::iter::repeat_n(0x81, 200_000));
    assert!(read_body(&unknown).is_err());
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_body(&body);
        let _ = super::error(&body);
    }

    #[test]
    fn damage_never_panics(at in 0..60_usize, byte: u8) {
        let mut body = Vec::new();
        let value = serde_json::json!({"MetricAlarms": [{"AlarmName": "a", "Period": 60, "Dimensions": [{"Name": "n"}]}]});
        encode(&value, false, &mut Encoder::new(&mut body));
        let at = at % body.len();
        body[at] = byte;
        let _ = read_body(&body);
    }
}
