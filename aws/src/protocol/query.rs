//! The `query` protocol's form-encoded requests, and EC2's variant of them. Pure; responses are the business of `xml`.
//! The rules are botocore's, which the differential test holds us to.

use plumbline_baseline::Doc;
use plumbline_baseline::api::{Kind, Member, Operation, Protocol, Service, ShapeId};

use super::members::text;
use super::rest::encode_into;
use super::{Error, Request};

/// Builds a `query` or `ec2` request.
pub(super) fn request(service: &Service, name: &str, operation: &Operation, input: &Doc) -> Result<Request, Error> {
    let mut form = Form { service, is_ec2: service.protocol == Protocol::Ec2, body: String::new() };
    form.pair("Action", name);
    form.pair("Version", &service.api_version);
    if let Some(shape) = operation.input {
        form.structure("", shape, input)?;
    }
    let content_type = "application/x-www-form-urlencoded; charset=utf-8".to_owned();
    Ok(Request {
        method: "POST".to_owned(),
        path_and_query: "/".to_owned(),
        headers: vec![("content-type".to_owned(), content_type)],
        body: form.body.into_bytes(),
        host_prefix: None,
    })
}

struct Form<'a> {
    service: &'a Service,
    is_ec2: bool,
    body: String,
}

impl Form<'_> {
    fn pair(&mut self, key: &str, value: &str) {
        if !self.body.is_empty() {
            self.body.push('&');
        }
        encode_into(&mut self.body, key, false);
        self.body.push('=');
        encode_into(&mut self.body, value, false);
    }

    fn structure(&mut self, prefix: &str, shape: ShapeId, value: &Doc) -> Result<(), Error> {
        for member in self.service.members(shape) {
            let item = value.get(member.name.as_str());
            if !item.is_null() {
                let key = join(prefix, &self.name(member));
                self.value(&key, member.shape, Some(member), item)?;
            }
        }
        Ok(())
    }

    /// EC2 capitalises the response's name where a member has no name of its own for requests.
    fn name(&self, member: &Member) -> String {
        if !self.is_ec2 {
            return member.wire_name.as_deref().unwrap_or(member.name.as_str()).to_owned();
        }
        match (&member.query_name, &member.wire_name) {
            (Some(name), _) => name.clone(),
            (None, Some(name)) => {
                let mut characters = name.chars();
                let first = characters.next().map(|first| first.to_ascii_uppercase());
                first.into_iter().chain(characters).collect()
            }
            (None, None) => member.name.as_str().to_owned(),
        }
    }

    fn value(&mut self, key: &str, shape: ShapeId, member: Option<&Member>, value: &Doc) -> Result<(), Error> {
        match (&self.service.shape(shape).kind, value) {
            (Kind::Structure(_), Doc::Map(_)) => self.structure(key, shape, value),
            (Kind::List { item, item_name, flattened }, Doc::List(items)) => {
                let is_flat = *flattened || member.is_some_and(|member| member.flattened);
                let prefix = match (self.is_ec2, is_flat, item_name) {
                    (true, ..) | (false, true, None) => key.to_owned(),
                    (false, true, Some(name)) => {
                        let parent = key.rsplit_once('.').map_or("", |(parent, _)| parent);
                        join(parent, name)
                    }
                    (false, false, name) => join(key, name.as_deref().unwrap_or("member")),
                };
                for (index, entry) in items.iter().enumerate() {
                    self.value(&format!("{prefix}.{}", index + 1), *item, None, entry)?;
                }
                Ok(())
            }
            (Kind::Structure(_) | Kind::List { .. } | Kind::Map { .. }, _) => Err(Error::WrongType {
                member: key.to_owned(),
                expected: "a structure or list as the API describes it",
            }),
            _ => {
                let text = text(key, value)?;
                self.pair(key, &text);
                Ok(())
            }
        }
    }
}

fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") }
}
