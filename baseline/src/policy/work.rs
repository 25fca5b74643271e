//! How much may be tried for one question, in steps: counts and not time, so that an answer is the same on every machine.

use std::cell::Cell;

/// Steps for one question, on which everything that a search does draws. One is some ten nanoseconds: a comparison of a
/// value with a pattern, a statement that is looked at for a caller. The hardest policies known take fifty milliseconds.
pub(crate) const STEPS: usize = 1_500_000;

/// Steps that are left.
#[derive(Debug)]
pub(crate) struct Work {
    left: Cell<usize>,
}

impl Work {
    /// So many steps.
    pub(crate) fn of(steps: usize) -> Self {
        Self { left: Cell::new(steps) }
    }

    /// Takes some steps, and says whether there were so many.
    pub(crate) fn take(&self, steps: usize) -> bool {
        let left = self.left.get().checked_sub(steps);
        self.left.set(left.unwrap_or_default());
        left.is_some()
    }

    /// Whether none is left.
    pub(crate) fn is_done(&self) -> bool {
        self.left.get() == 0
    }
}
