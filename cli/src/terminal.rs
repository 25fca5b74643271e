//! Standard output and standard error, and nobody else's: data goes to the first, everything else to the second.
//!
//! Neither may end the program by itself: a pipe whose reader left, a full disk behind a log file and a terminal that
//! was closed are ordinary.

use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::sync::Arc;

use plumbline_coordinator::report::printable;
use plumbline_coordinator::report::table::Style;
use plumbline_telemetry::logging::{Color, Format, is_filter};
use plumbline_telemetry::otlp::Collector;
use plumbline_telemetry::{Guard, Options, Registry, init};

use crate::args::LogFormat;
use crate::exit::Outcome;
use crate::failure::{Failure, Result};

/// Width of a table when standard output is no terminal and `COLUMNS` does not say.
const PLAIN_WIDTH: u16 = 140;
/// Nothing is drawn narrower than this.
const LEAST_WIDTH: u16 = 40;

/// Whether somebody still reads standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// As far as one can tell.
    Listens,
    /// The pipe was closed, as `head` does: what would follow is not wanted.
    Left,
}

/// Sends log lines to standard error: warnings only, more with `-v`, or as `PLUMBLINE_LOG` says; and traces, and
/// what is counted where there is a registry, to the collector of `OTEL_EXPORTER_OTLP_ENDPOINT`, until what is returned goes.
///
/// # Errors
/// When that collector cannot be sent to.
pub(crate) fn start_logging(verbose: u8, format: LogFormat, registry: Option<&Arc<Registry>>) -> Result<Guard> {
    let default = match verbose {
        0 => "error",
        1 => "warn,plumbline=info",
        2 => "warn,plumbline=debug",
        _ => "debug",
    };
    let filter = std::env::var("PLUMBLINE_LOG").ok().filter(|filter| is_filter(filter));
    let variable = |name: &str| std::env::var(name).ok();
    let failed = |error: &dyn Display| {
        Failure::usage("start logging", error, "correct the variables OTEL_EXPORTER_OTLP_*, or take them away")
    };
    let options = Options {
        format: match format {
            LogFormat::Text => Format::Text,
            LogFormat::Json => Format::Json,
        },
        color: if draws_on(&io::stderr()) && !no_colour() { Color::Always } else { Color::Never },
        filter: filter.unwrap_or_else(|| default.to_owned()),
        collector: Collector::from_environment(variable).map_err(|error| failed(&error))?,
        service: "plumbline".to_owned(),
        attributes: vec![("service.version".to_owned(), env!("CARGO_PKG_VERSION").to_owned())],
    };
    init(&options, registry).map_err(|error| failed(&error))
}

/// How to draw tables on standard output: colour only for a person who did not refuse it (<https://no-color.org>).
pub(crate) fn style() -> Style {
    let asked = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).filter(|columns| *columns > 0);
    let width = asked.or_else(|| terminal_size::terminal_size().map(|(width, _)| width.0)).unwrap_or(PLAIN_WIDTH);
    Style { colour: draws_on(&io::stdout()) && !no_colour(), width: width.max(LEAST_WIDTH) }
}

/// Whether a person watches standard error on a terminal that can move its cursor.
pub(crate) fn is_watched() -> bool {
    draws_on(&io::stderr())
}

/// Whether it is a terminal that knows more than lines: `TERM=dumb` says that it does not.
fn draws_on(stream: &impl IsTerminal) -> bool {
    let knows_lines_only = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
    stream.is_terminal() && !knows_lines_only
}

fn no_colour() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// Writes data to standard output. A reader that went away (`| head`) is not an error.
///
/// # Errors
/// When standard output cannot be written.
pub(crate) fn print(write: impl FnOnce(&mut BufWriter<StdoutLock<'static>>) -> io::Result<()>) -> Result<Reader> {
    let mut out = BufWriter::with_capacity(64 * 1024, io::stdout().lock());
    end_of_output(write(&mut out).and_then(|()| out.flush()))
}

/// What became of something that was written to standard output.
fn end_of_output(written: io::Result<()>) -> Result<Reader> {
    match written {
        Ok(()) => Ok(Reader::Listens),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Reader::Left),
        Err(error) => {
            Err(Failure::new("write to standard output", error, "check where the output goes: the disk may be full"))
        }
    }
}

/// Says something to the person who watches. There is nobody to tell when that does not work.
pub(crate) fn say(text: impl Display) {
    // In one piece, so that lines of several processes do not mix.
    let line = safe(text) + "\n";
    let _ = io::stderr().lock().write_all(line.as_bytes());
}

/// Says why the command failed and what to do next, one line each.
pub(crate) fn say_failure(failure: &Failure) -> Outcome {
    say(format_args!("plumbline: {failure}"));
    say(format_args!("next step: {}", failure.next_step()));
    failure.outcome()
}

/// Prints what the parser of the command line has to say: help and version for who asked, or what is wrong.
pub(crate) fn say_usage(error: &clap::Error) -> Outcome {
    let printed = error.print();
    if error.use_stderr() {
        return Outcome::Usage;
    }
    match end_of_output(printed) {
        Ok(_) => Outcome::Done,
        Err(failure) => say_failure(&failure),
    }
}

/// The text, line by line without what moves the cursor or hides: names, tags and messages are written by strangers.
pub(crate) fn safe(text: impl Display) -> String {
    text.to_string().split('\n').map(printable).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_keeps_its_lines_and_loses_its_escapes() {
        assert_eq!(safe("one\n\u{1b}[2Jtwo\u{202e}\n"), "one\n\u{fffd}[2Jtwo\u{fffd}\n");
    }
}
