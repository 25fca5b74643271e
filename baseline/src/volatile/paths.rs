//! The paths of volatile members, read once for many documents.

use std::collections::BTreeMap;

/// What is wrong with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// It has no name, or a step without one.
    #[error("a path is names with dots between them: `A.B`, `Items[].C`")]
    Nameless,
    /// It ends in the items of a list, of which the places would be lost.
    #[error("it ends in the items of a list: name the list itself, or a member of its items")]
    Items,
}

/// Paths to members: `A.B`, and `Items[].C` for a member of each item of a list.
#[derive(Clone, Debug, Default)]
pub struct Paths {
    root: Step,
}

/// Where paths lead on from, and whether one ends here.
#[derive(Clone, Debug, Default)]
pub(super) struct Step {
    is_whole: bool,
    is_entered: bool,
    members: BTreeMap<String, Step>,
}

impl Paths {
    /// Reads paths. What is no path is left out: the pack's loader has told it.
    pub fn new<P: AsRef<str>>(paths: impl IntoIterator<Item = P>) -> Self {
        let mut root = Step::default();
        for path in paths.into_iter().filter(|path| Self::check(path.as_ref()).is_ok()) {
            let mut step = &mut root;
            for part in path.as_ref().split('.') {
                let (name, is_entered) = part.strip_suffix("[]").map_or((part, false), |name| (name, true));
                step = step.members.entry(name.to_owned()).or_default();
                step.is_entered |= is_entered;
            }
            step.is_whole = true;
        }
        Self { root }
    }

    /// Whether this is a path to a member.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(path: &str) -> Result<(), PathError> {
        let mut names = path.split('.').map(|part| part.strip_suffix("[]").unwrap_or(part));
        if names.any(|name| name.is_empty() || name.contains(['[', ']'])) {
            return Err(PathError::Nameless);
        }
        if path.ends_with("[]") { Err(PathError::Items) } else { Ok(()) }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.root.members.is_empty()
    }

    pub(super) fn root(&self) -> &Step {
        &self.root
    }
}

impl Step {
    /// Whether all of it is volatile, whatever other paths say of its parts.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Whether a path leads into the items of the list that is here.
    pub(super) fn is_entered(&self) -> bool {
        self.is_entered
    }

    pub(super) fn members(&self) -> impl Iterator<Item = (&str, &Step)> {
        self.members.iter().map(|(name, step)| (name.as_str(), step))
    }
}
