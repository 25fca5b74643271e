//! The table of cases below this folder: policies, a request, and what AWS's pages say about it.
//!
//! A file is one theme with the page it follows from. Its cases are of two forms: a whole question (`policies`), or a
//! statement's elements (`statement`) that apply or not, which is asked twice: in an Allow, and in a Deny beside an Allow
//! of everything.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::reference::{Caller, Context, Decision, Policies, Request};

/// One question of the table.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) policies: Policies,
    pub(crate) request: Request,
    /// The caller as the table writes it.
    pub(crate) principal: String,
    pub(crate) expected: Decision,
}

const ACCOUNT: &str = "111122223333";
const ALICE: &str = "arn:aws:iam::111122223333:user/alice";

/// All cases, in the order of the files.
pub(crate) fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/cases");
    let entries = fs::read_dir(&folder).expect("the table is a folder");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("the folder can be read").path()).collect();
    files.sort();
    files.iter().flat_map(|file| of_file(file)).collect()
}

fn of_file(file: &Path) -> Vec<Case> {
    let text = fs::read_to_string(file).expect("a file of the table can be read");
    let table: Value = serde_json::from_str(&text).unwrap_or_else(|problem| panic!("{}: {problem}", file.display()));
    let page = |of: &Value| of["page"].as_str().map(str::to_owned);
    let theme = file.file_stem().expect("a file has a name").to_string_lossy();
    let cases = table["cases"].as_array().expect("a file has cases");
    let named = cases.iter().enumerate().flat_map(|(at, case)| {
        let page = page(case).or_else(|| page(&table)).expect("a case follows from a page");
        assert!(page.starts_with("https://docs.aws.amazon.com/"), "{page}");
        let because = case["because"].as_str().expect("a case says why");
        of_case(&format!("{theme} {}: {because}", at + 1), case)
    });
    named.collect()
}

fn of_case(name: &str, case: &Value) -> Vec<Case> {
    if !case["policies"].is_null() {
        return vec![question(name.to_owned(), &case["policies"], case, &case["expect"])];
    }
    let (allowing, denying) = match case["applies"].as_str() {
        Some("yes") => ("allow", "explicit_deny"),
        Some("no") => ("implicit_deny", "allow"),
        Some("undecided") => ("unknown", "unknown"),
        other => panic!("{name}: applies {other:?}"),
    };
    let everything = json!({"Version": "2012-10-17", "Statement": statement("Allow", &json!({}))});
    let document = |effect| {
        let mut document = json!({"Version": "2012-10-17", "Statement": [statement(effect, &case["statement"])]});
        match &case["version"] {
            Value::Null => {}
            Value::Bool(false) => drop(document.as_object_mut().map(|fields| fields.remove("Version"))),
            version => document["Version"] = version.clone(),
        }
        document
    };
    let allow = json!({"identity": [document("Allow")]});
    let deny = json!({"identity": [everything, document("Deny")]});
    vec![
        question(format!("{name} (in an Allow)"), &allow, case, &json!(allowing)),
        question(format!("{name} (in a Deny)"), &deny, case, &json!(denying)),
    ]
}

/// A statement about everything, with the elements of the case in its place.
fn statement(effect: &str, elements: &Value) -> Value {
    let elements = elements.as_object().expect("a statement is an object");
    let mut fields = Map::from_iter([("Effect".to_owned(), json!(effect))]);
    for (name, other) in [("Action", "NotAction"), ("Resource", "NotResource")] {
        if !elements.contains_key(name) && !elements.contains_key(other) {
            fields.insert(name.to_owned(), json!("*"));
        }
    }
    fields.extend(elements.clone());
    Value::Object(fields)
}

fn question(name: String, policies: &Value, case: &Value, expected: &Value) -> Case {
    let expected = match expected.as_str() {
        Some("allow") => Decision::Allow,
        Some("explicit_deny") => Decision::ExplicitDeny,
        Some("implicit_deny") => Decision::ImplicitDeny,
        Some("unknown") => Decision::Unknown,
        other => panic!("{name}: expect {other:?}"),
    };
    let request = read_request(case);
    Case { policies: read_policies(policies), name, request, principal: principal(case).to_owned(), expected }
}

fn principal(json: &Value) -> &str {
    json["principal"].as_str().unwrap_or(ALICE)
}

/// A request as the table writes it, and `plumbline iam can --batch` takes it.
pub(crate) fn read_request(json: &Value) -> Request {
    let text = |field: &str, default: &str| json[field].as_str().unwrap_or(default).to_owned();
    let action = text("action", "s3:GetObject");
    let resource = text("resource", "arn:aws:s3:::docs/a.txt");
    let account = account(&resource).unwrap_or_else(|| text("resource_account", ACCOUNT));
    Request {
        caller: Caller::read(principal(json), &action),
        action,
        resource,
        resource_account: Some(account),
        context: Context::read(&json["context"]),
    }
}

/// The account in an ARN.
fn account(arn: &str) -> Option<String> {
    let account = arn.split(':').nth(4)?;
    (account.len() == 12).then(|| account.to_owned())
}

/// Policies as the table and `plumbline iam can --batch` write them.
pub(crate) fn read_policies(json: &Value) -> Policies {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let one = |value: &Value| (!value.is_null()).then(|| value.clone());
    Policies {
        identity: list(&json["identity"]),
        resource: one(&json["resource"]),
        boundary: one(&json["boundary"]),
        session: one(&json["session"]),
        scps: list(&json["scps"]).iter().map(list).collect(),
    }
}
