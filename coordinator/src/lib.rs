//! The coordinator: plans scans of an organization, leases jobs to agents, stores results and reports them.
pub mod report;
