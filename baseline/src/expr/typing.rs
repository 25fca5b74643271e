//! Static types, for one purpose: a member that the API does not define is refused when the control is loaded.
//!
//! Structures are looked up in the descriptors as they are walked, so that recursive shapes cost nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::named::{Definition, Derived};
use crate::api::{Kind, Service, ShapeId};
use crate::doc::Doc;

/// What is known of a value before it is there. `Any` where nothing is.
#[derive(Clone, Default)]
pub enum Type {
    /// Nothing is known.
    #[default]
    Any,
    /// True or false.
    Bool,
    /// A number.
    Number,
    /// Text, timestamps included.
    String,
    /// Text for which the API lists values.
    Enum(Arc<Service>, ShapeId),
    /// A list.
    List(Box<Type>),
    /// A map with text keys; its members are not known.
    Map(Box<Type>),
    /// A structure of an API.
    Structure(Arc<Service>, ShapeId),
    /// A structure with these members.
    Object(Arc<ObjectType>),
    /// A parsed IAM policy.
    Policy,
}

/// A structure that no single API shape describes: a resource with what was gathered.
#[derive(Clone, Debug)]
pub struct ObjectType {
    /// How messages call it.
    pub name: String,
    /// Its members, the derived ones among them.
    pub members: BTreeMap<String, Type>,
    /// Members that are computed from the others.
    pub derived: BTreeMap<Arc<str>, Arc<Derived>>,
    /// Where it is what a resource keeps of its parent: what it leaves out.
    pub kept: Option<Kept>,
}

/// What a resource does not keep of its parent.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The type that keeps.
    pub keeper: Arc<str>,
    /// Its member for what is kept.
    pub member: String,
    /// The members of the parent that are not kept.
    pub others: BTreeSet<String>,
}

impl ObjectType {
    /// A structure whose members are all there to be read.
    pub fn new(name: impl Into<String>, members: BTreeMap<String, Type>) -> Self {
        Self { name: name.into(), members, derived: BTreeMap::new(), kept: None }
    }
}

/// A class of values: none of them ever equals one of another class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Bool,
    Number,
    Text,
    List,
    Map,
    Policy,
}

/// What expressions see of the account.
pub fn account_type() -> ObjectType {
    let text = ["id", "name", "partition", "ou_path", "organization_id", "management_account_id"];
    let mut members: BTreeMap<String, Type> = text.into_iter().map(|name| (name.to_owned(), Type::String)).collect();
    members.insert("tags".into(), Type::Map(Box::new(Type::String)));
    members.insert("is_management".into(), Type::Bool);
    ObjectType::new("account", members)
}

/// The member of `organization` that says, by service principal, which accounts administer the service for all.
pub const DELEGATED_ADMINISTRATORS: &str = "delegated_administrators";

/// The member of `organization` that says what its resource control policies are, as Organizations describes them; null
/// where nobody says whether there are any.
pub const RESOURCE_CONTROL_POLICIES: &str = "resource_control_policies";

/// What expressions see of the organization that the account belongs to.
pub fn organization_type() -> ObjectType {
    let accounts = Type::Map(Box::new(Type::String));
    let delegated = Type::Map(Box::new(Type::List(Box::new(Type::String))));
    let policies = Type::List(Box::new(Type::Any));
    let members =
        [("accounts", accounts), (DELEGATED_ADMINISTRATORS, delegated), (RESOURCE_CONTROL_POLICIES, policies)];
    ObjectType::new("organization", members.map(|(name, kind)| (name.to_owned(), kind)).into())
}

/// Finds resource types by name.
pub trait TypeSource {
    /// The type of one resource.
    fn resource_type(&self, name: &str) -> Option<Type>;
    /// All names, for suggestions.
    fn resource_type_names(&self) -> Vec<String>;
    /// A group of sample events, for `events("…")`.
    fn sample_events(&self, _name: &str) -> Option<Doc> {
        None
    }
    /// The names of all groups, for suggestions.
    fn sample_event_names(&self) -> Vec<String> {
        Vec::new()
    }
    /// A definition by name.
    fn definition(&self, _name: &str) -> Option<&Definition> {
        None
    }
    /// The names of all definitions, for suggestions.
    fn definition_names(&self) -> Vec<String> {
        Vec::new()
    }
    /// Whether a type of this name is written down, with errors: that is what has to be put right, and no other name.
    fn is_broken(&self, _name: &str) -> bool {
        false
    }
}

/// What a member look-up found.
pub(super) enum Member {
    /// The member's type.
    Known(Type),
    /// There is no such member.
    Missing,
}

impl Type {
    /// The type of an API shape.
    pub fn of_shape(service: &Arc<Service>, id: ShapeId) -> Self {
        match &service.shape(id).kind {
            Kind::Structure(_) => Type::Structure(Arc::clone(service), id),
            Kind::List { item, .. } => Type::List(Box::new(Type::of_shape(service, *item))),
            Kind::Map { value, .. } => Type::Map(Box::new(Type::of_shape(service, *value))),
            Kind::String(values) if !values.is_empty() => Type::Enum(Arc::clone(service), id),
            Kind::String(_) | Kind::Timestamp | Kind::Blob => Type::String,
            Kind::Integer | Kind::Double => Type::Number,
            Kind::Boolean => Type::Bool,
            Kind::Document => Type::Any,
        }
    }

    /// Type and existence of a member.
    pub(super) fn member(&self, name: &str) -> Member {
        match self {
            Type::Any => Member::Known(Type::Any),
            Type::Map(value) => Member::Known((**value).clone()),
            Type::Structure(service, id) => {
                let members = service.members(*id);
                match members.iter().find(|member| member.name.as_str() == name) {
                    Some(member) => Member::Known(Type::of_shape(service, member.shape)),
                    None => Member::Missing,
                }
            }
            Type::Object(object) => match object.members.get(name) {
                Some(member) => Member::Known(member.clone()),
                None => Member::Missing,
            },
            Type::Bool | Type::Number | Type::String | Type::Enum(..) | Type::List(_) | Type::Policy => Member::Missing,
        }
    }

    /// The type of a value that is written down: a parameter's default, what a variant has.
    pub fn of_value(value: &Doc) -> Self {
        match value {
            Doc::Bool(_) => Type::Bool,
            Doc::Int(_) | Doc::Double(_) => Type::Number,
            Doc::String(_) => Type::String,
            Doc::List(items) => Type::List(Box::new(items.first().map(Self::of_value).unwrap_or_default())),
            Doc::Map(_) => Type::Map(Box::default()),
            Doc::Null | Doc::Unread(_) => Type::Any,
        }
    }

    /// The type without what is computed.
    pub(crate) fn without_derived(&self) -> Self {
        match self {
            Type::Object(object) if !object.derived.is_empty() => {
                let is_read = |name: &String| !object.derived.contains_key(name.as_str());
                let members = object.members.iter().filter(|(name, _)| is_read(name));
                let members = members.map(|(name, kind)| (name.clone(), kind.clone())).collect();
                Type::Object(Arc::new(ObjectType::new(object.name.clone(), members)))
            }
            other => other.clone(),
        }
    }

    /// A derived member.
    pub(crate) fn derived(&self, name: &str) -> Option<&Arc<Derived>> {
        match self {
            Type::Object(object) => object.derived.get(name),
            _ => None,
        }
    }

    /// Type of an element, for comprehensions. Maps are walked by key.
    pub(super) fn element(&self) -> Self {
        match self {
            Type::List(item) => (**item).clone(),
            Type::Map(_) | Type::Structure(..) | Type::Object(_) => Type::String,
            _ => Type::Any,
        }
    }

    /// The class of its values; `None` where that cannot be said.
    pub(super) fn class(&self) -> Option<Class> {
        match self {
            Type::Any => None,
            Type::Bool => Some(Class::Bool),
            Type::Number => Some(Class::Number),
            Type::String | Type::Enum(..) => Some(Class::Text),
            Type::List(_) => Some(Class::List),
            Type::Map(_) | Type::Structure(..) | Type::Object(_) => Some(Class::Map),
            Type::Policy => Some(Class::Policy),
        }
    }

    /// Whether no value of one type equals any of the other.
    pub(super) fn never_equals(&self, other: &Self) -> bool {
        self.class().zip(other.class()).is_some_and(|(a, b)| a != b)
    }

    /// Whether both are the same simple type.
    pub(super) fn is_same_scalar(&self, other: &Self) -> bool {
        self.class() == other.class() && matches!(self, Type::Bool | Type::Number | Type::String | Type::Enum(..))
    }

    /// Follows a dotted path with `[]` for lists; `None` when a member is missing.
    pub fn at_path(&self, path: &str) -> Option<Self> {
        let mut current = self.clone();
        for part in path.split('.').filter(|part| !part.is_empty()) {
            let (name, is_flattened) = part.strip_suffix("[]").map_or((part, false), |name| (name, true));
            current = match current.member(name) {
                Member::Known(member) => member,
                Member::Missing => return None,
            };
            if is_flattened {
                current = current.element();
            }
        }
        Some(current)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Any => f.write_str("anything"),
            Type::Bool => f.write_str("a boolean"),
            Type::Number => f.write_str("a number"),
            Type::String | Type::Enum(..) => f.write_str("text"),
            Type::List(_) => f.write_str("a list"),
            Type::Map(_) => f.write_str("a map"),
            Type::Structure(service, id) => f.write_str(&service.shape(*id).name),
            Type::Object(object) => f.write_str(&object.name),
            Type::Policy => f.write_str("a policy"),
        }
    }
}

impl fmt::Debug for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
