//! The one source of cryptography and of randomness: rustls' provider over ring.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;

/// The provider of every configuration here: the process's default is nobody's business.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// Bytes that nobody can guess.
///
/// # Panics
/// When the operating system has none: nothing here can go on without.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    provider().secure_random.fill(&mut bytes).expect("the operating system has randomness");
    bytes
}

/// What somebody has to sign who is to prove something now: nobody can have signed it before.
pub fn new_challenge() -> [u8; 32] {
    random()
}
