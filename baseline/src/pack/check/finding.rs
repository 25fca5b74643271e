//! What a failure says: two texts, and the one place that one of them has.

use super::document::position;
use crate::pack::control::{COUNT, Control, Subject};
use crate::pack::problem::Report;
use crate::pack::yaml::Node;

/// The longest title, and the longest finding: reports show them in one line.
pub(super) const LONGEST_TITLE: usize = 120;

/// Checks that the texts are there, read well in a list, and have the places that they should have.
pub(super) fn check(control: &Control, node: &Node, report: &mut Report) {
    let Some(finding) = &control.finding else {
        if control.subject != Subject::Manual && node.get("finding").is_none() {
            report.error(node.at, "a control needs `finding: { one: …, other: … }`: what a failure says");
        }
        return;
    };
    for (key, text) in [("one", &finding.one), ("other", &finding.other)] {
        let at = position(node, &["finding", key]);
        if text.ends_with('.') {
            report.error(at, "a finding ends without a full stop");
        }
        if text.chars().count() > LONGEST_TITLE {
            report.error(at, format!("a finding has at most {LONGEST_TITLE} characters"));
        }
        if let Some((message, meant)) = misplaced(key, text, control.variant.is_some()) {
            report.error_meant(at, message, meant);
        }
    }
}

/// What is wrong with the places of a text, and what may have been meant. Of a file with variants, what the variants do not
/// have is told where they are read.
fn misplaced(key: &str, text: &str, has_variants: bool) -> Option<(String, Option<String>)> {
    let has_count = key == "other";
    for (start, _) in text.match_indices('{') {
        let rest = &text[start + 1..];
        let end = rest.find(['{', '}']).map_or(rest.len(), |end| end + 1);
        let place = &text[start..=start + end.min(rest.len())];
        if !place.ends_with('}') {
            let shown = place.split_whitespace().next().unwrap_or(place);
            let meant = has_count.then(|| COUNT.to_owned());
            return Some((format!("`{key}` has a brace that does not close: `{shown}`"), meant));
        }
        match (place == COUNT, has_count) {
            (true, true) => {}
            (true, false) => return Some((format!("`one` is about one finding, and says no number: {COUNT}"), None)),
            (false, _) if has_variants => return None,
            (false, true) => {
                return Some((format!("`{key}` has no place {place}: it has {COUNT}, the number of findings"), None));
            }
            (false, false) => return Some((format!("`{key}` has no places, and so no {place}"), None)),
        }
    }
    let is_wanting = has_count && !text.contains(COUNT);
    is_wanting.then(|| (format!("`other` has to say how many there are: {COUNT}"), None))
}
