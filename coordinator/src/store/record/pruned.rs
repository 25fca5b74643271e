//! What stays of a scan that is not kept any more.

/// A pruned night.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Pruned {
    /// The scan's id.
    #[prost(string, tag = "1")]
    pub scan: String,
    /// When it started, ISO-8601 UTC: what began on that night keeps its date.
    #[prost(string, tag = "2")]
    pub started: String,
    /// Not all that only this night needed is removed yet.
    #[prost(bool, tag = "3")]
    pub is_leaving: bool,
    /// When it was pruned, ISO-8601 UTC.
    #[prost(string, tag = "4")]
    pub pruned: String,
}
