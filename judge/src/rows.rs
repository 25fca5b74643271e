//! One control on what a job read.

use std::sync::Arc;

use plumbline_baseline::evaluate::{Row, evaluate};
use plumbline_baseline::pack::{CompiledControl, Pack};
use plumbline_baseline::resource::Snapshot;
use plumbline_proto::agent_v1::{self as wire, JobSpec};

use crate::facts::Facts;
use crate::place::lives_here;

/// What a control says of a snapshot. A control about several types says in each job what it has to say of the types that
/// live there.
///
/// # Errors
/// Why the control cannot be asked.
pub fn judged(
    pack: &Pack,
    control: &CompiledControl,
    spec: &JobSpec,
    facts: &Facts,
    snapshot: &Snapshot,
) -> Result<Vec<Row>, String> {
    let settings = control.settings_with(spec.settings.get(&**control.id()).map_or("", String::as_str))?;
    let context = facts.context(&settings);
    let here = |name: &&Arc<str>| pack.resource_type(name).is_some_and(|known| lives_here(&known.declared, spec));
    let types: Vec<Arc<str>> = control.types.iter().filter(here).cloned().collect();
    if types.len() == control.types.len() {
        return Ok(evaluate(control, snapshot, &context));
    }
    if types.is_empty() {
        return Err("none of the control's types live here".to_owned());
    }
    Ok(evaluate(&CompiledControl { types, ..control.clone() }, snapshot, &context))
}

/// A row as it goes over the wire.
pub fn wire(row: Row) -> wire::Row {
    wire::Row::new(&row.control, row.resource, row.resource_type, row.verdict)
}
