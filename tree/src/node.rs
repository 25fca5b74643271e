//! The shape of a tree.

use std::collections::BTreeMap;

use plumbline_proto::agent_v1::Row;

/// What a job found of one type.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    /// Why the listing is not complete, as a document in JSON; empty when it is: then what is not here does not exist.
    pub unread: String,
    /// In the order of their ids, each once.
    pub entries: Vec<Entry>,
}

/// One resource of a type, or what is about the type as a whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// ARN; empty for what is about the type as a whole.
    pub id: String,
    /// Canonical JSON; empty when there is none.
    pub document: Vec<u8>,
    /// What changes by itself, canonical JSON, empty when there is nothing: no content of the tree.
    pub volatile: Vec<u8>,
    /// What the controls say of it, by control: without `resource` and `resource_type`, and without grounds where they
    /// pass.
    pub rows: Vec<Row>,
}

/// The nodes of a job by type; an empty name for rows about the whole scope.
pub type Nodes = BTreeMap<String, Node>;
