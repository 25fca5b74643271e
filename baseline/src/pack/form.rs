//! What the files of a pack have in common: an id is the name of its file, an address can be opened.

use super::problem::Report;
use super::yaml::Position;
use crate::keys::Form;

/// Whether a file is called as what it holds.
pub(super) fn called(id: &str, stem: &str, at: Position, report: &mut Report) {
    if id != stem {
        report.error(at, format!("the id is `{id}` and the file is called `{stem}`"));
    }
}

/// What the name of a type looks like.
pub(super) const TYPE_NAME: Form = Form::Matching("^[^:]+(::[^:]+){2,}$");
/// What an address looks like: pages are linked to over TLS.
pub(super) const ADDRESS: &str = "^https://";

/// Whether the text of a key is an address.
pub(super) fn address(key: &str, url: &str, at: Position, report: &mut Report) {
    if !url.starts_with("https://") {
        report.error(at, format!("`{key}` is an https URL"));
    }
}

/// Whether a text is the name of a Region, as `us-west-2`, and no path.
pub(super) fn is_region(text: &str) -> bool {
    let is_word = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.rsplit_once('-')
        .is_some_and(|(name, number)| is_number(number) && name.split('-').count() > 1 && name.split('-').all(is_word))
}
