//! Files of a pack: controls and collectors as people write them. The first line is the path, which says what is in it.

use std::sync::LazyLock;

use plumbline_baseline::api::Catalog;
use plumbline_baseline::pack::{Level, Pack, Source};

use super::Read;

/// What the files of the examples need besides: collectors, and what their words mean.
static BESIDE: LazyLock<Vec<Source>> = LazyLock::new(|| {
    let is_wanted = |path: &str| ["collectors/sqs.yaml", "collectors/sns.yaml"].iter().any(|end| path.ends_with(end));
    Pack::embedded_sources().into_iter().filter(|source| is_wanted(&source.path)).collect()
});
/// Of larger files there is only more.
const LONGEST: usize = 64 << 10;

/// Loads a file beside some others.
pub(super) fn packs(bytes: &[u8]) -> Read {
    let Some((path, text)) = std::str::from_utf8(bytes).ok().and_then(|text| text.split_once('\n')) else {
        return Read::Refused;
    };
    if text.len() > LONGEST {
        return Read::Refused;
    }
    let mut sources = BESIDE.clone();
    sources.retain(|source| source.path != path);
    sources.push(Source { path: path.to_owned(), text: text.to_owned() });
    let (whole, problems) = Pack::load(sources.clone(), Catalog::embedded());
    // A carriage return alone ends a line of YAML, too.
    let lines = || text.split(['\n', '\r']);
    let longest = lines().map(|line| line.chars().count()).max().unwrap_or(0);
    for problem in problems.iter().filter(|problem| &*problem.file == path) {
        let (line, column) = (problem.line, problem.column);
        assert!((1..=lines().count() + 1).contains(&line), "line {line}: {problem}");
        assert!((1..=longest + 2).contains(&column), "column {column}: {problem}");
    }
    // What is written for people decides nothing.
    let (scanning, _) = Pack::load_for_scanning(sources, Catalog::embedded());
    // What has errors only there is left out of the whole pack alone, and no scan begins with it.
    if problems.iter().all(|problem| problem.level != Level::Error) {
        assert_eq!(scanning.digest(), whole.digest());
    }
    for control in whole.controls() {
        assert!(scanning.control(control.id()).is_some(), "{} is not there to scan with", control.id());
    }
    (whole.controls().len() > 0 || whole.resource_types().len() > 0 && problems.is_empty()).into()
}

pub(super) fn examples() -> Vec<Vec<u8>> {
    let is_small = |source: &Source| {
        ["controls/sqs/", "controls/sns/", "collectors/sqs.yaml"].iter().any(|part| source.path.contains(part))
    };
    let sources = Pack::embedded_sources().into_iter().filter(is_small);
    let files = sources.map(|source| format!("{}\n{}", source.path, source.text).into_bytes());
    files.chain([bomb()]).collect()
}

/// A file of a few hundred bytes that says a list of a hundred million items.
fn bomb() -> Vec<u8> {
    let mut text = String::from("controls/sqs/bomb.yaml\nid: bomb\na0: &a0 x\n");
    for level in 1..9 {
        let before = format!("*a{}, ", level - 1).repeat(10);
        text += &format!("a{level}: &a{level} [{before}]\n");
    }
    text.into_bytes()
}
