//! Keys of a file that its tables do not have. What is misspelt is read as what was meant, so that one slip of the pen is
//! one problem and hides no other; the file has an error all the same. Must not read values.

use super::problem::Report;
use super::section::unknown_keys;
use super::yaml::{Node, Value};
use crate::keys::{Form, Mark, Table};

/// Reports the unknown keys of a value of this form, and gives the misspelt ones the names that were meant.
pub fn mend(node: &mut Node, form: &Form, report: &mut Report) {
    match form {
        Form::Table(table) => mend_map(node, table, report),
        Form::Map(inner) => each_member(node, inner, report),
        Form::List(inner) => each_item(node, inner, report),
        Form::OneOrMore(inner) => match &node.value {
            Value::List(_) => each_item(node, inner, report),
            _ => mend(node, inner, report),
        },
        Form::Either(forms) => {
            if let Some(form) = forms.iter().find(|form| is_shaped(node, form)) {
                mend(node, form, report);
            }
        }
        Form::Marked(marks, then, otherwise) => {
            let is_marked = marks.iter().any(|mark| has(node, mark));
            mend(node, if is_marked { then } else { otherwise }, report);
        }
        Form::Any
        | Form::Text
        | Form::Word
        | Form::Matching(_)
        | Form::OneOf(_)
        | Form::Flag
        | Form::Number
        | Form::Percent
        | Form::Whole { .. } => {}
    }
}

fn mend_map(node: &mut Node, table: &'static Table, report: &mut Report) {
    let Value::Map(members) = &mut node.value else { return };
    for (index, meant) in unknown_keys(members, table, report) {
        if let Some(meant) = meant.filter(|meant| !members.iter().any(|(name, _)| name.text == *meant)) {
            meant.clone_into(&mut members[index].0.text);
        }
    }
    for (name, value) in members {
        if let Some(key) = table.keys.iter().find(|key| key.name == name.text) {
            mend(value, &key.form, report);
        }
    }
}

fn each_member(node: &mut Node, form: &Form, report: &mut Report) {
    let Value::Map(members) = &mut node.value else { return };
    members.iter_mut().for_each(|(_, value)| mend(value, form, report));
}

fn each_item(node: &mut Node, form: &Form, report: &mut Report) {
    let Value::List(items) = &mut node.value else { return };
    items.iter_mut().for_each(|item| mend(item, form, report));
}

/// Whether a value may be of a form, as far as lists and maps go.
fn is_shaped(node: &Node, form: &Form) -> bool {
    match form {
        Form::Any => true,
        Form::Table(_) | Form::Map(_) => matches!(node.value, Value::Map(_)),
        Form::List(_) => matches!(node.value, Value::List(_)),
        Form::OneOrMore(inner) => matches!(node.value, Value::List(_)) || is_shaped(node, inner),
        Form::Either(forms) => forms.iter().any(|form| is_shaped(node, form)),
        Form::Marked(_, then, otherwise) => is_shaped(node, then) || is_shaped(node, otherwise),
        Form::Text
        | Form::Word
        | Form::Matching(_)
        | Form::OneOf(_)
        | Form::Flag
        | Form::Number
        | Form::Percent
        | Form::Whole { .. } => matches!(node.value, Value::Scalar { .. }),
    }
}

fn has(node: &Node, Mark(key, value): &Mark) -> bool {
    let found = node.get(key);
    found.is_some_and(|found| value.is_none_or(|value| found.text() == Some(value)))
}
