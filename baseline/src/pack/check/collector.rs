//! Collectors against the API descriptors: operations, input members, output paths, error codes.

use std::collections::{BTreeMap, BTreeSet};

use super::generic;
use crate::api::{Catalog, Operation};
use crate::expr::Type;
use crate::pack::collector::{Call, Gather, ResourceType, Source, is_builtin, of_parent, within};
use crate::pack::needs::first_member;
use crate::pack::problem::Report;
use crate::pack::schema::{input_type, item_type, members_of, output_type, resource_type, subject_of};
use crate::pack::yaml::{Node, Position};
use crate::suggest::closest;

/// The node of a type within its file.
pub(in crate::pack) fn type_node<'a>(file: &'a Node, name: &str) -> Option<&'a Node> {
    file.get("resources")?.items()?.iter().find(|node| node.get("type").and_then(Node::text) == Some(name))
}

/// Checks one resource type.
pub(in crate::pack) fn check(resource: &ResourceType, node: &Node, catalog: &Catalog, report: &mut Report) {
    if !matches!(resource.source, Source::Calls) {
        generic::check(resource, node, catalog, report);
        let mut checker = Checker { catalog, report, whole: resource_type(resource, catalog), parent: None };
        return checker.paths(resource, node);
    }
    let mut checker = Checker { catalog, report, whole: Type::Any, parent: None };
    if let Some(list) = &resource.list {
        let node = node.get("list").unwrap_or(node);
        // A listing has no item yet: its arguments are literals and what the job knows.
        checker.whole = Type::Object(no_members());
        if let Some(operation) = checker.call(&list.call, node) {
            checker.absent(&list.call, &list.absent, operation, node);
            checker.items(resource, node);
        }
    }
    checker.whole = resource_type(resource, catalog);
    let whole = checker.whole.clone();
    for (name, gather) in &resource.gather {
        let node = node.get("gather").and_then(|gathered| gathered.get(name)).unwrap_or(node);
        match subject_of(name, &whole) {
            Some(subject) => {
                checker.whole = subject;
                checker.parent = within(name).map(|_| whole.clone());
            }
            None => {
                let message =
                    format!("`{name}` is to be gathered for each item of a list that the resource does not have");
                checker.report.error(node.at, message);
                continue;
            }
        }
        checker.gather(gather, node);
    }
    checker.whole = whole;
    checker.parent = None;
    checker.derived(resource, node);
    checker.paths(resource, node);
    checker.cycles(resource, node);
}

fn no_members() -> std::sync::Arc<crate::expr::ObjectType> {
    std::sync::Arc::new(crate::expr::ObjectType::new("a listing", BTreeMap::new()))
}

struct Checker<'a> {
    catalog: &'a Catalog,
    report: &'a mut Report,
    /// Type of the whole resource, or of an item of its lists.
    whole: Type,
    /// Type of the resource that such an item is part of.
    parent: Option<Type>,
}

impl<'a> Checker<'a> {
    /// Operation and input of a call.
    fn call(&mut self, call: &Call, node: &Node) -> Option<&'a Operation> {
        let operation = self.operation(&call.service, &call.operation, node)?;
        let known = members_of(&input_type(&call.service, &call.operation, self.catalog)).unwrap_or_default();
        for (name, argument) in &call.with {
            let at = node.get("with").and_then(|with| with.key(name)).unwrap_or(node.at);
            if !known.contains_key(name) {
                let suggestion = closest(name, known.keys().map(String::as_str)).map(str::to_owned);
                self.report.error_meant(at, format!("`{}` takes no `{name}`", call.operation), suggestion);
            }
            for path in argument.paths() {
                self.path(path, at);
            }
        }
        if let Some(path) = call.region.path() {
            self.path(path, node.get("region").map_or(node.at, |region| region.at));
        }
        let service = self.catalog.service(&call.service)?;
        let required = operation.input.map(|id| service.members(id)).unwrap_or_default();
        for member in required.iter().filter(|member| member.required) {
            if !call.with.contains_key(member.name.as_str()) {
                let at = node.get("with").map_or(node.at, |with| with.at);
                self.report.error(at, format!("`{}` needs `with: {{ {}: … }}`", call.operation, member.name.as_str()));
            }
        }
        Some(operation)
    }

    fn operation(&mut self, service: &str, name: &str, node: &Node) -> Option<&'a Operation> {
        let at = node.get("call").map_or(node.at, |call| call.at);
        let Some(described) = self.catalog.service(service) else {
            let suggestion = closest(service, self.catalog.service_names()).map(str::to_owned);
            let at = node.get("service").map_or(at, |service| service.at);
            self.report.error_meant(at, format!("there is no descriptor of a service `{service}`"), suggestion);
            return None;
        };
        let found = described.operations.get(name);
        if found.is_none() {
            let suggestion = closest(name, described.operations.keys().map(String::as_str)).map(str::to_owned);
            self.report.error_meant(at, format!("the descriptor of {service} has no operation `{name}`"), suggestion);
        }
        found
    }

    /// Where a listing's items are, and whether they need a name.
    fn items(&mut self, resource: &ResourceType, node: &Node) {
        let Some(list) = &resource.list else { return };
        let output = output_type(&list.call.service, &list.call.operation, self.catalog);
        let at = node.get("items").map_or(node.at, |items| items.at);
        self.path_of(&output, &list.items, at);
        let item = item_type(list, self.catalog);
        if list.item_member.is_none() && members_of(&item).is_none() && !matches!(item, Type::Any) {
            self.report.error(at, format!("the items are {item}: `item_member` has to name them"));
        }
    }

    /// A gathered member: its call, what it takes from the answer, and what it takes from the resource.
    fn gather(&mut self, gather: &Gather, node: &Node) {
        if let Some(operation) = self.call(&gather.call, node) {
            self.absent(&gather.call, &gather.absent, operation, node);
            let output = output_type(&gather.call.service, &gather.call.operation, self.catalog);
            let at = node.get("take").map_or(node.at, |take| take.at);
            self.path_of(&output, &gather.take, at);
        }
        if let (Some(prepare), Some(node)) = (&gather.prepare, node.get("prepare"))
            && self.operation(&gather.call.service, &prepare.operation, node).is_some()
        {
            let output = output_type(&gather.call.service, &prepare.operation, self.catalog);
            self.path_of(&output, &prepare.path, node.at);
        }
    }

    fn absent(&mut self, call: &Call, codes: &[String], operation: &Operation, node: &Node) {
        let at = node.get("absent").map_or(node.at, |absent| absent.at);
        let service = self.catalog.service(&call.service);
        let known: BTreeSet<&str> = service
            .into_iter()
            .flat_map(|service| service.meanings.codes(&call.operation))
            .chain(operation.errors.keys().map(String::as_str))
            .collect();
        for code in codes.iter().filter(|code| !known.contains(code.as_str())) {
            let meant = closest(code, known.iter().copied());
            let meant = meant.map(|word| format!("; did you mean `{word}`?")).unwrap_or_default();
            self.report.warning(at, format!("the operation is not known to answer `{code}`{meant}"));
        }
    }

    /// Paths of the type itself.
    fn paths(&mut self, resource: &ResourceType, node: &Node) {
        let at = |key: &str| node.get(key).map_or(node.at, |value| value.at);
        let foreign = resource.gather.iter().find_map(|(_, gather)| gather.foreign.as_ref());
        for path in foreign.into_iter().flat_map(|foreign| template_paths(&foreign.arn)) {
            self.path(path, at("foreign"));
        }
        for part in resource.arn.split('{').skip(1) {
            match part.split_once('}') {
                Some((path, _)) => {
                    let path = path.trim_end_matches('/');
                    // Of what Cloud Control reads, the listing names a resource: `generic` knows by which members.
                    if !matches!(resource.source, Source::CloudControl(_)) {
                        self.path(path, at("arn"));
                    }
                    if resource.gather.iter().any(|(member, _)| **member == *first_member(path)) {
                        self.report.error(
                            at("arn"),
                            format!(
                                "`{path}` comes from a further call: a resource keeps its name when that call fails"
                            ),
                        );
                    }
                }
                None => self.report.error(at("arn"), "`{` without `}`"),
            }
        }
        if let Some(path) = &resource.tags {
            self.path(path, at("tags"));
        }
        for (path, _) in &resource.decode {
            self.path(path, at("decode"));
        }
        for path in &resource.redact {
            self.path(path, at("redact"));
        }
    }

    /// What is derived has a name of its own, and something to be a member of.
    fn derived(&mut self, resource: &ResourceType, node: &Node) {
        let known = members_of(&self.whole);
        for (member, _) in &resource.derive {
            let at = node.get("derive").and_then(|derive| derive.key(member)).unwrap_or(node.at);
            match &known {
                None => self.report.error(at, format!("nothing is derived: {} has no members", self.whole)),
                Some(known) if known.contains_key(&**member) => {
                    self.report.error(at, format!("{} has a member `{member}` already", self.whole));
                }
                Some(_) => {}
            }
        }
    }

    /// Members that wait for each other would never be gathered.
    fn cycles(&mut self, resource: &ResourceType, node: &Node) {
        let mut done: BTreeSet<&str> = BTreeSet::new();
        let members: BTreeSet<&str> = resource.gather.iter().map(|(name, _)| &**name).collect();
        loop {
            let waiting: Vec<_> = resource.gather.iter().filter(|(name, _)| !done.contains(&**name)).collect();
            let ready: Vec<&str> = waiting
                .iter()
                .filter(|(name, gather)| {
                    let needs = gather.needs(name, []);
                    let mut needs = needs.iter().map(String::as_str).filter(|need| members.contains(need));
                    needs.all(|need| done.contains(need) || need == &**name)
                })
                .map(|(name, _)| &**name)
                .collect();
            if waiting.is_empty() {
                return;
            }
            if ready.is_empty() {
                for (name, _) in waiting {
                    let at = node.get("gather").and_then(|gather| gather.key(name)).unwrap_or(node.at);
                    self.report.error(at, format!("`{name}` waits for a member that waits for it"));
                }
                return;
            }
            done.extend(ready);
        }
    }

    /// A path of the resource, of the one around it, or a built-in name.
    fn path(&mut self, path: &str, at: Position) {
        if is_builtin(path) {
            return;
        }
        match self.parent.clone().zip(of_parent(path)) {
            Some((parent, path)) => self.path_of(&parent, path, at),
            None => self.path_of(&self.whole.clone(), path, at),
        }
    }

    fn path_of(&mut self, kind: &Type, path: &str, at: Position) {
        let mut current = kind.clone();
        for part in path.split('.').filter(|part| !part.is_empty()) {
            match current.at_path(part) {
                Some(next) => current = next,
                None => {
                    let name = part.trim_end_matches("[]");
                    let known = members_of(&current).unwrap_or_default();
                    let suggestion = closest(name, known.keys().map(String::as_str)).map(str::to_owned);
                    self.report.error_meant(at, format!("{current} has no member `{name}`"), suggestion);
                    return;
                }
            }
        }
    }
}

/// The paths that a template names.
fn template_paths(template: &str) -> impl Iterator<Item = &str> {
    template.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(path, _)| path.trim_end_matches('/'))
}
