//! What discovery shows while it runs, on standard error only: a spinner for a person, a line every few seconds
//! otherwise, and nothing at all when it takes no longer than a blink.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use plumbline_coordinator::organization::Figures;
use plumbline_coordinator::report::counted;
use tokio::sync::watch;

use crate::progress::LINE_EVERY;
use crate::terminal::{is_watched, safe, say};

/// Shows the figures until the work is done.
pub(crate) async fn shown<T>(mut figures: watch::Receiver<Figures>, work: impl Future<Output = T>) -> T {
    let spinner = is_watched().then(spinner);
    let mut lines = tokio::time::interval(LINE_EVERY);
    lines.tick().await;
    tokio::pin!(work);
    let done = loop {
        tokio::select! {
            biased;
            done = &mut work => break done,
            _ = lines.tick() => if spinner.is_none() {
                say(format_args!("plumbline: {}", text(&figures.borrow_and_update())));
            },
            changed = figures.changed() => match (changed, &spinner) {
                (Ok(()), Some(spinner)) => spinner.set_message(safe(text(&figures.borrow_and_update()))),
                (Ok(()), None) => {}
                // Whoever counts is the work itself, and it has the last word.
                (Err(_), _) => break work.await,
            },
        }
    };
    if let Some(spinner) = spinner {
        spinner.finish_and_clear();
    }
    done
}

fn spinner() -> ProgressBar {
    let style = ProgressStyle::with_template("  {spinner} {wide_msg}").expect("the template is a constant");
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8)).with_style(style);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn text(figures: &Figures) -> String {
    let mut text = match (figures.units, figures.accounts) {
        (0, 0) => "the organization: asking who is in it".to_owned(),
        (units, accounts) => {
            format!("the organization: {} · {}", counted(units, "unit"), counted(accounts, "account"))
        }
    };
    for (what, (asked, of)) in [("Regions", figures.regions), ("tags", figures.tags)] {
        if of > 0 {
            text += &format!(" · {what} of {asked}/{of}");
        }
    }
    if let Some(trouble) = &figures.trouble {
        text += &format!(" · waiting: {trouble}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_say_what_is_being_asked() {
        let figures = Figures {
            units: 1,
            accounts: 5_000,
            tags: (0, 0),
            regions: (12, 4_990),
            trouble: Some("account:ListRegions: throttled".to_owned()),
        };
        assert_eq!(
            text(&figures),
            "the organization: 1 unit · 5,000 accounts · Regions of 12/4990 · waiting: account:ListRegions: throttled"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn work_is_done_whether_or_not_anybody_counts() {
        let (counts, figures) = watch::channel(Figures::default());
        let work = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            drop(counts);
            tokio::time::sleep(Duration::from_secs(1)).await;
            7
        };
        assert_eq!(shown(figures, work).await, 7);
    }
}
