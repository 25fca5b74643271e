//! What is remembered of a resource on disk: its document, how each control stands on it, and since when. Nights are
//! the numbers that scans get when they are planned.

use plumbline_proto::agent_v1::{Alike, Elsewhere, Evidence, Witness};

use super::Counts;

/// One resource of a type in one account and Region, or what is about the type as a whole.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Entry {
    /// ARN; empty for what is about the type as a whole.
    #[prost(string, tag = "1")]
    pub id: String,
    /// Canonical JSON; empty when there is none.
    #[prost(bytes = "vec", tag = "2")]
    pub document: Vec<u8>,
    /// How controls stand, by control.
    #[prost(message, repeated, tag = "3")]
    pub rows: Vec<StandingRow>,
    /// The night on which it was found first.
    #[prost(uint32, tag = "4")]
    pub first_seen: u32,
    /// The first night on which it was neither found nor proven to be gone; 0 when it was there last.
    #[prost(uint32, tag = "5")]
    pub missing_since: u32,
    /// The night on which its document was last another one.
    #[prost(uint32, tag = "6")]
    pub changed: u32,
}

/// Neighbouring entries.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Entries {
    /// In the order of the ids.
    #[prost(message, repeated, tag = "1")]
    pub entries: Vec<Entry>,
}

/// How a control stands on a resource.
#[derive(Clone, PartialEq, prost::Message)]
pub struct StandingRow {
    /// The control's id.
    #[prost(string, tag = "1")]
    pub control: String,
    /// What the last night said: a number of the wire's `Status`.
    #[prost(int32, tag = "2")]
    pub status: i32,
    /// `code` or `code: detail`; empty for PASS and FAIL.
    #[prost(string, tag = "3")]
    pub reason: String,
    /// What it rests on, unless it passes.
    #[prost(message, repeated, tag = "4")]
    pub evidence: Vec<Evidence>,
    /// What decided, unless it passes.
    #[prost(message, repeated, tag = "5")]
    pub witnesses: Vec<Witness>,
    /// Where the answer is.
    #[prost(message, repeated, tag = "6")]
    pub elsewhere: Vec<Elsewhere>,
    /// The night on which the control said something of it first.
    #[prost(uint32, tag = "7")]
    pub first_seen: u32,
    /// The night since which the decided status has been what it is.
    #[prost(uint32, tag = "8")]
    pub since: u32,
    /// The last status that was decided: a number of the wire's `Status`, 0 while none was.
    #[prost(int32, tag = "9")]
    pub decided: i32,
    /// The first night since which it has been unknown; 0 when the last night decided it.
    #[prost(uint32, tag = "10")]
    pub stale_since: u32,
    /// How often it became a FAIL.
    #[prost(uint32, tag = "11")]
    pub fails: u32,
    /// What was decided before `since`: a number of the wire's `Status`, 0 when nothing was.
    #[prost(int32, tag = "12")]
    pub was: i32,
}

/// One type in one account and Region, beside its entries.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Head {
    /// Why the last listing was not complete, as a document in JSON; empty when it was.
    #[prost(string, tag = "1")]
    pub unread: String,
    /// The name of what was delivered last.
    #[prost(bytes = "vec", tag = "2")]
    pub name: Vec<u8>,
    /// The nights on which something changed, oldest first: what the past has records of, and the first one.
    #[prost(uint32, repeated, tag = "3")]
    pub nights: Vec<u32>,
    /// The last full scan did not deliver the type: the pack does not have it any more.
    #[prost(bool, tag = "4")]
    pub is_left_out: bool,
    /// Its rows in numbers.
    #[prost(message, optional, tag = "5")]
    pub summary: Option<Summary>,
}

/// Rows in numbers.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Summary {
    /// By status.
    #[prost(message, optional, tag = "1")]
    pub counts: Option<Counts>,
    /// All of them.
    #[prost(uint64, tag = "2")]
    pub rows: u64,
    /// The controls that have any, by their numbers; rising.
    #[prost(uint32, repeated, tag = "3")]
    pub controls: Vec<u32>,
    /// Where the answers are that they leave to other accounts; each once.
    #[prost(message, repeated, tag = "4")]
    pub elsewhere: Vec<Elsewhere>,
    /// How many entries were found: what a place in their order is held against.
    #[prost(uint32, tag = "5")]
    pub found: u32,
}

/// What changed by itself in one account and Region on one night.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Volatile {
    /// By type.
    #[prost(message, repeated, tag = "1")]
    pub types: Vec<VolatileType>,
}

/// The members of the resources of one type that change by themselves.
#[derive(Clone, PartialEq, prost::Message)]
pub struct VolatileType {
    /// The type's number.
    #[prost(uint32, tag = "1")]
    pub of: u32,
    /// The resources are named by their places in the order of what was found of the type on the night.
    #[prost(message, repeated, tag = "2")]
    pub alike: Vec<Alike>,
}

/// One account and Region, beside its types.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ScopeHead {
    /// The last night that was stored.
    #[prost(uint32, tag = "1")]
    pub night: u32,
    /// The name of all that is known of it.
    #[prost(bytes = "vec", tag = "2")]
    pub root: Vec<u8>,
}

/// How a type stood before a night that changed it.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Before {
    /// The head before; none when the type was not known.
    #[prost(message, optional, tag = "1")]
    pub head: Option<Head>,
    /// What changed, by id; nothing where the type was not known: then all of it is new.
    #[prost(message, repeated, tag = "2")]
    pub entries: Vec<EntryBefore>,
    /// A part of what was before could not be read any more when this was written: earlier nights are not whole.
    #[prost(bool, tag = "3")]
    pub is_damaged: bool,
}

/// An entry before a night that changed it.
#[derive(Clone, PartialEq, prost::Message)]
pub struct EntryBefore {
    /// Its id.
    #[prost(string, tag = "1")]
    pub id: String,
    /// What it was; none when it was not there.
    #[prost(message, optional, tag = "2")]
    pub entry: Option<Entry>,
}
