//! One test for each file of the pack (it loads without a problem) for each case of each control, and for
//! each example of a definition.
//!
//! Reads `baseline/pack` from disk, so that an edited control needs no build. Takes the arguments of the usual harness as
//! far as people use them: filters, `--exact`, `--skip`, `--list`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use plumbline_baseline::api::Catalog;
use plumbline_baseline::case;
use plumbline_baseline::pack::definition::{Definition, Example};
use plumbline_baseline::pack::{CompiledControl, Pack, Problem, Source};

/// Options of the usual harness that take a value.
const WITH_VALUE: &[&str] = &["--test-threads", "--format", "--color", "--logfile", "-Z", "--shuffle-seed"];

/// Lines of a control's file at most: it is read whole, by people.
const LONGEST: usize = 250;

struct Test {
    name: String,
    failures: Vec<String>,
}

#[derive(Default)]
struct Arguments {
    filters: Vec<String>,
    skipped: Vec<String>,
    exact: bool,
    list: bool,
}

fn main() -> ExitCode {
    let arguments = arguments();
    let (files, mut tests) = tests();
    tests.retain(|test| arguments.select(&test.name));
    if arguments.list {
        tests.iter().for_each(|test| println!("{}: test", test.name));
        return ExitCode::SUCCESS;
    }
    let failed: Vec<&Test> = tests.iter().filter(|test| !test.failures.is_empty()).collect();
    for test in &failed {
        println!("test {} ... FAILED", test.name);
        test.failures.iter().for_each(|failure| println!("    {failure}"));
    }
    let passed = tests.len() - failed.len();
    let outcome = if failed.is_empty() { "ok" } else { "FAILED" };
    println!("\ntest result: {outcome}. {passed} passed; {} failed, over {files} files\n", failed.len());
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn arguments() -> Arguments {
    let mut parsed = Arguments::default();
    let mut rest = env::args().skip(1);
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--exact" => parsed.exact = true,
            "--list" => parsed.list = true,
            "--skip" => parsed.skipped.extend(rest.next()),
            option if WITH_VALUE.contains(&option) => drop(rest.next()),
            option if option.starts_with('-') => {}
            filter => parsed.filters.push(filter.to_owned()),
        }
    }
    parsed
}

impl Arguments {
    fn select(&self, name: &str) -> bool {
        let matches = |filter: &String| if self.exact { name == filter } else { name.contains(filter) };
        (self.filters.is_empty() || self.filters.iter().any(matches)) && !self.skipped.iter().any(matches)
    }
}

/// The cases of a control that lie in `tests/cases`, as they would stand at the end of its file: there is what shows what
/// the control means, and here is what else tries to fool it.
fn more_cases(path: &Path, read: impl Fn(&Path) -> String) -> String {
    let more = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(path.file_name().unwrap_or_default());
    if path.components().any(|part| part.as_os_str() == "controls") && more.exists() {
        read(&more)
    } else {
        String::new()
    }
}

/// The number of files and all tests.
fn tests() -> (usize, Vec<Test>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("pack");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let read = |path: &Path| fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let source =
        |path: &PathBuf| Source { path: path.display().to_string(), text: read(path) + &more_cases(path, read) };
    let (pack, problems) = Pack::load(files.iter().map(source), Catalog::embedded());
    let mut tests: Vec<Test> = files.iter().map(|path| loads(&root, path, &problems)).collect();
    tests.push(belong(&files));
    let cases = |control: &CompiledControl| {
        control.control.cases.iter().map(|each| run(&pack, control, each)).collect::<Vec<_>>()
    };
    tests.extend(pack.controls().flat_map(cases));
    tests.extend(pack.definitions().values().flat_map(|definition| examples(&pack, definition)));
    (files.len(), tests)
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display())) {
        let path = entry.expect("a directory that can be listed").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            // Tables that are no YAML have tests beside the code that reads them.
            files.push(path);
        }
    }
}

fn loads(root: &Path, path: &Path, problems: &[Problem]) -> Test {
    let file = path.display().to_string();
    let name = path.strip_prefix(root).unwrap_or(path).display().to_string();
    let own = problems.iter().filter(|problem| *problem.file == *file);
    let mut failures: Vec<String> = own.map(ToString::to_string).collect();
    if is_control(path) && fs::read_to_string(path).is_ok_and(|text| text.lines().count() > LONGEST) {
        failures
            .push(format!("a control has at most {LONGEST} lines; cases that only try to fool it lie in tests/cases"));
    }
    Test { name: format!("{name}::loads"), failures }
}

/// Every file of further cases is one of a control's.
fn belong(files: &[PathBuf]) -> Test {
    let mut more = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases"), &mut more);
    let is_known = |path: &PathBuf| files.iter().any(|file| is_control(file) && file.file_name() == path.file_name());
    let strangers = more.iter().filter(|path| !is_known(path));
    Test {
        name: "tests/cases::belong to controls".to_owned(),
        failures: strangers.map(|path| format!("{}: there is no such control", path.display())).collect(),
    }
}

fn is_control(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "controls")
}

fn examples(pack: &Pack, definition: &Definition) -> Vec<Test> {
    let test = |(number, example): (usize, &Example)| {
        let failure = case::run_example(pack, definition, example);
        let place = format!("{}:{}", definition.file, example.line);
        let failures = failure.into_iter().map(|failure| format!("{place}: {failure}")).collect();
        Test { name: format!("{}::example {}", definition.name(), number + 1), failures }
    };
    definition.examples.iter().enumerate().map(test).collect()
}

fn run(pack: &Pack, control: &CompiledControl, case: &plumbline_baseline::pack::control::Case) -> Test {
    let outcome = case::run(pack, control, case);
    let mut failures = Vec::new();
    if !outcome.holds() {
        let verdict = &outcome.verdict;
        let place = format!("{}:{}", control.file, case.line);
        failures.push(format!("{place}: expected {}, got {} {}", outcome.expected, verdict.status, verdict.reason));
        failures.extend(
            verdict.grounds.evidence.iter().map(|evidence| format!("  {} = {}", evidence.path, evidence.value)),
        );
    }
    Test { name: format!("{}::{}", control.id(), case.name), failures }
}
