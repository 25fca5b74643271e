//! The randomness of pauses, which tests replace.

use std::fmt;
use std::sync::Arc;

/// Which part of a pause is made, so that those who failed together do not come back together.
#[derive(Clone)]
pub struct Jitter(Arc<dyn Fn() -> f64 + Send + Sync>);

impl Jitter {
    /// Any part.
    pub fn random() -> Self {
        Self(Arc::new(fastrand::f64))
    }

    /// Always this part, from 0 to 1.
    pub fn fixed(part: f64) -> Self {
        Self(Arc::new(move || part))
    }

    /// The part of the next pause.
    pub(crate) fn part(&self) -> f64 {
        (self.0)().clamp(0.0, 1.0)
    }
}

impl fmt::Debug for Jitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Jitter")
    }
}
