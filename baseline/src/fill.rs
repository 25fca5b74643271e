//! Remediations filled with what a finding is about: commands, Terraform and CloudFormation in which the words that stand
//! for a resource are replaced by its identifiers. Pure, and it runs nothing.
//!
//! Identifiers are strangers' text. Each is quoted for the place that it is put into; where a place has no quoting that
//! holds, the word stays as it stands and is named among those that are left.
//!
//! In reading order: `subject` (what a word stands for), `meaning` (which words there are), `quote` (texts in quotes),
//! `label` (names of what is declared), `block` (the parts of a fragment), then `shell`, `hcl` and `template`, one for each format.

mod block;
mod hcl;
mod label;
mod meaning;
mod quote;
mod shell;
mod subject;
mod template;

use std::collections::BTreeMap;

use crate::pack::control::Remediation;

use meaning::Meanings;
pub use quote::in_comment;
pub use subject::Subject;

/// What a remediation is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Commands of the AWS CLI, for a POSIX shell.
    Cli,
    /// Terraform.
    Terraform,
    /// CloudFormation, in YAML.
    CloudFormation,
}

/// A word that is not filled, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// A person chooses it: what it is, as far as the control says.
    Choose(String),
    /// Several things may be meant.
    Among(Vec<String>),
    /// Nothing is known of the member that it stands for.
    NotKnown,
    /// What it stands for has characters that cannot be quoted in such a place.
    NotQuotable,
}

/// A remediation for one finding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// What can be applied; empty where all of it belongs into the definition of what is there already.
    pub text: String,
    /// What belongs into the definition of the resource itself: nothing new is to be made of it.
    pub definition: String,
    /// How many words are replaced that say which resource is meant.
    pub fills: usize,
    /// The words that are left.
    pub left: BTreeMap<String, Left>,
}

/// The text of a remediation in a format.
pub fn text(remediation: &Remediation, format: Format) -> &str {
    match format {
        Format::Cli => &remediation.cli,
        Format::Terraform => &remediation.terraform,
        Format::CloudFormation => &remediation.cloudformation,
    }
}

/// A text as a string of HCL, quotes included.
pub fn hcl_string(text: &str) -> String {
    format!("\"{}\"", quote::hcl(text))
}

/// A text as a string of YAML, quotes included.
pub fn yaml_string(text: &str) -> String {
    format!("\"{}\"", quote::yaml(text))
}

/// A text as one argument of a POSIX shell; `None` where it has none.
pub fn shell_argument(text: &str) -> Option<String> {
    quote::shell(text)
}

/// Fills a remediation for what a finding is about. What it declares has names of its own for each finding.
pub fn fill(remediation: &Remediation, format: Format, subject: &Subject<'_>) -> Filled {
    let meanings = Meanings::new(remediation, format, subject);
    let text = text(remediation, format);
    let filled = match format {
        Format::Cli => shell::fill(text, &meanings),
        Format::Terraform => hcl::fill(text, &meanings),
        Format::CloudFormation => template::fill(text, &meanings),
    };
    // What says nothing of the resource would make another one: it is what the definition of the resource has to say. What
    // an account or a Region has once needs no name.
    let makes_another = format != Format::Cli && filled.fills == 0 && subject.declared.list.is_some();
    if makes_another && !filled.text.is_empty() {
        return Filled { definition: text.to_owned(), ..Filled::default() };
    }
    filled
}

#[cfg(test)]
mod tests;
