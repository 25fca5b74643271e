//! The hashes of a tree: BLAKE3 with a context of its own for each kind, every part with its length in front, so that
//! no content of one kind can read as another.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use blake3::hazmat::{ContextKey, HasherExt, hash_derive_key_context};
use prost::Message;

use crate::{Entry, Node, Nodes};

/// The name of some content.
pub type Hash = [u8; 32];

/// The keys that BLAKE3 derives of the kinds of content: deriving one takes as long as hashing a short entry.
static ENTRY: Kind = LazyLock::new(|| hash_derive_key_context("plumbline tree 1: entry"));
static NODE: Kind = LazyLock::new(|| hash_derive_key_context("plumbline tree 1: node"));
static ROOT: Kind = LazyLock::new(|| hash_derive_key_context("plumbline tree 1: root"));

type Kind = LazyLock<ContextKey>;

/// Hashes one kind of content.
struct Hasher(blake3::Hasher);

impl Hasher {
    fn new(kind: &Kind) -> Self {
        Self(blake3::Hasher::new_from_context_key(kind))
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
    let mut hasher = Hasher::new(&ENTRY);
    hasher.bytes(entry.id.as_bytes()).bytes(&entry.document).count(entry.rows.len());
    let mut encoded = Vec::new();
    for row in &entry.rows {
        encoded.clear();
        row.encode(&mut encoded).expect("a vector grows");
        hasher.bytes(&encoded);
    }
    hasher.finish()
}

/// The name of a node, by the names of its entries.
pub fn node(type_name: &str, node: &Node) -> Hash {
    let mut hasher = Hasher::new(&NODE);
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
        let mut hasher = Hasher::new(&ROOT);
        hasher.count(self.0.len());
        for (type_name, node) in &self.0 {
            hasher.bytes(type_name.as_bytes()).bytes(node);
        }
        hasher.finish()
    }
}
