//! Every operation against bodies that are no answer to it: pages and objects of a proxy, other operations' answers,
//! answers cut off, members of the wrong type. None may read as "there are none". A full answer of each operation, made
//! from its shapes, shows that the right one is taken.

use std::io::Write;
use std::sync::Arc;

use plumbline_baseline::api::{Answer, Catalog, Kind, Location, Member, Operation, Protocol, Service, ShapeId};

use super::members::{element_name, is_flattened, wire_name};
use super::*;

/// Levels of nested structures in a made answer.
const DEEPEST: usize = 4;

/// Bodies of anybody, for every protocol.
const ANYBODYS: &[&str] = &[
    "",
    " \n",
    "blocked",
    "null",
    "true",
    "0",
    "\"blocked\"",
    "[]",
    "[{}]",
    "{}",
    "{}{}",
    r#"{"error":"blocked"}"#,
    r#"{"message":"Forbidden"}"#,
    r#"{"status":403,"detail":["blocked"],"nested":{"Keys":[]}}"#,
    r#"{"__type":"AccessDeniedException","message":"no"}"#,
    r#"{"Output":{"Keys":[]},"Version":"1.0"}"#,
    "<html><head><title>Log in</title></head><body><p>Log in</p></body></html>",
    "<!DOCTYPE html><html><body>blocked</body></html>",
    "<HTML><BODY>blocked</BODY></HTML>",
    "<ProxyNotice>blocked</ProxyNotice>",
    "<ProxyNotice/>",
    "<ProxyNotice><Buckets/><Rule/></ProxyNotice>",
    "<Error><Code>InternalError</Code></Error>",
    "<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>",
    "<Response><Errors><Error><Code>RequestLimitExceeded</Code></Error></Errors></Response>",
    "<?xml version=\"1.0\"?>",
    "<a><b></a></b>",
];

/// Values of every kind, as JSON.
const VALUES: [(&str, &str); 5] =
    [("text", r#""blocked""#), ("number", "7"), ("boolean", "true"), ("list", "[]"), ("map", r#"{"a":"b"}"#)];

struct Asked<'a> {
    service: &'a Service,
    name: &'a str,
    operation: &'a Operation,
    answer: &'a Answer,
    output: ShapeId,
}

impl Asked<'_> {
    fn read(&self, body: &str) -> Result<Doc, Error> {
        read(self.service, self.name, self.operation, 200, &Headers::new(), body.as_bytes())
    }

    fn members(&self) -> &[Member] {
        self.service.members(self.output)
    }

    /// A full answer.
    fn sample(&self) -> String {
        let payload = self.members().iter().find(|member| member.payload);
        match self.service.protocol {
            Protocol::Json | Protocol::RestJson => self.json(payload.map_or(self.output, |member| member.shape), 0),
            Protocol::SmithyRpcV2Cbor => unreachable!("cbor/tests.rs has bodies of its own"),
            Protocol::Query => {
                let wrapper = self.operation.result_wrapper.as_deref().unwrap_or(self.name);
                format!("<{0}Response><{wrapper}>{1}</{wrapper}></{0}Response>", self.name, self.xml(self.output, 0))
            }
            Protocol::Ec2 => {
                format!("<{0}Response><requestId>1</requestId>{1}</{0}Response>", self.name, self.xml(self.output, 0))
            }
            Protocol::RestXml if !self.answer.text_has.is_empty() => {
                let members: Vec<String> = self.answer.text_has.iter().map(|name| format!(r#""{name}":[]"#)).collect();
                format!("{{{}}}", members.join(","))
            }
            Protocol::RestXml => {
                let root = self.answer.root.as_deref().unwrap_or_default();
                let inner = match &self.answer.root_is {
                    Some(_) => "eu-west-1".to_owned(),
                    None => self.xml(payload.map_or(self.output, |member| member.shape), 0),
                };
                format!("<{root}>{inner}</{root}>")
            }
        }
    }

    fn json(&self, shape: ShapeId, depth: usize) -> String {
        match &self.service.shape(shape).kind {
            Kind::Structure(_) if depth > DEEPEST => "{}".to_owned(),
            Kind::Structure(members) => {
                let in_body = members.iter().filter(|member| member.location.is_none());
                let members: Vec<String> = in_body
                    .map(|member| format!("\"{}\":{}", wire_name(member), self.json(member.shape, depth + 1)))
                    .collect();
                format!("{{{}}}", members.join(","))
            }
            Kind::List { item, .. } => format!("[{}]", self.json(*item, depth)),
            Kind::Map { value, .. } => format!("{{\"k\":{}}}", self.json(*value, depth)),
            Kind::String(_) | Kind::Blob => "\"AA==\"".to_owned(),
            Kind::Integer => "1".to_owned(),
            Kind::Double => "1.5".to_owned(),
            Kind::Boolean => "true".to_owned(),
            Kind::Timestamp => "1795442400".to_owned(),
            Kind::Document => "{}".to_owned(),
        }
    }

    fn xml(&self, shape: ShapeId, depth: usize) -> String {
        match &self.service.shape(shape).kind {
            Kind::Structure(_) if depth > DEEPEST => String::new(),
            Kind::Structure(members) => {
                let in_body = |member: &&Member| member.location.is_none() && !member.xml_attribute;
                members.iter().filter(in_body).map(|member| self.element(member, depth + 1)).collect()
            }
            Kind::List { item, item_name, .. } => {
                let name = item_name.as_deref().unwrap_or("member");
                format!("<{name}>{}</{name}>", self.xml(*item, depth))
            }
            Kind::Map { .. } => format!("<entry>{}</entry>", self.entry(shape, depth)),
            Kind::Integer => "1".to_owned(),
            Kind::Double => "1.5".to_owned(),
            Kind::Boolean => "true".to_owned(),
            Kind::Timestamp => "2026-11-23T14:00:00Z".to_owned(),
            Kind::String(_) | Kind::Blob | Kind::Document => "AA==".to_owned(),
        }
    }

    fn element(&self, member: &Member, depth: usize) -> String {
        let name = element_name(self.service, member);
        let inner = match &self.service.shape(member.shape).kind {
            Kind::List { item, .. } if is_flattened(self.service, member) => self.xml(*item, depth),
            Kind::Map { .. } if is_flattened(self.service, member) => self.entry(member.shape, depth),
            _ => self.xml(member.shape, depth),
        };
        format!("<{name}>{inner}</{name}>")
    }

    fn entry(&self, shape: ShapeId, depth: usize) -> String {
        let Kind::Map { value, key_name, value_name, .. } = &self.service.shape(shape).kind else {
            return String::new();
        };
        let (key, value_name) = (key_name.as_deref().unwrap_or("key"), value_name.as_deref().unwrap_or("value"));
        format!("<{key}>k</{key}><{value_name}>{}</{value_name}>", self.xml(*value, depth))
    }

    /// The full answer with one of its members replaced by values of every other kind.
    fn wrong_types(&self) -> Vec<String> {
        if self.members().iter().any(|member| member.payload) || self.answer.root_is.is_some() {
            return Vec::new();
        }
        let is_json = matches!(self.service.protocol, Protocol::Json | Protocol::RestJson);
        let mut bodies = Vec::new();
        for member in self.members().iter().filter(|member| member.location.is_none()) {
            let kind = &self.service.shape(member.shape).kind;
            if is_json {
                let right = format!("\"{}\":{}", wire_name(member), self.json(member.shape, 1));
                let wrong = VALUES.iter().filter(|(value, _)| !fits(kind, value));
                let replaced = wrong.map(|(_, value)| format!("\"{}\":{value}", wire_name(member)));
                bodies.extend(replaced.map(|wrong| self.sample().replacen(&right, &wrong, 1)));
            } else {
                let right = self.element(member, 1);
                let name = element_name(self.service, member);
                let wrong = match kind {
                    Kind::Structure(_) | Kind::List { .. } | Kind::Map { .. } => format!("<{name}>blocked</{name}>"),
                    Kind::String(_) | Kind::Blob => format!("<{name}><x/></{name}>"),
                    _ => format!("<{name}>blocked</{name}><{name}/>"),
                };
                // A time that cannot be read stays text.
                if !matches!(kind, Kind::Timestamp) {
                    bodies.push(self.sample().replacen(&right, &wrong, 1));
                }
            }
        }
        bodies
    }
}

fn fits(kind: &Kind, value: &str) -> bool {
    match kind {
        Kind::Structure(_) | Kind::Map { .. } => value == "map",
        Kind::List { .. } => value == "list",
        Kind::String(_) | Kind::Blob => value == "text",
        Kind::Integer | Kind::Double => value == "number",
        Kind::Timestamp => matches!(value, "number" | "text"),
        Kind::Boolean => value == "boolean",
        Kind::Document => true,
    }
}

fn every_operation() -> Vec<Asked<'static>> {
    let mut found = Vec::new();
    let as_text = |service: &&Arc<Service>| service.protocol != Protocol::SmithyRpcV2Cbor;
    for service in Catalog::embedded().services().filter(as_text) {
        for (name, operation) in &service.operations {
            if let (Some(answer), Some(output)) = (&operation.answer, operation.output) {
                found.push(Asked { service, name, operation, answer, output });
            }
        }
    }
    found
}

/// Whether a document says that there is something. A foreign answer that has all that the operation's own has, item for
/// item, is none that can be told; it must not be empty.
fn says_something(asked: &Asked<'_>, doc: &Doc) -> bool {
    let is_said = |doc: &Doc| match doc {
        Doc::Null => false,
        Doc::List(items) => !items.is_empty(),
        Doc::Map(map) => !map.is_empty(),
        _ => true,
    };
    asked.answer.always.iter().all(|member| is_said(doc.get(member))) && is_said(doc)
}

#[test]
fn the_right_answer_is_taken() {
    for asked in every_operation() {
        let body = asked.sample();
        let doc =
            asked.read(&body).unwrap_or_else(|error| panic!("{}:{}: {error}\n{body}", asked.service.name, asked.name));
        assert!(says_something(&asked, &doc), "{}:{} {body}", asked.service.name, asked.name);
    }
}

#[test]
fn a_strange_body_is_no_answer() {
    let operations = every_operation();
    let samples: Vec<String> = operations.iter().map(Asked::sample).collect();
    let (mut refused, mut alike) = (0, 0);
    for (index, asked) in operations.iter().enumerate() {
        let place = |body: &str| format!("{}:{} took {body}", asked.service.name, asked.name);
        let mut bodies: Vec<String> = ANYBODYS.iter().map(|body| (*body).to_owned()).collect();
        let own = &samples[index];
        bodies.extend((1..own.len()).step_by(1 + own.len() / 50).map(|end| own[..end].to_owned()));
        bodies.extend([format!("{own}{own}"), format!("x{own}"), format!("{own}x")]);
        bodies.extend(asked.wrong_types());
        for body in bodies {
            assert!(asked.read(&body).is_err(), "{}", place(&body));
            refused += 1;
        }
        for (other, body) in samples.iter().enumerate().filter(|(other, _)| *other != index) {
            match asked.read(body) {
                Err(_) => refused += 1,
                Ok(doc) => {
                    assert!(says_something(asked, &doc), "{}: {}", operations[other].name, place(body));
                    alike += 1;
                }
            }
        }
    }
    let told = writeln!(
        std::io::stdout(),
        "{} operations: {refused} strange bodies refused; {alike} answers of other operations have the same members",
        operations.len()
    );
    told.unwrap();
}

#[test]
fn an_empty_object_is_taken_from_aws_alone_and_only_where_aws_leaves_out_what_is_empty() {
    let mut numbered = Headers::new();
    numbered.insert("x-amzn-RequestId", "6ba7b810-9dad-11d1-80b4-00c04fd430c8");
    let mut legal = Vec::new();
    for asked in every_operation() {
        let from_aws = read(asked.service, asked.name, asked.operation, 200, &numbered, b"{}");
        assert!(asked.read("{}").is_err(), "{}:{}", asked.service.name, asked.name);
        if from_aws.is_ok() {
            legal.push(format!("{}:{}", asked.service.name, asked.name));
        }
    }
    let expected = [
        "budgets:DescribeBudgets",
        "cloudwatch:DescribeAlarms",
        "organizations:ListTargetsForPolicy",
        "sqs:ListQueueTags",
        "sqs:ListQueues",
    ];
    assert_eq!(legal, expected);
}

#[test]
fn an_empty_object_that_a_page_or_anybodys_json_holds_is_no_answer() {
    let queues = every_operation().into_iter().find(|asked| asked.name == "ListQueues").unwrap();
    let read_as = |kind: &'static str| {
        let mut headers = Headers::new();
        headers.insert("content-type", kind);
        read(queues.service, queues.name, queues.operation, 200, &headers, b"{}")
    };
    assert!(read_as("text/html; charset=utf-8").is_err() && read_as("application/json").is_err());
    assert!(read_as("application/x-amz-json-1.0").is_ok());
}

#[test]
fn every_member_that_an_answer_always_has_stands_in_the_body() {
    for asked in every_operation() {
        for name in &asked.answer.always {
            let member = asked.members().iter().find(|member| member.name.as_str() == name);
            let location: Option<Location> = member.and_then(|member| member.location);
            assert!(member.is_some() && location.is_none(), "{}:{} {name}", asked.service.name, asked.name);
        }
    }
}
