//! The differences of one type in one account and Region. Pure.

use std::collections::BTreeSet;

use super::notes::{Collected, Uncollected};
use super::{Comparison, Sought, at};
use crate::read::members::{Members, members};
use crate::read::turn::{Seen, resource_turn, rows, turn, unread, with_other_settings};
use crate::report::difference::{Because, Difference, FindingDifference, ResourceDifference, ResourceTurn, Turn};
use crate::store::record::{Entry, Head};
use crate::store::{self, Spot};

/// What differs, as far as it is wanted and both scans covered it.
pub(super) fn differences(
    compared: &Comparison,
    sought: &Sought,
    spot: &Spot,
    found: &store::Difference,
    uncollected: &mut Uncollected,
) -> Vec<Difference> {
    let mut told = Vec::new();
    let is_collected = |head: &Option<Head>| head.as_ref().is_some_and(|head| !head.is_left_out);
    let collected = (is_collected(&found.old), is_collected(&found.new));
    let wants_resources = !sought.findings_only
        && sought.controls.is_empty()
        && !spot.type_name.is_empty()
        && [&compared.old, &compared.new].into_iter().all(|side| side.coverage.is_full);
    if wants_resources && collected != (true, true) {
        uncollected.add(&spot.type_name, Collected { old: collected.0, new: collected.1 });
    }
    let why = found.new.as_ref().map(|head| unread(&head.unread)).unwrap_or_default();
    for (id, (old, new)) in &found.entries {
        let pair = (old.as_ref(), new.as_ref());
        if !sought.resources_only {
            let findings = findings(compared, sought, spot, id, pair);
            told.extend(findings.into_iter().map(|finding| Difference::Finding(Box::new(finding))));
        }
        if wants_resources && collected == (true, true) && !id.is_empty() {
            told.extend(resource(spot, id, pair, &why).map(Difference::Resource));
        }
    }
    told
}

/// How controls stand otherwise on one resource.
fn findings(
    compared: &Comparison,
    sought: &Sought,
    spot: &Spot,
    id: &str,
    (old, new): (Option<&Entry>, Option<&Entry>),
) -> Vec<FindingDifference> {
    let scope = spot.scope();
    let (before, after) = (&compared.old.coverage, &compared.new.coverage);
    let asked = |side: &store::Coverage, control: &str| side.controls(&scope).is_some_and(|all| all.contains(control));
    let wanted = |control: &str| sought.control(control) && before.says(&scope, control) && after.says(&scope, control);
    // What an earlier scan said of a control that a scan did not have any more is not what that scan says.
    let was = rows(old, |control| wanted(control) && asked(before, control));
    let is = rows(new, |control| wanted(control) && asked(after, control));
    let keys: BTreeSet<(&str, usize)> = was.keys().chain(is.keys()).copied().collect();
    let mut findings = Vec::new();
    for key in keys {
        let (was, is) = (was.get(&key).copied(), is.get(&key).copied());
        let Some(turn) = turn(was, is, compared.old.scan.night) else { continue };
        let is_other = was.is_some() && is.is_some() && compared.has_other_settings(&spot.account, key.0);
        let (turn, by_settings) = if is_other { with_other_settings(turn) } else { (turn, None) };
        let because = match turn {
            _ if by_settings.is_some() => by_settings,
            Turn::New if was.is_none() && !asked(before, key.0) => Some(Because::ControlNew),
            Turn::New if old.is_none() && !id.is_empty() => Some(Because::ResourceNew),
            Turn::Closed if compared.left_baseline(&spot.account, key.0) => Some(Because::NotInBaseline),
            Turn::Closed if !asked(after, key.0) => Some(Because::ControlNotEnabled),
            Turn::Closed if new.is_none() && !id.is_empty() && after.is_full => Some(Because::ResourceGone),
            Turn::Closed => Some(Because::NoVerdict),
            Turn::Lost | Turn::Changed if is.is_some_and(|seen: Seen<'_>| seen.missing_since > 0) => {
                Some(Because::ResourceMissing)
            }
            _ => None,
        };
        let finding = compared.finding(key.0, at(spot, id), turn, because, (was, is));
        if sought.finding(&finding) {
            findings.push(finding);
        }
    }
    findings
}

/// How a resource is another one; `None` when it is not.
fn resource(
    spot: &Spot,
    id: &str,
    (old, new): (Option<&Entry>, Option<&Entry>),
    why: &str,
) -> Option<ResourceDifference> {
    let turn = resource_turn(old, new)?;
    let documents = old.zip(new).filter(|(old, new)| !old.document.is_empty() && !new.document.is_empty());
    let found = documents.and_then(|(old, new)| members(&old.document, &new.document));
    let Members { told, more } = found.unwrap_or_default();
    let reason = if turn == ResourceTurn::Missing { why.to_owned() } else { String::new() };
    Some(ResourceDifference { at: at(spot, id), turn, reason, members: told, more })
}
