//! Numbers and traces to a collector, over OTLP on gRPC. Runs on a thread of its own, so that a collector that is slow or
//! gone costs a scan nothing.

use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Meter, MeterProvider};
use opentelemetry_otlp::tonic_types::transport::ClientTlsConfig;
use opentelemetry_otlp::{ExporterBuildError, MetricExporter, SpanExporter, WithExportConfig, WithTonicConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::resource::EnvResourceDetector;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::runtime::Runtime;

use crate::metric::{Definition, Kind};
use crate::registry::{Number, Registry};

/// The scope of everything that is sent.
pub(crate) const SCOPE: &str = "plumbline";

/// Why nothing is sent to a collector.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address, or another setting of `OTEL_EXPORTER_OTLP_*`, is not usable.
    #[error("cannot send to the OTLP collector `{endpoint}`: {source}")]
    Collector {
        /// Where it was to be.
        endpoint: String,
        /// What is wrong.
        source: ExporterBuildError,
    },
    /// `OTEL_EXPORTER_OTLP_PROTOCOL` asks for something else.
    #[error("OTEL_EXPORTER_OTLP_PROTOCOL is `{0}`: `grpc` is what is spoken here")]
    Protocol(String),
    /// The system gave no thread.
    #[error("cannot start the thread that sends to the OTLP collector: {0}")]
    Thread(#[from] std::io::Error),
}

/// Where numbers and traces are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collector {
    /// Its address: `http://127.0.0.1:4317`.
    pub endpoint: String,
    /// How often numbers are sent; `OTEL_METRIC_EXPORT_INTERVAL`, else once a minute, without it.
    pub interval: Option<Duration>,
}

impl Collector {
    /// What the standard variables of OpenTelemetry say: nothing without `OTEL_EXPORTER_OTLP_ENDPOINT`, or with
    /// `OTEL_SDK_DISABLED=true`. The other variables (headers, time limits, intervals, sampling) are read by its SDK.
    ///
    /// # Errors
    /// When `OTEL_EXPORTER_OTLP_PROTOCOL` asks for another protocol than gRPC.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, Error> {
        let set = |name: &str| variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let is_off = set("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let Some(endpoint) = set("OTEL_EXPORTER_OTLP_ENDPOINT").filter(|_| !is_off) else { return Ok(None) };
        match set("OTEL_EXPORTER_OTLP_PROTOCOL") {
            Some(protocol) if protocol != "grpc" => Err(Error::Protocol(protocol)),
            _ => Ok(Some(Self { endpoint, interval: None })),
        }
    }
}

/// How sending ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Everything was taken.
    Sent,
    /// The deadline passed first.
    Late,
    /// The collector did not take it.
    Refused(String),
}

/// What sends, as long as it is there.
pub(crate) struct Sender {
    traces: SdkTracerProvider,
    metrics: Option<SdkMeterProvider>,
    runtime: Runtime,
}

impl Sender {
    pub(crate) fn start(
        collector: &Collector,
        service: &str,
        attributes: &[(String, String)],
        registry: Option<&Arc<Registry>>,
    ) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("plumbline-otlp")
            .enable_all()
            .build()?;
        let resource = resource(service, attributes);
        let entered = runtime.enter();
        let (spans, numbers) =
            exporters(collector).map_err(|source| Error::Collector { endpoint: collector.endpoint.clone(), source })?;
        let traces = SdkTracerProvider::builder().with_batch_exporter(spans).with_resource(resource.clone()).build();
        let metrics = registry.map(|registry| {
            let mut reader = PeriodicReader::builder(numbers);
            if let Some(interval) = collector.interval {
                reader = reader.with_interval(interval);
            }
            let metrics = SdkMeterProvider::builder().with_reader(reader.build()).with_resource(resource).build();
            observe(&metrics.meter(SCOPE), registry);
            metrics
        });
        drop(entered);
        Ok(Self { traces, metrics, runtime })
    }

    pub(crate) const fn traces(&self) -> &SdkTracerProvider {
        &self.traces
    }

    /// Sends what is left, for so long.
    pub(crate) fn finish(self, deadline: Duration) -> Ended {
        let (done, ended) = mpsc::channel();
        let (traces, metrics) = (self.traces, self.metrics);
        // The SDK waits as long as it likes: it does so on a thread that nobody waits for.
        let sends = std::thread::Builder::new().name("plumbline-otlp-end".to_owned()).spawn(move || {
            let numbers = metrics.map(|metrics| metrics.shutdown_with_timeout(deadline));
            let _ = done.send([traces.shutdown_with_timeout(deadline), numbers.unwrap_or(Ok(()))]);
        });
        let ended = match sends.map(|_| ended.recv_timeout(deadline)) {
            Ok(Ok(results)) => results.into_iter().find_map(refusal).map_or(Ended::Sent, Ended::Refused),
            Ok(Err(_)) => Ended::Late,
            Err(error) => Ended::Refused(error.to_string()),
        };
        self.runtime.shutdown_background();
        ended
    }
}

/// What the process is. What the environment says of it wins.
fn resource(service: &str, attributes: &[(String, String)]) -> Resource {
    let attributes = attributes.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
    let resource = Resource::builder_empty()
        .with_service_name(service.to_owned())
        .with_attributes(attributes)
        .with_detector(Box::new(EnvResourceDetector::new()));
    match std::env::var("OTEL_SERVICE_NAME") {
        Ok(name) if !name.trim().is_empty() => resource.with_service_name(name).build(),
        _ => resource.build(),
    }
}

fn refusal(result: OTelSdkResult) -> Option<String> {
    result.err().map(|error| error.to_string())
}

fn exporters(collector: &Collector) -> Result<(SpanExporter, MetricExporter), ExporterBuildError> {
    let endpoint = &collector.endpoint;
    let spans = SpanExporter::builder().with_tonic().with_endpoint(endpoint.clone());
    let numbers = MetricExporter::builder().with_tonic().with_endpoint(endpoint.clone());
    if endpoint.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://")) {
        let tls = || ClientTlsConfig::new().with_enabled_roots();
        return Ok((spans.with_tls_config(tls()).build()?, numbers.with_tls_config(tls()).build()?));
    }
    Ok((spans.build()?, numbers.build()?))
}

/// Has a meter read the registry whenever it is collected, and told of each duration.
fn observe(meter: &Meter, registry: &Arc<Registry>) {
    for definition in crate::catalogue::ALL {
        let Definition { name, help, unit, .. } = definition;
        let read = {
            let registry = Arc::clone(registry);
            move || registry.reading(definition).series
        };
        match definition.kind {
            Kind::Counter => {
                let observed = meter.u64_observable_counter(*name).with_description(*help).with_unit(unit.as_code());
                observed
                    .with_callback(move |observer| {
                        for (values, number) in read() {
                            if let Number::Count(count) = number {
                                observer.observe(count, &attributes(definition, &values));
                            }
                        }
                    })
                    .build();
            }
            Kind::Gauge => {
                let observed = meter.f64_observable_gauge(*name).with_description(*help).with_unit(unit.as_code());
                observed
                    .with_callback(move |observer| {
                        for (values, number) in read() {
                            if let Number::Level(level) = number {
                                observer.observe(level, &attributes(definition, &values));
                            }
                        }
                    })
                    .build();
            }
            Kind::Histogram(bounds) => {
                let histogram = meter.f64_histogram(*name).with_description(*help).with_unit(unit.as_code());
                let histogram = histogram.with_boundaries(bounds.to_vec()).build();
                let told = move |seconds: f64, pairs: &[(&'static str, &str)]| {
                    let pairs = pairs.iter().map(|(name, value)| KeyValue::new(*name, (*value).to_owned()));
                    histogram.record(seconds, &pairs.collect::<Vec<_>>());
                };
                registry.listen(definition, Box::new(told));
            }
        }
    }
}

fn attributes(definition: &Definition, values: &[String]) -> Vec<KeyValue> {
    let pairs = definition.labels.iter().zip(values);
    pairs.map(|(label, value)| KeyValue::new(label.name, value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Option<String>, String> {
        let get = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        let collector = Collector::from_environment(get).map_err(|error| error.to_string())?;
        Ok(collector.map(|collector| collector.endpoint))
    }

    #[test]
    fn the_standard_variables_say_where() {
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317");
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&[("OTEL_EXPORTER_OTLP_ENDPOINT", " ")]), Ok(None));
        assert_eq!(read(&[endpoint]), Ok(Some("http://127.0.0.1:4317".to_owned())));
        assert_eq!(
            read(&[endpoint, ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]),
            Ok(Some("http://127.0.0.1:4317".to_owned()))
        );
        assert_eq!(read(&[endpoint, ("OTEL_SDK_DISABLED", "TRUE")]), Ok(None));
        let error = read(&[endpoint, ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")]).unwrap_err();
        assert_eq!(error, "OTEL_EXPORTER_OTLP_PROTOCOL is `http/protobuf`: `grpc` is what is spoken here");
    }

    /// A listener that takes connections and says nothing, and an address where nobody listens.
    #[test]
    fn a_collector_that_is_slow_or_gone_holds_nobody() {
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        for address in [silent.local_addr().unwrap(), gone] {
            let collector = Collector { endpoint: format!("http://{address}"), interval: None };
            let sender = Sender::start(&collector, "x", &[], Some(&Arc::new(Registry::new()))).unwrap();
            assert_ne!(sender.finish(Duration::from_millis(200)), Ended::Sent, "{address}");
        }
    }

    #[test]
    fn an_address_that_is_none_is_refused_with_its_text() {
        let collector = Collector { endpoint: "http://[::1".to_owned(), interval: None };
        let error = Sender::start(&collector, "x", &[], Some(&Arc::new(Registry::new()))).err().unwrap().to_string();
        assert!(error.starts_with("cannot send to the OTLP collector `http://[::1`: "), "{error}");
    }
}
