//! The numbers as Prometheus reads them: its text format, version 0.0.4.

use std::fmt::Write as _;

use crate::metric::{Definition, Kind};
use crate::registry::{LabelValues, Number, Reading, Registry};

/// The media type of the format.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Everything that is in a registry.
#[must_use]
pub fn render(registry: &Registry) -> String {
    let mut text = String::new();
    for reading in registry.readings().iter().filter(|reading| !reading.series.is_empty()) {
        family(&mut text, reading);
    }
    text
}

fn family(text: &mut String, reading: &Reading) {
    let Definition { name, help, kind, .. } = reading.definition;
    let help = help.replace('\\', "\\\\").replace('\n', "\\n");
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {}", kind.as_str());
    for (values, number) in &reading.series {
        let labels = labels(reading.definition, values);
        match number {
            Number::Count(count) => line(text, name, "", &labels, count),
            Number::Level(level) => line(text, name, "", &labels, &float(*level)),
            Number::Durations { counts, sum } => {
                let Kind::Histogram(bounds) = kind else { continue };
                let bounds = bounds.iter().map(|bound| float(*bound)).chain(["+Inf".to_owned()]);
                let mut so_far = 0;
                for (bound, count) in bounds.zip(counts) {
                    so_far += count;
                    let labels = [labels.as_slice(), &[format!("le=\"{bound}\"")]].concat();
                    line(text, name, "_bucket", &labels, &so_far);
                }
                line(text, name, "_sum", &labels, &float(*sum));
                line(text, name, "_count", &labels, &so_far);
            }
        }
    }
}

fn line(text: &mut String, name: &str, suffix: &str, labels: &[String], value: &dyn std::fmt::Display) {
    let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
    let _ = writeln!(text, "{name}{suffix}{labels} {value}");
}

fn labels(definition: &Definition, values: &LabelValues) -> Vec<String> {
    let pairs = definition.labels.iter().zip(values);
    pairs.map(|(label, value)| format!("{}=\"{}\"", label.name, escaped(value))).collect()
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// A number as Go's `ParseFloat` reads it.
fn float(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    value.to_string()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::catalogue::{AWS_CALLS, COVERAGE, LEASES_EXPIRED, STORE_COMMIT};

    #[test]
    fn the_text_is_that_of_the_format() {
        let registry = Registry::new();
        registry.add(&AWS_CALLS, ["s3", "ok"], 2);
        registry.add(&LEASES_EXPIRED, [], 1);
        registry.set(&COVERAGE, [], 0.995);
        registry.observe(&STORE_COMMIT, [], Duration::from_millis(3));
        let text = render(&registry);
        let has = |lines: &str| assert!(text.contains(lines), "{lines}\nin\n{text}");
        has("# TYPE plumbline_aws_calls_total counter\nplumbline_aws_calls_total{service=\"s3\",outcome=\"ok\"} 2\n");
        has("# TYPE plumbline_lease_expired_total counter\nplumbline_lease_expired_total 1\n");
        has("# TYPE plumbline_last_scan_coverage_ratio gauge\nplumbline_last_scan_coverage_ratio 0.995\n");
        has(
            "plumbline_store_commit_seconds_bucket{le=\"0.0025\"} 0\nplumbline_store_commit_seconds_bucket{le=\"0.005\"} 1\n",
        );
        has(
            "plumbline_store_commit_seconds_bucket{le=\"30\"} 1\nplumbline_store_commit_seconds_bucket{le=\"+Inf\"} 1\n",
        );
        has("plumbline_store_commit_seconds_sum 0.003\nplumbline_store_commit_seconds_count 1\n");
        assert!(!text.contains("plumbline_free_bytes"), "what was never set is not there");
    }

    #[test]
    fn odd_numbers_and_texts_are_written_as_the_format_wants() {
        assert_eq!(
            [f64::INFINITY, f64::NEG_INFINITY, f64::NAN, -0.5, 1e15].map(float),
            ["+Inf", "-Inf", "NaN", "-0.5", "1000000000000000"]
        );
        assert_eq!(escaped("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
    }
}
