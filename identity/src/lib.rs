//! Who is who between machines: certificates of the deployment's own authority, tokens that let a machine join once, and
//! the TLS in which both ends show and check them. `docs/identity.md` says what is trusted and which test holds it.
//!
//! Must not know of the store, of gRPC or of AWS, and has no clock: whoever calls passes the time in. Its only files are
//! keys and certificates, in directories that it is given.
//!
//! In reading order: [`deployment`] and [`operator`] name things, [`bounds`] limits an agent; [`trust`] and [`peer`]
//! decide who the other end is, [`refused`] says why not, [`banned`] who no longer is; [`authority`] issues,
//! [`request`] is what it is asked with; [`token`] lets a machine join, [`identity`] is what it then has; [`tls`] puts
//! all of it to work.

pub mod address;
pub mod authority;
pub mod banned;
pub mod bounds;
mod certificate;
pub mod credential;
pub mod deployment;
pub mod files;
mod grant;
pub mod identity;
mod issue;
pub mod lifetimes;
pub mod operator;
pub mod peer;
pub mod pin;
mod provider;
pub mod refused;
pub mod request;
pub mod serial;
pub mod tls;
pub mod token;
pub mod trust;

pub use address::Address;
pub use authority::Authority;
pub use banned::Banned;
pub use bounds::{Bounds, UnitId};
pub use credential::Credential;
pub use deployment::{Deployment, Subject};
pub use identity::{Identity, Pending};
pub use issue::Issued;
pub use operator::{OperatorName, Role};
pub use peer::Peer;
pub use pin::Pin;
pub use provider::new_challenge;
pub use refused::Refused;
pub use request::SigningRequest;
pub use serial::Serial;
pub use token::{StoredToken, Token, TokenId};
pub use trust::Trust;
