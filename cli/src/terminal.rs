//! Standard output and standard error: data goes to the first, everything else to the second.

use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use plumbline_coordinator::report::printable;
use plumbline_coordinator::report::table::Style;
use tracing_subscriber::EnvFilter;

use crate::failure::{Failure, Result};

/// Width of a table when standard output is no terminal and `COLUMNS` does not say.
const PLAIN_WIDTH: u16 = 140;
/// Nothing is drawn narrower than this.
const LEAST_WIDTH: u16 = 60;

/// Sends log lines to standard error: warnings only, more with `-v`, or as `PLUMBLINE_LOG` says.
pub(crate) fn start_logging(verbose: u8) {
    let default = match verbose {
        0 => "error",
        1 => "warn,plumbline=info",
        2 => "warn,plumbline=debug",
        _ => "debug",
    };
    let filter = EnvFilter::try_from_env("PLUMBLINE_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal() && !no_colour())
        .init();
}

/// How to draw tables on standard output: colour only for a person who did not refuse it (<https://no-color.org>).
pub(crate) fn style() -> Style {
    let is_terminal = io::stdout().is_terminal();
    let asked = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).filter(|columns| *columns > 0);
    let width = asked.or_else(|| terminal_size::terminal_size().map(|(width, _)| width.0)).unwrap_or(PLAIN_WIDTH);
    Style { colour: is_terminal && !no_colour(), width: width.max(LEAST_WIDTH) }
}

fn no_colour() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// Writes data to standard output. A reader that went away (`| head`) is not an error.
///
/// # Errors
/// When standard output cannot be written.
pub(crate) fn print(write: impl FnOnce(&mut BufWriter<StdoutLock<'static>>) -> io::Result<()>) -> Result<()> {
    let mut out = BufWriter::with_capacity(64 * 1024, io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new("write to standard output", error, "check where the output goes: the disk may be full"))
        }
        _ => Ok(()),
    }
}

/// Says something to the person who watches.
pub(crate) fn say(text: impl Display) {
    eprintln!("{}", safe(text));
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
