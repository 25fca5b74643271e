//! `guides/<id>.md` from text to `Guide`: a head between two lines of `---`, and Markdown below it.

use std::sync::Arc;

use super::guide::Guide;
use super::keys::GUIDE;
use super::process::Chapter;
use super::process_source::id;
use crate::keys::Form;
use crate::pack::facts::Place;
use crate::pack::form;
use crate::pack::problem::Report;
use crate::pack::section::Section;
use crate::pack::spelling;
use crate::pack::yaml::{Position, parse};

const FENCE: &str = "---\n";

/// A guide, and at which line its body begins.
pub(super) struct Read {
    pub(super) guide: Guide,
    pub(super) first_line: usize,
}

/// Reads a guide; `None` when it has errors.
pub(super) fn read(text: &str, file: &Arc<str>, stem: &str, report: &mut Report) -> Option<Read> {
    let errors = report.errors();
    let Some((head, body)) = text.strip_prefix(FENCE).and_then(|rest| rest.split_once("\n---\n")) else {
        let message = "a guide begins with a head: a line `---`, then id, title and chapter, then a line `---`";
        report.error(Position::line(1), message);
        return None;
    };
    // A line for the fence, so that places are those of the file.
    let mut node = match parse(&format!("#\n{head}\n")) {
        Ok(node) => node,
        Err(error) => {
            report.error(error.at, error.message);
            return None;
        }
    };
    spelling::mend(&mut node, &Form::Table(&GUIDE), report);
    let section = Section::open(&node, &GUIDE, report)?;
    let id = id(&section, report);
    if let Some((id, node)) = id.as_ref().zip(section.get("id")) {
        form::called(id, stem, node.at, report);
    }
    let title = section.required_text("title", report);
    let chapter = section.choice("chapter", Chapter::ALL, report);
    let at = section.get("id").map_or(section.at(), |node| node.at);
    if body.trim().is_empty() {
        report.error(at, "the guide says nothing below its head");
    }
    let guide = Guide {
        id: id?,
        title: title?,
        chapter: chapter?,
        body: body.to_owned(),
        place: Place { file: Arc::clone(file), line: at.line, column: at.column },
    };
    let first_line = head.matches('\n').count() + 4;
    (report.errors() == errors).then_some(Read { guide, first_line })
}
