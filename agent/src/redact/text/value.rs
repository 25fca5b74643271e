//! Values that stand where a secret would, and are none: references to where it is kept, masks, switches.

use plumbline_baseline::doc::REDACTED;

/// Words that switch something, or stand for nothing.
const WORDS: [&str; 16] = [
    "disabled",
    "enabled",
    "false",
    "n/a",
    "nil",
    "no",
    "no_information",
    "none",
    "not_supported",
    "null",
    "off",
    "on",
    "optional",
    "required",
    "true",
    "yes",
];

/// How references to secrets begin.
const REFERENCES: [&str; 11] = ["arn:", "{{", "${", "$(", "$.", "%(", "{$", "env:", "file://", "ssm:", "vault:"];

/// Whether a value in the place of a secret gives nothing away.
pub(in crate::redact) fn is_harmless(value: &str) -> bool {
    let value = value.trim();
    let lower = value.to_ascii_lowercase();
    value.is_empty()
        || WORDS.contains(&lower.as_str())
        || REFERENCES.iter().any(|start| lower.starts_with(start))
        || is_variable(value)
        || is_mask(value)
        || is_time(value)
        // How many, and not which.
        || (value.len() <= 2 && value.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `$NAME`, `%NAME%`, `{name}`, `<name>`.
fn is_variable(value: &str) -> bool {
    let is_name = |name: &str| {
        let mut bytes = name.bytes();
        bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
    };
    let is_upper = |name: &str| !name.bytes().any(|byte| byte.is_ascii_lowercase());
    let is_letters = |name: &str| !name.bytes().any(|byte| byte.is_ascii_digit());
    let between = |start: char, end: char| value.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
    value.strip_prefix('$').is_some_and(|name| is_name(name) && (is_upper(name) || is_letters(name)))
        || [('%', '%'), ('{', '}'), ('<', '>')].into_iter().any(|(start, end)| between(start, end).is_some_and(is_name))
}

/// What is shown in place of a secret.
fn is_mask(value: &str) -> bool {
    let is_mark = |character| matches!(character, '*' | '•' | '#' | 'x' | 'X' | '.' | '-' | '_');
    value.chars().all(is_mark) || value == REDACTED || value.eq_ignore_ascii_case("redacted")
}

/// When it was set, and not what to.
fn is_time(value: &str) -> bool {
    let bytes = value.as_bytes();
    let digits =
        |range: std::ops::Range<usize>| bytes.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    let has_date =
        digits(0..4) && bytes.get(4) == Some(&b'-') && digits(5..7) && bytes.get(7) == Some(&b'-') && digits(8..10);
    has_date && (bytes.len() == 10 || bytes[10] == b'T')
}
