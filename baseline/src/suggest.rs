//! "Did you mean": the known word that is closest to a mistyped one, if any is close; and which words there are, if none is.

use std::fmt::Write as _;

/// How close a word has to be to be suggested.
const CLOSE: f64 = 0.82;
/// How many words a message lists.
const LISTED: usize = 12;

/// The closest of the known words.
pub fn closest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let ranked = known.into_iter().map(|each| (similarity(word, each), each));
    let close = ranked.filter(|(similarity, _)| *similarity > CLOSE);
    close.max_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, each)| each)
}

/// What a message says of a word that is none of the known ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hint {
    /// The closest word, if one is close.
    pub closest: Option<String>,
    /// Where none is close: which there are (`; it has A, B, C and 4 more`), the more similar ones first; else empty.
    pub listed: String,
}

impl Hint {
    /// The hint for a word; `lead` comes before the list of those that there are: `it has`.
    pub fn new<'a>(word: &str, known: impl IntoIterator<Item = &'a str>, lead: &str) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        match closest(word, known.iter().copied()) {
            Some(close) => Self { closest: Some(close.to_owned()), listed: String::new() },
            None if known.is_empty() => Self::default(),
            None if let [only] = containing(word, &known)[..] => {
                Self { closest: Some(only.to_owned()), listed: String::new() }
            }
            None => Self { closest: None, listed: format!("; {lead} {}", listed(word, known)) },
        }
    }
}

/// The known words that begin or end with a word: `KeyState` with `State`.
fn containing<'a>(word: &str, known: &[&'a str]) -> Vec<&'a str> {
    let word = word.to_lowercase();
    let is_part = |each: &str| each.ends_with(&word) || each.starts_with(&word);
    known.iter().copied().filter(|each| word.len() > 1 && is_part(&each.to_lowercase())).collect()
}

/// The words that are most similar to one, in the order of their similarity, and how many more there are.
fn listed(word: &str, mut known: Vec<&str>) -> String {
    if known.len() > LISTED {
        let parts = containing(word, &known);
        let rank = |each: &str| similarity(word, each) + if parts.contains(&each) { 1.0 } else { 0.0 };
        known.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
    }
    let mut text = known[..known.len().min(LISTED)].join(", ");
    if let Some(more) = known.len().checked_sub(LISTED).filter(|more| *more > 0) {
        write!(text, " and {more} more").expect("writing to a string cannot fail");
    }
    text
}

fn similarity(word: &str, known: &str) -> f64 {
    strsim::jaro_winkler(&word.to_lowercase(), &known.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(word: &str, known: &[&str]) -> (Option<String>, String) {
        let hint = Hint::new(word, known.iter().copied(), "it has");
        (hint.closest, hint.listed)
    }

    #[test]
    fn a_close_word_is_suggested_and_where_none_is_those_that_there_are() {
        assert_eq!(said("KeyIdd", &["KeyId", "KeyArn"]), (Some("KeyId".to_owned()), String::new()));
        assert_eq!(said("State", &["KeyArn", "KeyState"]), (Some("KeyState".to_owned()), String::new()));
        assert_eq!(said("Id", &["KeyArn", "KeyId", "GrantId"]), (None, "; it has KeyArn, KeyId, GrantId".to_owned()));
        assert_eq!(said("Id", &[]), (None, String::new()));
    }

    #[test]
    fn a_long_list_is_cut_and_begins_with_what_is_similar() {
        let names: Vec<String> =
            (0..30).map(|number| format!("Member{number}")).chain(["Identity".to_owned()]).collect();
        let arns = ["LoadBalancerAttachmentArn", "TargetGroupAttachmentArn"];
        let (_, listed) = said("Arn", &names.iter().map(String::as_str).chain(arns).collect::<Vec<_>>());
        assert!(arns.iter().all(|arn| listed[..70].contains(arn)), "{listed}");
        let (_, listed) = said("zzz", &names.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(listed.ends_with(" and 19 more") && listed.matches(", ").count() == 11, "{listed}");
    }
}
