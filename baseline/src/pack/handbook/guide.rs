//! Guides: a question, answered in prose. The checked form of `guides/<id>.md`.

use super::process::Chapter;
use crate::pack::facts::Place;

/// One guide.
#[derive(Clone, Debug)]
pub struct Guide {
    /// `who-changed-it`: the file's name.
    pub id: String,
    /// The question that it answers.
    pub title: String,
    /// Where in the handbook it stands.
    pub chapter: Chapter,
    /// The answer, as Markdown, without the head of the file.
    pub body: String,
    /// Where its id stands.
    pub place: Place,
}
