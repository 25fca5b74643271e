//! One trace across processes: the W3C `traceparent` of a span on a map of texts, which whoever speaks to the other
//! process sends along. Without a collector there is no trace, and the map stays empty.

use std::collections::BTreeMap;

use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The header that names the span.
pub const TRACEPARENT: &str = "traceparent";
/// The header that collectors add to it.
pub const TRACESTATE: &str = "tracestate";

/// W3C's own limit; what is longer comes from no library.
const LONGEST: usize = 512;

/// What is sent along.
pub type Carrier = BTreeMap<String, String>;

struct Writes<'a>(&'a mut Carrier);

impl Injector for Writes<'_> {
    fn set(&mut self, key: &str, value: String) {
        if !value.is_empty() {
            self.0.insert(key.to_owned(), value);
        }
    }
}

struct Reads<'a>(&'a Carrier);

impl Extractor for Reads<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str).filter(|value| value.len() <= LONGEST && value.is_ascii())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }
}

/// What names a span to another process; nothing for a span that is in no trace.
#[must_use]
pub fn inject(span: &Span) -> Carrier {
    let mut carrier = Carrier::new();
    TraceContextPropagator::new().inject_context(&span.context(), &mut Writes(&mut carrier));
    carrier
}

/// What became of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// It is in the other process' trace.
    Yes,
    /// It begins a trace of its own: nothing usable was sent, or the span has begun, or nothing is traced.
    No,
}

/// Puts a new span, which nobody has entered, below the one that another process named.
pub fn join(span: &Span, carrier: &Carrier) -> Joined {
    let context = TraceContextPropagator::new().extract(&Reads(carrier));
    let is_usable = context.span().span_context().is_valid();
    if is_usable && span.set_parent(context).is_ok() { Joined::Yes } else { Joined::No }
}
