//! A control without what is written for people, for who only evaluates it. Must not change what decides.

use crate::pack::yaml::{Name, Node, Value};

/// Keys that are not needed at all, and those without which a control is none.
const DROPPED: [&str; 3] = ["references", "base", "cases"];
const REPLACED: [(&str, &str); 2] = [("why", "why: '-'"), ("remediation", "remediation: { steps: '-' }")];

/// The text without the blocks of those keys: most of a file, and most of the time to read it. Every other line stays
/// where it is. A block starts with its key in the first column, and ends before the next key there.
pub(super) fn cut(text: &str) -> String {
    let mut kept = String::with_capacity(text.len() / 4);
    let mut is_in_block = false;
    for line in text.lines() {
        let starts_key =
            line.starts_with(|first: char| !first.is_whitespace() && !matches!(first, '#' | '-' | ']' | '}'));
        if starts_key {
            let key = line.split(':').next().unwrap_or_default();
            let replaced = REPLACED.iter().find(|(name, _)| *name == key);
            is_in_block = replaced.is_some() || DROPPED.contains(&key);
            kept.push_str(replaced.map(|(_, text)| *text).unwrap_or_default());
        }
        if !is_in_block {
            kept.push_str(line);
        }
        kept.push('\n');
    }
    kept
}

/// A control without what is written for people. What has to be there is there, and says nothing.
pub(super) fn dropped(mut control: Node) -> Node {
    if let Value::Map(members) = &mut control.value {
        members.retain(|(name, _)| !DROPPED.contains(&name.text.as_str()));
        let nothing = |at| Node { at, value: Value::Scalar { text: "-".to_owned(), quoted: true } };
        for (name, node) in members {
            match name.text.as_str() {
                "why" => *node = nothing(node.at),
                "remediation" => {
                    let steps = Name { at: node.at, text: "steps".to_owned() };
                    node.value = Value::Map(vec![(steps, nothing(node.at))]);
                }
                _ => {}
            }
        }
    }
    control
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_cut_and_lines_stay_where_they_are() {
        let text = "id: a\nwhy: |\n  Because.\n\n  # no comment\nresource: [\n  A,\n]\ncases:\n- name: x\n# a comment\n  expect: pass\nremediation:\n  steps: x\npass_when: true";
        let expected =
            "id: a\nwhy: '-'\n\n\n\nresource: [\n  A,\n]\n\n\n\n\nremediation: { steps: '-' }\n\npass_when: true\n";
        assert_eq!(cut(text), expected);
    }
}
