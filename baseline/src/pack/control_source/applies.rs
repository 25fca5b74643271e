//! `applies_when`: an expression, or `{ asked: Member }` for the condition under which the collector asks for a member,
//! so that it is written once. Must not compile it.

use super::keys;
use crate::pack::Pack;
use crate::pack::control::Subject;
use crate::pack::problem::Report;
use crate::pack::section::Section;
use crate::suggest::closest;

/// The expression, if there is one.
pub(super) fn read(
    section: &Section<'_>,
    subject: Option<&Subject>,
    pack: &Pack,
    report: &mut Report,
) -> Option<String> {
    let node = section.get("applies_when")?;
    if node.members().is_none() {
        return section.optional_text("applies_when", report);
    }
    let inner = Section::open(node, &keys::APPLIES, report)?;
    let member = inner.required_text("asked", report)?;
    let Some(Subject::Types(names)) = subject else {
        report.error(node.at, "`asked` needs a `resource` of one type");
        return None;
    };
    let [name] = names.as_slice() else {
        report.error(node.at, "`asked` needs a `resource` of one type");
        return None;
    };
    // A type that there is not is reported where it is named.
    let declared = &pack.resource_type(name)?.declared;
    let condition = declared.gather.iter().find(|(known, _)| **known == *member).map(|(_, gather)| &gather.when);
    match condition {
        Some(Some(condition)) => Some(condition.clone()),
        Some(None) => {
            report.error(node.at, format!("`{member}` of {name} is always asked for: leave `applies_when` out"));
            None
        }
        None => {
            let members = declared.gather.iter().filter(|(_, gather)| gather.when.is_some());
            let suggestion = closest(&member, members.map(|(known, _)| &**known)).map(str::to_owned);
            report.error_meant(node.at, format!("the collector of {name} asks for no `{member}`"), suggestion);
            None
        }
    }
}
