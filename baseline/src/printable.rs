//! Makes text from the outside safe to show: names, tags, ARNs and error messages are written by strangers.
//!
//! Used by the renderers for people. The machine formats keep text as it is.

use std::borrow::Cow;

/// What stands for a character that was taken out, so that a name made of such characters is not invisible.
const REPLACEMENT: char = '\u{fffd}';

/// The text on one line, without control characters, escape sequences, bidirectional overrides and invisible characters.
pub fn printable(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_unsafe) { Cow::Owned(text.chars().map(shown).collect()) } else { Cow::Borrowed(text) }
}

/// The same of a text of several lines, which it keeps.
pub fn printable_text(text: &str) -> Cow<'_, str> {
    let is_unsafe = |c: char| c != '\n' && is_unsafe(c);
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| if is_unsafe(c) { shown(c) } else { c }).collect())
}

/// Line breaks and tabs are ordinary in the messages of AWS and in policies: they read as the space that they are.
fn shown(c: char) -> char {
    match c {
        '\n' | '\r' | '\t' => ' ',
        c if is_unsafe(c) => REPLACEMENT,
        c => c,
    }
}

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' // soft hyphen
            | '\u{061c}' | '\u{200b}'..='\u{200f}' // zero-width characters and directional marks
            | '\u{2028}'..='\u{202e}' // line separators, bidirectional embeddings and overrides
            | '\u{2060}'..='\u{206f}' // word joiner, invisible operators, bidirectional isolates
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}') // tag characters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_kept_where_they_may_be_and_nothing_else() {
        assert_eq!(printable("a\nb\u{202e}c\u{1b}[31m"), "a b\u{fffd}c\u{fffd}[31m");
        assert_eq!(printable_text("a\nb\tc\u{202e}"), "a\nb c\u{fffd}");
    }
}
