//! Secrets on a command line, where the value is a word of its own: `--password …`, `curl -u user:…`, `Bearer …`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::names::{self, Name};
use super::value::is_harmless;

/// A bearer's token is at least that long, and has a digit.
const SHORTEST_TOKEN: usize = 16;

/// Programs that take `user:password` behind a flag.
const FETCHERS: [&str; 3] = ["curl", "wget", "httpie"];
const USER_FLAGS: [&str; 4] = ["-u", "--user", "-U", "--proxy-user"];
/// Programs whose `-p` has the password right behind it.
const CLIENTS: [&str; 4] = ["mysql", "mysqldump", "mysqladmin", "mariadb"];

/// Whether a word of the text is a secret by the word before it.
pub(super) fn is_in(text: &str) -> bool {
    let mut program = "";
    let mut previous = "";
    let separates = |character: char| character.is_whitespace() || matches!(character, '"' | '\'' | ',' | '[' | ']');
    for word in text.split(separates).filter(|word| !word.is_empty()) {
        let word = word.trim_end_matches('\\');
        if is_after(program, previous, word) {
            return true;
        }
        let name = word.rsplit(['/', '=', '(', ';', '|', '&', '`']).next().unwrap_or(word);
        if FETCHERS.contains(&name) || CLIENTS.contains(&name) || name == "sshpass" {
            program = name;
        }
        previous = word;
    }
    false
}

/// Whether a flag takes a secret as its next word.
pub(in crate::redact) fn is_flag_of_secret(flag: &str) -> bool {
    let name = flag.trim_start_matches('-');
    name.len() < flag.len() && !name.contains(['=', ' ']) && names::of(name) != Name::Plain
}

fn is_after(program: &str, previous: &str, word: &str) -> bool {
    if CLIENTS.contains(&program) && word.strip_prefix("-p").is_some_and(is_password_of_client) {
        return true;
    }
    let lets_in = |pair: &str| pair.split_once(':').is_some_and(|(_, password)| !is_harmless(password));
    if FETCHERS.contains(&program) && word.strip_prefix("-u").is_some_and(lets_in) {
        return true;
    }
    if word.starts_with('-') || is_harmless(word) {
        return false;
    }
    match previous.to_ascii_lowercase().as_str() {
        "bearer" => {
            let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.~+/=".contains(&byte);
            word.len() >= SHORTEST_TOKEN && word.bytes().all(is_part) && word.bytes().any(|byte| byte.is_ascii_digit())
        }
        "basic" => is_pair(word),
        _ if USER_FLAGS.contains(&previous) && FETCHERS.contains(&program) => lets_in(word),
        "-p" if program == "sshpass" => true,
        _ => is_flag_of_secret(previous),
    }
}

/// `-phunter2`, and not `-port` nor `-p3306`.
fn is_password_of_client(rest: &str) -> bool {
    !is_harmless(rest) && !rest.starts_with(['-', '=']) && !rest.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether it is `user:password` in base64.
fn is_pair(word: &str) -> bool {
    let decoded = STANDARD.decode(word).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.is_some_and(|pair| pair.contains(':') && !pair.chars().any(char::is_control))
}
