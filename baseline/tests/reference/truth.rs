//! Three values: AWS says yes, AWS says no, or what AWS says can be read in more than one way.

/// Whether something holds. In this order, the smallest decides an "and", the largest an "or".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Truth {
    No,
    Undecided,
    Yes,
}

use Truth::{No, Undecided, Yes};

impl Truth {
    pub(crate) fn not(self) -> Self {
        match self {
            Yes => No,
            Undecided => Undecided,
            No => Yes,
        }
    }

    /// This reading and another one of the same sentence: decided only when they agree.
    pub(crate) fn or_read_as(self, other: Self) -> Self {
        if self == other { self } else { Undecided }
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Yes } else { No }
    }
}

/// All of them hold. All of nothing holds.
pub(crate) fn all(truths: impl IntoIterator<Item = Truth>) -> Truth {
    truths.into_iter().min().unwrap_or(Yes)
}

/// One of them holds. Nothing of nothing holds.
pub(crate) fn any(truths: impl IntoIterator<Item = Truth>) -> Truth {
    truths.into_iter().max().unwrap_or(No)
}
