//! A line of `--batch`: policies and a request, complete. What is not there is absent, and nothing is assumed.

use plumbline_baseline::Doc;
use plumbline_baseline::policy::{Context, Document, Policies, Request};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::caller;

/// A line, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(default)]
    policies: Written,
    principal: String,
    action: String,
    resource: String,
    #[serde(default)]
    resource_account: Option<String>,
    #[serde(default)]
    context: Map<String, Value>,
}

/// The policies of a line.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    identity: Vec<Doc>,
    #[serde(default)]
    resource: Option<Doc>,
    #[serde(default)]
    boundary: Option<Doc>,
    #[serde(default)]
    session: Option<Doc>,
    #[serde(default)]
    scps: Vec<Vec<Doc>>,
}

/// What a line asks.
///
/// # Errors
/// What is wrong with it.
pub(super) fn read(line: &str) -> Result<(Policies, Request), String> {
    let line: Line = serde_json::from_str(line).map_err(|error| problem(&error))?;
    let context = context(&line.context)?;
    let owner = caller::owner(&line.resource, line.resource_account.as_deref())?;
    let named = context.get("aws:ResourceAccount").and_then(|values| values.first().cloned());
    let request = Request {
        principal: caller::principal(&line.principal, &line.action)?,
        action: caller::action(&line.action)?,
        resource: caller::resource(&line.resource)?,
        resource_account: owner.or(named),
        context,
    };
    let policies = caller::concerning(line.policies.parsed(), &request);
    Ok((policies, request))
}

impl Written {
    fn parsed(&self) -> Policies {
        let all = |documents: &Vec<Doc>| documents.iter().map(Document::parse).collect();
        Policies {
            identity: all(&self.identity),
            // Without a policy nothing of the resource's side allows, also where every resource has one.
            resource: Some(Document::parse(self.resource.as_ref().unwrap_or(&Doc::Null))),
            boundary: self.boundary.as_ref().map(Document::parse),
            session: self.session.iter().map(Document::parse).collect(),
            scps: self.scps.iter().map(all).collect(),
            rcps: Vec::new(),
        }
    }
}

/// The keys of a request. Names that differ only in case are one key.
fn context(written: &Map<String, Value>) -> Result<Context, String> {
    let mut context = Context::new();
    for (key, value) in written {
        let mut values = context.get(key).map(<[String]>::to_vec).unwrap_or_default();
        values.extend(texts(value).ok_or_else(|| format!("the value of {key} is neither text nor a list of texts"))?);
        context.set(key, values);
    }
    Ok(context)
}

fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Number(number) => Some(vec![number.to_string()]),
        Value::Bool(value) => Some(vec![value.to_string()]),
        Value::Array(items) if !items.iter().any(Value::is_array) => {
            items.iter().map(|item| Some(texts(item)?.remove(0))).collect()
        }
        _ => None,
    }
}

/// What the JSON parser says, of a text whose only line is the first.
fn problem(error: &serde_json::Error) -> String {
    let words = error.to_string().replace(" at line 1 column ", ", at character ");
    if error.is_data() { words } else { format!("it is not JSON: {words}") }
}
