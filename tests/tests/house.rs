//! The rules of the house, held by reading the sources: which crate may know which, where a dependency may be used, and
//! the form that every file has. `docs/architecture.md` states them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use plumbline_tests::modules::Modules;
use plumbline_tests::python::workspace_root;

/// Crate → the workspace's crates that it may depend on, outside of its own tests.
const MAY_DEPEND_ON: [(&str, &[&str]); 16] = [
    ("baseline", &[]),
    ("proto", &["baseline"]),
    ("identity", &["baseline"]),
    ("judge", &["proto", "baseline"]),
    ("tree", &["proto", "baseline"]),
    ("aws", &["baseline"]),
    ("schedule", &["baseline"]),
    ("telemetry", &[]),
    ("agent", &["proto", "baseline", "identity", "aws", "judge", "tree", "telemetry"]),
    ("coordinator", &["proto", "baseline", "identity", "aws", "governance", "judge", "tree", "schedule", "telemetry"]),
    ("handbook", &["baseline"]),
    ("governance", &["baseline"]),
    ("tests/sim", &["baseline"]),
    ("tests/faults", &[]),
    (
        "cli",
        &[
            "agent",
            "aws",
            "baseline",
            "coordinator",
            "governance",
            "handbook",
            "identity",
            "proto",
            "schedule",
            "sim",
            "telemetry",
        ],
    ),
    (
        "tests",
        &[
            "agent",
            "aws",
            "baseline",
            "coordinator",
            "faults",
            "governance",
            "identity",
            "proto",
            "schedule",
            "sim",
            "telemetry",
            "tree",
        ],
    ),
];

/// Crate name → the only places whose code may name it.
const ONLY_IN: [(&str, &[&str]); 3] = [
    ("redb", &["coordinator/src/store", "tests/"]),
    (
        "tonic",
        &["proto/", "coordinator/src/grpc", "coordinator/src/operator", "agent/src/link", "agent/src/member", "tests/"],
    ),
    ("backoff", &["agent/src/link/backoff.rs"]),
];

/// What `baseline` must not depend on.
const NOT_IN_BASELINE: [&str; 7] = ["cel", "tokio", "tonic", "redb", "hyper", "aws-config", "tracing"];

/// Names that say nothing.
const EMPTY_NAMES: [&str; 7] = ["utils", "util", "common", "helpers", "manager", "types", "misc"];

const LONGEST_FILE: usize = 500;
const GENERATED: [&str; 3] = ["proto/src/agent_v1.rs", "proto/src/enrol_v1.rs", "proto/src/operator_v1.rs"];

/// Every Rust file, as a path from the root, with its text.
fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = MAY_DEPEND_ON
        .iter()
        .map(|(name, _)| workspace_root().join(name))
        .filter(|path| !path.ends_with("sim") && !path.ends_with("faults"))
        .collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a crate is a folder") {
            let path = entry.expect("a folder can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path
                    .strip_prefix(workspace_root())
                    .expect("crates are below the root")
                    .to_string_lossy()
                    .into_owned();
                found.push((name, fs::read_to_string(&path).expect("sources are UTF-8")));
            }
        }
    }
    assert!(found.len() > 200, "only {} files found", found.len());
    found
}

fn manifest(krate: &str) -> String {
    fs::read_to_string(workspace_root().join(krate).join("Cargo.toml")).expect("a crate has a manifest")
}

/// The names in a section of a crate's manifest.
fn dependencies(krate: &str, section: &str) -> BTreeSet<String> {
    let manifest = manifest(krate);
    let lines = manifest.lines().skip_while(|line| *line != format!("[{section}]")).skip(1);
    let lines = lines.take_while(|line| !line.starts_with('['));
    lines
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// What is wrong, or nothing.
fn none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{} problems:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn dependencies_point_one_way() {
    let mut wrong = Vec::new();
    for (krate, allowed) in MAY_DEPEND_ON {
        for name in dependencies(krate, "dependencies") {
            if let Some(other) = name.strip_prefix("plumbline-")
                && !allowed.contains(&other)
            {
                wrong.push(format!("{krate} depends on {other}"));
            }
        }
    }
    none(wrong);
}

#[test]
fn the_baseline_knows_no_runtime_no_wire_and_no_store() {
    let found = dependencies("baseline", "dependencies");
    assert!(found.contains("regex"), "the manifest was not understood: {found:?}");
    none(
        NOT_IN_BASELINE.iter().filter(|name| found.contains(**name)).map(|name| format!("baseline: {name}")).collect(),
    );
}

#[test]
fn versions_stand_in_the_root_manifest_only() {
    let mut wrong = Vec::new();
    for (krate, _) in MAY_DEPEND_ON {
        let manifest = manifest(krate);
        let own = manifest.lines().filter(|line| line.contains("version = \"") || line.contains("path = \".."));
        wrong.extend(own.map(|line| format!("{krate}: {line}")));
    }
    none(wrong);
}

#[test]
fn what_has_one_place_is_used_in_that_place_only() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        for (name, places) in ONLY_IN {
            let is_named = text.contains(&format!("{name}::")) && names_crate(&text, name);
            if is_named && !places.iter().any(|place| file.starts_with(place)) {
                wrong.push(format!("{file} uses {name}"));
            }
        }
    }
    none(wrong);
}

/// Whether code, and not a comment or another path, names the crate.
fn names_crate(text: &str, name: &str) -> bool {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let path = format!("{name}::");
    code.into_iter().any(|line| {
        line.match_indices(&path).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            !before.is_some_and(|before| before.is_alphanumeric() || before == '_' || before == ':')
        })
    })
}

/// Circles that are known and not yet undone. Each has to be there: whoever undoes one takes it from the list.
const KNOWN_CIRCLES: [(&str, &str); 2] =
    [("tests/sim", "answer, request"), ("tests/sim", "world::blueprint::audit, world::blueprint::storage")];

#[test]
fn modules_form_no_circles() {
    let mut wrong = Vec::new();
    let mut known: BTreeSet<(&str, String)> = BTreeSet::new();
    for (krate, _) in MAY_DEPEND_ON {
        let modules = Modules::read(&workspace_root().join(krate).join("src")).expect("sources are Rust");
        assert!(modules.len() > 1, "{krate}: {} modules found", modules.len());
        for circle in modules.circles() {
            let circle = circle.join(", ");
            if KNOWN_CIRCLES.contains(&(krate, &circle)) {
                known.insert((krate, circle));
            } else {
                wrong.push(format!("{krate}: {circle}"));
            }
        }
    }
    none(wrong);
    assert_eq!(known.len(), KNOWN_CIRCLES.len(), "a circle that is gone is still on the list: {known:?}");
}

#[test]
fn every_file_says_what_it_is_and_is_short() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        if GENERATED.contains(&file.as_str()) {
            continue;
        }
        let header = text.lines().take_while(|line| line.starts_with("//!")).count();
        if header == 0 {
            wrong.push(format!("{file} does not open with `//!`"));
        }
        if text.lines().count() >= LONGEST_FILE {
            wrong.push(format!("{file} has {} lines", text.lines().count()));
        }
        let path = Path::new(&file);
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        if stem == "mod" || EMPTY_NAMES.contains(&stem.as_str()) {
            wrong.push(format!("{file} has a name that says nothing"));
        }
    }
    none(wrong);
}

#[test]
fn nothing_is_put_off_or_switched_off() {
    // Written apart, so that this file does not find itself.
    let words = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("#[", "ignore"),
        concat!("#[", "allow"),
        concat!("#![", "allow"),
    ];
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let found = words.iter().filter(|word| !GENERATED.contains(&file.as_str()) && text.contains(**word));
        wrong.extend(found.map(|word| format!("{file}: {word}")));
    }
    none(wrong);
}

/// A closed pipe or a full disk behind them ends the program with a panic.
#[test]
fn nothing_prints_with_macros_that_panic() {
    let mut wrong = Vec::new();
    for (file, text) in sources().into_iter().filter(|(file, _)| file.contains("/src/") && !file.starts_with("tests/"))
    {
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let found = code.filter(|line| ["print!(", "println!("].iter().any(|name| line.contains(name)));
        wrong.extend(found.map(|line| format!("{file}: {}", line.trim())));
    }
    none(wrong);
}

#[test]
fn functions_end_within_a_hundred_lines() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        if GENERATED.contains(&file.as_str()) {
            continue;
        }
        // rustfmt puts a function's closing brace under the column of its first line.
        let mut open: BTreeMap<usize, (usize, String)> = BTreeMap::new();
        for (number, line) in text.lines().enumerate() {
            let indent = line.len() - line.trim_start().len();
            if line.trim_start().contains("fn ") && line.trim_end().ends_with('{') {
                open.insert(indent, (number, line.trim().to_owned()));
            } else if line.trim() == "}"
                && let Some((start, name)) = open.remove(&indent)
                && number - start > 100
            {
                wrong.push(format!("{file}:{}: {} lines: {name}", start + 1, number - start));
            }
        }
    }
    none(wrong);
}
