//! Accounts that left the organization, on disk.

/// The times that an account was not in the organization, the earliest first.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Departures {
    /// Each from a scan without it to one with it.
    #[prost(message, repeated, tag = "1")]
    pub absences: Vec<Absence>,
}

/// One of them. The dates stand here because scans do not stay for ever.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Absence {
    /// The number of the first scan of the whole organization without it.
    #[prost(uint32, tag = "1")]
    pub left: u32,
    /// When that scan began, ISO-8601 UTC.
    #[prost(string, tag = "2")]
    pub left_on: String,
    /// The number of the scan that had it again; 0 while none had.
    #[prost(uint32, tag = "3")]
    pub back: u32,
    /// When that scan began, ISO-8601 UTC; empty while none had.
    #[prost(string, tag = "4")]
    pub back_on: String,
}

/// Up to where it is settled which accounts left an organization.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Settled {
    /// The number of the last scan of it that listed all accounts, and ended.
    #[prost(uint32, tag = "1")]
    pub night: u32,
}
