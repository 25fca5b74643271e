//! Words of remediations: that what they stand for is there, and that what a person chooses is asked for.

use crate::expr::Type;
use crate::pack::collector::ResourceType;
use crate::pack::control::Control;
use crate::pack::problem::Report;
use crate::pack::words::{LAST, capital_words, is_capital};
use crate::pack::yaml::{Node, Position};
use crate::suggest::closest;

/// The places of what the words of a type stand for, with the path of each.
pub(super) fn paths<'a>(resource: &'a ResourceType, node: &Node) -> Vec<(&'a str, Position)> {
    let words = &resource.words;
    let formats = [("cli", &words.cli), ("terraform", &words.terraform), ("cloudformation", &words.cloudformation)];
    let node = node.get("words");
    let at = |format: &str, word: &str| node.and_then(|node| node.get(format)?.get(word)).map(|path| path.at);
    let all =
        formats.into_iter().flat_map(|(format, words)| words.iter().map(move |(word, path)| (format, word, path)));
    all.map(|(format, word, path)| (path.trim_end_matches(LAST), at(format, word).unwrap_or_default())).collect()
}

/// A word stands for one value.
pub(super) fn value(path: &str, kind: &Type, at: Position, report: &mut Report) {
    let is_one = matches!(kind, Type::Any | Type::Bool | Type::Number | Type::String | Type::Enum(..));
    if !is_one {
        report.error(at, format!("`{path}` is {kind}: a word stands for one text or number"));
    }
}

/// Checks that what a person is said to choose stands somewhere.
pub(super) fn chosen(control: &Control, node: &Node, report: &mut Report) {
    let remediation = &control.remediation;
    let texts = [&remediation.cli, &remediation.terraform, &remediation.cloudformation];
    let node = node.get("remediation").and_then(|remediation| remediation.get("choose"));
    for name in remediation.choose.keys() {
        let says = |text: &&String| match is_capital(name) {
            true => capital_words(text).any(|(_, word)| word == name),
            false => text.contains(name.as_str()),
        };
        if texts.iter().any(says) {
            continue;
        }
        let at = node.and_then(|choose| choose.key(name)).unwrap_or_default();
        let meant = closest(name, capital_words(&remediation.cli).map(|(_, word)| word)).map(str::to_owned);
        report.warning_meant(at, format!("nothing in the remediation says `{name}`"), meant);
    }
}
