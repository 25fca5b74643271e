//! The end of a scan: reports are written, the table is printed, and the last lines say where everything is and what the
//! exit code means.

use plumbline_baseline::ScanId;
use plumbline_coordinator::read::ScanView;
use plumbline_coordinator::report::{Filter, table};

use crate::config::Settings;
use crate::exit::Outcome;
use crate::failure::Result;
use crate::hints;
use crate::judgement::Measure;
use crate::pack::Pack;
use crate::reports::{self, Written};
use crate::results::store_failure;
use crate::terminal::{self, say, say_failure};

/// How a scan ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Every job ended.
    Complete,
    /// Ctrl-C.
    Interrupted,
}

/// Writes the reports, prints the table, and says where everything is.
///
/// # Errors
/// When the reports cannot be written, or the store fails.
pub(crate) fn finish_report(
    view: &ScanView,
    scan: &ScanId,
    ending: Ending,
    settings: &Settings,
    pack: &Pack,
) -> Result<(Outcome, Written)> {
    let mut summary = view.summary();
    summary.past = Some(view.past(&Filter::default()).map_err(|error| store_failure(&error))?);
    let (min_coverage, fail_on) = (settings.min_coverage, settings.fail_on);
    let measure = Measure { min_coverage, fail_on, gaps: summary.gaps.len() };
    let outcome = |digest: &_| match ending {
        Ending::Complete => measure.outcome(digest),
        Ending::Interrupted => Outcome::Interrupted,
    };
    let hint = hints::of_scan(&settings.data_dir, scan.as_str());
    summary.options.clone_from(&hint);
    let exit = |digest: &_| measure.exit(outcome(digest), digest);
    let written = reports::write(view, &summary, settings, pack, exit)?;
    // The night is done and its reports are written: that the table has nowhere to go does not undo it.
    if let Err(failure) = terminal::print(|out| table::write(out, &summary, &written.digest, terminal::style())) {
        say_failure(&failure);
    }
    if let Some(notice) = &written.notice {
        say(format_args!("\nnote: {notice}"));
    }
    say(format_args!("\nReport: {}", written.page().display()));
    say(format_args!("Rows:   {}", written.lines().display()));
    if ending == Ending::Interrupted {
        say(format_args!("Stopped. What was scanned is stored: plumbline findings{hint}"));
    }
    let outcome = outcome(&written.digest);
    say(measure.sentence(outcome, &written.digest));
    Ok((outcome, written))
}
