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
