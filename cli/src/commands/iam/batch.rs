//! `plumbline iam can --batch`: one JSON object a line in, one a line out, in the same order. A line that cannot be read
//! has its error in its place, and the others are answered.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

use plumbline_baseline::policy::decide;
use serde_json::json;

use super::{answer, question};
use crate::config::at_home;
use crate::exit::Outcome;
use crate::failure::{Failure, Result};
use crate::terminal;

/// Answers every line of a file, or of standard input.
pub(super) fn run(file: &Path) -> Result<Outcome> {
    let name = file.display().to_string();
    let input: Box<dyn Read> = if name == "-" {
        Box::new(io::stdin().lock())
    } else {
        let opened = File::open(at_home(file.to_owned()));
        Box::new(opened.map_err(|error| Failure::usage(format!("read {name}"), error, "check the path"))?)
    };
    let mut lines = Lines { input: BufReader::new(input), number: 0, bad: 0, failed: None };
    terminal::print(|out| lines.answer(out))?;
    if let Some(error) = lines.failed {
        return Err(Failure::new(format!("read {name}"), error, "check the file, and ask again from that line on"));
    }
    if lines.bad > 0 {
        let cause = format!("{} of {} lines could not be read", lines.bad, lines.number);
        return Err(Failure::new("answer every line", cause, "correct the lines whose answer has an `error`"));
    }
    Ok(Outcome::Done)
}

struct Lines {
    input: BufReader<Box<dyn Read>>,
    number: usize,
    bad: usize,
    failed: Option<io::Error>,
}

impl Lines {
    /// Writes an answer for each line. Whoever asks line by line is answered line by line.
    fn answer(&mut self, out: &mut impl Write) -> io::Result<()> {
        let mut line = Vec::new();
        loop {
            line.clear();
            if self.input.buffer().is_empty() {
                out.flush()?;
            }
            match self.input.read_until(b'\n', &mut line) {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(error) => {
                    self.failed = Some(error);
                    return Ok(());
                }
            }
            self.number += 1;
            if !line.trim_ascii().is_empty() {
                writeln!(out, "{}", self.one(&line))?;
            }
        }
    }

    fn one(&mut self, line: &[u8]) -> serde_json::Value {
        let asked = std::str::from_utf8(line).map_err(|_| "it is not UTF-8".to_owned()).and_then(question::read);
        match asked {
            Ok((policies, request)) => answer::json(&decide(&policies, &request)),
            Err(error) => {
                self.bad += 1;
                json!({ "line": self.number, "error": error, "next_step": "correct the line; docs/iam-can.md says what it holds" })
            }
        }
    }
}
