//! Whether there are such members at all: a slip of the pen would read as absent, and find nothing.

use std::collections::BTreeMap;

use plumbline_baseline::api::Catalog;
use plumbline_coordinator::read::search::MemberPath;

use crate::failure::{Failure, Result, did_you_mean};
use crate::kept::Kept;
use crate::pack::Pack;
use crate::terminal::say;

/// How deep the pack lists members of members.
const LISTED: usize = 4;

/// The members of a type, by their paths without `[]`, each with what it is.
type Members = BTreeMap<String, String>;

/// Refuses paths that no type has that is looked at. Where a night was read with another pack, says so instead.
///
/// # Errors
/// When a path leads nowhere.
pub(super) fn check(paths: &[MemberPath], kept: &Kept, pack: &Pack) -> Result<()> {
    if paths.is_empty() {
        return Ok(());
    }
    let outline = |name: &String| pack.inner().outline(name, Catalog::embedded());
    let types: Vec<Members> = kept
        .types()
        .iter()
        .filter_map(outline)
        .map(|outline| outline.into_iter().map(|member| (member.path.replace("[]", ""), member.kind)).collect())
        .collect();
    for path in paths.iter().filter(|path| !types.iter().any(|members| leads_somewhere(path, members))) {
        let known = types.iter().flat_map(|members| members.keys()).map(String::as_str);
        let suggestion = did_you_mean(&path.names().join("."), known);
        let cause = format!("no type that is looked at has a member `{path}`{suggestion}");
        if !kept.is_of(pack) {
            say(format_args!("warning: {cause} (the scan ran with another pack)"));
            continue;
        }
        return Err(Failure::usage("search by member", cause, "`plumbline types TYPE` lists the members of a type"));
    }
    Ok(())
}

/// Whether a type may have what a path leads to. What is computed is in no document.
fn leads_somewhere(path: &MemberPath, members: &Members) -> bool {
    let names = path.names();
    let known = (1..=names.len()).rev().find_map(|end| Some((end, members.get(&names[..end].join("."))?)));
    let Some((end, kind)) = known.filter(|(_, kind)| *kind != "computed") else { return false };
    let is_open = kind.contains("anything") || kind.contains("a map") || kind.contains("map to");
    let below = format!("{}.", names[..end].join("."));
    let has_members = members.keys().any(|member| member.starts_with(&below));
    // What is deeper than what is listed, or has itself within it, is not known here.
    end == names.len() || is_open || end >= LISTED || (!has_members && !is_simple(kind))
}

/// Whether nothing can be below it.
fn is_simple(kind: &str) -> bool {
    let item = kind.strip_prefix("a list of ").unwrap_or(kind);
    ["text", "number", "a number", "boolean", "a boolean"].contains(&item) || item.starts_with("one of ")
}
