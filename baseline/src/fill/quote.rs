//! Strangers' text in quotes: what may stand in a comment, in JSON, in HCL's and YAML's strings, in a shell's. Nothing of
//! it ends what it stands in, and nothing of it moves a terminal's cursor.

use crate::printable::printable;

/// Text for a comment of any of the formats: on one line, and without what ends a comment.
pub fn in_comment(text: &str) -> String {
    printable(text).replace("*/", "* /")
}

/// Whether a character shows itself, and is no blank but the space.
fn is_plain(each: char) -> bool {
    let mut text = [0; 4];
    printable(each.encode_utf8(&mut text)).chars().eq([each])
}

/// Whether text may stand anywhere in a command, in a template or in HCL without quotes of its own.
pub(super) fn is_bare(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|each| each.is_ascii_alphanumeric() || "_./:@%+-".contains(each))
}

/// One argument of a POSIX shell, on one line; `None` for text that ends in a line break, which a shell would drop.
pub(super) fn shell(text: &str) -> Option<String> {
    if text.ends_with('\n') {
        return None;
    }
    if is_bare(text) && !text.starts_with(['-', '%', '+', '@']) {
        return Some(text.to_owned());
    }
    let mut quoted = String::from("'");
    let mut rest = text.chars().peekable();
    while let Some(each) = rest.next() {
        match each {
            '\'' => quoted.push_str(r"'\''"),
            each if is_plain(each) => quoted.push(each),
            each => {
                let mut hidden = octal(each);
                let mut last = each;
                // A substitution drops the line breaks at its end: what follows one goes along.
                while let Some(next) = rest.next_if(|next| last == '\n' || !is_plain(*next)) {
                    hidden.push_str(&octal(next));
                    last = next;
                }
                quoted.push_str(&format!("'\"$(printf '{hidden}')\"'"));
            }
        }
    }
    quoted.push('\'');
    Some(quoted)
}

fn octal(each: char) -> String {
    let mut text = [0; 4];
    each.encode_utf8(&mut text).bytes().map(|byte| format!("\\{byte:03o}")).collect()
}

/// What stands between the quotes of a string in JSON.
pub(super) fn json(text: &str) -> String {
    escaped(text, |each| match each {
        '"' | '\\' => Some(format!("\\{each}")),
        '\n' => Some("\\n".to_owned()),
        each if is_plain(each) => None,
        each => {
            let mut units = [0; 2];
            Some(each.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect())
        }
    })
}

/// What stands between the quotes of a string in HCL. What could begin a template there does not.
pub(super) fn hcl(text: &str) -> String {
    let mut rest = text.chars().peekable();
    let mut quoted = String::new();
    while let Some(each) = rest.next() {
        match each {
            '"' | '\\' => quoted.extend(['\\', each]),
            '\n' => quoted.push_str("\\n"),
            // At the end, what follows in the text may be a brace.
            '$' | '%' if rest.peek().is_none_or(|next| *next == '{') => {
                quoted.push_str(&format!("\\u{:04X}", u32::from(each)));
            }
            each if is_plain(each) => quoted.push(each),
            each => quoted.push_str(&wide(each)),
        }
    }
    quoted
}

/// What stands between double quotes in YAML.
pub(super) fn yaml(text: &str) -> String {
    escaped(text, |each| match each {
        '"' | '\\' => Some(format!("\\{each}")),
        '\n' => Some("\\n".to_owned()),
        each if is_plain(each) => None,
        each => Some(wide(each)),
    })
}

fn wide(each: char) -> String {
    match u32::from(each) {
        code if code > 0xffff => format!("\\U{code:08X}"),
        code => format!("\\u{code:04X}"),
    }
}

fn escaped(text: &str, escape: impl Fn(char) -> Option<String>) -> String {
    let mut quoted = String::with_capacity(text.len());
    for each in text.chars() {
        match escape(each) {
            Some(escaped) => quoted.push_str(&escaped),
            None => quoted.push(each),
        }
    }
    quoted
}
