//! Static types of resources: what the listing returns, what further calls gather, what is decoded. Derived from
//! collectors and descriptors. Must not judge them: `check` does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::collector::{Decode, Gather, List, ResourceType, Source, within};
use crate::api::{Catalog, Kind, Service, ShapeId};
use crate::doc::Doc;
use crate::expr::{Definition, Derived, Kept, ObjectType, Type, TypeSource};

/// The types of all resources of a pack, and its sample events, by name.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    types: BTreeMap<String, Type>,
    events: BTreeMap<String, Doc>,
    definitions: BTreeMap<Arc<str>, Definition>,
    /// Types that a collector declares with errors.
    broken: BTreeSet<String>,
}

/// The resource types that collectors declare, by name.
pub(super) type Declared = BTreeMap<Arc<str>, Arc<ResourceType>>;

impl Schema {
    /// Derives the types of these resources.
    pub(super) fn new(declared: &Declared, catalog: &Catalog) -> Self {
        let typed =
            |resource: &Arc<ResourceType>| (resource.name.to_string(), resource_type(resource, declared, catalog));
        Self { types: declared.values().map(typed).collect(), ..Self::default() }
    }

    /// With groups of sample events.
    #[must_use]
    pub fn with_events(self, events: BTreeMap<String, Doc>) -> Self {
        Self { events, ..self }
    }

    /// Keeps the types that can be used, of those that collectors declare.
    pub(super) fn keep(&mut self, written: BTreeSet<String>, is_usable: impl Fn(&str) -> bool) {
        self.types.retain(|name, _| is_usable(name));
        self.broken = written.into_iter().filter(|name| !is_usable(name)).collect();
    }

    /// Adds a member that is computed from the others. A type of which the members are not known has none.
    pub(super) fn add_derived(&mut self, name: &str, derived: Derived, kind: Type) {
        if let Some(Type::Object(object)) = self.types.get_mut(name) {
            let object = Arc::make_mut(object);
            object.members.insert(derived.name().to_string(), kind);
            object.derived.insert(Arc::clone(derived.name()), Arc::new(derived));
        }
    }

    /// Adds a definition.
    pub(super) fn add_definition(&mut self, definition: Definition) {
        self.definitions.insert(Arc::clone(definition.name()), definition);
    }

    /// Removes one.
    pub(super) fn remove_definition(&mut self, name: &str) {
        self.definitions.remove(name);
    }
}

impl TypeSource for Schema {
    fn resource_type(&self, name: &str) -> Option<Type> {
        self.types.get(name).cloned()
    }

    fn resource_type_names(&self) -> Vec<String> {
        self.types.keys().cloned().collect()
    }

    fn sample_events(&self, name: &str) -> Option<Doc> {
        self.events.get(name).cloned()
    }

    fn sample_event_names(&self) -> Vec<String> {
        self.events.keys().cloned().collect()
    }

    fn definition(&self, name: &str) -> Option<&Definition> {
        self.definitions.get(name)
    }

    fn definition_names(&self) -> Vec<String> {
        self.definitions.keys().map(ToString::to_string).collect()
    }

    fn is_broken(&self, name: &str) -> bool {
        self.broken.iter().any(|broken| is_same_name(broken, name))
    }
}

/// Whether two names of types differ in nothing but their marks, as `AWS:KMS:Key` does.
pub(super) fn is_same_name(one: &str, other: &str) -> bool {
    let letters = |name: &str| name.replace(|each: char| !each.is_ascii_alphanumeric(), "").to_ascii_lowercase();
    one == other || letters(one) == letters(other)
}

/// What controls about tags see of any resource.
pub(super) fn tagged_type() -> Type {
    object("a resource with tags", BTreeMap::from([("Tags".to_owned(), Type::Any)]))
}

/// The type of what a resource is listed for each of; `None` when it is not, or when that is not declared.
pub(super) fn parent_type(resource: &ResourceType, declared: &Declared, catalog: &Catalog) -> Option<Type> {
    let parent = declared.get(&resource.parent()?.type_name)?;
    Some(resource_type(parent, declared, catalog))
}

/// What a resource keeps of its parent, and under which name.
fn kept(resource: &ResourceType, declared: &Declared, catalog: &Catalog) -> Option<(String, Type)> {
    let each = resource.parent()?;
    let (member, names) = each.kept.as_ref()?;
    let mut members =
        parent_type(resource, declared, catalog).and_then(|parent| members_of(&parent)).unwrap_or_default();
    let others = members.keys().filter(|name| !names.contains(name)).cloned().collect();
    members.retain(|name, _| names.contains(name));
    let kept = Kept { keeper: Arc::clone(&resource.name), member: member.clone(), others };
    let object = ObjectType { kept: Some(kept), ..ObjectType::new(&*each.type_name, members) };
    Some((member.clone(), Type::Object(Arc::new(object))))
}

/// The type of one resource. Parents lead to no circle: `check` sees to it.
pub(super) fn resource_type(resource: &ResourceType, declared: &Declared, catalog: &Catalog) -> Type {
    match &resource.source {
        Source::Calls => {}
        Source::CloudControl(source) => {
            return source.schema.as_ref().map_or(Type::Any, |schema| schema.members.clone());
        }
        Source::Config(_) => return recorded_type(&resource.name),
        Source::Findings(counted) => return found_type(&resource.name, &counted.controls),
    }
    let item =
        resource.list.as_ref().map_or_else(|| object(&resource.name, BTreeMap::new()), |list| item_type(list, catalog));
    let item = resource.decode.iter().fold(item, |item, (path, _)| with_any(item, path));
    let Some(mut members) = members_of(&item) else { return Type::Any };
    members.extend(kept(resource, declared, catalog));
    // Members of a list's items come after the list, wherever the collector names it.
    let (nested, own): (Vec<_>, Vec<_>) = resource.gather.iter().partition(|(name, _)| within(name).is_some());
    for (name, gather) in own.into_iter().chain(nested) {
        let gathered = gathered_type(gather, catalog);
        match within(name) {
            Some((list, member)) => {
                let items = members.remove(list).unwrap_or_default();
                members.insert(list.to_owned(), with_item_member(items, member, gathered));
            }
            None => drop(members.insert(name.to_string(), gathered)),
        }
    }
    object(&resource.name, members)
}

/// What AWS Config writes down of a thing. What is in `configuration` it publishes in no form that holds.
fn recorded_type(name: &str) -> Type {
    let text = ["accountId", "arn", "awsRegion", "configurationItemCaptureTime", "configurationItemStatus"];
    let names = ["resourceId", "resourceName"];
    let mut members: BTreeMap<String, Type> =
        text.into_iter().chain(names).map(|name| (name.to_owned(), Type::String)).collect();
    for name in ["configuration", "supplementaryConfiguration", "tags"] {
        members.insert(name.to_owned(), Type::Any);
    }
    object(name, members)
}

/// What a scan found in an account. The controls are members, so that one that is not looked at is a mistake with a place.
fn found_type(name: &str, controls: &[Arc<str>]) -> Type {
    let of_control =
        [("FailingIn", Type::List(Box::new(Type::String))), ("Holds", Type::Bool), ("LeftOut", Type::Bool)];
    let of_control: BTreeMap<String, Type> = of_control.map(|(name, kind)| (name.to_owned(), kind)).into();
    let of_control = object("what a scan found of a control", of_control);
    let controls = controls.iter().map(|id| (id.to_string(), of_control.clone())).collect();
    let members = [
        ("Controls", object("the controls that are looked at", controls)),
        ("Entered", Type::Bool),
        ("Id", Type::String),
        ("IsManagement", Type::Bool),
        ("Name", Type::String),
        ("OuPath", Type::String),
        ("Skipped", Type::String),
    ];
    object(name, members.map(|(name, kind)| (name.to_owned(), kind)).into())
}

/// A list whose items have one more member; anything else as it is, for `check` to refuse.
fn with_item_member(items: Type, member: &str, gathered: Type) -> Type {
    let Type::List(item) = items else { return items };
    let name = item.to_string();
    match members_of(&item) {
        Some(mut members) => {
            members.insert(member.to_owned(), gathered);
            Type::List(Box::new(object(&name, members)))
        }
        None => Type::List(item),
    }
}

/// What a gathered member's arguments and condition are about: the resource, or an item of one of its lists.
pub(super) fn subject_of(member: &str, resource: &Type) -> Option<Type> {
    let Some((list, _)) = within(member) else { return Some(resource.clone()) };
    match resource.at_path(list)? {
        Type::List(item) if members_of(&item).is_some() => Some(*item),
        _ => None,
    }
}

/// The type of a listing's items, before anything is gathered.
pub(super) fn item_type(list: &List, catalog: &Catalog) -> Type {
    let output = output_type(&list.call.service, &list.call.operation, catalog);
    let found = output.at_path(&list.items).unwrap_or_default();
    let item = match found {
        Type::List(item) => *item,
        other => other,
    };
    match &list.item_member {
        Some(member) => object(&list.call.operation, BTreeMap::from([(member.clone(), item)])),
        None => item,
    }
}

/// The type of a gathered member.
pub(super) fn gathered_type(gather: &Gather, catalog: &Catalog) -> Type {
    let found = answer_type(gather, catalog).at_path(&gather.take).unwrap_or_default();
    match gather.decode {
        Some(Decode::Csv) => Type::List(Box::new(Type::Map(Box::new(Type::String)))),
        Some(Decode::Json) => Type::Any,
        None if gather.take.contains("[]") => Type::List(Box::new(found)),
        None => found,
    }
}

/// The type of what a gathered member takes its value of: the answer, or one item of an answer about many.
pub(super) fn answer_type(gather: &Gather, catalog: &Catalog) -> Type {
    let output = output_type(&gather.call.service, &gather.call.operation, catalog);
    let Some(joined) = &gather.joined else { return output };
    match output.at_path(&joined.items).unwrap_or_default() {
        Type::List(item) => *item,
        other => other,
    }
}

/// The type of an operation's output; `Any` when the catalogue does not have the operation.
pub(super) fn output_type(service: &str, operation: &str, catalog: &Catalog) -> Type {
    shape_of(service, operation, catalog, |operation| operation.output)
}

/// The type of an operation's input.
pub(super) fn input_type(service: &str, operation: &str, catalog: &Catalog) -> Type {
    shape_of(service, operation, catalog, |operation| operation.input)
}

fn shape_of(
    service: &str,
    operation: &str,
    catalog: &Catalog,
    side: impl Fn(&crate::api::Operation) -> Option<ShapeId>,
) -> Type {
    let Some(service) = catalog.service(service) else { return Type::Any };
    let Some(described) = service.operations.get(operation) else { return Type::Any };
    match side(described) {
        Some(id) => Type::of_shape(service, id),
        None => object(operation, BTreeMap::new()),
    }
}

/// The members of a structure; `None` for anything else.
pub(super) fn members_of(kind: &Type) -> Option<BTreeMap<String, Type>> {
    match kind {
        Type::Object(object) => Some(object.members.clone()),
        Type::Structure(service, id) => Some(structure_members(service, *id)),
        _ => None,
    }
}

fn structure_members(service: &Arc<Service>, id: ShapeId) -> BTreeMap<String, Type> {
    match &service.shape(id).kind {
        Kind::Structure(members) => members
            .iter()
            .map(|member| (member.name.as_str().to_owned(), Type::of_shape(service, member.shape)))
            .collect(),
        _ => BTreeMap::new(),
    }
}

/// The type with what is at the path decoded, and so unknown.
fn with_any(kind: Type, path: &str) -> Type {
    if path.is_empty() {
        return Type::Any;
    }
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let (name, is_list) = first.strip_suffix("[]").map_or((first, false), |name| (name, true));
    let Some(mut members) = members_of(&kind) else { return kind };
    if let Some(member) = members.get_mut(name) {
        *member = match (is_list, std::mem::take(member)) {
            (true, Type::List(item)) => Type::List(Box::new(with_any(*item, rest))),
            (_, other) => with_any(other, rest),
        };
    }
    object(&kind.to_string(), members)
}

fn object(name: &str, members: BTreeMap<String, Type>) -> Type {
    Type::Object(Arc::new(ObjectType::new(name, members)))
}
