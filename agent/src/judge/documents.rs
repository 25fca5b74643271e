//! What a job read, as documents that may leave the account: without secrets, canonical, and with what changes by itself
//! beside them.

use plumbline_baseline::pack::Pack;
use plumbline_baseline::pack::collector::ResourceType;
use plumbline_baseline::resource::{Resource, Snapshot};
use plumbline_baseline::volatile::{Paths, split_volatile};
use plumbline_judge::lives_here;
use plumbline_proto::agent_v1::{Document, JobSpec, Listing};
use plumbline_proto::chunk::Item;
use plumbline_tree as tree;

/// Delivers every type that lives where the job is: its documents, if they are wanted, and that it was listed. What a job reads of other
/// places, it reads for its controls; it is delivered where it lives. Ends early when nobody wants more.
pub(super) fn deliver(pack: &Pack, spec: &JobSpec, snapshot: Snapshot, mut deliver: impl FnMut(Item) -> bool) {
    for (name, listing) in snapshot.listings {
        let Some(known) = pack.resource_type(&name) else { continue };
        let declared = &known.declared;
        if !lives_here(declared, spec) {
            continue;
        }
        let paths = Paths::new(&declared.volatile);
        for item in listing.items.into_iter().filter(|_| spec.wants_documents) {
            if !deliver(Item::Document(document(declared, item, &paths))) {
                return;
            }
        }
        let unread = listing.unread.map(|unread| tree::why(&unread)).unwrap_or_default();
        if !deliver(Item::Listing(Listing { r#type: name.to_string(), unread })) {
            return;
        }
    }
}

fn document(declared: &ResourceType, resource: Resource, paths: &Paths) -> Document {
    let (stable, volatile) = split_volatile(resource.doc, paths);
    Document {
        r#type: declared.name.to_string(),
        id: resource.arn,
        content: tree::write(&stable),
        volatile: if volatile.is_null() { Vec::new() } else { tree::write(&volatile) },
    }
}
