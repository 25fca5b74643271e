//! What the frameworks ask for, and which controls answer it: `docs/frameworks.md`.

use std::fmt::Write;

use super::cell;
use crate::pack::Pack;
use crate::pack::framework::{Answered, Edition, Framework, Requirement};

const HEAD: &str = "\
<!-- Generated from the frameworks by baseline/src/pack/markdown/coverage.rs; do not edit. Make it again after a change:
     PLUMBLINE_WRITE_GENERATED=1 cargo test -p plumbline-baseline --test generated -->

# Frameworks

What each framework asks for, in our own words, and which controls answer it. Every requirement of every version is in the
files of `baseline/pack/frameworks`; this page shows the newest versions, and `plumbline frameworks show ID --version V` the
others. [Writing controls](writing-controls.md#frameworks) says how to add to them.

A requirement is *answered* where controls look at all that it asks, and *in part* where they do not; what is left open
stands beside it. Some controls ask for more than the requirement: where they hold it holds, and where one fails it is
not decided. What no API tells is left to a person. What could be decided and no control decides is not answered.
";

/// The page.
pub(in crate::pack) fn coverage(pack: &Pack) -> String {
    let mut text = HEAD.to_owned();
    text.push_str("\n| framework | version | requirements | answered | in part | a person | not answered |\n");
    text.push_str("| --- | --- | --- | --- | --- | --- | --- |\n");
    for framework in pack.frameworks().values() {
        for edition in framework.editions.iter().rev() {
            let counts = Answered::ALL.map(|answered| edition.count(answered).to_string()).join(" | ");
            let version = version(framework, edition);
            let _ = writeln!(text, "| `{}` | {version} | {} | {counts} |", framework.id, edition.requirements.len());
        }
    }
    for framework in pack.frameworks().values() {
        section(&mut text, framework);
    }
    text
}

/// The version, or the day of the state.
fn version<'f>(framework: &'f Framework, edition: &'f Edition) -> &'f str {
    if edition.version.is_empty() { framework.as_of.as_deref().unwrap_or_default() } else { &edition.version }
}

fn section(text: &mut String, framework: &Framework) {
    let edition = framework.newest();
    let _ = write!(text, "\n## {}, {}\n\n", framework.name, version(framework, edition));
    let _ = writeln!(text, "<{}>\n\n| id | what it asks | level | answered | controls |", framework.url);
    text.push_str("| --- | --- | --- | --- | --- |\n");
    for requirement in &edition.requirements {
        let level = requirement.level.map(|level| level.to_string()).unwrap_or_default();
        let _ = writeln!(
            text,
            "| {} | {} | {level} | {} | {} |",
            cell(&requirement.id),
            cell(&asks(requirement)),
            answered(requirement),
            requirement.controls.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")
        );
    }
}

fn asks(requirement: &Requirement) -> String {
    match requirement.note.as_str() {
        "" => requirement.says.clone(),
        note => format!("{}. *{note}*", requirement.says),
    }
}

fn answered(requirement: &Requirement) -> &'static str {
    match (requirement.answered(), requirement.stricter) {
        (Answered::Whole, false) => "yes",
        (Answered::Whole, true) => "yes, and more is asked",
        (Answered::Part, false) => "in part",
        (Answered::Part, true) => "in part, and more is asked",
        (Answered::Person, _) => "a person",
        (Answered::No, _) => "–",
    }
}
