//! Text in other clothes: escaped as in a URL, or all of it in base64.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

/// Shorter text in base64 has no room for a name and a value.
const SHORTEST: usize = 12;

/// What the text is when it is decoded, in the ways in which it can be.
pub(super) fn forms(text: &str) -> impl Iterator<Item = String> {
    unescaped(text).into_iter().chain(from_base64(text))
}

/// Escapes of ASCII are decoded, which is where marks and names are; `%DB_NAME%` is none.
fn unescaped(text: &str) -> Option<String> {
    let is_hex = |pair: &&str| pair.bytes().all(|byte| byte.is_ascii_hexdigit());
    let escaped = |part: &str| u8::from_str_radix(part.get(..2).filter(is_hex)?, 16).ok().filter(u8::is_ascii);
    let mut parts = text.split('%');
    let mut decoded = parts.next()?.to_owned();
    let mut is_escaped = false;
    for part in parts {
        match escaped(part) {
            Some(byte) => {
                is_escaped = true;
                decoded.push(char::from(byte));
                decoded.push_str(&part[2..]);
            }
            None => {
                decoded.push('%');
                decoded.push_str(part);
            }
        }
    }
    is_escaped.then_some(decoded)
}

fn from_base64(text: &str) -> Option<String> {
    let text = text.trim();
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'\n' | b'\r');
    if text.len() < SHORTEST || !text.bytes().all(is_part) {
        return None;
    }
    let joined: String = text.split_whitespace().collect();
    let bytes = STANDARD.decode(&joined).or_else(|_| STANDARD_NO_PAD.decode(&joined)).ok()?;
    String::from_utf8(bytes)
        .ok()
        .filter(|text| !text.chars().any(|character| character.is_control() && !character.is_whitespace()))
}
