//! `plumbline schema`: the JSON Schema of a kind of file, for editors.

use std::io::Write;

use crate::documents::document;
use crate::exit::Outcome;
use crate::failure::{Failure, Result};
use crate::terminal;

/// Prints the schema.
pub(crate) fn run(name: &str) -> Result<Outcome> {
    let document = document(name).ok_or_else(|| {
        Failure::usage(format!("print the schema of `{name}`"), "there is none", "see `plumbline schema --help`")
    })?;
    terminal::print(|out| out.write_all(document.text().as_bytes()))?;
    Ok(Outcome::Done)
}
