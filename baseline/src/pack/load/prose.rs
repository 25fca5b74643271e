//! A control without what is written for people, for who only evaluates it. Must not change what decides.

use crate::pack::control_source::keys::CONTROL;
use crate::pack::yaml::{Name, Node, Value};

/// Keys that are not needed at all, and those without which a control is none.
const DROPPED: [&str; 3] = ["references", "base", "cases"];
const REPLACED: [(&str, &str); 2] = [("why", "why: '-'"), ("remediation", "remediation: { steps: '-' }")];

/// The text without the blocks of those keys: most of a file, and most of the time to read it. Every other line stays
/// where it is. A block starts with its key in the first column, and ends before the next key there.
///
/// `None` for a text in which that may be wrong: where something else than a control's keys, each once, stands in the
/// first column, as the second line of a quoted text may, or where a block begins as such a text.
pub(super) fn cut(text: &str) -> Option<String> {
    let mut kept = String::with_capacity(text.len() / 4);
    let mut seen: Vec<&str> = Vec::new();
    let mut is_in_block = false;
    for line in text.lines() {
        let starts_key =
            line.starts_with(|first: char| !first.is_whitespace() && !matches!(first, '#' | '-' | ']' | '}'));
        if starts_key {
            let (key, rest) = line.split_once(':')?;
            let is_known = CONTROL.keys.iter().any(|known| known.name == key);
            if !is_known || seen.contains(&key) {
                return None;
            }
            seen.push(key);
            let replaced = REPLACED.iter().find(|(name, _)| *name == key);
            is_in_block = replaced.is_some() || DROPPED.contains(&key);
            if is_in_block && rest.trim_start().starts_with(['"', '\'', '[', '{', '&', '*', '!']) {
                return None;
            }
            kept.push_str(replaced.map(|(_, text)| *text).unwrap_or_default());
        }
        if !is_in_block {
            kept.push_str(line);
        }
        kept.push('\n');
    }
    Some(kept)
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
        assert_eq!(cut(text).as_deref(), Some(expected));
    }

    #[test]
    fn a_text_of_which_the_blocks_are_not_certain_is_not_cut() {
        for text in [
            "id: a\ncases:\n  - resource: { A: { B\nnabled: 1 } }\n",
            "id: a\nwhy: \"first\nlevel: 1\"\n",
            "id: a\nwhy: |\n  x\nwhy: |\n  y\n",
            "id: a\ncases:\n  - name: \"x\nid: b\"\n",
            "id: a\nnothing\n",
        ] {
            assert_eq!(cut(text), None, "{text}");
        }
    }
}
