//! From what an agent collected and evaluated to nodes: everything in its one order.

use std::collections::BTreeMap;

use plumbline_proto::agent_v1::{Document, Listing, Row, RowBatch, Status};
use prost::Message;

use crate::{Entry, Node, Nodes};

/// Collects listings, documents and rows, in any order.
#[derive(Debug, Default)]
pub struct Builder {
    types: BTreeMap<String, Type>,
}

#[derive(Debug, Default)]
struct Type {
    unread: String,
    entries: BTreeMap<String, Found>,
}

#[derive(Debug, Default)]
struct Found {
    /// Each with what changes by itself.
    documents: Vec<(Vec<u8>, Vec<u8>)>,
    rows: Vec<Row>,
}

impl Builder {
    /// What one message delivered.
    pub fn add(&mut self, batch: RowBatch) {
        batch.listings.into_iter().for_each(|listing| self.listing(listing));
        batch.documents.into_iter().for_each(|document| self.document(document));
        batch.rows.into_iter().for_each(|row| self.row(row));
    }

    /// A type was listed.
    pub fn listing(&mut self, listing: Listing) {
        self.of(&listing.r#type).unread = listing.unread;
    }

    /// A resource was read.
    pub fn document(&mut self, document: Document) {
        self.entry(&document.r#type, &document.id).documents.push((document.content, document.volatile));
    }

    /// A control said something. What a PASS rests on can be computed again from the document, and is left out.
    pub fn row(&mut self, mut row: Row) {
        let (type_name, id) = (std::mem::take(&mut row.resource_type), std::mem::take(&mut row.resource));
        if row.status() == Status::Pass {
            row.evidence.clear();
            row.witnesses.clear();
        }
        self.entry(&type_name, &id).rows.push(row);
    }

    /// The nodes.
    pub fn finish(self) -> Nodes {
        self.types.into_iter().map(|(name, found)| (name, found.node())).collect()
    }

    fn of(&mut self, type_name: &str) -> &mut Type {
        self.types.entry(type_name.to_owned()).or_default()
    }

    fn entry(&mut self, type_name: &str, id: &str) -> &mut Found {
        self.of(type_name).entries.entry(id.to_owned()).or_default()
    }
}

impl Type {
    fn node(self) -> Node {
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
        Node { unread: self.unread, entries }
    }
}
