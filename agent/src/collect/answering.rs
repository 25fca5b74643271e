//! Which Region answers about what belongs to none: found out once, and known to all jobs of the process. It must not
//! call.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Which Region answered last, by partition and service; shared by the jobs of a process.
#[derive(Debug, Default)]
pub(crate) struct Answering(Mutex<HashMap<(String, String), String>>);

impl Answering {
    /// The Region that answered last, if one did.
    pub(crate) fn region(&self, partition: &str, service: &str) -> Option<String> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&(partition.to_owned(), service.to_owned())).cloned()
    }

    /// This Region answered.
    pub(crate) fn remember(&self, partition: &str, service: &str, region: &str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert((partition.to_owned(), service.to_owned()), region.to_owned());
    }
}
