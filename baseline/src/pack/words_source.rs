//! `words` of a resource type, from text to `Words`: the forms of the words. Whether the type has the members is for
//! `check` to say.

pub(super) mod keys;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::problem::Report;
use super::section::Section;
use super::words::{Words, is_capital};

/// A reference of Terraform: `aws_s3_bucket.this.id`, `data.aws_vpc.this.id`, `aws_subnet.private[*].id`.
static REFERENCE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[a-z][a-z0-9_]*(\.[a-z][A-Za-z0-9_-]*(\[(\*|[0-9]+)\])?)+$").expect("a regular expression")
});
/// A reference of CloudFormation.
static INTRINSIC: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^!(Ref [A-Za-z0-9]+|GetAtt [A-Za-z0-9]+(\.[A-Za-z0-9]+)+)$").expect("a regular expression")
});

/// Reads what a type's section says of words.
pub(super) fn read(section: &Section<'_>, report: &mut Report) -> Words {
    let Some(section) = section.get("words").and_then(|node| Section::open(node, &keys::WORDS, report)) else {
        return Words::default();
    };
    Words {
        cli: format(&section, "cli", (is_capital, "a word in capitals such as BUCKET or KEY_ID"), report),
        terraform: format(
            &section,
            "terraform",
            (|word| REFERENCE.is_match(word), "a reference such as aws_s3_bucket.this.id"),
            report,
        ),
        cloudformation: format(
            &section,
            "cloudformation",
            (|word| INTRINSIC.is_match(word), "`!Ref Bucket` or `!GetAtt Bucket.Arn`"),
            report,
        ),
    }
}

/// The words of one format, and what each stands for.
fn format(
    section: &Section<'_>,
    format: &str,
    (is_word, such): (fn(&str) -> bool, &str),
    report: &mut Report,
) -> BTreeMap<String, String> {
    let mut words = BTreeMap::new();
    for (word, node) in section.entries(format, report) {
        if !is_word(&word.text) {
            report.error(word.at, format!("`{}` is not {such}", word.text));
        }
        match node.text().filter(|path| !path.trim().is_empty()) {
            Some(path) => drop(words.insert(word.text.clone(), path.to_owned())),
            None => report.error(
                node.at,
                format!("what `{}` stands for is a member, or account, region, arn or partition", word.text),
            ),
        }
    }
    words
}
