//! What a resource type has to be read: its members with their types, and the calls that they come from. For people who
//! write controls. Must not decide anything.

use std::sync::Arc;

use super::Pack;
use super::collector::{Gather, ResourceType, Source};
use super::schema::{Declared, members_of, resource_type};
use crate::api::{Catalog, Kind};
use crate::expr::Type;

/// How deep members of members are listed.
const DEEPEST: usize = 4;
/// How many values of a text are listed.
const VALUES: usize = 8;

/// One member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// Where it is: `Metadata.KeyState`, `Rules[].Actions`.
    pub path: String,
    /// What it is, in words.
    pub kind: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a member comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Calls, by service and operation.
    Calls(Vec<(String, String)>),
    /// The resource that it is listed for.
    Parent(Arc<str>),
    /// An expression over the other members.
    Computed(String),
}

impl Pack {
    /// The static type of a resource type, without what is computed.
    pub fn type_of(&self, name: &str, catalog: &Catalog) -> Option<Type> {
        let declared: Declared =
            self.types.iter().map(|(name, compiled)| (Arc::clone(name), Arc::clone(&compiled.declared))).collect();
        Some(resource_type(declared.get(name)?, &declared, catalog))
    }

    /// The members of a resource type.
    pub fn outline(&self, name: &str, catalog: &Catalog) -> Option<Vec<Outline>> {
        let whole = self.type_of(name, catalog)?;
        let declared = &self.resource_type(name)?.declared;
        let mut found = Vec::new();
        let mut outliner = Outliner { declared, open: Vec::new(), found: &mut found };
        outliner.members("", &whole);
        let computed = declared.derive.iter().map(|(member, text)| Outline {
            path: member.to_string(),
            kind: "computed".to_owned(),
            origin: Origin::Computed(text.trim().to_owned()),
        });
        found.extend(computed);
        Some(found)
    }
}

struct Outliner<'a> {
    declared: &'a ResourceType,
    /// The structures that are being listed: one that has itself as a member ends there.
    open: Vec<String>,
    found: &'a mut Vec<Outline>,
}

impl Outliner<'_> {
    fn members(&mut self, path: &str, kind: &Type) {
        let name = kind.to_string();
        let Some(members) = members_of(kind).filter(|_| self.open.len() < DEEPEST && !self.open.contains(&name)) else {
            return;
        };
        self.open.push(name);
        for (member, kind) in &members {
            let dot = if path.is_empty() { "" } else { "." };
            self.member(&format!("{path}{dot}{member}"), kind);
        }
        self.open.pop();
    }

    fn member(&mut self, path: &str, kind: &Type) {
        let origin = origin(self.declared, path);
        self.found.push(Outline { path: path.to_owned(), kind: described(kind), origin });
        match kind {
            Type::List(item) => self.members(&format!("{path}[]"), item),
            kind => self.members(path, kind),
        }
    }
}

/// Where what is at a path comes from.
fn origin(declared: &ResourceType, path: &str) -> Origin {
    let is_below =
        |name: &str| path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
    let kept = declared.parent().and_then(|each| Some((each, each.kept.as_ref()?)));
    if let Some((each, _)) = kept.filter(|(_, (member, _))| is_below(member)) {
        return Origin::Parent(Arc::clone(&each.type_name));
    }
    // A member of a list's items may be gathered within one that is.
    let gathered = declared.gather.iter().filter(|(name, _)| is_below(name)).max_by_key(|(name, _)| name.len());
    Origin::Calls(match gathered {
        Some((_, gather)) => calls_of(gather),
        None => listing(declared),
    })
}

fn calls_of(gather: &Gather) -> Vec<(String, String)> {
    let service = &gather.call.service;
    let prepared = gather.prepare.iter().map(|prepare| (service.clone(), prepare.operation.clone()));
    prepared.chain([(service.clone(), gather.call.operation.clone())]).collect()
}

fn listing(declared: &ResourceType) -> Vec<(String, String)> {
    let listed = declared.list.iter().map(|list| (list.call.service.clone(), list.call.operation.clone()));
    let of_source =
        declared.source_operations().iter().map(|(service, name)| ((*service).to_owned(), (*name).to_owned()));
    listed.chain(of_source).collect()
}

/// A type in words.
fn described(kind: &Type) -> String {
    match kind {
        Type::Enum(service, id) => match &service.shape(*id).kind {
            Kind::String(values) => {
                let more = if values.len() > VALUES { ", …" } else { "" };
                let shown: Vec<&str> = values.iter().take(VALUES).map(String::as_str).collect();
                format!("one of {}{more}", shown.join(", "))
            }
            _ => kind.to_string(),
        },
        Type::List(item) => format!("a list of {}", described(item).trim_start_matches("a ")),
        Type::Map(value) => format!("a map to {}", described(value).trim_start_matches("a ")),
        Type::Any => "anything: what its text holds".to_owned(),
        other => other.to_string(),
    }
}

impl Source {
    /// What reads a type, in a word.
    pub fn word(&self) -> &'static str {
        match self {
            Source::Calls => "calls",
            Source::CloudControl(_) => "cloudcontrol",
            Source::Config(_) => "config",
            Source::Findings(_) => "findings",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(name: &str) -> Vec<Outline> {
        Pack::embedded().outline(name, Catalog::embedded()).unwrap()
    }

    #[track_caller]
    fn check(name: &str, path: &str, kind: &str, calls: &[&str]) {
        let found = outline(name).into_iter().find(|member| member.path == path).unwrap();
        let Origin::Calls(from) = found.origin else { panic!("{found:?}") };
        let from: Vec<String> = from.iter().map(|(service, name)| format!("{service}:{name}")).collect();
        assert_eq!((found.kind.as_str(), from), (kind, calls.iter().map(ToString::to_string).collect()));
    }

    #[test]
    fn a_member_has_a_type_and_the_call_that_it_comes_from() {
        check("AWS::KMS::Key", "KeyId", "text", &["kms:ListKeys"]);
        check("AWS::KMS::Key", "Metadata.Enabled", "a boolean", &["kms:DescribeKey"]);
        check("AWS::KMS::Key", "Grants", "a list of GrantListEntry", &["kms:ListGrants"]);
        let balancer = "AWS::ElasticLoadBalancingV2::LoadBalancer";
        check(balancer, "Listeners[].ListenerArn", "text", &["elbv2:DescribeListeners"]);
        check(balancer, "Listeners[].Rules[].Priority", "text", &["elbv2:DescribeRules"]);
    }

    #[test]
    fn every_type_has_an_outline_that_ends_and_names_nothing_twice() {
        for compiled in Pack::embedded().resource_types() {
            let found = outline(&compiled.declared.name);
            let mut paths: Vec<&str> = found.iter().map(|member| member.path.as_str()).collect();
            let count = paths.len();
            assert!(count > 0 || compiled.declared.gather.is_empty(), "{}", compiled.declared.name);
            paths.sort_unstable();
            paths.dedup();
            assert!(paths.len() == count, "{}: {count}", compiled.declared.name);
        }
    }
}
