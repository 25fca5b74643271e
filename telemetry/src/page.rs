//! The catalogue as a page of documentation, `docs/metrics.md`.

use std::fmt::Write as _;

use crate::catalogue::ALL;
use crate::metric::{Definition, Kind, Label, Unit, Values};

/// What to set to have the page written anew.
const COMMAND: &str = "PLUMBLINE_WRITE_GENERATED=1 cargo test -p plumbline-telemetry --test catalogue";

/// The whole page.
#[must_use]
pub fn render() -> String {
    let mut page = format!(
        "<!-- Generated from telemetry/src/catalogue.rs by `{COMMAND}`. -->\n\n# Metrics\n\nWhat there is to watch, by \
         name. The same names are exposed for Prometheus (text format 0.0.4) and sent over OTLP. Labels have the values \
         that are listed, or as many as is said; what is none of them counts as `other`. Accounts, ARNs and names that \
         strangers gave are never labels.\n\nA counter rises from 0 when the process starts. A level that is not known \
         yet is not there.\n\nRules for alerts and a dashboard lie in \
         [`deploy/observability/`](../deploy/observability): `alerts.yaml` for Prometheus' `rule_files`, \
         `dashboard.json` for Grafana's import.\n"
    );
    for definition in ALL {
        section(&mut page, definition);
    }
    page
}

fn section(page: &mut String, definition: &Definition) {
    let Definition { name, help, look, .. } = definition;
    let _ = write!(page, "\n## `{name}`\n\n{help}\n\n- Kind: {}", kind(definition));
    for label in definition.labels {
        let _ = write!(page, "\n- `{}`: {}", label.name, values(label));
    }
    let _ = writeln!(page, "\n- Look at: {look}");
}

fn kind(definition: &Definition) -> String {
    let unit = match definition.unit {
        Unit::One => "",
        Unit::Seconds => ", in seconds",
        Unit::Bytes => ", in bytes",
    };
    match definition.kind {
        Kind::Histogram(bounds) => {
            let bounds: Vec<String> = bounds.iter().map(f64::to_string).collect();
            format!("histogram{unit}; at most {}", bounds.join(", "))
        }
        kind => format!("{}{unit}", kind.as_str()),
    }
}

fn values(label: &Label) -> String {
    match label.values {
        Values::OneOf(values) => values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", "),
        Values::AtMost(most, what) => format!("{what}; at most {most}"),
    }
}
