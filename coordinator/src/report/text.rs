//! Text for people, in the room that there is: names, tags, ARNs and error messages are written by strangers, and made
//! printable first.
//!
//! Used by the renderers for people (`table`, `html`). The machine formats keep text as it is.

use plumbline_baseline::pack::control::FixBy;
pub use plumbline_baseline::printable::printable;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The printable text, cut in the middle to at most `width` columns: the ends of an ARN say the most.
pub(super) fn fitted(text: &str, width: usize) -> String {
    let text = printable(text);
    if text.width() <= width {
        return text.into_owned();
    }
    let room = width.saturating_sub(1);
    let head = take_width(text.chars(), room / 2);
    let tail: Vec<char> = take_width(text.chars().rev(), room - room / 2);
    head.into_iter().chain(std::iter::once('…')).chain(tail.into_iter().rev()).collect()
}

/// The printable text in lines of at most `width` columns, broken between words where that is possible. What does not fit
/// into that many lines is cut in the middle: messages of AWS say who at the start, and why at the end.
pub(super) fn wrapped(text: &str, width: usize, lines: usize) -> Vec<String> {
    let width = width.max(1);
    let whole = wrap(&printable(text), width);
    // Breaking between words leaves room unused, so that a text may have to be shorter than all lines together.
    let shorter = (0..lines * width).rev().step_by(4).map(|room| wrap(&fitted(text, room), width));
    std::iter::once(whole).chain(shorter).find(|wrapped| wrapped.len() <= lines).unwrap_or_default()
}

fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is a line from the start");
        if line.is_empty() {
            line.push_str(word);
        } else if line.width() + 1 + word.width() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
        break_last(&mut lines, width);
    }
    lines
}

/// Breaks the last line where it is a word that is too long for any line, such as an ARN: after a sign between its parts,
/// if there is one that leaves the line more than half full.
fn break_last(lines: &mut Vec<String>, width: usize) {
    while let Some(line) = lines.last_mut().filter(|line| line.width() > width) {
        let head: String = take_width(line.chars(), width).into_iter().collect();
        let between = head.rfind([':', '/', '.', ',']).map(|at| at + 1).filter(|at| at * 2 > head.len());
        let first = line.chars().next().map_or(0, char::len_utf8);
        let rest = line.split_off(between.unwrap_or(head.len()).max(first));
        lines.push(rest);
    }
}

fn take_width(chars: impl Iterator<Item = char>, width: usize) -> Vec<char> {
    let mut used = 0;
    chars
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= width
        })
        .collect()
}

/// A number with thin groups of three, as a person reads it (`12,345`).
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A share as a percentage that never rounds up to 100 % or down to 0 %; a dash when there is nothing to share.
pub fn percent(share: Option<f64>) -> String {
    match share {
        None => "–".into(),
        Some(share) if share >= 1.0 => "100%".into(),
        Some(share) if share <= 0.0 => "0%".into(),
        Some(share) => format!("{:.1}%", (share * 100.0).clamp(0.1, 99.9)),
    }
}

/// Who puts a control right, in words.
pub fn fixed_by(fix_by: FixBy) -> &'static str {
    match fix_by {
        FixBy::RootUser => "the root user",
        FixBy::Console => "a person in the console or CLI",
        FixBy::Iac => "infrastructure as code",
        FixBy::Mixed => "several parties; the steps say which",
        FixBy::Organization => "the organization's management account",
    }
}

/// The number and its noun (`1 account`, `2 accounts`).
pub fn counted(number: u64, noun: &str) -> String {
    let ending = match number {
        1 => "",
        _ if noun.ends_with('s') => "es",
        _ => "s",
    };
    format!("{} {noun}{ending}", grouped(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_and_overrides_are_replaced() {
        assert_eq!(printable("a\u{1b}[31mb\u{202e}c\u{9b}d\r\n"), "a\u{fffd}[31mb\u{fffd}c\u{fffd}d  ");
        assert_eq!(printable("Zürich 東京"), "Zürich 東京");
    }

    #[test]
    fn several_are_several() {
        let said = [counted(0, "account"), counted(1, "process"), counted(1_200, "process")];
        assert_eq!(said, ["0 accounts", "1 process", "1,200 processes"]);
    }

    #[test]
    fn long_text_is_cut_in_the_middle() {
        assert_eq!(fitted("abcdefghij", 5), "ab…ij");
        assert_eq!(fitted("東京東京東京", 5), "東…京");
        assert_eq!(fitted("abc", 3), "abc");
    }

    #[test]
    fn text_is_wrapped_between_words() {
        let check = |text, width, lines, expected: &[&str]| assert_eq!(wrapped(text, width, lines), expected);
        check("is not allowed to", 10, 3, &["is not", "allowed to"]);
        check("on arn:aws:iam::1:role/x", 8, 9, &["on", "arn:aws:", "iam::1:", "role/x"]);
        check("first\nsecond", 20, 1, &["first second"]);
        check("东京 東京東京", 4, 9, &["东京", "東京", "東京"]);
        check("", 10, 3, &[""]);
    }

    #[test]
    fn what_does_not_fit_is_cut_in_the_middle() {
        let text = "User u is not allowed to do this or that on anything because of a policy";
        let lines = wrapped(text, 16, 2);
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[0].starts_with("User u") && lines[1].ends_with("policy"), "{lines:?}");
        assert!(lines.concat().contains('…'));
    }

    #[test]
    fn almost_everything_is_not_everything() {
        assert_eq!(percent(Some(0.99999)), "99.9%");
        assert_eq!(percent(Some(1.0)), "100%");
        assert_eq!(percent(Some(0.00001)), "0.1%");
        assert_eq!(percent(None), "–");
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(grouped(999), "999");
        assert_eq!(counted(1, "account"), "1 account");
    }
}
