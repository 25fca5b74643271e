//! The coordinator: discovers the organization, plans scans, leases jobs to agents, stores results and reports them.
//! It must not call member accounts (agents do) and must not evaluate controls.
//!
//! In reading order:
//! - [`organization`]: accounts, units, Regions
//! - [`plan`]: from an organization and a selection to jobs; pure
//! - [`store`]: one file on disk, one writer
//! - [`report`]: renderers over one read model; pure
pub mod organization;
pub mod plan;
pub mod report;
pub mod store;
