//! From what an agent collected and evaluated to nodes: everything in its one order.

use std::collections::BTreeMap;

use plumbline_proto::agent_v1::{Base, Changing, Document, Listing, Row, RowBatch, Status};
use plumbline_proto::chunk::{Change, Item, packed};
use prost::Message;

use crate::{Entry, Node, Nodes};

/// Why a type may have more than is known, when it was not said that it was listed.
const NOT_LISTED: &str = r#"{"$unread":{"reason":"not_run","operation":"","detail":""}}"#;

/// Which rows keep what they rest on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grounds {
    /// Those that do not pass: what a PASS rests on can be computed again from the documents.
    #[default]
    Findings,
    /// All: there are no documents.
    All,
}

/// Collects listings, documents and rows, in any order.
#[derive(Debug, Default)]
pub struct Builder {
    grounds: Grounds,
    types: BTreeMap<String, Type>,
    bases: BTreeMap<String, Vec<u32>>,
    changing: Vec<Changing>,
}

/// What messages delivered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Delivered {
    /// Types that were delivered, whole or as a difference.
    pub nodes: Nodes,
    /// Of those that were delivered as a difference, the places of the held entries that are gone.
    pub bases: BTreeMap<String, Vec<u32>>,
    /// What changes by itself of resources that were not delivered.
    pub changing: Vec<Changing>,
}

#[derive(Debug, Default)]
struct Type {
    /// None until it is said that it was listed.
    unread: Option<String>,
    entries: BTreeMap<String, Found>,
}

#[derive(Debug, Default)]
struct Found {
    /// Each with what changes by itself.
    documents: Vec<(Vec<u8>, Vec<u8>)>,
    rows: Vec<Row>,
}

impl Builder {
    /// Nothing yet.
    pub fn new(grounds: Grounds) -> Self {
        Self { grounds, ..Self::default() }
    }

    /// Some of what was found.
    pub fn extend(&mut self, items: impl IntoIterator<Item = Item>) {
        for item in items {
            match item {
                Item::Row(row) => self.row(row),
                Item::Document(document) => self.document(document),
                Item::Listing(listing) => self.listing(listing),
                Item::Base(base) => self.base(base),
                Item::Changing(Change { type_name, place, members }) => {
                    self.changing.push(packed(type_name, &[(place, members)]));
                }
            }
        }
    }

    /// What one message delivered.
    pub fn add(&mut self, batch: RowBatch) {
        batch.bases.into_iter().for_each(|base| self.base(base));
        self.changing.extend(batch.changing);
        batch.listings.into_iter().for_each(|listing| self.listing(listing));
        batch.documents.into_iter().for_each(|document| self.document(document));
        batch.rows.into_iter().for_each(|row| self.row(row));
    }

    /// A type was listed.
    pub fn listing(&mut self, listing: Listing) {
        self.of(&listing.r#type).unread = Some(listing.unread);
    }

    /// A resource was read.
    pub fn document(&mut self, document: Document) {
        self.entry(&document.r#type, &document.id).documents.push((document.content, document.volatile));
    }

    /// A type is delivered as a difference.
    fn base(&mut self, base: Base) {
        self.of(&base.r#type);
        self.bases.entry(base.r#type).or_default().extend(base.gone);
    }

    /// A control said something.
    pub fn row(&mut self, mut row: Row) {
        let (type_name, id) = (std::mem::take(&mut row.resource_type), std::mem::take(&mut row.resource));
        if self.grounds == Grounds::Findings && row.status() == Status::Pass {
            row.evidence.clear();
            row.witnesses.clear();
        }
        self.entry(&type_name, &id).rows.push(row);
    }

    /// The nodes.
    pub fn finish(self) -> Nodes {
        let named = |(name, found): (String, Type)| {
            let node = found.node(&name);
            (name, node)
        };
        self.types.into_iter().map(named).collect()
    }

    /// The nodes, and what else was delivered.
    pub fn delivered(mut self) -> Delivered {
        let (bases, changing) = (std::mem::take(&mut self.bases), std::mem::take(&mut self.changing));
        Delivered { nodes: self.finish(), bases, changing }
    }

    fn of(&mut self, type_name: &str) -> &mut Type {
        self.types.entry(type_name.to_owned()).or_default()
    }

    fn entry(&mut self, type_name: &str, id: &str) -> &mut Found {
        self.of(type_name).entries.entry(id.to_owned()).or_default()
    }
}

impl Type {
    fn node(self, name: &str) -> Node {
        let mut entries: Vec<Entry> = Vec::with_capacity(self.entries.len());
        for (id, Found { mut documents, mut rows }) in self.entries {
            rows.sort_by_cached_key(|row| (row.control.clone(), row.encode_to_vec()));
            rows.dedup();
            documents.sort();
            documents.dedup();
            let mut documents = documents.into_iter();
            let (document, volatile) = documents.next().unwrap_or_default();
            entries.push(Entry { id: id.clone(), document, volatile, rows });
            // AWS's names are unique. Where a collector's are not, nothing is lost, and nothing depends on the order.
            let more = documents.zip(2..);
            entries.extend(more.map(|((document, volatile), number)| Entry {
                id: format!("{id}#{number}"),
                document,
                volatile,
                rows: Vec::new(),
            }));
        }
        entries.sort_by(|one, other| one.id.cmp(&other.id));
        // What is about the whole account and Region is no type. Of a type that nobody says was listed, nothing is gone.
        let not_listed = if name.is_empty() { String::new() } else { NOT_LISTED.to_owned() };
        Node { unread: self.unread.unwrap_or(not_listed), entries }
    }
}
