//! What a job found, as a tree: a root over one node a resource type, a node over its entries, an entry over the
//! resource's document and the rows of all controls on it.
//!
//! Equal content has an equal hash, on every agent and on every night: members, entries and rows have one order and
//! one encoding. Hashes are names: whoever has a root knows what lies below, wherever that is kept. Pure; must not know
//! stores, sessions or compression.

mod build;
mod canonical;
mod delivery;
mod delta;
mod hash;
mod node;

pub use build::{Builder, Delivered, Grounds};
pub use canonical::{parse, why, write};
pub use delivery::{Found, Sent};
pub use delta::{Difference, Short, apply, difference, entries, short, shorts};
pub use hash::{Hash, Names, entry, node};
pub use node::{Entry, Node, Nodes};

#[cfg(test)]
mod tests;
