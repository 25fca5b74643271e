//! Log lines on standard error, for people or for machines, and everything else that is set up once, at the start.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::trace::TracerProvider;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::{EnvFilter, Targets};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::otlp::{self, Collector, Ended, SCOPE, Sender};
use crate::registry::Registry;

/// How long the end of the process may wait for the collector, unless somebody says otherwise.
const DEADLINE: Duration = Duration::from_secs(3);

/// What lines look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For machines: one object a line.
    Json,
}

/// Whether lines for people are coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    /// They are not.
    #[default]
    Never,
    /// They are.
    Always,
}

/// What is logged, and what is sent where.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What lines look like.
    pub format: Format,
    /// Whether they are coloured.
    pub color: Color,
    /// Which are written, as [`EnvFilter`] has it: `warn,plumbline=info`.
    pub filter: String,
    /// Where numbers and traces are sent, if anywhere.
    pub collector: Option<Collector>,
    /// What the process is called there; `OTEL_SERVICE_NAME` wins.
    pub service: String,
    /// What else is said of the process there, `service.version` for example; `OTEL_RESOURCE_ATTRIBUTES` wins.
    pub attributes: Vec<(String, String)>,
}

/// Why nothing was set up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The filter is none.
    #[error("`{filter}` is no filter for log lines: {source}")]
    Filter {
        /// As it was given.
        filter: String,
        /// What is wrong.
        source: tracing_subscriber::filter::ParseError,
    },
    /// The collector cannot be sent to.
    #[error(transparent)]
    Otlp(#[from] otlp::Error),
    /// It was set up before.
    #[error("logging was set up before: {0}")]
    Again(#[from] tracing_subscriber::util::TryInitError),
}

/// Whether a text is a filter for log lines.
#[must_use]
pub fn is_filter(text: &str) -> bool {
    EnvFilter::try_new(text).is_ok()
}

/// Sends what is left when it ends. Keep it until then.
#[must_use = "what is not sent when it goes is lost"]
pub struct Guard(Option<Sender>);

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guard").field("sends", &self.0.is_some()).finish()
    }
}

impl Guard {
    /// Sends what is left, and waits for that so long and no longer.
    pub fn finish(mut self, deadline: Duration) -> Ended {
        self.0.take().map_or(Ended::Sent, |sender| sender.finish(deadline))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(sender) = self.0.take() {
            // There is nobody left to tell.
            let _ = sender.finish(DEADLINE);
        }
    }
}

/// Sets up log lines, and with a collector traces, and metrics where there is a registry of them. Once in a process,
/// before anything is logged.
///
/// # Errors
/// When an option is not usable, or it was done before. Nothing has changed then, and lines can be set up without what
/// was wrong.
pub fn init(options: &Options, registry: Option<&Arc<Registry>>) -> Result<Guard, Error> {
    let filter = EnvFilter::try_new(&options.filter);
    let filter = filter.map_err(|source| Error::Filter { filter: options.filter.clone(), source })?;
    let start = |collector| Sender::start(collector, &options.service, &options.attributes, registry);
    let sender = options.collector.as_ref().map(start).transpose()?;
    let Some(sending) = &sender else {
        tracing_subscriber::registry().with(lines(options.format, options.color).with_filter(filter)).try_init()?;
        return Ok(Guard(None));
    };
    // Ours alone: what the sender's own connection says of itself would be sent, too, and say more.
    let ours = Targets::new().with_target("plumbline", LevelFilter::INFO);
    let tracer = sending.traces().tracer(SCOPE);
    let traces = tracing_opentelemetry::layer().with_tracer(tracer).with_threads(false).with_filter(ours);
    let lines = lines(options.format, options.color).with_filter(filter);
    match tracing_subscriber::registry().with(traces).with(lines).try_init() {
        Ok(()) => Ok(Guard(sender)),
        Err(error) => {
            // Dropped where it is, its runtime would end a program that is in one of its own.
            let _ = sender.map(|sender| sender.finish(Duration::ZERO));
            Err(error.into())
        }
    }
}

fn lines<S>(format: Format, color: Color) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'span> LookupSpan<'span>,
{
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        // It would report a full standard error on standard error, and panic.
        .log_internal_errors(false);
    match format {
        Format::Text => lines.with_ansi(color == Color::Always).boxed(),
        Format::Json => lines.with_ansi(false).json().flatten_event(true).with_span_list(false).boxed(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_read_before_anything_is_set_up() {
        assert!(is_filter("warn,plumbline=info") && is_filter("") && !is_filter("plumbline=loud"));
        let options = Options { filter: "plumbline=loud".to_owned(), ..Options::default() };
        let error = init(&options, None).unwrap_err().to_string();
        assert!(error.starts_with("`plumbline=loud` is no filter for log lines: "), "{error}");
    }

    #[test]
    fn without_a_collector_the_end_is_at_once() {
        assert_eq!(Guard(None).finish(Duration::ZERO), Ended::Sent);
    }
}
