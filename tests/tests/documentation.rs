//! Sentences of the documentation that can be checked: links, commands, counts, and the worked example.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use plumbline_baseline::api::Catalog;
use plumbline_baseline::case;
use plumbline_baseline::pack::handbook::Handbook;
use plumbline_baseline::pack::{Pack, Source};
use plumbline_baseline::{Status, UnreadReason};
use plumbline_governance::{Governance, Settings};
use plumbline_tests::binary;
use plumbline_tests::python::workspace_root;

/// Every page written by hand or generated, as a path from the root.
fn pages() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in ["", "docs"] {
        for entry in fs::read_dir(workspace_root().join(folder)).expect("the folder is there") {
            let path = entry.expect("a folder can be read").path();
            if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    found
}

fn page(name: &str) -> String {
    fs::read_to_string(workspace_root().join(name)).expect("the page is there")
}

/// The fenced blocks of a page in one language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    let rest = text.split(fence.as_str()).skip(1);
    rest.filter_map(|block| block.split("```").next()).collect()
}

/// What stands between backticks in one line, fenced blocks left out.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    let prose = text.split("```").step_by(2);
    prose.flat_map(str::lines).flat_map(|line| line.split('`').skip(1).step_by(2))
}

#[test]
fn links_lead_somewhere() {
    let mut wrong = Vec::new();
    let mut links = 0;
    for path in pages() {
        let text = fs::read_to_string(&path).unwrap();
        // What stands in fenced blocks is shown, and no link.
        let prose: String = text.split("```").step_by(2).collect();
        for target in prose.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            links += 1;
            let file = target.split('#').next().unwrap_or_default();
            if !target.starts_with("https://") && !file.is_empty() && !path.parent().unwrap().join(file).exists() {
                wrong.push(format!("{}: {target}", path.display()));
            }
        }
    }
    assert!(links > 20 && wrong.is_empty(), "{links} links; broken:\n{}", wrong.join("\n"));
}

#[test]
fn the_commands_of_the_pages_exist() {
    let mut checked = BTreeSet::new();
    for path in pages() {
        let text = fs::read_to_string(&path).unwrap();
        // A command may go on in the next line.
        let shell = blocks(&text, "sh").join("\n").replace("\\\n", " ");
        for line in shell.lines().chain(quoted(&text)).filter_map(own_command) {
            check_command(line, &path.display().to_string());
            checked.insert(line.to_owned());
        }
    }
    assert!(checked.len() > 12, "only {checked:?}");
}

/// What is given to our program: by itself, as another user, or in a container or pod.
fn own_command(line: &str) -> Option<&str> {
    let ways = ["sudo -u plumbline plumbline ", " -- /plumbline ", " exec plumbline /plumbline "];
    let elsewhere = ways.iter().find_map(|way| line.split_once(way));
    line.strip_prefix("plumbline ")
        .or_else(|| elsewhere.map(|(_, rest)| rest.trim()))
        .filter(|rest| !rest.starts_with('…'))
}

/// That `--help` of the command knows the subcommand and every flag.
fn check_command(line: &str, page: &str) {
    let line = line.split(['#', '|', '>']).next().unwrap_or_default();
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_plain = |word: &&&str| {
        word.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-') && !word.starts_with('-')
    };
    let groups = [
        "agents",
        "audit",
        "controls",
        "exceptions",
        "frameworks",
        "governance",
        "iam",
        "operators",
        "schedules",
        "scans",
        "store",
    ];
    let depth = if groups.contains(&words[0]) || words.starts_with(&["coordinator", "init"]) { 2 } else { 1 };
    let command: Vec<&str> = words.iter().take_while(is_plain).take(depth).copied().collect();
    let help = binary::run(&mut binary::command(&[command.as_slice(), &["--help"]].concat()));
    assert_eq!(help.code, 0, "{page}: `plumbline {line}`: {}", help.err);
    for flag in words.iter().filter(|word| word.starts_with("--")) {
        let flag = flag.split('=').next().unwrap_or_default();
        assert!(help.out.contains(flag), "{page}: `plumbline {line}`: no {flag}");
    }
}

#[test]
fn cargo_commands_name_tests_that_exist() {
    let mut checked = 0;
    for path in pages() {
        let text = fs::read_to_string(&path).unwrap();
        let shell = blocks(&text, "sh").into_iter().flat_map(str::lines);
        for line in shell.chain(quoted(&text)).filter(|line| line.contains("cargo ")) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let after =
                |flag: &str| words.iter().position(|word| *word == flag).and_then(|at| words.get(at + 1)).copied();
            let Some(krate) = after("-p").and_then(|name| name.strip_prefix("plumbline-")) else { continue };
            let folder = workspace_root().join(if krate == "sim" { "tests/sim" } else { krate });
            assert!(folder.join("Cargo.toml").exists(), "{}: {line}", path.display());
            if let Some(test) = after("--test") {
                assert!(folder.join(format!("tests/{test}.rs")).exists(), "{}: {line}", path.display());
            }
            if let Some(program) = after("--bin") {
                let file = folder.join(format!("src/bin/{program}.rs"));
                assert!(file.exists() || folder.join(format!("src/bin/{program}/main.rs")).exists(), "{line}");
            }
            checked += 1;
        }
    }
    assert!(checked > 5, "only {checked}");
}

#[test]
fn the_readme_counts_the_controls() {
    let pack = Pack::embedded();
    let manual = pack.controls().filter(|control| control.control.pass_when.is_none()).count();
    assert_eq!(manual, 2, "the README says how many controls a machine cannot decide");
    assert!(
        page("README.md").contains(&format!("\n{} controls over ", pack.controls().len())),
        "{}",
        pack.controls().len()
    );
}

#[test]
fn the_worked_example_loads_and_its_cases_hold() {
    let text = page("docs/writing-controls.md");
    let control = blocks(&text, "yaml")[0];
    let mut sources = Pack::embedded_sources();
    sources.push(Source { path: "controls/ec2/ec2-volume-named.yaml".into(), text: control.to_owned() });
    let (pack, problems) = Pack::load(sources, Catalog::embedded());
    assert!(problems.is_empty(), "{problems:?}");
    let control = pack.control("ec2-volume-named").unwrap();
    assert_eq!(control.control.cases.len(), 4);
    for example in &control.control.cases {
        let outcome = case::run(&pack, control, example);
        assert!(outcome.holds(), "{}: {outcome:?}", example.name);
    }
}

#[test]
fn the_cases_that_start_from_a_base_hold() {
    let text = page("docs/writing-controls.md");
    let cases = blocks(&text, "yaml").into_iter().find(|block| block.starts_with("base:")).unwrap();
    let control = format!(
        r#"id: vpc-logged
title: VPCs have a flow log
finding: {{ one: The VPC has no flow log, other: "{{count}} VPCs have none" }}
severity: low
level: 1
fix: {{ by: iac }}
resource: AWS::EC2::VPC
pass_when: all("AWS::EC2::FlowLog").exists(log, log.FlowLogStatus == "ACTIVE")
why: An example.
remediation: {{ steps: Make one. }}
{cases}  - {{ name: unread, unknown_types: [AWS::EC2::FlowLog], with: {{ "AWS::EC2::FlowLog[0]": {{ FlowLogStatus: x }} }}, expect: unknown }}
"#
    );
    let mut sources = Pack::embedded_sources();
    sources.push(Source { path: "controls/vpc/vpc-logged.yaml".into(), text: control });
    let (pack, problems) = Pack::load(sources, Catalog::embedded());
    assert!(problems.is_empty(), "{problems:?}");
    let control = pack.control("vpc-logged").unwrap();
    assert_eq!(control.control.cases.len(), 3);
    for example in &control.control.cases {
        let outcome = case::run(&pack, control, example);
        assert!(outcome.holds(), "{}: {outcome:?}", example.name);
    }
}

#[test]
fn the_page_names_every_group_of_sample_events() {
    let text = page("docs/writing-controls.md");
    let groups = first_cells(&text, "group");
    let events = fs::read_to_string(workspace_root().join("baseline/pack/events/cloudtrail.yaml")).unwrap();
    let names = events.lines().filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'));
    let names: Vec<&str> = names.filter(|name| !name.starts_with([' ', '#', '-'])).collect();
    assert_eq!(groups, names);
}

#[test]
fn the_collector_of_the_page_loads() {
    let text = page("docs/writing-controls.md");
    let collector = blocks(&text, "yaml").into_iter().find(|block| block.starts_with("service:")).unwrap();
    let sources = [Source { path: "collectors/s3.yaml".into(), text: collector.to_owned() }];
    let (pack, problems) = Pack::load(sources, Catalog::embedded());
    assert!(problems.is_empty(), "{problems:?}");
    assert!(pack.resource_type("AWS::S3::Bucket").is_some());
}

#[test]
fn the_page_on_writing_controls_names_every_key() {
    let text = page("docs/writing-controls.md");
    for file in ["control", "collector", "definitions"] {
        let schema = page(&format!("schemas/{file}.schema.json"));
        let keys = keys_of(&serde_json::from_str(&schema).unwrap());
        assert!(keys.len() > 4, "{file}: {keys:?}");
        for key in keys {
            let is_named = text.contains(&format!("`{key}")) || text.contains(&format!("{key}:"));
            assert!(is_named, "docs/writing-controls.md does not name `{key}`, which a {file} file may have");
        }
    }
}

#[test]
fn the_page_on_the_handbook_names_every_key() {
    let text = page("docs/handbook.md");
    for file in ["process", "log-sources"] {
        let schema = page(&format!("schemas/{file}.schema.json"));
        for key in keys_of(&serde_json::from_str(&schema).unwrap()) {
            assert!(text.contains(&format!("`{key}`")), "docs/handbook.md does not name `{key}` of a {file} file");
        }
    }
}

#[test]
fn the_page_on_governance_names_every_key_and_its_examples_are_right() {
    let text = page("docs/governance.md");
    let schema = page("schemas/governance.schema.json");
    for key in keys_of(&serde_json::from_str(&schema).unwrap()) {
        let is_named = text.contains(&format!("`{key}`")) || text.contains(&format!("{key}: "));
        assert!(is_named, "docs/governance.md does not name `{key}`");
    }
    let examples = blocks(&text, "yaml");
    assert_eq!(examples.len(), 5);
    for (number, example) in examples.into_iter().enumerate() {
        let source = Source { path: format!("example {number}"), text: example.to_owned() };
        let today = "2026-11-27".parse().unwrap();
        let (_, problems) = Governance::load([source], Pack::embedded(), Handbook::embedded(), today);
        assert_eq!(problems.iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
    }
    let longest = Settings::default().longest_exception;
    let words: Vec<String> = longest.iter().rev().map(|(severity, days)| format!("{severity}: {days}")).collect();
    assert!(text.contains(&format!("longest_exception: {{ {} }}", words.join(", "))), "{words:?}");
}

#[test]
fn the_handbook_is_whole_and_counted() {
    let pack = Pack::embedded();
    let (handbook, problems) = Handbook::load(Handbook::embedded_sources(), pack);
    assert_eq!(problems.iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
    let processes = format!("{} processes", handbook.processes().len());
    for name in ["README.md", "CHANGELOG.md"] {
        assert!(page(name).contains(&processes), "{name} does not say {processes}");
    }
    let changes = page("CHANGELOG.md");
    for count in
        [format!("{} guides", handbook.guides().len()), format!("{} sources of logs", handbook.log_sources().len())]
    {
        assert!(changes.contains(&count), "CHANGELOG.md does not say {count}");
    }
    // The questions that the project began with.
    for question in [
        "Who changed the configuration for the load balancer?",
        "How do I use IAM to secure access to resources?",
        "How can I audit my infrastructure?",
        "What are the right ways to set up CloudTrail?",
        "How do I give developers freedom to experiment within their accounts without compromising essential security \
         requirements?",
        "Why should I use tags, and what tags should I use?",
    ] {
        assert!(handbook.guides().iter().any(|guide| guide.title == question), "no guide answers {question}");
    }
}

/// All keys that a JSON Schema knows, at whatever depth.
fn keys_of(schema: &serde_json::Value) -> BTreeSet<String> {
    let Some(members) = schema.as_object() else {
        return schema.as_array().into_iter().flatten().flat_map(keys_of).collect();
    };
    let own = members.get("properties").and_then(serde_json::Value::as_object);
    let own = own.into_iter().flat_map(|own| own.keys().cloned());
    own.chain(members.values().flat_map(keys_of)).collect()
}

/// The first cells of the table whose head begins with this.
fn first_cells<'a>(text: &'a str, head: &str) -> Vec<&'a str> {
    let table = text.split(&format!("\n| {head} |")).nth(1).unwrap_or_else(|| panic!("no table of {head}"));
    let rows = table.lines().skip(2).take_while(|line| line.starts_with("| "));
    rows.map(|row| row.split('|').nth(1).unwrap_or_default().trim().trim_matches('`')).collect()
}

#[test]
fn the_page_on_running_it_knows_every_exit_code_status_and_reason() {
    let text = page("docs/operations.md");
    let help = binary::run(&mut binary::command(&["--help"])).out;
    let listed = help.split("Exit codes:").nth(1).expect("the help lists the exit codes");
    let codes: Vec<&str> = listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(codes.len() > 4, "{help}");
    assert_eq!(first_cells(&text, "exit code"), codes);
    let statuses: BTreeSet<&str> = first_cells(&text, "status").into_iter().collect();
    assert_eq!(statuses, Status::ALL.map(Status::as_str).into_iter().collect());
    assert_eq!(first_cells(&text, "reason"), UnreadReason::ALL.map(UnreadReason::code));
}
