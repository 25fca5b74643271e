//! What a control is said to read is all that its verdicts rest on: calls and permissions are planned by it.

use std::collections::BTreeSet;
use std::sync::Arc;

use plumbline_baseline::pack::control::Case;
use plumbline_baseline::pack::{CompiledControl, Pack};
use plumbline_baseline::{Doc, Unread, UnreadReason, case};

/// Marks every member unread that is not among these; `*` stands for all.
fn hide(doc: &mut Doc, read: &BTreeSet<String>) -> usize {
    let Doc::Map(members) = doc else { return 0 };
    if read.contains("*") {
        return 0;
    }
    let hidden: Vec<String> =
        members.iter().map(|(name, _)| name.as_str().to_owned()).filter(|name| !read.contains(name)).collect();
    for name in &hidden {
        let unread = Unread::new(UnreadReason::AccessDenied, "nobody:Planned", "");
        members.insert(name.as_str(), Doc::Unread(Arc::new(unread)));
    }
    hidden.len()
}

/// The case without what the control is not said to read, and how much that is.
fn hidden(control: &CompiledControl, case: &Case) -> (Case, usize) {
    let judged = control.declared.values().filter_map(|compiled| compiled.judged.as_ref());
    let programs: Vec<_> = control.programs().chain(judged).collect();
    let listed = |name: &str| {
        let of_type = programs.iter().filter_map(|program| program.reads().listings.get(name));
        of_type.flatten().cloned().collect::<BTreeSet<String>>()
    };
    // The resource is among those of its type, and controls about tags find them where its collector says.
    let tags = control.declared.values().filter_map(|compiled| compiled.declared.tags.as_deref());
    let tags = tags.filter(|_| control.is_about_tags()).filter_map(|path| path.split('.').next());
    let mut members: BTreeSet<String> = control.types.iter().flat_map(|name| listed(name)).collect();
    members.extend(programs.iter().flat_map(|program| program.reads().resource_members.iter().cloned()));
    members.extend(tags.map(str::to_owned));
    let mut case = case.clone();
    let mut count = hide(&mut case.resource, &members);
    for (name, others) in &mut case.others {
        let members = listed(name);
        count += others.iter_mut().map(|other| hide(other, &members)).sum::<usize>();
    }
    (case, count)
}

#[test]
fn no_verdict_rests_on_what_is_not_planned() {
    let pack = Pack::embedded();
    let (mut wrong, mut count) = (Vec::new(), 0);
    for control in pack.controls() {
        for case in &control.control.cases {
            let (hidden, members) = hidden(control, case);
            count += members;
            let (before, after) = (case::run(pack, control, case), case::run(pack, control, &hidden));
            if before.verdict.status != after.verdict.status {
                wrong.push(format!("{}, {}: {:?}", control.id(), case.name, after.verdict));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 100, "only {count} members were hidden: the cases have little that nobody reads");
}
