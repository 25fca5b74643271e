//! What a scan shows while it runs, on standard error only: a bar for a person, a line every few seconds otherwise.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::terminal::{is_watched, say};

/// How often a line is written when nobody watches a terminal.
pub(crate) const LINE_EVERY: Duration = Duration::from_secs(5);

/// How far a scan has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    /// Accounts with every job done, and accounts planned.
    pub(crate) accounts: (u64, u64),
    /// Jobs done and planned. A job is one Region of one account.
    pub(crate) jobs: (u64, u64),
    /// API calls so far.
    pub(crate) calls: u64,
    /// Throttled answers so far.
    pub(crate) throttles: u64,
    /// Calls that failed so far.
    pub(crate) failures: u64,
}

impl Figures {
    fn text(&self) -> String {
        format!(
            "{}/{} accounts · {}/{} jobs · {} calls · {} throttled · {} failed",
            self.accounts.0, self.accounts.1, self.jobs.0, self.jobs.1, self.calls, self.throttles, self.failures
        )
    }
}

/// The display of one scan.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Starts the display that suits standard error.
    pub(crate) fn start() -> Self {
        let bar = is_watched().then(|| {
            let template = "  {spinner} {bar:30.cyan/dim} {msg} · {eta} left";
            let style = ProgressStyle::with_template(template).expect("the template is a constant");
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8)).with_style(style);
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        Self { bar }
    }

    /// Shows new figures.
    pub(crate) fn update(&self, figures: &Figures) {
        if let Some(bar) = &self.bar {
            bar.set_length(figures.jobs.1);
            bar.set_position(figures.jobs.0);
            bar.set_message(figures.text());
        }
    }

    /// Writes a line with the figures, where there is no bar.
    pub(crate) fn line(&self, figures: &Figures) {
        if self.bar.is_none() {
            say(format_args!("plumbline: {}", figures.text()));
        }
    }

    /// Writes a line, and leaves the bar where it is.
    pub(crate) fn say(&self, text: impl std::fmt::Display) {
        match &self.bar {
            Some(bar) => bar.suspend(|| say(text)),
            None => say(text),
        }
    }

    /// Ends the display.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
