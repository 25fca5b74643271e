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
//! - [`folder`]: all of them, and what is asked of them
//! - [`effective`]: what holds in one account, and where each line comes from
pub mod account;
pub mod day;
pub mod effective;
pub mod entry;
pub mod folder;
pub mod said;
pub mod scope;

pub use account::{Account, Finding, Tags};
pub use day::Day;
pub use effective::{Effective, EffectiveControl, SaidBy, ScanBase};
pub use entry::{Attestation, Baseline, Exception, Owners, Settings};
pub use folder::{Governance, InAccount};
pub use said::{Accepted, Attested, OwnedBy, Owner};
