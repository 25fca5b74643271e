//! A line of the table of budgets: how fast something may be called, and where the figure comes from. Must not know the
//! lines.

/// How fast a service, or one of its operations, is called in one account and Region.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quota {
    /// The service (`organizations`); empty for all services that have no line of their own.
    pub service: &'static str,
    /// The operation; empty for all operations that have no line of their own, which share the line.
    pub operation: &'static str,
    /// Requests a second.
    pub requests_per_second: f64,
    /// Requests that may be made at once after a pause.
    pub burst: f64,
    /// Where the figure comes from.
    pub source: Source,
}

/// Where a figure comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Source {
    /// AWS publishes a quota.
    Published {
        /// Where.
        page: Page,
        /// What AWS allows, in requests a second: of operations that share a line, the least.
        allowed: f64,
    },
    /// AWS publishes none: why this figure.
    Choice(&'static str),
}

/// A page of AWS's documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its heading.
    pub title: &'static str,
    /// Its address.
    pub url: &'static str,
}
