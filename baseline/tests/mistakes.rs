//! A pack of planted mistakes, one of each kind that an author makes: each is found where it is, and nothing else is said.
//!
//! A line with a mistake says so in a comment: `# ! word` where only the readers can find it, `# !! word` where the schema
//! for editors refuses it too; the word is where the problem has to stand. What is said of each is in the snapshot.

#[path = "packs/reading.rs"]
mod reading;

use std::collections::{BTreeMap, BTreeSet};

use plumbline_baseline::api::Catalog;
use plumbline_baseline::pack::{DOCUMENTS, Pack, Problem};

use reading::{File, directory_of, files_below, parsed};

const FOLDER: &str = "baseline/tests/packs/mistakes";
/// A day on which some of the facts are overdue, and those of the built-in pack are not.
const NOW: &str = "2026-11-26T00:00:00Z";

/// Line and column of a mistake, and whether the schema can tell it.
type Mark = (usize, usize, bool);

/// The mistakes that a file's comments name.
fn marks(file: &File) -> Vec<Mark> {
    let mut marks = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        let Some((code, comment)) = line.split_once("  # !") else { continue };
        let (is_formal, words) = comment.strip_prefix('!').map_or((false, comment), |rest| (true, rest));
        let words = words.strip_prefix(' ').unwrap_or_else(|| panic!("{}:{}: no word", file.path, index + 1));
        for word in words.split(", ") {
            let at = code.find(word).unwrap_or_else(|| panic!("{}:{}: no `{word}`", file.path, index + 1));
            marks.push((index + 1, code[..at].chars().count() + 1, is_formal));
        }
    }
    marks
}

/// What lint says of the pack beside the built-in one.
fn problems(files: &[File]) -> Vec<Problem> {
    let sources = Pack::embedded_sources().into_iter().chain(files.iter().map(File::source));
    let (pack, mut problems) = Pack::load(sources, Catalog::embedded());
    problems.extend(pack.overdue_problems(NOW));
    problems.sort();
    problems
}

#[test]
fn every_planted_mistake_is_named_where_it_is_and_nothing_else() {
    let files = files_below(FOLDER);
    let mut said: BTreeMap<(String, usize, usize), Vec<String>> = BTreeMap::new();
    for problem in problems(&files) {
        let place = (problem.file.to_string(), problem.line, problem.column);
        said.entry(place).or_default().push(problem.to_string());
    }
    let mut missed = Vec::new();
    let mut planted = 0;
    for file in &files {
        for (line, column, _) in marks(file) {
            planted += 1;
            let place = (file.path.clone(), line, column);
            match said.get_mut(&place).and_then(Vec::pop) {
                Some(_) => {}
                None => missed.push(format!("{}:{line}:{column}", file.path)),
            }
        }
    }
    let noise: Vec<String> = said.into_values().flatten().collect();
    assert!(planted >= 100, "{planted}");
    assert!(
        missed.is_empty() && noise.is_empty(),
        "missed:\n{}\nnot planted:\n{}",
        missed.join("\n"),
        noise.join("\n")
    );
}

#[test]
fn what_is_said_of_each() {
    let files = files_below(FOLDER);
    let prefix = format!("{FOLDER}/");
    let said: Vec<String> = problems(&files).iter().map(|problem| problem.to_string().replace(&prefix, "")).collect();
    insta::assert_snapshot!("mistakes", said.join("\n"));
}

#[test]
fn schemas_refuse_the_files_whose_form_is_wrong_and_no_others() {
    let schemas: BTreeMap<&str, _> = DOCUMENTS
        .iter()
        .map(|each| (directory_of(each.name), jsonschema::draft202012::new(&each.schema()).expect("a schema")))
        .collect();
    let (mut wrong, mut refused) = (Vec::new(), 0);
    for file in files_below(FOLDER) {
        let expected: BTreeSet<bool> = marks(&file).into_iter().map(|(_, _, is_formal)| is_formal).collect();
        assert!(expected.len() < 2, "{}: either all of a file's mistakes are of its form, or none", file.path);
        let is_refused = parsed(&file.text).map_or(true, |document| !schemas[file.kind.as_str()].is_valid(&document));
        if is_refused != expected.contains(&true) {
            wrong.push(format!("{} is {}", file.path, if is_refused { "refused" } else { "taken" }));
        }
        refused += usize::from(is_refused);
    }
    assert!(wrong.is_empty() && refused >= 30, "{refused} refused\n{}", wrong.join("\n"));
}
