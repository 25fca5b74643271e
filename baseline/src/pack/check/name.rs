//! What names a resource: the places of its `arn`, and what is found by it. Must not look into Cloud Control's types beyond
//! that: `generic` knows by which members those are named.

use crate::expr::Type;
use crate::pack::collector::{ResourceType, is_builtin, of_parent, template_paths};
use crate::pack::join_source::TAGGING;
use crate::pack::problem::Report;
use crate::pack::schema::members_of;
use crate::pack::yaml::Node;

/// The ways in which members that name something end, the better ones first.
const NAMING: [&str; 3] = ["arn", "id", "name"];

/// What is wrong with a template of names, beyond the members that it names.
pub(super) fn check(resource: &ResourceType, item: &Type, node: &Node, report: &mut Report) {
    let at = |key: &str| node.get(key).map_or(node.at, |value| value.at);
    let errors = report.errors();
    for part in resource.arn.split('{').skip(1) {
        match part.split_once('}') {
            None => report.error(at("arn"), "`{` without `}`"),
            Some((path, _)) if path.starts_with('$') => {
                let meant = format!("{{{}}}", path.trim_start_matches('$'));
                report.error_meant(at("arn"), format!("`{{{path}}}`: in a template a place has no `$`"), Some(meant));
            }
            Some(_) => {}
        }
    }
    if report.errors() == errors && resource.list.is_some() && !names_an_item(resource) {
        let such = example(item).map(|member| format!(", such as `{{{member}}}`")).unwrap_or_default();
        let what = match resource.parent() {
            Some(each) => format!("all that one {} has would have one name", each.type_name),
            None => "all of them would have one name".to_owned(),
        };
        report.error(at("arn"), format!("{what}: the `arn` has no place for what the item itself says{such}"));
    }
    let is_tagged = resource.gather.iter().any(|(_, gather)| gather.call.service == TAGGING);
    if is_tagged && !is_arn(resource) {
        let message = "the listing of all tags knows things by their ARN, and this type has none: its tags would always \
                       be empty";
        report.error(at("tags"), message);
    }
}

/// Whether a place of the template is of the item, and not of the job, of the parent or of what is kept of it.
fn names_an_item(resource: &ResourceType) -> bool {
    let kept = resource.parent().and_then(|each| each.kept.as_ref()).map(|(member, _)| member.as_str());
    let is_kept = |path: &str| kept.is_some_and(|kept| path.split('.').next() == Some(kept));
    template_paths(&resource.arn).any(|path| !is_builtin(path) && of_parent(path).is_none() && !is_kept(path))
}

/// Whether the template can become an ARN that AWS knows.
fn is_arn(resource: &ResourceType) -> bool {
    resource.list.is_some() && (resource.arn.starts_with("arn:") || resource.arn.starts_with('{'))
}

/// A member of the item that names it, by the look of it.
fn example(item: &Type) -> Option<String> {
    let members = members_of(item)?;
    let ends = |ending: &&str| members.keys().find(|name| name.to_ascii_lowercase().ends_with(*ending)).cloned();
    NAMING.iter().find_map(ends)
}
