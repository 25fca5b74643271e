//! The end of a scan: reports are written, the table is printed, and the last lines say where everything is and what the
//! exit code means.

use plumbline_baseline::ScanId;
use plumbline_coordinator::read::ScanView;
use plumbline_coordinator::report::{Filter, ScanSummary, table};

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

/// Reports that are written, and what they amount to.
pub(crate) struct Finished {
    summary: ScanSummary,
    hint: String,
    /// Where they are.
    pub(crate) written: Written,
    /// How a command that ran the scan ends.
    pub(crate) outcome: Outcome,
    /// What it amounts to, on one line.
    pub(crate) sentence: String,
}

/// Writes the reports of a scan that ended.
///
/// # Errors
/// When they cannot be written, or the store fails.
pub(crate) fn write_reports(
    view: &ScanView,
    scan: &ScanId,
    ending: Ending,
    settings: &Settings,
    pack: &Pack,
) -> Result<Finished> {
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
    let outcome = outcome(&written.digest);
    let sentence = measure.sentence(outcome, &written.digest);
    Ok(Finished { summary, hint, written, outcome, sentence })
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
    let finished = write_reports(view, scan, ending, settings, pack)?;
    let Finished { summary, hint, written, outcome, sentence } = finished;
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
    say(sentence);
    Ok((outcome, written))
}
