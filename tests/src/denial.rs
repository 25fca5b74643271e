//! What must hold of a scan in which one operation did not answer, compared with the same scan undisturbed. Pure.
//!
//! "Not checked is never shown as pass" as a list of rules over rows: it knows what the call plan says of operations and
//! members, and nothing of any control.

use std::collections::{BTreeMap, BTreeSet};

use plumbline_baseline::Status;
use plumbline_baseline::pack::collector::{Gather, Scope, of_parent, within};
use plumbline_baseline::pack::{CompiledControl, Pack};
use plumbline_baseline::plan::{CallPlan, Operation, TypePlan};
use plumbline_coordinator::report::ReportRow;

/// How an operation failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No call of it was answered.
    Whole,
    /// A listing ended after its first page; an answer without pages broke off.
    Truncated,
}

/// What rests on one operation, for one control.
#[derive(Debug)]
pub struct Reach {
    /// Types whose listing it is.
    listings: BTreeSet<String>,
    /// Type and member that it fills, directly or through an argument or a condition.
    members: BTreeSet<(String, String)>,
    /// Types that the control is about.
    own: BTreeSet<String>,
    /// Those of them whose answer is about many resources: what it says of one is whole, however it ends.
    joined: BTreeSet<(String, String)>,
    /// Whether the control is about tags, which stand under one name for all types.
    is_about_tags: bool,
}

impl Reach {
    /// What of this control rests on the operation; `None` when it does not read it.
    pub fn of(pack: &Pack, control: &CompiledControl, operation: &Operation) -> Option<Self> {
        let plan = CallPlan::new(pack, [&**control.id()]);
        if !plan.operations().contains(operation) {
            return None;
        }
        let mut reach = Self {
            listings: BTreeSet::new(),
            members: BTreeSet::new(),
            own: control.types.iter().map(ToString::to_string).collect(),
            joined: BTreeSet::new(),
            is_about_tags: control.is_about_tags(),
        };
        for each in plan.types() {
            let declared = each.declared();
            let name = declared.name.to_string();
            if is_listed_by(&plan, each, operation) {
                reach.listings.insert(name.clone());
            }
            let members = touched(each, operation);
            let joined = declared.gather.iter().filter(|(_, gather)| gather.joined.is_some());
            reach.joined.extend(joined.map(|(member, _)| (name.clone(), member.to_string())));
            if reach.is_about_tags && declared.tags.as_deref().is_some_and(|tags| members.contains(first(tags))) {
                reach.members.insert((name.clone(), "Tags".to_owned()));
            }
            reach.members.extend(members.into_iter().map(|member| (name.clone(), member)));
        }
        Some(reach)
    }

    /// Whether a piece of evidence claims to know what the operation would have said.
    fn claims(&self, row: &ReportRow, path: &str, value: &str, failure: Failure) -> bool {
        // What was cut short may have the mark of what is missing where nobody sees it.
        let is_cut = failure == Failure::Truncated && value.ends_with('…');
        if value.contains("$unread") || is_cut {
            return false;
        }
        let (type_name, rest) = match path.strip_prefix("all(\"") {
            Some(listed) => listed.split_once("\")").unwrap_or((listed, "")),
            None => (&*row.resource_type, path.strip_prefix("resource").unwrap_or_default()),
        };
        let is_one_item = rest.starts_with('[');
        let member = rest.split_once('.').map_or("", |(_, member)| first(member));
        let of_listing = self.listings.contains(type_name) && path.starts_with("all(");
        let fills = |filled: &str| match within(filled) {
            // A member of the list's items: `Listeners[0].Rules`, and not what else the items have.
            Some((list, inner)) => member == list && rest.split('.').skip(2).any(|step| first(step) == inner),
            None => filled == member,
        };
        let of_member = self.members.iter().any(|(name, filled)| name == type_name && fills(filled));
        match failure {
            Failure::Whole => of_listing || of_member,
            // Whom the answer named has its part; that somebody has none was not read.
            Failure::Truncated if self.joined.iter().any(|(name, filled)| name == type_name && fills(filled)) => {
                of_member && matches!(value, "[]" | "null")
            }
            // What was on the first page was read; what is said of the list as a whole was not.
            Failure::Truncated => {
                (of_listing && !is_one_item) || (of_member && !path.trim_end_matches(|c| c != '[').ends_with('['))
            }
        }
    }
}

/// Whether a type is listed by the operation, or for each of what is, or with what it fills there.
fn is_listed_by(plan: &CallPlan, each: &TypePlan, operation: &Operation) -> bool {
    let Some(list) = &each.declared().list else { return false };
    if is_call(&list.call, operation) {
        return true;
    }
    let Some(parent) = list.each.as_ref().and_then(|each| plan.resource_type(&each.type_name)) else { return false };
    let filled = touched(parent, operation);
    is_listed_by(plan, parent, operation)
        || list.call.paths().filter_map(of_parent).any(|path| filled.contains(first(path)))
}

fn is_call(call: &plumbline_baseline::pack::collector::Call, operation: &Operation) -> bool {
    call.service == operation.0 && call.operation == operation.1
}

/// The members of a type that the operation fills, and those that cannot be had without them.
fn touched(plan: &TypePlan, operation: &Operation) -> BTreeSet<String> {
    let gather = || plan.declared().gather.iter().filter(|(member, _)| plan.needs(member));
    let is_direct = |gather: &Gather| {
        let prepares = |operation: &Operation| {
            gather
                .prepare
                .as_ref()
                .is_some_and(|prepare| prepare.operation == operation.1 && gather.call.service == operation.0)
        };
        is_call(&gather.call, operation) || prepares(operation)
    };
    let mut found: BTreeSet<String> =
        gather().filter(|(_, gather)| is_direct(gather)).map(|(member, _)| member.to_string()).collect();
    loop {
        let before = found.len();
        for (member, gather) in gather() {
            // Whose a thing is may stay unknown: what is asked about it is answered all the same.
            let condition = plan.compiled.conditions.get(member).map(|program| program.reads());
            if gather.needs(member, condition).iter().any(|read| found.contains(read)) {
                found.insert(member.to_string());
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

fn first(path: &str) -> &str {
    path.trim_start_matches('$').split(['.', '[']).next().unwrap_or_default()
}

type Place = (String, String, String);

fn place(row: &ReportRow) -> Place {
    (row.account.to_string(), row.region.to_string(), row.resource.clone())
}

/// Whether a control is about what a scan found: whatever is not read, it may lose something by it.
pub fn is_on_findings(control: &CompiledControl) -> bool {
    control.declared.values().any(|known| known.declared.scope == Scope::Findings)
}

/// What is wrong with the rows of such a control: what it says with less, it has to have said with more.
pub fn wrong_on_findings(before: &[&ReportRow], after: &[&ReportRow]) -> Vec<String> {
    let known: BTreeMap<Place, Status> = before.iter().map(|row| (place(row), row.status)).collect();
    let is_new = |row: &&&ReportRow| row.status != Status::Unknown && known.get(&place(row)) != Some(&row.status);
    let mut wrong: Vec<String> = after
        .iter()
        .filter(is_new)
        .map(|row| format!("{} {}: {} {}: it was not so before", row.control, row.resource, row.status, row.reason))
        .collect();
    if before.len() != after.len() {
        wrong.push(format!("{} rows where there were {}", after.len(), before.len()));
    }
    wrong
}

/// What is wrong with one control's rows; `reach` is `None` for a control that does not read the operation.
pub fn wrong(before: &[&ReportRow], after: &[&ReportRow], reach: Option<&Reach>, failure: Failure) -> Vec<String> {
    let Some(reach) = reach else { return unlike(before, after) };
    let known: BTreeMap<Place, Status> = before.iter().map(|row| (place(row), row.status)).collect();
    // "There is none" is an error answer: it has no page that could be cut, and stays what it was.
    let is_as_before = |row: &ReportRow, path: &str, value: &str| {
        let mut same = before.iter().filter(|known| place(known) == place(row)).flat_map(|known| &known.evidence);
        failure == Failure::Truncated
            && value == "null"
            && same.any(|known| (&*known.path, &*known.value) == (path, value))
    };
    let mut wrong = Vec::new();
    let mut say = |row: &ReportRow, what: &str| {
        wrong.push(format!("{} {} {}: {} {}: {what}", row.control, row.region, row.resource, row.status, row.reason));
    };
    let is_unknown_in = |account: &str, region: &str, type_name: &str| {
        after.iter().any(|row| {
            row.status == Status::Unknown
                && (&*row.account, &*row.region) == (account, region)
                && (row.resource_type.is_empty() || &*row.resource_type == type_name)
        })
    };
    for row in after {
        let was = known.get(&place(row)).copied();
        match row.status {
            Status::Pass if was != Some(Status::Pass) => say(row, "it did not pass before"),
            Status::Fail if was != Some(Status::Fail) => say(row, "it did not fail before"),
            Status::NotApplicable if was != Some(Status::NotApplicable) => say(row, "it was applicable before"),
            Status::NotApplicable if row.resource.is_empty() && !reach.listings.is_disjoint(&reach.own) => {
                say(row, "nothing proves that there is nothing");
            }
            Status::Pass | Status::Fail => {
                for evidence in &row.evidence {
                    let (path, value) = (&*evidence.path, &*evidence.value);
                    if reach.claims(row, path, value, failure) && !is_as_before(row, path, value) {
                        say(row, &format!("it rests on {} = {}", evidence.path, evidence.value));
                    }
                }
                if failure == Failure::Whole && reach.listings.contains(&*row.resource_type) {
                    say(row, "its type was not listed");
                }
            }
            _ => {}
        }
    }
    let places: BTreeSet<Place> = after.iter().map(|row| place(row)).collect();
    for row in before.iter().filter(|row| matches!(row.status, Status::Pass | Status::Fail)) {
        if !places.contains(&place(row)) && !is_unknown_in(&row.account, &row.region, &row.resource_type) {
            say(row, "it is gone, and nothing says so");
        }
    }
    for row in before {
        let is_listed_by_it = row.resource_type.is_empty() || reach.listings.contains(&*row.resource_type);
        let is_incomplete = !reach.listings.is_disjoint(&reach.own) && is_listed_by_it;
        if is_incomplete && !is_unknown_in(&row.account, &row.region, &row.resource_type) {
            say(row, "its listing is incomplete, and nothing says so");
        }
    }
    wrong
}

/// A control that does not read the operation must say what it said before.
fn unlike(before: &[&ReportRow], after: &[&ReportRow]) -> Vec<String> {
    let sorted = |rows: &[&ReportRow]| {
        let mut rows: Vec<_> = rows.iter().map(|row| (place(row), row.status)).collect();
        rows.sort();
        rows
    };
    if sorted(before) == sorted(after) {
        return Vec::new();
    }
    let control = before.iter().chain(after).next().map_or_else(String::new, |row| row.control.to_string());
    vec![format!(
        "{control} does not read it and says something else: {:?}, before {:?}",
        sorted(after),
        sorted(before)
    )]
}
