//! What is written about the metrics is held against the catalogue: the page of the documentation, the alert rules and
//! the dashboard; and the catalogue against its own promises: names, and few enough series.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use plumbline_telemetry::catalogue::{ALL, AWS_CALLS, FREE_BYTES, LAST_COMPLETE_SCAN, STORE_COMMIT};
use plumbline_telemetry::metric::{Definition, Kind, Values};
use plumbline_telemetry::text::render;
use plumbline_telemetry::{Registry, page};
use serde_json::Value;

/// No metric may have more series, and all together ten times that, however large the organization is.
const MOST_SERIES: usize = 1_000;

/// Labels that Prometheus adds: where it scraped, and the buckets of histograms.
const ADDED: [&str; 3] = ["instance", "job", "le"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn the_page_is_that_of_the_catalogue() {
    let (path, expected) = (root().join("docs/metrics.md"), page::render());
    if std::env::var_os("PLUMBLINE_WRITE_GENERATED").is_some() {
        fs::write(&path, &expected).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "docs/metrics.md is not current: PLUMBLINE_WRITE_GENERATED=1 writes it");
}

#[test]
fn every_metric_is_listed_once_and_named_as_prometheus_has_it() {
    let source = read("telemetry/src/catalogue.rs");
    let declared = source.lines().filter(|line| line.starts_with("pub static") && !line.contains(" ALL:")).count();
    let names: BTreeSet<&str> = ALL.iter().map(|definition| definition.name).collect();
    assert_eq!((names.len(), ALL.len()), (declared, declared), "a metric is not in the list, or twice");
    for definition in ALL {
        let Definition { name, help, look, labels, .. } = definition;
        let is_name = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        assert!(is_name && name.starts_with("plumbline_"), "{name}");
        assert_eq!(name.ends_with("_total"), definition.kind == Kind::Counter, "{name}");
        assert!(help.ends_with('.') && look.ends_with('.') && !help.contains('\n'), "{name}: a sentence each");
        for label in *labels {
            assert!(label.name.bytes().all(|byte| byte.is_ascii_lowercase()) && !ADDED.contains(&label.name), "{name}");
        }
    }
}

#[test]
fn the_number_of_series_has_a_bound() {
    let buckets = |definition: &Definition| match definition.kind {
        Kind::Histogram(bounds) => {
            assert!(bounds.is_sorted() && bounds.iter().all(|bound| bound.is_finite()));
            bounds.len() + 3
        }
        _ => 1,
    };
    let series: Vec<usize> = ALL.iter().map(|definition| definition.most_series() * buckets(definition)).collect();
    assert!(series.iter().all(|most| *most <= MOST_SERIES), "{series:?}");
    assert!(series.iter().sum::<usize>() <= 10 * MOST_SERIES);
}

/// What an expression says of metrics.
#[derive(Default)]
struct Named {
    metrics: BTreeSet<String>,
    labels: BTreeSet<String>,
    /// The values that a label is compared with, by label.
    values: Vec<(String, String)>,
}

/// The words of an expression, each with what follows: names of ours, labels in selectors, and labels in groups.
fn named(expression: &str) -> Named {
    let mut named = Named::default();
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let starts = expression.match_indices("plumbline_").map(|(at, _)| &expression[at..]);
    named.metrics.extend(starts.map(|rest| rest.chars().take_while(|letter| is_word(*letter)).collect::<String>()));
    for selector in expression.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
        for matcher in selector.split(',').filter(|matcher| !matcher.trim().is_empty()) {
            let at = matcher.find(['=', '!']).unwrap_or_else(|| panic!("{matcher} in {expression}"));
            let label = matcher[..at].trim().to_owned();
            named
                .values
                .push((label.clone(), matcher[at..].trim_start_matches(['=', '!', '~']).trim_matches('"').to_owned()));
            named.labels.insert(label);
        }
    }
    for keyword in ["by (", "on (", "without (", "ignoring ("] {
        let groups = expression.split(keyword).skip(1).filter_map(|rest| rest.split(')').next());
        named.labels.extend(groups.flat_map(|group| group.split(',')).map(|label| label.trim().to_owned()));
    }
    named
}

/// Holds an expression against the catalogue; the metrics that it reads.
fn hold(expression: &str, place: &str) -> BTreeSet<&'static str> {
    let known: BTreeMap<&str, &&Definition> = ALL.iter().map(|definition| (definition.name, definition)).collect();
    let named = named(expression);
    let mut used = BTreeMap::new();
    for metric in &named.metrics {
        let suffix = ["_bucket", "_sum", "_count"].into_iter().find_map(|suffix| metric.strip_suffix(suffix));
        let of_histogram = suffix.and_then(|name| known.get(name)).filter(|of| matches!(of.kind, Kind::Histogram(_)));
        let exact = known.get(metric.as_str()).filter(|of| !matches!(of.kind, Kind::Histogram(_)));
        let definition =
            of_histogram.or(exact).unwrap_or_else(|| panic!("{place}: there is no {metric}: {expression}"));
        used.insert(definition.name, *definition);
    }
    assert!(!used.is_empty(), "{place}: {expression} reads nothing of ours");
    let labels = || used.values().flat_map(|definition| definition.labels);
    for label in &named.labels {
        let is_known = ADDED.contains(&label.as_str()) || labels().any(|known| known.name == label);
        assert!(is_known, "{place}: no label {label}: {expression}");
    }
    for (label, value) in &named.values {
        let known = labels().filter(|known| known.name == label).map(|known| &known.values);
        let fits = |values: &Values| matches!(values, Values::OneOf(values) if values.contains(&value.as_str()));
        let is_open = ADDED.contains(&label.as_str());
        assert!(is_open || known.into_iter().any(fits), "{place}: {label} is never {value}: {expression}");
    }
    used.into_keys().collect()
}

/// Every section of the page that a text refers to is there.
fn links_lead_somewhere(text: &str) {
    let page = page::render();
    for link in text.split("docs/metrics.md#").skip(1) {
        let name: String = link.chars().take_while(|letter| letter.is_ascii_lowercase() || *letter == '_').collect();
        assert!(page.contains(&format!("\n## `{name}`\n")), "no section {name}");
    }
}

#[test]
fn the_alerts_name_what_there_is() {
    let text = read("deploy/observability/alerts.yaml");
    let rules: Value = serde_saphyr::from_str(&text).unwrap();
    let rules = rules["groups"][0]["rules"].as_array().unwrap();
    assert!(rules.len() > 20);
    let mut names = BTreeSet::new();
    for rule in rules {
        let name = rule["alert"].as_str().unwrap();
        assert!(names.insert(name), "{name} is there twice");
        hold(rule["expr"].as_str().unwrap(), name);
        assert!(["page", "ticket"].contains(&rule["labels"]["severity"].as_str().unwrap()), "{name}");
        for annotation in ["summary", "description"] {
            assert!(
                rule["annotations"][annotation].as_str().is_some_and(|text| text.len() > 20),
                "{name}: {annotation}"
            );
        }
    }
    links_lead_somewhere(&text);
}

#[test]
fn the_dashboard_names_what_there_is_and_shows_all_of_it() {
    let dashboard: Value = serde_json::from_str(&read("deploy/observability/dashboard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let mut shown = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for panel in panels {
        let title = panel["title"].as_str().unwrap();
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{title} has the id of another panel");
        for target in panel["targets"].as_array().into_iter().flatten() {
            shown.extend(hold(target["expr"].as_str().unwrap(), title));
        }
    }
    for variable in dashboard["templating"]["list"].as_array().unwrap() {
        if let Some(query) = variable["query"]["query"].as_str() {
            hold(query, "a variable");
        }
    }
    let all: BTreeSet<&str> = ALL.iter().map(|definition| definition.name).collect();
    let hidden: Vec<_> = all.difference(&shown).collect();
    assert_eq!(hidden, [&"plumbline_labels_refused_total"], "a metric that nobody looks at");
}

/// Prometheus' own check, where it is installed.
#[test]
fn prometheus_takes_the_alerts() {
    let folder = root().join("deploy/observability");
    for arguments in [["check", "rules", "alerts.yaml"], ["test", "rules", "alerts.test.yaml"]] {
        let Ok(output) = Command::new("promtool").args(arguments).current_dir(&folder).output() else { return };
        assert!(
            output.status.success(),
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// The same for what is exposed.
#[test]
fn prometheus_takes_the_numbers() {
    let registry = Registry::new();
    registry.announce("schedule", "nightly");
    registry.add(&AWS_CALLS, ["s3", "ok"], 3);
    registry.set(&LAST_COMPLETE_SCAN, [], 1_796_000_000.5);
    registry.set_count(&FREE_BYTES, [], u64::MAX);
    registry.observe(&STORE_COMMIT, [], Duration::from_millis(7));
    let text = render(&registry);
    let check =
        Command::new("promtool").args(["check", "metrics"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut check) = check else { return };
    check.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = check.wait_with_output().unwrap();
    assert!(output.status.success(), "{}\n{text}", String::from_utf8_lossy(&output.stderr));
}

#[test]
#[should_panic(expected = "there is no plumbline_jobz")]
fn a_metric_that_is_not_there_is_found() {
    hold("sum(plumbline_jobz)", "here");
}

#[test]
#[should_panic(expected = "no label account")]
fn a_label_that_is_not_there_is_found() {
    hold("sum by (account) (plumbline_jobs)", "here");
}

#[test]
#[should_panic(expected = "state is never wating")]
fn a_value_that_is_never_there_is_found() {
    hold("plumbline_jobs{state=\"wating\"} > 0", "here");
}
