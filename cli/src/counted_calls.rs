//! Calls of AWS as metrics: by service, and how they ended.

use std::sync::Arc;

use plumbline_aws::{CallReport, ErrorClass, Observer, Outcome};
use plumbline_telemetry::Registry;
use plumbline_telemetry::catalogue::{AWS_CALLS, AWS_THROTTLES};

/// Counts every call that ends.
pub(crate) struct CountedCalls(pub(crate) Arc<Registry>);

impl Observer for CountedCalls {
    fn call_finished(&self, report: &CallReport<'_>) {
        self.0.add(&AWS_CALLS, [report.service, word(report)], 1);
        if report.throttled > 0 {
            self.0.add(&AWS_THROTTLES, [report.service], report.throttled.into());
        }
    }
}

fn word(report: &CallReport<'_>) -> &'static str {
    match report.outcome {
        Outcome::Done => "ok",
        Outcome::Failed(ErrorClass::Denied { .. }) => "denied",
        Outcome::Failed(ErrorClass::Throttled) => "throttled",
        Outcome::Failed(ErrorClass::Absent | ErrorClass::Vanished | ErrorClass::AbsentOrVanished) => "absent",
        Outcome::Failed(_) if report.attempts == 0 => "unsent",
        Outcome::Failed(_) => "failed",
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use plumbline_telemetry::text;

    use super::*;

    #[test]
    fn calls_are_counted_by_how_they_ended() {
        let counted = CountedCalls(Arc::new(Registry::new()));
        let call = |outcome, attempts, throttled| {
            let (account, region, service, operation) = ("111122223333", "eu-west-1", "s3", "ListBuckets");
            let elapsed = Duration::ZERO;
            let report =
                CallReport { account, region, service, operation, outcome, bytes: 0, attempts, throttled, elapsed };
            counted.call_finished(&report);
        };
        call(Outcome::Done, 3, 2);
        call(Outcome::Failed(ErrorClass::Throttled), 5, 5);
        call(Outcome::Failed(ErrorClass::Transient), 0, 0);
        call(Outcome::Failed(ErrorClass::Transient), 2, 0);
        call(Outcome::Failed(ErrorClass::Vanished), 1, 0);
        let text = text::render(&counted.0);
        for line in [
            "plumbline_aws_calls_total{service=\"s3\",outcome=\"ok\"} 1",
            "plumbline_aws_calls_total{service=\"s3\",outcome=\"throttled\"} 1",
            "plumbline_aws_calls_total{service=\"s3\",outcome=\"unsent\"} 1",
            "plumbline_aws_calls_total{service=\"s3\",outcome=\"failed\"} 1",
            "plumbline_aws_calls_total{service=\"s3\",outcome=\"absent\"} 1",
            "plumbline_aws_throttles_total{service=\"s3\"} 7",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
        assert!(!text.contains("111122223333"), "{text}");
    }
}
