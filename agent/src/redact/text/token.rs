//! Keys and tokens that are known by their form.

/// Parts of text that only private keys have, the last three as base64 begins them.
const MARKS: [&str; 7] = [
    "PRIVATE KEY-----",
    "PRIVATE KEY BLOCK-----",
    "PuTTY-User-Key-File-",
    "AGE-SECRET-KEY-1",
    "LS0tLS1CRUdJTiBSU0EgUFJJVkFURS",
    "LS0tLS1CRUdJTiBQUklWQVRF",
    "LS0tLS1CRUdJTiBPUEVOU1NI",
];

/// How the keys and tokens of well-known services begin, how long they are at least, and what they are made of.
const TOKENS: &[(&str, usize, Made)] = &[
    ("ABSK", 60, Made::Base64),
    ("AIza", 35, Made::Word),
    ("AKIA", 20, Made::Upper),
    ("ASIA", 20, Made::Upper),
    ("ATATT3", 40, Made::Word),
    ("CCIPAT_", 30, Made::Word),
    ("EAAA", 50, Made::Word),
    ("FwoGZXIvYXdz", 60, Made::Base64),
    ("GOCSPX-", 25, Made::Word),
    ("IQoJb3JpZ2lu", 60, Made::Base64),
    ("NRAK-", 20, Made::Word),
    ("PMAK-", 40, Made::Word),
    ("SG.", 40, Made::Word),
    ("SK", 34, Made::LowerHex),
    ("amzn.mws.", 30, Made::Word),
    ("bedrock-api-key-", 30, Made::Base64),
    ("dapi", 36, Made::LowerHex),
    ("dckr_pat_", 20, Made::Word),
    ("doo_v1_", 30, Made::Word),
    ("dop_v1_", 30, Made::Word),
    ("dor_v1_", 30, Made::Word),
    ("dp.pt.", 30, Made::Word),
    ("eyJ", 40, Made::Word),
    ("figd_", 30, Made::Word),
    ("gh", 30, Made::Github),
    ("github_pat_", 40, Made::Word),
    ("glc_", 30, Made::Base64),
    ("glcbt-", 20, Made::Word),
    ("gldt-", 20, Made::Word),
    ("glpat-", 20, Made::Word),
    ("glptt-", 30, Made::Word),
    ("glrt-", 20, Made::Word),
    ("glsa_", 30, Made::Word),
    ("hf_", 30, Made::Word),
    ("hvb.", 20, Made::Word),
    ("hvs.", 20, Made::Word),
    ("key-", 36, Made::LowerHex),
    ("lin_api_", 30, Made::Word),
    ("npm_", 30, Made::Word),
    ("ntn_", 30, Made::Word),
    ("pscale_", 30, Made::Word),
    ("pypi-AgE", 40, Made::Word),
    ("rk_live_", 20, Made::Word),
    ("rk_test_", 20, Made::Word),
    ("rubygems_", 40, Made::Word),
    ("sbp_", 40, Made::Word),
    ("shpat_", 30, Made::Word),
    ("shpca_", 30, Made::Word),
    ("shppa_", 30, Made::Word),
    ("shpss_", 30, Made::Word),
    ("sk-ant-", 30, Made::Word),
    ("sk-proj-", 40, Made::Word),
    ("sk-", 43, Made::Word),
    ("sk_live_", 20, Made::Word),
    ("sk_test_", 20, Made::Word),
    ("sntrys_", 40, Made::Base64),
    ("sntryu_", 40, Made::Base64),
    ("sq0atp-", 25, Made::Word),
    ("sq0csp-", 40, Made::Word),
    ("whsec_", 20, Made::Base64),
    ("xapp-", 20, Made::Word),
    ("xoxa-", 20, Made::Word),
    ("xoxb-", 20, Made::Word),
    ("xoxe", 20, Made::Word),
    ("xoxo-", 20, Made::Word),
    ("xoxp-", 20, Made::Word),
    ("xoxr-", 20, Made::Word),
    ("xoxs-", 20, Made::Word),
    ("ya29.", 30, Made::Word),
];

/// The length of a secret access key of AWS, which has no beginning of its own.
const SECRET_ACCESS_KEY: usize = 40;
/// A part of a URL's path that is longer than this, and random, is a key and no name.
const LONGEST_NAME: usize = 20;

/// How much of a run is looked at: without an end, long text would take long.
const LONGEST: usize = 256;
/// How AWS's documentation ends keys that it shows: words, where the rest is random.
const EXAMPLE: &str = "EXAMPLEKEY";

/// What a token is made of.
#[derive(Clone, Copy)]
enum Made {
    /// Letters, digits, `_`, `-` and `.`, with a digit among them.
    Word,
    /// Words, `+`, `/` and `=`.
    Base64,
    /// Capitals and digits, and no more than that.
    Upper,
    /// Hexadecimal digits, and no more than that.
    LowerHex,
    /// GitHub's: one of five letters, `_`, and letters and digits.
    Github,
}

/// Whether a key or a token is somewhere in the text.
pub(super) fn is_in(text: &str) -> bool {
    MARKS.iter().any(|mark| text.contains(mark))
        || starts(text).any(is_known_token)
        || has_telegram_token(text)
        || has_secret_access_key(text)
}

/// Whether the text is the id of an access key, and nothing else.
pub(in crate::redact) fn is_name_of_key(text: &str) -> bool {
    let kinds = TOKENS.iter().filter(|(_, _, made)| matches!(made, Made::Upper));
    kinds.into_iter().any(|(start, length, made)| {
        text.len() == *length && text.starts_with(start) && made.is_token(text, start, *length)
    })
}

/// The text from each place on where a word may begin.
fn starts(text: &str) -> impl Iterator<Item = &str> {
    let bytes = text.as_bytes();
    let is_start =
        move |at: &usize| bytes[*at].is_ascii_alphabetic() && (*at == 0 || !bytes[*at - 1].is_ascii_alphanumeric());
    (0..bytes.len()).filter(is_start).map(|at| &text[at..])
}

fn is_known_token(rest: &str) -> bool {
    let first = rest.as_bytes().first();
    let known = TOKENS.iter().filter(|(start, _, _)| start.as_bytes().first() == first);
    known
        .filter(|(start, _, _)| rest.starts_with(start))
        .any(|(start, length, made)| made.is_token(rest, start, *length))
}

impl Made {
    fn is_token(self, rest: &str, start: &str, length: usize) -> bool {
        let word = run(rest, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
        match self {
            Self::Word => word.len() >= length && word[start.len()..].bytes().any(|byte| byte.is_ascii_digit()),
            Self::Base64 => run(rest, is_base64).len() >= length,
            Self::Upper => {
                let run = run(rest, |byte| byte.is_ascii_alphanumeric());
                run.len() == length && run.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
            }
            Self::LowerHex => {
                let is_hex = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
                let run = run(&rest[start.len()..], |byte| byte.is_ascii_alphanumeric());
                run.len() + start.len() == length && run.bytes().all(is_hex)
            }
            Self::Github => {
                let kind = rest.as_bytes().get(2..4);
                matches!(kind, Some([b'p' | b'o' | b'u' | b's' | b'r', b'_'])) && word.len() >= length
            }
        }
    }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'/' | b'=')
}

/// The beginning of a text that is made of such bytes, all of them ASCII; of a long one a part.
fn run(text: &str, is_part: impl Fn(u8) -> bool) -> &str {
    let end = text.bytes().take(LONGEST).take_while(|byte| is_part(*byte)).count();
    &text[..end]
}

/// A bot's: its number, a colon, and 35 characters that begin with `AA`.
fn has_telegram_token(text: &str) -> bool {
    text.match_indices(":AA").any(|(at, _)| {
        let number = text[..at].bytes().rev().take_while(u8::is_ascii_digit).count();
        let key = run(&text[at + 1..], |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        (8..=10).contains(&number) && key.len() == 35
    })
}

/// Forty characters of base64 that are no hash in hexadecimal, no path and no name.
fn has_secret_access_key(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let is_key = |run: &str| run.len() == SECRET_ACCESS_KEY && changes(run.strip_suffix(EXAMPLE).unwrap_or(run)) >= 0.4;
    let mut rest = text;
    while let Some(start) = rest.bytes().position(is_part) {
        let found = run(&rest[start..], is_part);
        let end = start + found.len();
        let next = rest.as_bytes().get(end..).unwrap_or_default();
        let goes_on = matches!(next, [b'-' | b'_' | b'.' | b'@', after, ..] if after.is_ascii_alphanumeric());
        let is_part_of_name = rest[..start].ends_with(['-', '_', '.']);
        if !goes_on && !is_part_of_name && is_key(found) {
            return true;
        }
        rest = &rest[end..];
    }
    false
}

/// How often a text changes between capitals, small letters and digits, for each of these; never where it lacks one of
/// the three. A random text changes in two of three places, words with capitals in fewer.
fn changes(text: &str) -> f64 {
    let kind = |byte: u8| match byte {
        b'A'..=b'Z' => Some(0_u8),
        b'a'..=b'z' => Some(1),
        b'0'..=b'9' => Some(2),
        _ => None,
    };
    let kinds: Vec<u8> = text.bytes().filter_map(kind).collect();
    if !(0..3).all(|kind| kinds.contains(&kind)) {
        return 0.0;
    }
    kinds.windows(2).filter(|pair| pair[0] != pair[1]).count() as f64 / kinds.len() as f64
}

/// Whether a part of a URL's path is a key: long, and of letters and digits alike. The hashes that name commits and
/// contents are none.
pub(super) fn is_key_in_path(segment: &str) -> bool {
    let is_hex = segment.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_hash = is_hex && matches!(segment.len(), 40 | 64);
    let is_word = segment.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_mixed =
        segment.bytes().any(|byte| byte.is_ascii_digit()) && segment.bytes().any(|byte| byte.is_ascii_alphabetic());
    let is_dashed = segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    segment.len() > LONGEST_NAME && !is_hash && (is_word && is_mixed || is_dashed && changes(segment) >= 0.5)
}
