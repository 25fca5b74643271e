//! Processes and guides as text for a terminal. Prose keeps its Markdown; links name what they lead to.

use std::fmt::Write as _;

use plumbline_baseline::pack::Pack;
use plumbline_baseline::pack::handbook::Handbook;
use plumbline_baseline::pack::handbook::guide::Guide;
use plumbline_baseline::pack::handbook::link::Target;
use plumbline_baseline::pack::handbook::process::{Process, Step};
use plumbline_baseline::printable::{printable, printable_text};

/// A process.
pub fn process(process: &Process, handbook: &Handbook, pack: &Pack) -> String {
    let mut out = headed(&process.title);
    let _ = writeln!(out, "{}\n", printable(&process.question));
    let needs: Vec<&str> = process.needs.iter().map(String::as_str).collect();
    let next: Vec<&str> = handbook.needed_by(&process.id).map(|next| next.id.as_str()).collect();
    for (name, text) in [
        ("id", process.id.clone()),
        ("chapter", process.chapter.title().to_owned()),
        ("level", process.level.to_string()),
        ("who", process.who.says().to_owned()),
        ("how often", process.how_often.says()),
        ("effort", process.effort.as_str().to_owned()),
        ("first", needs.join(", ")),
        ("next", next.join(", ")),
    ] {
        if !text.is_empty() {
            let _ = writeln!(out, "{name:<10} {text}");
        }
    }
    let _ = write!(out, "\nWhy\n---\n{}\n", prose(&process.why));
    for (index, step) in process.steps.iter().enumerate() {
        self::step(&mut out, index + 1, step, process, pack);
    }
    let _ = write!(out, "\nAWS's own pages\n---------------\n{}\n", process.references.join("\n"));
    out
}

fn step(out: &mut String, number: usize, step: &Step, process: &Process, pack: &Pack) {
    let title = format!("{number}. {}", printable(&step.title));
    let _ = writeln!(out, "\n{title}\n{}", "-".repeat(title.chars().count()));
    let who = if step.who == process.who { String::new() } else { format!("{}, ", step.who.says()) };
    let _ = writeln!(out, "{who}{} ({}#{})\n\n{}", step.by.says(), process.id, step.id, prose(&step.action));
    for (name, text) in
        [("AWS CLI", &step.cli), ("Terraform", &step.terraform), ("CloudFormation", &step.cloudformation)]
    {
        if !text.is_empty() {
            let _ = writeln!(out, "\n{name}:\n{}", indented(text));
        }
    }
    let _ = writeln!(out, "\nAfterwards: {}", prose(&step.look));
    let _ = writeln!(out, "\nProven by:");
    for control in step.controls.iter().filter_map(|id| pack.control(id)) {
        let _ = writeln!(out, "  {:<40} {}", control.id(), printable(&control.control.title));
    }
    if let Some(attest) = &step.attest {
        let _ = writeln!(out, "  a person, for {} days: {}", attest.days, printable(attest.confirm.trim()));
    }
}

/// A guide.
pub fn guide(guide: &Guide) -> String {
    format!("{}{}\n", headed(&guide.title), prose(&guide.body))
}

fn headed(title: &str) -> String {
    let title = printable(title);
    format!("{title}\n{}\n\n", "=".repeat(title.chars().count()))
}

fn indented(text: &str) -> String {
    printable_text(text.trim_end()).lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

/// The text, with links to the handbook as `text (process ID)`.
fn prose(text: &str) -> String {
    let text = printable_text(text.trim());
    let mut out = String::with_capacity(text.len());
    let mut rest: &str = &text;
    while let Some(at) = rest.find("](") {
        let after = &rest[at + 2..];
        let Some(end) = after.find(')') else { break };
        let said = match Target::of(&after[..end]) {
            Some(Target::Process(id, None)) => Some(format!("process {id}")),
            Some(Target::Process(id, Some(step))) => Some(format!("process {id}, step {step}")),
            Some(Target::Control(id)) => Some(format!("control {id}")),
            Some(Target::Guide(id)) => Some(format!("guide {id}")),
            None => None,
        };
        let start = rest[..at].rfind('[');
        match (said, start) {
            (Some(said), Some(start)) => {
                let _ = write!(out, "{}{} ({said})", &rest[..start], &rest[start + 1..at]);
            }
            _ => out.push_str(&rest[..at + 2 + end + 1]),
        }
        rest = &after[end + 1..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::prose;

    #[test]
    fn links_name_what_they_lead_to() {
        assert_eq!(
            prose("See [this](process:a#b), [that](https://c) and [it](guide:d).\n"),
            "See this (process a, step b), [that](https://c) and it (guide d)."
        );
        assert_eq!(prose("[a](b"), "[a](b");
        assert_eq!(prose("\u{1b}[31m"), "\u{fffd}[31m");
    }
}
