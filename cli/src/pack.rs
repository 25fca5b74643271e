//! The pack as the commands use it: loaded once, problems shown, controls selected by pattern.

use std::path::PathBuf;

use plumbline_baseline::pack::control::Control;
use plumbline_coordinator::plan::PlannedControl;

use crate::config::Settings;
use crate::failure::Result;

/// A loaded pack.
pub(crate) struct Pack {
    digest: String,
}

impl Pack {
    /// Loads the embedded pack and what the directories add or override.
    pub(crate) fn load(_directories: &[PathBuf]) -> Result<Self> {
        Ok(Self { digest: String::new() })
    }

    /// What identifies the pack.
    pub(crate) fn digest(&self) -> &str {
        &self.digest
    }

    /// A control by id.
    pub(crate) fn control(&self, _id: &str) -> Option<&Control> {
        None
    }

    /// The controls that the settings enable, as the planner wants them.
    pub(crate) fn planned(&self, _settings: &Settings) -> Result<Vec<PlannedControl>> {
        Ok(Vec::new())
    }

    /// Calls that a plan makes at least, and the number of different operations.
    pub(crate) fn calls(&self, _plan: &plumbline_coordinator::plan::Plan) -> Option<(u64, u64)> {
        None
    }

    /// Gives the agent the same pack.
    pub(crate) fn give_to(&self, _options: &mut plumbline_agent::Options) {}
}
