//! What an operator watches: metrics, logs, traces. Knows nothing of scans but the names of what is counted; whoever
//! counts hands over numbers and words, and no account, ARN or name of a stranger ever becomes a label.
//!
//! In reading order: `catalogue` (every metric there is, with its labels), `metric` (what a metric is), `registry` (the
//! numbers), `text` (as Prometheus reads them), `page` (the catalogue as documentation), `otlp` (the numbers and traces
//! to a collector), `logging` (log lines, and `init`, which sets everything up), `propagation` (one trace across
//! processes).

pub mod catalogue;
pub mod logging;
pub mod metric;
pub mod otlp;
pub mod page;
pub mod propagation;
pub mod registry;
pub mod text;

pub use logging::{Guard, Options, init};
pub use registry::Registry;
