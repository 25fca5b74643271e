//! Collectors against the API descriptors: operations, input members, output paths, error codes.

use std::collections::{BTreeMap, BTreeSet};

use super::family::{self, Known};
use super::reference::{Around, bare};
use super::{generic, name, words};
use crate::api::{Catalog, Operation};
use crate::expr::Type;
use crate::pack::collector::{
    Argument, BUILTINS, Call, Gather, Join, List, OWN_ARN, ResourceType, Source, is_builtin, of_items, of_parent,
    template_paths, within,
};
use crate::pack::needs::first_member;
use crate::pack::problem::Report;
use crate::pack::schema::{
    answer_type, input_type, item_type, members_of, output_type, parent_type, resource_type, subject_of,
};
use crate::pack::yaml::{Node, Position};
use crate::suggest::{Hint, closest};
use crate::volatile::Paths;

/// The node of a type within its file.
pub(in crate::pack) fn type_node<'a>(file: &'a Node, name: &str) -> Option<&'a Node> {
    file.get("resources")?.items()?.iter().find(|node| node.get("type").and_then(Node::text) == Some(name))
}

/// Checks one resource type; the node is its place in the file.
pub(in crate::pack) fn check(
    resource: &ResourceType,
    (file, node): (&Node, &Node),
    known: &Known<'_>,
    catalog: &Catalog,
    report: &mut Report,
) {
    if !family::check(resource, node, known, report) {
        return;
    }
    let declared = known.declared;
    let service_at = file.get("service").map(|service| service.at);
    if !matches!(resource.source, Source::Calls) {
        generic::check(resource, node, catalog, report);
        let whole = resource_type(resource, declared, catalog);
        let mut checker = Checker { catalog, report, whole, parent: None, has_arn: false, service_at };
        return checker.paths(resource, node);
    }
    let listed_for = parent_type(resource, declared, catalog);
    let parent = listed_for.clone();
    let mut checker = Checker { catalog, report, whole: Type::Any, parent, has_arn: false, service_at };
    if let Some(list) = &resource.list {
        let node = node.get("list").unwrap_or(node);
        // A listing has no item yet: its arguments are literals, what the job knows, and the parent's.
        checker.whole = Type::Object(no_members());
        let errors = checker.report.errors();
        if let Some(operation) = checker.call(&list.call, node) {
            let is_sound = checker.report.errors() == errors;
            checker.absent(&list.call, &list.absent, operation, node);
            checker.items(resource, node);
            if is_sound {
                checker.takes_parent(list, node);
            }
        }
        checker.kept(resource, node);
    }
    checker.whole = resource_type(resource, declared, catalog);
    checker.has_arn = true;
    let whole = checker.whole.clone();
    for (name, gather) in &resource.gather {
        let node = node.get("gather").and_then(|gathered| gathered.get(name)).unwrap_or(node);
        match subject_of(name, &whole) {
            Some(subject) => {
                checker.whole = subject;
                checker.parent = within(name).map(|_| whole.clone()).or_else(|| listed_for.clone());
            }
            None => {
                let message =
                    format!("`{name}` is to be gathered for each item of a list that the resource does not have");
                checker.report.error(node.at, message);
                continue;
            }
        }
        checker.gather(gather, node);
        checker.joined(name, gather, resource, node);
    }
    checker.has_arn = false;
    checker.whole = whole;
    checker.parent = listed_for;
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
    /// Type of what is around it: the resource that such an item is part of, or what the resource is listed for each of.
    parent: Option<Type>,
    /// Whether there is a resource whose ARN an argument can take.
    has_arn: bool,
    /// Where the file names its service.
    service_at: Option<Position>,
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
            let takes = known.get(name).cloned().unwrap_or_default();
            if !self.refers(argument, &takes, at) {
                argument.paths().into_iter().for_each(|path| self.path(of_items(path).unwrap_or(path), "$", at));
            }
        }
        if let Some(path) = call.region.path() {
            self.path(path, "$", node.get("region").map_or(node.at, |region| region.at));
        }
        let service = self.catalog.service(&call.service)?;
        let required = operation.input.map(|id| service.members(id)).unwrap_or_default();
        // One that is misspelt is said to be so, and nothing more.
        let misspelt = call.with.keys().filter(|name| !known.contains_key(*name));
        let meant: Vec<&str> = misspelt.filter_map(|name| closest(name, known.keys().map(String::as_str))).collect();
        for member in required.iter().filter(|member| member.required) {
            if !call.with.contains_key(member.name.as_str()) && !meant.contains(&member.name.as_str()) {
                let at = node.get("with").map_or(node.at, |with| with.at);
                self.report.error(at, format!("`{}` needs `with: {{ {}: … }}`", call.operation, member.name.as_str()));
            }
        }
        Some(operation)
    }

    /// Whether an argument has texts that were meant as references; says so.
    fn refers(&mut self, argument: &Argument, takes: &Type, at: Position) -> bool {
        let around = Around { own: &self.whole, parent: self.parent.as_ref(), has_arn: self.has_arn };
        let found = bare(argument, takes, &around);
        for each in &found {
            let message = format!("`{}` is sent to AWS as it is written: a reference begins with `$`", each.written);
            match each.is_certain {
                true => self.report.error_meant(at, message, each.meant.clone()),
                false => self.report.warning_meant(at, message, each.meant.clone()),
            }
        }
        found.iter().any(|each| each.is_certain)
    }

    /// A listing that is made for each of something asks about it.
    fn takes_parent(&mut self, list: &List, node: &Node) {
        let Some(each) = &list.each else { return };
        if list.call.paths().any(|path| of_parent(path).is_some()) {
            return;
        }
        let at = node.get("with").or_else(|| node.get("each")).map_or(node.at, |value| value.at);
        let message = format!(
            "the listing is made for each {} and asks the same each time: an argument takes `$parent.…`",
            each.type_name
        );
        self.report.error(at, message);
    }

    fn operation(&mut self, service: &str, name: &str, node: &Node) -> Option<&'a Operation> {
        let at = node.get("call").map_or(node.at, |call| call.at);
        let Some(described) = self.catalog.service(service) else {
            let hint = Hint::new(service, self.catalog.service_names(), "there are");
            let at = node.get("service").map(|service| service.at).or(self.service_at).unwrap_or(at);
            let message = format!(
                "there is no descriptor of a service `{service}`{} (`plumbline types --services`); without one a type is \
                 read with `source: cloudcontrol` or `source: config`",
                hint.listed
            );
            self.report.error_meant(at, message, hint.closest);
            return None;
        };
        let found = described.operations.get(name);
        if found.is_none() {
            let hint = Hint::new(name, described.operations.keys().map(String::as_str), "it has");
            let message = format!("the descriptor of {service} has no operation `{name}`{}", hint.listed);
            self.report.error_meant(at, message, hint.closest);
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

    /// What an item keeps of its parent.
    fn kept(&mut self, resource: &ResourceType, node: &Node) {
        let (Some(list), Some(parent)) = (&resource.list, self.parent.clone()) else { return };
        let Some((member, names)) = list.each.as_ref().and_then(|each| each.kept.as_ref()) else { return };
        let at = node.get("parent").map_or(node.at, |kept| kept.at);
        let kept = node.get("parent");
        for name in names {
            self.path_of(&parent, name, kept.map_or(at, |kept| kept.place_of(member, name)));
        }
        if members_of(&item_type(list, self.catalog)).is_some_and(|known| known.contains_key(member)) {
            self.report.error(at, format!("the items have a member `{member}` already"));
        }
    }

    /// A gathered member: its call, what it takes from the answer, and what it takes from the resource.
    fn gather(&mut self, gather: &Gather, node: &Node) {
        if let Some(operation) = self.call(&gather.call, node) {
            self.absent(&gather.call, &gather.absent, operation, node);
            let at = node.get("take").map_or(node.at, |take| take.at);
            self.path_of(&answer_type(gather, self.catalog), &gather.take, at);
        }
        if let (Some(prepare), Some(node)) = (&gather.prepare, node.get("prepare"))
            && self.operation(&gather.call.service, &prepare.operation, node).is_some()
        {
            let output = output_type(&gather.call.service, &prepare.operation, self.catalog);
            self.path_of(&output, &prepare.path, node.at);
        }
    }

    /// How an answer about many resources is joined to each, and how they are put into a call.
    fn joined(&mut self, name: &str, gather: &Gather, resource: &ResourceType, node: &Node) {
        let takes_items = gather.call.paths().filter(|path| of_items(path).is_some()).count();
        let Some(joined) = &gather.joined else {
            if takes_items > 0 {
                self.report.error(node.at, "`$items.…` are the resources of a `batch`");
            }
            return;
        };
        let at = |key: &str| node.get(key).map_or(node.at, |value| value.at);
        let output = output_type(&gather.call.service, &gather.call.operation, self.catalog);
        self.path_of(&output, &joined.items, at("items"));
        self.path_of(&answer_type(gather, self.catalog), &joined.key, at("match"));
        self.path(&joined.equals, "$", at("match"));
        if joined.batch.is_none() && takes_items > 0 {
            self.report.error(node.at, "`$items.…` are the resources of a `batch`");
        }
        self.batch(name, gather, joined, resource, node);
    }

    fn batch(&mut self, name: &str, gather: &Gather, joined: &Join, resource: &ResourceType, node: &Node) {
        let Some(batch) = &joined.batch else { return };
        let at = node.get("batch").map_or(node.at, |batch| batch.at);
        if resource.list.is_none() || within(name).is_some() {
            self.report.error(at, "a batch is made of the resources of a listing");
        }
        let is_taken = |argument: &&Argument| matches!(argument, Argument::Path(path) if of_items(path).is_some());
        let inner = gather.call.paths().filter(|path| of_items(path).is_some()).count();
        if gather.call.with.values().filter(is_taken).count() != 1 || inner != 1 {
            self.report.error(at, "one argument takes the resources of a batch: `with: { Names: $items.Name }`");
        }
        let is_gathered = |path: &&str| resource.gather.iter().any(|(member, _)| **member == *first_member(path));
        if let Some(path) = gather.resource_paths().find(is_gathered) {
            let message =
                format!("a batch is made before `{}` is gathered: it takes what the listing gave", first_member(path));
            self.report.error(at, message);
        }
        if gather.prepare.is_some() {
            self.report.error(at, "a batch has no `prepare`");
        }
        let Some(failures) = &batch.failures else { return };
        let output = output_type(&gather.call.service, &gather.call.operation, self.catalog);
        let node = node.get("batch").and_then(|batch| batch.get("failures"));
        let at = node.map_or(at, |failures| failures.at);
        let below = |key: &str| node.and_then(|failures| failures.get(key)).map_or(at, |value| value.at);
        self.path_of(&output, &failures.items, below("items"));
        let item = match output.at_path(&failures.items).unwrap_or_default() {
            Type::List(item) => *item,
            other => other,
        };
        for (key, path) in [("key", &failures.key), ("reason", &failures.reason)] {
            self.path_of(&item, path, below(key));
        }
        if failures.key.is_empty() && members_of(&item).is_some() {
            self.report.error(at, format!("the items of `{}` are no names: `key` has to name them", failures.items));
        }
    }

    fn absent(&mut self, call: &Call, codes: &[String], operation: &Operation, node: &Node) {
        let service = self.catalog.service(&call.service);
        let known: BTreeSet<&str> = service
            .into_iter()
            .flat_map(|service| service.meanings.codes(&call.operation))
            .chain(operation.errors.keys().map(String::as_str))
            .collect();
        for code in codes.iter().filter(|code| !known.contains(code.as_str())) {
            let hint = Hint::new(code, known.iter().copied(), "it is known to answer");
            let message = format!("`{}` is not known to answer `{code}`{}", call.operation, hint.listed);
            self.report.warning_meant(node.place_of("absent", code), message, hint.closest);
        }
    }

    /// Paths of the type itself.
    fn paths(&mut self, resource: &ResourceType, node: &Node) {
        let at = |key: &str| node.get(key).map_or(node.at, |value| value.at);
        let foreign = resource.gather.iter().find_map(|(_, gather)| gather.foreign.as_ref());
        let at_arn = node.get("foreign").and_then(|foreign| foreign.get("arn")).map_or(node.at, |arn| arn.at);
        for path in foreign.into_iter().flat_map(|foreign| template_paths(&foreign.arn)) {
            self.path(path, "", at_arn);
        }
        let item = resource.list.as_ref().map(|list| item_type(list, self.catalog)).unwrap_or_default();
        name::check(resource, &item, node, self.report);
        for path in template_paths(&resource.arn).filter(|path| !path.starts_with('$')) {
            // Of what Cloud Control reads, the listing names a resource: `generic` knows by which members.
            if !matches!(resource.source, Source::CloudControl(_)) {
                self.path(path, "", at("arn"));
            }
            if resource.gather.iter().any(|(member, _)| **member == *first_member(path)) {
                let message =
                    format!("`{path}` comes from a further call: a resource keeps its name when that call fails");
                self.report.error(at("arn"), message);
            }
        }
        if let Some(path) = &resource.tags {
            self.path(path, "", at("tags"));
        }
        for (path, _) in &resource.decode {
            self.path(path, "", node.get("decode").and_then(|decode| decode.key(path)).unwrap_or(node.at));
        }
        for path in &resource.redact {
            self.path(path, "", node.place_of("redact", path));
        }
        self.volatile(resource, node);
        self.words(resource, node);
    }

    /// What the words of remediations stand for is a member of the stored document, or what is around it.
    fn words(&mut self, resource: &ResourceType, node: &Node) {
        // A document keeps nothing of what it is listed for but under a name of its own.
        let (parent, has_arn) = (self.parent.take(), std::mem::replace(&mut self.has_arn, true));
        for (path, at) in words::paths(resource, node) {
            let errors = self.report.errors();
            self.path(path, "", at);
            let kind = self.whole.at_path(path).filter(|_| self.report.errors() == errors);
            if let Some(kind) = kind.filter(|_| !is_builtin(path) && path != OWN_ARN) {
                words::value(path, &kind, at, self.report);
            }
        }
        (self.parent, self.has_arn) = (parent, has_arn);
    }

    /// What changes by itself is a member, and not what names the resource.
    fn volatile(&mut self, resource: &ResourceType, node: &Node) {
        for path in &resource.volatile {
            let at = node.place_of("volatile", path);
            if let Err(error) = Paths::check(path) {
                self.report.error(at, format!("`{path}` is no path: {error}"));
                continue;
            }
            self.path_of(&self.whole.clone(), path, at);
            let is_around = |inner: &str| inner == path || inner.starts_with(&format!("{path}."));
            if template_paths(&resource.arn).any(is_around) {
                self.report.error(at, format!("`{path}` names the resource: it is not volatile"));
            }
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

    /// A path of the resource or of what is around it, or a built-in name; `mark` is what stands before it.
    fn path(&mut self, path: &str, mark: &str, at: Position) {
        if is_builtin(path) || (path == OWN_ARN && self.has_arn) {
            return;
        }
        match (of_parent(path), self.parent.clone()) {
            (Some(path), Some(parent)) => self.path_of(&parent, path, at),
            (Some(_), None) => {
                let message = format!("{} has no member `parent`: it is listed for no other type", self.whole);
                self.report.error(at, message);
            }
            (None, _) if self.is_misspelt_root(path, mark, at) => {}
            (None, _) => self.path_of(&self.whole.clone(), path, at),
        }
    }

    /// Whether a path begins with no member, and with nearly what stands for something else; says so.
    fn is_misspelt_root(&mut self, path: &str, mark: &str, at: Position) -> bool {
        let first = first_member(path);
        let Some(members) = members_of(&self.whole).filter(|members| !members.contains_key(first)) else {
            return false;
        };
        let rest = path.strip_prefix(first).unwrap_or_default();
        let own = first == "resource" && rest.strip_prefix('.').is_some_and(|rest| self.whole.at_path(rest).is_some());
        let parent = self.parent.is_some().then_some("parent");
        let roots: Vec<&str> = parent.into_iter().chain(BUILTINS).chain(self.has_arn.then_some(OWN_ARN)).collect();
        let known = members.keys().map(String::as_str).chain(roots.iter().copied());
        let meant = match closest(first, known) {
            _ if own => rest.trim_start_matches('.').to_owned(),
            Some(root) if roots.contains(&root) => format!("{root}{rest}"),
            _ => return false,
        };
        self.report.error_meant(at, format!("there is nothing called `{mark}{first}`"), Some(format!("{mark}{meant}")));
        true
    }

    fn path_of(&mut self, kind: &Type, path: &str, at: Position) {
        let mut current = kind.clone();
        for part in path.split('.').filter(|part| !part.is_empty()) {
            match current.at_path(part) {
                Some(next) => current = next,
                None => {
                    let (message, suggestion) = current.lacks(part.trim_end_matches("[]"));
                    self.report.error_meant(at, message, suggestion);
                    return;
                }
            }
        }
    }
}
