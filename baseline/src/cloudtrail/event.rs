//! A sample event as selectors see it: the value of a field, or what is known of it. Must not know any selector.

use std::borrow::Cow;
use std::sync::Arc;

use crate::answer::{items, text};
use crate::arn::Arn;
use crate::doc::Doc;
use crate::reason::Unread;

/// A sample: one event, or a class of them.
pub(super) struct Event<'a> {
    doc: &'a Doc,
    /// The partition in which the trail works: samples are written for `aws`.
    partition: Cow<'a, str>,
    resources: Vec<Resource<'a>>,
}

/// One resource of an event.
pub(super) struct Resource<'a> {
    /// `resources.type`.
    pub(super) kind: Field<'a>,
    /// `resources.ARN`.
    pub(super) arn: Field<'a>,
}

/// What a sample says of a field.
#[derive(Clone, Debug)]
pub(super) enum Field<'a> {
    /// It is this.
    Text(Cow<'a, str>),
    /// Anything that starts with this.
    StartingWith(String),
    /// Anything.
    Anything,
    /// It was not read.
    Unread(Arc<Unread>),
}

/// How a selector compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equals,
    StartsWith,
    EndsWith,
}

impl<'a> Event<'a> {
    pub(super) fn new(doc: &'a Doc, trail_arn: &'a Doc) -> Result<Self, Arc<Unread>> {
        let partition = text(trail_arn)?.and_then(Arn::parse).map_or("aws", |arn| arn.partition);
        let mut event = Self { doc, partition: Cow::Borrowed(partition), resources: Vec::new() };
        event.resources = items(doc.get("resources"))?.iter().map(|resource| event.resource(resource)).collect();
        if event.resources.is_empty() {
            event.resources.push(Resource { kind: Field::Anything, arn: Field::Anything });
        }
        Ok(event)
    }

    fn resource(&self, resource: &'a Doc) -> Resource<'a> {
        let kind = Field::of(resource.get("type"));
        let arn = match (Field::of(resource.get("ARN")), &kind) {
            (Field::Text(arn), _) => Field::Text(self.in_partition(arn)),
            (Field::Anything, Field::Text(kind)) => Field::StartingWith(self.beginning_of(kind)),
            (arn, _) => arn,
        };
        Resource { kind, arn }
    }

    fn in_partition(&self, arn: Cow<'a, str>) -> Cow<'a, str> {
        match arn.strip_prefix("arn:aws:") {
            Some(rest) if self.partition != "aws" => format!("arn:{}:{rest}", self.partition).into(),
            _ => arn,
        }
    }

    /// What every ARN of a resource type starts with.
    fn beginning_of(&self, kind: &str) -> String {
        let service = match kind {
            "AWS::S3::Object" => "s3:::",
            "AWS::Lambda::Function" => "lambda:",
            "AWS::DynamoDB::Table" => "dynamodb:",
            _ => "",
        };
        format!("arn:{}:{service}", self.partition)
    }

    /// `Management`, `Data`, `NetworkActivity` or `Insight`.
    pub(super) fn category(&self) -> Field<'a> {
        match Field::of(self.doc.get("eventCategory")) {
            Field::Anything if self.doc.get("managementEvent") == &Doc::Bool(true) => Field::Text("Management".into()),
            category => category,
        }
    }

    /// A field that is not part of a resource: `eventName`, `readOnly`, `userIdentity.arn`.
    pub(super) fn field(&self, name: &str) -> Field<'a> {
        match name {
            "eventCategory" => self.category(),
            name => match Field::of(self.doc.at(name)) {
                Field::Text(arn) => Field::Text(self.in_partition(arn)),
                field => field,
            },
        }
    }

    /// The resources that it is about; one of which nothing is known, when it names none.
    pub(super) fn resources(&self) -> &[Resource<'a>] {
        &self.resources
    }
}

impl<'a> Field<'a> {
    fn of(doc: &'a Doc) -> Self {
        match doc {
            Doc::String(text) => Self::Text(Cow::Borrowed(text)),
            Doc::Bool(value) => Self::Text(value.to_string().into()),
            Doc::Int(value) => Self::Text(value.to_string().into()),
            Doc::Unread(unread) => Self::Unread(Arc::clone(unread)),
            _ => Self::Anything,
        }
    }

    /// Its one value, if it has one.
    pub(super) fn text(&self) -> Result<Option<&str>, Arc<Unread>> {
        match self {
            Self::Text(text) => Ok(Some(text)),
            Self::StartingWith(_) | Self::Anything => Ok(None),
            Self::Unread(unread) => Err(Arc::clone(unread)),
        }
    }

    /// Whether every value that it may have compares so.
    pub(super) fn always(&self, comparison: Comparison, value: &str) -> Result<bool, Arc<Unread>> {
        Ok(match self {
            Self::Text(text) => comparison.holds(text, value),
            Self::StartingWith(beginning) => comparison == Comparison::StartsWith && beginning.starts_with(value),
            Self::Anything => comparison != Comparison::Equals && value.is_empty(),
            Self::Unread(unread) => return Err(Arc::clone(unread)),
        })
    }

    /// Whether no value that it may have compares so.
    pub(super) fn never(&self, comparison: Comparison, value: &str) -> Result<bool, Arc<Unread>> {
        Ok(match self {
            Self::Text(text) => !comparison.holds(text, value),
            Self::StartingWith(beginning) => match comparison {
                Comparison::Equals => !value.starts_with(beginning.as_str()),
                Comparison::StartsWith => !value.starts_with(beginning.as_str()) && !beginning.starts_with(value),
                Comparison::EndsWith => false,
            },
            Self::Anything => false,
            Self::Unread(unread) => return Err(Arc::clone(unread)),
        })
    }
}

impl Comparison {
    fn holds(self, text: &str, value: &str) -> bool {
        match self {
            Self::Equals => text == value,
            Self::StartsWith => text.starts_with(value),
            Self::EndsWith => text.ends_with(value),
        }
    }
}
