//! Who somebody is to AWS, proven to somebody else without a secret: the one signs a request for its own identity
//! (`sts:GetCallerIdentity`), the other sends it to STS and reads whom STS names. The one who proves gives values only;
//! the request is built by the one who asks, so that nothing else can be asked of STS, and nobody else but STS.
//!
//! In reading order: `request` is what both sides build, `sign` makes a [`Proof`] of it, `check` holds one against what
//! was asked for before anything is sent, [`Verifier`] sends it, `answer` and `session` read what came. Must not know who
//! may do what.

mod answer;
mod check;
mod request;
mod session;
mod sign;
#[cfg(test)]
mod tests;
mod verifier;

use std::fmt::{Debug, Formatter};

pub use answer::NotNamed;
pub use check::Malformed;
pub use request::Binding;
pub use session::{NotASession, RoleSession, is_role_name};
pub use sign::NotSigned;
pub use verifier::{NotProven, Verifier};

/// What somebody signed, as values. None of them is sent to STS before it was read and found to be of the one form.
#[derive(Clone, PartialEq, Eq)]
pub struct Proof {
    /// The Region whose STS it was signed for.
    pub region: String,
    /// When it was signed: `20261127T063759Z`.
    pub date: String,
    /// The session token of the credentials.
    pub security_token: String,
    /// The header with the signature.
    pub authorization: String,
}

/// What it says is worth something for some minutes, to whoever has the challenge.
impl Debug for Proof {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proof").field("region", &self.region).field("date", &self.date).finish_non_exhaustive()
    }
}
