//! The hashes of a tree: BLAKE3 with a context of its own for each kind, every part with its length in front, so that
//! no content of one kind can read as another.

use std::collections::BTreeMap;

use prost::Message;

use crate::{Entry, Node, Nodes};

/// The name of some content.
pub type Hash = [u8; 32];

/// Hashes one kind of content.
struct Hasher(blake3::Hasher);

impl Hasher {
    fn new(kind: &str) -> Self {
        Self(blake3::Hasher::new_derive_key(kind))
    }

    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.count(bytes.len());
        self.0.update(bytes);
        self
    }

    fn count(&mut self, count: usize) -> &mut Self {
        self.0.update(&(count as u64).to_be_bytes());
        self
    }

    fn finish(&self) -> Hash {
        *self.0.finalize().as_bytes()
    }
}

/// The name of an entry.
pub fn entry(entry: &Entry) -> Hash {
    let mut hasher = Hasher::new("plumbline tree 1: entry");
    hasher.bytes(entry.id.as_bytes()).bytes(&entry.document).count(entry.rows.len());
    for row in &entry.rows {
        hasher.bytes(&row.encode_to_vec());
    }
    hasher.finish()
}

/// The name of a node, by the names of its entries.
pub fn node(type_name: &str, node: &Node) -> Hash {
    let mut hasher = Hasher::new("plumbline tree 1: node");
    hasher.bytes(type_name.as_bytes()).bytes(node.unread.as_bytes()).count(node.entries.len());
    for each in &node.entries {
        hasher.bytes(&entry(each));
    }
    hasher.finish()
}

/// The names of a job's nodes, and with them the job's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(pub BTreeMap<String, Hash>);

impl Names {
    /// The names of these nodes.
    pub fn of(nodes: &Nodes) -> Self {
        Self(nodes.iter().map(|(name, each)| (name.clone(), node(name, each))).collect())
    }

    /// The name of the job's result.
    pub fn root(&self) -> Hash {
        let mut hasher = Hasher::new("plumbline tree 1: root");
        hasher.count(self.0.len());
        for (type_name, node) in &self.0 {
            hasher.bytes(type_name.as_bytes()).bytes(node);
        }
        hasher.finish()
    }
}
