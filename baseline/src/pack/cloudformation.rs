//! CloudFormation's schema of a resource type, as `aws cloudformation describe-type` gives it: the members that Cloud
//! Control returns, what names a resource, and what the handlers need. Read into the same shapes as an API's, so that
//! members are checked alike. Must not know where the file comes from.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::api::{Kind, Meanings, Member, Protocol, Service, Shape, ShapeId};
use crate::doc::{Doc, Key};
use crate::expr::Type;

/// A resource type's schema.
#[derive(Clone, Debug)]
pub struct TypeSchema {
    /// `AWS::Kinesis::Stream`.
    pub type_name: String,
    /// The members that a resource has when it is read: without those that can only be written.
    pub(super) members: Type,
    /// The members that name a resource, in their order; of more than one, Cloud Control joins the values with `|`.
    pub identifier: Vec<String>,
    /// The actions that listing needs; `None` when the type cannot be listed.
    pub list: Option<Vec<String>>,
    /// The members that listing has to be told: those of a thing that is around the resources. Without them there is no
    /// listing; of alternatives, those of the first.
    pub listed_by: Vec<String>,
    /// The actions that reading needs; `None` when the type cannot be read.
    pub read: Option<Vec<String>>,
}

/// Reads a schema.
///
/// # Errors
/// What it lacks.
pub(super) fn read(doc: &Doc) -> Result<TypeSchema, String> {
    let type_name = doc.get("typeName").as_str().ok_or("a schema has a `typeName`")?.to_owned();
    let Doc::Map(_) = doc.get("properties") else { return Err("a schema has `properties`".to_owned()) };
    let write_only: Vec<String> = pointers(doc.get("writeOnlyProperties"));
    let permissions = |handler: &str| match doc.get("handlers").get(handler) {
        handler @ Doc::Map(_) => Some(texts(handler.get("permissions"))),
        _ => None,
    };
    let mut shapes =
        Shapes { definitions: doc.get("definitions"), known: BTreeMap::new(), open: Vec::new(), shapes: Vec::new() };
    let root = shapes.structure(&type_name, doc.get("properties"), &write_only);
    Ok(TypeSchema {
        members: Type::of_shape(&Arc::new(service(&type_name, shapes.shapes)), root),
        identifier: pointers(doc.get("primaryIdentifier")),
        list: permissions("list"),
        listed_by: listed_by(doc.get("handlers").get("list").get("handlerSchema")),
        read: permissions("read"),
        type_name,
    })
}

/// What the model of a listing has to have, by the handler's own schema: `required`, or alternatives that each require
/// something. <https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-operations-list.html>
fn listed_by(schema: &Doc) -> Vec<String> {
    let required = texts(schema.get("required"));
    if !required.is_empty() {
        return required;
    }
    let ways = ["anyOf", "oneOf", "allOf"].into_iter().map(|key| (key, schema.get(key).as_list().unwrap_or_default()));
    for (key, ways) in ways {
        let mut needs = ways.iter().map(|way| texts(way.get("required")));
        let needed = match key {
            "allOf" => needs.flatten().collect(),
            _ if needs.clone().any(|needs| needs.is_empty()) => Vec::new(),
            _ => needs.next().unwrap_or_default(),
        };
        if !needed.is_empty() {
            return needed;
        }
    }
    Vec::new()
}

/// `/properties/A/B` is `A.B`.
fn pointers(doc: &Doc) -> Vec<String> {
    let path = |text: String| text.strip_prefix("/properties/").map(|path| path.replace('/', "."));
    texts(doc).into_iter().filter_map(path).collect()
}

fn texts(doc: &Doc) -> Vec<String> {
    doc.as_list().unwrap_or_default().iter().filter_map(Doc::as_str).map(str::to_owned).collect()
}

/// Shapes in the making.
struct Shapes<'a> {
    definitions: &'a Doc,
    known: BTreeMap<String, ShapeId>,
    /// The definitions that are being read, from the last structure on: one that leads to itself by lists alone is a type
    /// without an end, and nothing is known of it.
    open: Vec<String>,
    shapes: Vec<Shape>,
}

impl Shapes<'_> {
    fn add(&mut self, name: &str, kind: Kind) -> ShapeId {
        self.shapes.push(Shape { name: name.to_owned(), kind });
        ShapeId(u32::try_from(self.shapes.len() - 1).expect("a schema has few shapes"))
    }

    /// A structure without the members that cannot be read.
    fn structure(&mut self, name: &str, properties: &Doc, write_only: &[String]) -> ShapeId {
        // Reserved first: schemas may be recursive.
        let id = self.add(name, Kind::Document);
        let outside = std::mem::take(&mut self.open);
        let mut members = Vec::new();
        for (key, property) in properties.as_map().into_iter().flat_map(|map| map.iter()) {
            if write_only.iter().any(|path| path == key.as_str()) {
                continue;
            }
            let below = format!("{}.", key.as_str());
            let inner: Vec<String> =
                write_only.iter().filter_map(|path| path.strip_prefix(&below).map(str::to_owned)).collect();
            let shape = self.value(key.as_str(), property, &inner);
            members.push(member(key, shape));
        }
        self.open = outside;
        self.shapes[id.0 as usize].kind = Kind::Structure(members);
        id
    }

    /// The shape of a property. Where the schema leaves several kinds open, nothing is known of it.
    fn value(&mut self, name: &str, property: &Doc, write_only: &[String]) -> ShapeId {
        if let Some(definition) = property.get("$ref").as_str().and_then(|path| path.strip_prefix("#/definitions/")) {
            return self.definition(definition, write_only);
        }
        match property.get("type").as_str() {
            Some("object") => self.object(name, property, write_only),
            Some("array") => {
                let inner: Vec<String> =
                    write_only.iter().filter_map(|path| path.strip_prefix("*.").map(str::to_owned)).collect();
                let item = self.value(name, property.get("items"), &inner);
                self.add(name, Kind::List { item, item_name: None, flattened: false })
            }
            Some("string") => self.add(name, Kind::String(texts(property.get("enum")))),
            Some("integer") => self.add(name, Kind::Integer),
            Some("number") => self.add(name, Kind::Double),
            Some("boolean") => self.add(name, Kind::Boolean),
            _ if matches!(property.get("properties"), Doc::Map(_)) => self.object(name, property, write_only),
            _ => self.add(name, Kind::Document),
        }
    }

    fn object(&mut self, name: &str, property: &Doc, write_only: &[String]) -> ShapeId {
        let is_open = property.get("additionalProperties").as_bool() == Some(true);
        match (property.get("properties"), property.get("patternProperties").as_map()) {
            (properties @ Doc::Map(map), None) if !map.is_empty() && !is_open => {
                self.structure(name, properties, write_only)
            }
            (Doc::Null, Some(patterns)) => {
                let mut kinds = patterns.iter();
                let value = match (kinds.next(), kinds.next()) {
                    (Some((_, only)), None) => self.value(name, only, &[]),
                    _ => self.add(name, Kind::Document),
                };
                self.add(name, Kind::Map { value, key_name: None, value_name: None, flattened: false })
            }
            _ => self.add(name, Kind::Document),
        }
    }

    fn definition(&mut self, name: &str, write_only: &[String]) -> ShapeId {
        // The same definition may be readable in one place, and in part in another.
        let key = format!("{name} {}", write_only.join(" "));
        if self.open.contains(&key) {
            return self.add(name, Kind::Document);
        }
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let definition = self.definitions.get(name);
        self.open.push(key.clone());
        let id = match definition.get("$ref") {
            Doc::Null => {
                // A place for what refers to it from within; it becomes what the definition is.
                let place = self.add(name, Kind::Document);
                self.known.insert(key.clone(), place);
                let made = self.value(name, definition, write_only);
                let kind = std::mem::replace(&mut self.shapes[made.0 as usize].kind, Kind::Document);
                self.shapes[place.0 as usize].kind = kind;
                place
            }
            _ => self.value(name, definition, write_only),
        };
        self.open.pop();
        self.known.insert(key, id);
        id
    }
}

fn member(name: &Key, shape: ShapeId) -> Member {
    Member {
        name: name.clone(),
        shape,
        wire_name: None,
        query_name: None,
        location: None,
        payload: false,
        flattened: false,
        xml_attribute: false,
        timestamp_format: None,
        required: false,
    }
}

/// A service of shapes alone: nothing can be called.
fn service(type_name: &str, shapes: Vec<Shape>) -> Service {
    Service {
        generated: String::new(),
        name: type_name.to_owned(),
        service_id: String::new(),
        api_version: String::new(),
        protocol: Protocol::Json,
        json_version: None,
        target_prefix: None,
        query_compatible: false,
        xml_namespace: None,
        endpoint_prefix: String::new(),
        signing_name: String::new(),
        endpoints: BTreeMap::new(),
        variants: BTreeMap::new(),
        unlisted_regions: Vec::new(),
        operations: BTreeMap::new(),
        meanings: Meanings::default(),
        shapes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = r##"{
        "typeName": "AWS::Sample::Thing",
        "properties": {
            "Name": {"type": "string"}, "Mode": {"type": "string", "enum": ["ON", "OFF"]},
            "Secret": {"type": "string"}, "Count": {"type": "integer"}, "Free": {"type": "object"},
            "Login": {"$ref": "#/definitions/Login"}, "Tree": {"$ref": "#/definitions/Node"},
            "Tags": {"type": "array", "items": {"$ref": "#/definitions/Tag"}},
            "Labels": {"type": "object", "patternProperties": {".*": {"type": "string"}}},
            "Either": {"oneOf": [{"type": "string"}, {"type": "object"}]}
        },
        "definitions": {
            "Login": {"type": "object", "properties": {"User": {"type": "string"}, "Password": {"type": "string"}}},
            "Node": {"type": "object", "properties": {"Next": {"$ref": "#/definitions/Node"}, "Value": {"type": "string"}}},
            "Tag": {"type": "object", "properties": {"Key": {"type": "string"}, "Value": {"type": "string"}}}
        },
        "primaryIdentifier": ["/properties/Name"],
        "writeOnlyProperties": ["/properties/Secret", "/properties/Login/Password"],
        "handlers": {"list": {"permissions": ["sample:ListThings"]}, "read": {"permissions": ["sample:DescribeThing"]}}
    }"##;

    fn schema(text: &str) -> Result<TypeSchema, String> {
        read(&Doc::from_json(text).unwrap())
    }

    #[test]
    fn members_are_those_that_can_be_read() {
        let thing = schema(SCHEMA).unwrap();
        for path in
            ["Name", "Login.User", "Tree.Next.Next.Next.Value", "Tags[].Key", "Labels.any", "Free.a.b", "Either.x"]
        {
            assert!(thing.members.at_path(path).is_some(), "{path}");
        }
        for path in ["Nam", "Secret", "Login.Password", "Tags[].key", "Tree.Next.Valu", "Count.x"] {
            assert!(thing.members.at_path(path).is_none(), "{path}");
        }
        assert!(matches!(thing.members.at_path("Mode"), Some(Type::Enum(..))));
    }

    #[test]
    fn a_schema_says_what_names_a_resource_and_what_reading_needs() {
        let thing = schema(SCHEMA).unwrap();
        assert_eq!(thing.identifier, ["Name"]);
        assert_eq!(thing.list.as_deref(), Some(&["sample:ListThings".to_owned()][..]));
        let unlisted = schema(r#"{"typeName": "A::B::C", "properties": {}, "handlers": {"read": {}}}"#).unwrap();
        assert_eq!((unlisted.list, unlisted.read), (None, Some(Vec::new())));
    }

    #[test]
    fn a_schema_says_what_listing_has_to_be_told() {
        let of = |handler: &str| {
            let text = r#"{"typeName": "A::B::C", "properties": {}, "handlers": {"list": {"handlerSchema": HANDLER}}}"#;
            schema(&text.replace("HANDLER", handler)).unwrap().listed_by
        };
        assert_eq!(of(r#"{"properties": {"X": {}}, "required": ["X", "Y"]}"#), ["X", "Y"]);
        assert_eq!(of(r#"{"anyOf": [{"required": ["X"]}, {"required": ["Y"]}]}"#), ["X"]);
        assert_eq!(of(r#"{"allOf": [{"required": ["X"]}, {"required": ["Y"]}]}"#), ["X", "Y"]);
        for nothing in
            [r#"{"properties": {"X": {}}}"#, r#"{"required": []}"#, r#"{"oneOf": [{"required": ["X"]}, {}]}"#]
        {
            assert!(of(nothing).is_empty(), "{nothing}");
        }
    }

    #[test]
    fn what_is_no_schema_is_refused() {
        assert!(schema("{}").is_err());
        assert!(schema(r#"{"typeName": "A::B::C"}"#).is_err());
        assert!(schema("[]").is_err());
    }

    #[test]
    fn definitions_that_only_refer_to_themselves_end() {
        let text = r##"{"typeName": "A::B::C", "properties": {"X": {"$ref": "#/definitions/D"}, "Y": {"$ref": "#/definitions/E"}},
            "definitions": {"D": {"$ref": "#/definitions/D"}, "E": {"type": "array", "items": {"$ref": "#/definitions/E"}}}}"##;
        let read = schema(text).unwrap();
        assert!(read.members.at_path("X.anything").is_some());
        assert!(read.members.at_path("Y[]").is_some());
    }

    #[test]
    fn a_definition_with_another_name_is_the_same() {
        let text = r##"{"typeName": "A::B::C",
            "properties": {"X": {"$ref": "#/definitions/D"}, "Y": {"$ref": "#/definitions/E"}},
            "definitions": {"D": {"$ref": "#/definitions/E"}, "E": {"type": "object", "properties": {"P": {"type": "string"}}}}}"##;
        let read = schema(text).unwrap();
        for path in ["X.P", "Y.P"] {
            assert!(read.members.at_path(path).is_some(), "{path}");
        }
        assert!(read.members.at_path("X.Q").is_none() && read.members.at_path("Y.Q").is_none());
    }
}
