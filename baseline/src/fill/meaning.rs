//! Which words of a remediation stand for something, and what each of them does for one finding.

use std::collections::{BTreeMap, BTreeSet};

use super::subject::{Subject, Value};
use super::{Format, Left};
use crate::pack::collector::is_builtin;
use crate::pack::control::Remediation;
use crate::pack::words::GENERAL;

/// References of Terraform that mean the same everywhere.
const GENERAL_VARIABLES: [(&str, &str); 2] = [("var.account_id", "account"), ("var.region", "region")];

/// The words of a remediation, and what they stand for.
pub(super) struct Meanings<'a> {
    pub(super) subject: &'a Subject<'a>,
    /// By word, the path that it stands for.
    paths: BTreeMap<&'a str, &'a str>,
    choose: &'a BTreeMap<String, String>,
}

/// What a word is.
pub(super) enum Word {
    /// Nothing that anybody said something of.
    None,
    /// It stands for this.
    Value(String),
    /// It stays.
    Left(Left),
}

impl<'a> Meanings<'a> {
    pub(super) fn new(remediation: &'a Remediation, format: Format, subject: &'a Subject<'a>) -> Self {
        let words = &subject.declared.words;
        let (general, own) = match format {
            Format::Cli => (GENERAL.as_slice(), &words.cli),
            Format::Terraform => (GENERAL_VARIABLES.as_slice(), &words.terraform),
            Format::CloudFormation => (&[][..], &words.cloudformation),
        };
        let own = own.iter().map(|(word, path)| (word.as_str(), path.as_str()));
        let paths = general.iter().copied().chain(own);
        let paths = paths.filter(|(word, _)| !remediation.choose.contains_key(*word)).collect();
        Self { subject, paths, choose: &remediation.choose }
    }

    /// What a word stands for.
    pub(super) fn of(&self, word: &str) -> Word {
        if let Some(says) = self.choose.get(word) {
            return Word::Left(Left::Choose(says.clone()));
        }
        let Some(path) = self.paths.get(word) else { return Word::None };
        match self.subject.value(path) {
            // No identifier has it, and no format takes it.
            Value::One(value) if value.contains('\0') => Word::Left(Left::NotQuotable),
            Value::One(value) => Word::Value(value),
            Value::Several(values) => Word::Left(Left::Among(values)),
            // What belongs to an account as a whole is in none.
            Value::Unknown if *path == "region" => Word::Left(Left::Choose("the Region to call".to_owned())),
            Value::Unknown => Word::Left(Left::NotKnown),
        }
    }

    /// Whether a word says which resource is meant, and not only where it is.
    pub(super) fn identifies(&self, word: &str) -> bool {
        self.paths.get(word).is_some_and(|path| !is_builtin(path))
    }

    /// What a reference is that nothing stands for: as the control says, of itself or of a word with the same letters.
    pub(super) fn chosen(&self, reference: &str) -> Left {
        let letters = letters(reference);
        let says = self.choose.iter().find(|(word, _)| self::letters(word) == letters);
        Left::Choose(says.map(|(_, says)| says.clone()).unwrap_or_default())
    }

    /// The types of resources that words of Terraform name, and that are there already.
    pub(super) fn resources(&self) -> BTreeSet<&str> {
        let is_there = |path: &str| matches!(self.subject.value(path), Value::One(_));
        let named = self.paths.iter().filter(|(word, path)| !word.starts_with("var.") && is_there(path));
        let named = named.map(|(word, _)| word);
        named.filter_map(|word| word.trim_start_matches("data.").split('.').next()).collect()
    }
}

/// The letters of a word, whatever form it has: `LOG_BUCKET`, `var.log_bucket` and `!Ref LogBucket` are one.
fn letters(word: &str) -> String {
    let bare = ["var.", "!Ref ", "!GetAtt "].into_iter().find_map(|start| word.strip_prefix(start)).unwrap_or(word);
    bare.chars().filter(char::is_ascii_alphanumeric).map(|each| each.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::letters;

    #[test]
    fn one_word_has_three_forms() {
        assert_eq!(letters("LOG_BUCKET"), letters("var.log_bucket"));
        assert_eq!(letters("LOG_BUCKET"), letters("!Ref LogBucket"));
        assert_ne!(letters("LOG_BUCKET"), letters("!Ref Bucket"));
    }
}
