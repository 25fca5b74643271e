//! Which controls read what is redacted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plumbline_baseline::pack::{CompiledControl, Pack};
use plumbline_baseline::plan;

/// Where something is redacted: by type, the first-level members in which it is.
pub type Hidden = BTreeMap<Arc<str>, BTreeSet<String>>;

/// Whether a control reads a member in which something is redacted.
pub fn reads_hidden(pack: &Pack, control: &CompiledControl, hidden: &Hidden) -> bool {
    let is_hidden = |name: &str, members: &BTreeSet<String>| {
        let hidden = hidden.get(name);
        hidden.is_some_and(|hidden| members.contains(plan::ALL) || !members.is_disjoint(hidden))
    };
    !hidden.is_empty() && plan::reads_of(pack, control).iter().any(|(name, members)| is_hidden(name, members))
}
