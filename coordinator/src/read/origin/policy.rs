//! Policies that several resources have, written from one template: equal but for what each resource is called.

use plumbline_baseline::arn::Arn;
use plumbline_baseline::{Doc, Map};

use crate::report::ReportRow;

/// How many digits of a hash are a policy's name.
const DIGITS: usize = 16;
/// Members that hold the policy of a resource.
const POLICIES: [&str; 3] = ["Policy", "AssumeRolePolicyDocument", "Attributes.Policy"];
/// How deep a policy is compared; none is as deep.
const DEEPEST: usize = 32;

/// The name of the policy that a row is decided by; `None` where none decides it, or it was not read whole.
pub(super) fn shared(row: &ReportRow, document: &Doc) -> Option<String> {
    let read = row.evidence.iter().filter_map(|evidence| evidence.path.strip_prefix("resource."));
    // A request that gets through shows that a policy was asked.
    let asked = POLICIES.iter().copied().filter(|_| !row.witnesses.is_empty());
    let policy = read.chain(asked).find_map(|path| policy_at(document, path))?;
    let mut names = Vec::from([(row.resource.as_str(), "$arn"), (&*row.account, "$account")]);
    let name = Arn::parse(&row.resource).map(|arn| arn.resource.rsplit(['/', ':']).next().unwrap_or_default());
    names.extend(name.filter(|name| name.len() > 2).map(|name| (name, "$name")));
    names.retain(|(name, _)| !name.is_empty());
    let text = normalized(policy, &names, DEEPEST)?.to_json();
    Some(blake3::hash(text.as_bytes()).to_hex()[..DIGITS].to_owned())
}

/// The policy that a path leads to or through.
fn policy_at<'d>(document: &'d Doc, path: &str) -> Option<&'d Doc> {
    let mut current = document;
    for part in path.split(['.', '[', ']']).filter(|part| !part.is_empty()) {
        current = match (current.as_list(), part.parse::<usize>()) {
            (Some(items), Ok(index)) => items.get(index)?,
            _ => current.get(part.trim_matches('"')),
        };
        if !current.get("Statement").is_null() {
            return Some(current);
        }
    }
    None
}

/// The policy with names in place of what is the resource's own, members in the order of their names, and lists of texts
/// in the order of the texts. `None` where something was not read.
fn normalized(policy: &Doc, names: &[(&str, &str)], depth: usize) -> Option<Doc> {
    let depth = depth.checked_sub(1)?;
    Some(match policy {
        Doc::Unread(_) => return None,
        Doc::String(text) => {
            let named = names.iter().fold(text.to_string(), |text, (name, stands)| text.replace(name, stands));
            Doc::string(named)
        }
        Doc::List(items) => {
            let mut items: Vec<Doc> = items.iter().map(|item| normalized(item, names, depth)).collect::<Option<_>>()?;
            if items.iter().all(|item| item.as_str().is_some()) {
                items.sort_by(|one, other| one.as_str().cmp(&other.as_str()));
            }
            Doc::List(items)
        }
        Doc::Map(members) if members.is_redacted() => return None,
        Doc::Map(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by_key(|(name, _)| name.as_str());
            let members: Option<Map> = sorted
                .into_iter()
                .map(|(name, value)| Some((name.clone(), normalized(value, names, depth)?)))
                .collect();
            Doc::Map(members?)
        }
        other => other.clone(),
    })
}
