//! Governance as code: what one folder in version control says of baselines, exceptions, attestations and owners. Pure: no
//! I/O, no clock.
//!
//! What is broken is left out and said, and never makes anything better: a finding stays FAIL under an exception, only
//! MANUAL can be attested, and nothing is weakened without a reason and an owner.
//!
//! In reading order:
//! - [`day`]: calendar days
//! - [`account`]: what has to be known of an account and of a finding
//! - [`said`]: what rows carry
//! - [`scope`]: for which accounts something holds
//! - [`entry`]: baselines, exceptions, attestations, owners and settings as they are written
//! - [`keys`]: the keys of the files
//! - `read`: from text to entries; `weakening`: what baselines must not
//! - `exceptions`: which of them are about a finding
//! - [`effective`]: what holds in one account, and where each line comes from
//! - [`folder`]: all of it, and what is asked of it
//! - [`known`]: the folder held against an organization and its findings
pub mod account;
pub mod day;
pub mod effective;
pub mod entry;
mod exceptions;
pub mod folder;
pub mod keys;
pub mod known;
mod read;
pub mod said;
pub mod scope;
mod weakening;

pub use account::{Account, Finding, Tags};
pub use day::Day;
pub use effective::{Effective, EffectiveControl, SaidBy, ScanBase};
pub use entry::{Attestation, Attesting, Baseline, Exception, Owners, Settings};
pub use folder::{Governance, InAccount};
pub use known::{Extent, Survey, Surveyed};
pub use read::attested_steps;
pub use said::{Accepted, Attested, OwnedBy, Owner};
