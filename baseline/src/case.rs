//! Runs a control's worked examples: they are tests, and documentation that cannot drift. Pure.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::doc::{Doc, Key, Map, NULL};
use crate::evaluate::{Context, decide, excluded_by};
use crate::expr::{DELEGATED_ADMINISTRATORS, Inputs};
use crate::pack::control::Case;
use crate::pack::definition::{Definition, Example};
use crate::pack::{CompiledControl, Pack, merged_setting};
use crate::reason::{Unread, UnreadReason};
use crate::resource::{Listing, Resource, Snapshot};
use crate::verdict::{Status, Verdict};

/// The Region of a case that names none.
const REGION: &str = "us-east-1";
/// The moment of a case that names none.
const NOW: &str = "2026-01-15T00:00:00Z";

/// What a case came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// What the case expects.
    pub expected: Status,
    /// What the control says.
    pub verdict: Verdict,
}

impl Outcome {
    /// Whether the control says what the case expects.
    pub fn holds(&self) -> bool {
        self.verdict.status == self.expected
    }
}

/// Runs one case. Its documents are seen as a scan would have collected them: what the pack's collectors do not ask for,
/// they do not have.
pub fn run(pack: &Pack, control: &CompiledControl, case: &Case) -> Outcome {
    let account = case.account.clone().unwrap_or_else(example_account);
    let region = case.region.as_deref().unwrap_or(REGION);
    let asked = |name: &str, doc: &mut Doc| {
        pack.resource_type(name).into_iter().for_each(|known| known.mark_not_asked(doc, &account, region));
    };
    let mut resource = case.resource.clone();
    for path in &case.unknown {
        forget(&mut resource, &path.split('.').collect::<Vec<_>>());
    }
    if let Some(own) = own_type(control, case) {
        asked(own, &mut resource);
    }
    let snapshot = snapshot(control, case, &resource, &asked);
    let set = |name: &String, default: &Doc| {
        case.settings.get(name).map_or_else(|| default.clone(), |value| merged_setting(default, value))
    };
    let settings = control.control.settings.iter();
    let settings = Doc::Map(settings.map(|(name, default)| (Key::new(name), set(name, default))).collect());
    let now = case.now.as_deref().unwrap_or(NOW);
    let organization = organization(case, &account);
    let context = Context { account: &account, organization: &organization, region, settings: &settings, now };
    // A case of a control about tags that names no type is about tags alone.
    let type_name = own_type(control, case).filter(|_| case.resource_type.is_some() || !control.is_about_tags());
    let type_name = type_name.map_or("", |name| name);
    let verdict = decide(control, type_name, &resource, &snapshot, &context).unwrap_or_else(|| {
        let why = excluded_by(control, type_name, &resource, &snapshot, &context);
        Verdict::without_grounds(Status::NotApplicable, why)
    });
    Outcome { expected: case.expect, verdict }
}

/// What is wrong with an example of a definition; `None` when it comes to what it says.
pub fn run_example(pack: &Pack, definition: &Definition, example: &Example) -> Option<String> {
    let call = definition.parameters().iter().map(|name| format!("resource.{name}")).collect::<Vec<_>>().join(", ");
    let program = match pack.compile_call(&format!("{}({call})", definition.name())) {
        Ok(program) => program,
        Err(problems) => return problems.into_iter().next().map(|problem| problem.message),
    };
    let mut snapshot = Snapshot::default();
    for name in program.reads().listings.keys().chain(example.others.keys()) {
        let type_name: Arc<str> = name.as_str().into();
        let listed = example.others.get(name).cloned().unwrap_or_default();
        let item = |doc| Resource { type_name: Arc::clone(&type_name), arn: String::new(), doc };
        let items = listed.documents.into_iter().map(item).collect();
        let listing = Listing { items, unread: listed.unread, ..Listing::default() };
        snapshot.listings.insert(Arc::clone(&type_name), listing);
    }
    let (resource, settings) =
        (Doc::map(example.given.iter().map(|(name, doc)| (name.as_str(), doc.clone()))), Doc::Null);
    let account = example_account();
    let inputs = Inputs {
        resource: &resource,
        parent: &NULL,
        account: &account,
        organization: &NULL,
        region: REGION,
        settings: &settings,
        now: NOW,
        snapshot: &snapshot,
    };
    let gives = program.value(&inputs);
    let is_right = match (&gives, &example.gives) {
        (Doc::Unread(_), Doc::Unread(_)) => true,
        (gives, expected) => gives == expected,
    };
    (!is_right).then(|| format!("gives {}, not {}", told(&gives), told(&example.gives)))
}

fn told(value: &Doc) -> String {
    match value {
        Doc::Unread(unread) => format!("unknown ({unread})"),
        value => value.to_json(),
    }
}

/// The account that expressions see where a case does not say.
pub fn example_account() -> Doc {
    Doc::map([
        ("id", Doc::from("111111111111")),
        ("name", Doc::from("example")),
        ("partition", Doc::from("aws")),
        ("ou_path", Doc::from("Root/Workloads")),
        ("tags", Doc::Map(Map::new())),
        ("is_management", Doc::Bool(false)),
        ("organization_id", Doc::from("o-example")),
        ("management_account_id", Doc::from("999999999999")),
    ])
}

/// The organization that expressions see. Where there is one, who administers services for it is not known until the case
/// says so: that nobody does would be an answer.
fn organization(case: &Case, account: &Doc) -> Doc {
    let mut organization = match &case.organization {
        Some(Doc::Map(said)) => said.clone(),
        None if !account.get("organization_id").is_null() => Map::new(),
        said => return said.clone().unwrap_or_default(),
    };
    if organization.get(DELEGATED_ADMINISTRATORS).is_none() {
        organization.insert(Key::new(DELEGATED_ADMINISTRATORS), Doc::Unread(unread()));
    }
    Doc::Map(organization)
}

fn own_type<'a>(control: &'a CompiledControl, case: &'a Case) -> Option<&'a Arc<str>> {
    case.resource_type.as_ref().or(control.types.first())
}

fn snapshot(control: &CompiledControl, case: &Case, resource: &Doc, asked: &impl Fn(&str, &mut Doc)) -> Snapshot {
    let mut snapshot = Snapshot::default();
    let item = |type_name: &Arc<str>, doc: &Doc| Resource {
        type_name: Arc::clone(type_name),
        arn: String::new(),
        doc: doc.clone(),
    };
    if let Some(own) = own_type(control, case) {
        snapshot.listings.entry(Arc::clone(own)).or_default().items.push(item(own, resource));
    }
    let read: BTreeSet<&String> = control.programs().flat_map(|program| program.reads().listings.keys()).collect();
    for name in read.into_iter().chain(case.others.keys()) {
        let name: Arc<str> = name.as_str().into();
        let listing: &mut Listing = snapshot.listings.entry(Arc::clone(&name)).or_default();
        for doc in case.others.get(&*name).into_iter().flatten() {
            let mut doc = doc.clone();
            asked(&name, &mut doc);
            if !listing.items.iter().any(|known| known.doc == doc) {
                listing.items.push(item(&name, &doc));
            }
        }
    }
    for name in &case.unknown_types {
        snapshot.listings.entry(name.as_str().into()).or_default().unread = Some(unread());
    }
    snapshot
}

/// Marks what a path leads to as not read: `Policy`, `Status.IsLogging`, `Listeners[].Protocol`.
fn forget(doc: &mut Doc, path: &[&str]) {
    let Some((first, rest)) = path.split_first() else {
        *doc = Doc::Unread(unread());
        return;
    };
    let (name, is_list) = first.strip_suffix("[]").map_or((*first, false), |name| (name, true));
    if doc.is_null() {
        *doc = Doc::Map(Map::new());
    }
    let Doc::Map(map) = doc else { return };
    if map.get(name).is_none() {
        map.insert(Key::new(name), Doc::Null);
    }
    match map.get_mut(name) {
        Some(Doc::List(items)) if is_list => items.iter_mut().for_each(|item| forget(item, rest)),
        Some(member) => forget(member, rest),
        None => {}
    }
}

fn unread() -> Arc<Unread> {
    let detail = "an example of what was not read".to_owned();
    Arc::new(Unread::new(UnreadReason::AccessDenied, "", detail))
}
