//! "Did you mean": the known word that is closest to a mistyped one, if any is close.

/// How close a word has to be to be suggested.
const CLOSE: f64 = 0.82;

/// The closest of the known words.
pub fn closest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|each| (strsim::jaro_winkler(&word.to_lowercase(), &each.to_lowercase()), each))
        .filter(|(similarity, _)| *similarity > CLOSE)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, each)| each)
}
