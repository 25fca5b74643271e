//! The hashes of a tree: BLAKE3 with a context of its own for each kind, every part with its length in front, so that
//! no content of one kind can read as another.

use std::collections::BTreeMap;

use plumbline_proto::agent_v1::{Entry, Node};
use prost::Message;

/// The name of some content.
pub type Hash = [u8; 32];

/// Bytes of a short name: enough to find out what differs. What is stored is compared by its whole name.
pub const SHORT: usize = 8;
/// The beginning of a name.
pub type Short = [u8; SHORT];

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
pub fn node(type_name: &str, unread: &str, entries: impl ExactSizeIterator<Item = Hash>) -> Hash {
    let mut hasher = Hasher::new("plumbline tree 1: node");
    hasher.bytes(type_name.as_bytes()).bytes(unread.as_bytes()).count(entries.len());
    for entry in entries {
        hasher.bytes(&entry);
    }
    hasher.finish()
}

/// The names of a job's nodes, and with them the job's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(pub BTreeMap<String, Hash>);

impl Names {
    /// The names of these nodes.
    pub fn of<'a>(nodes: impl IntoIterator<Item = &'a Node>) -> Self {
        let name =
            |each: &Node| (each.r#type.clone(), node(&each.r#type, &each.unread, each.entries.iter().map(entry)));
        Self(nodes.into_iter().map(name).collect())
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
