//! Names of what a remediation declares, one for each finding: from what names the resource, and never twice the same.

use super::subject::Subject;

/// The longest part that is for people.
const LONGEST: usize = 40;
/// How many digits of a hash make a name that no other finding has.
const DIGITS: usize = 12;

/// A label of Terraform for what the remediation calls `name`.
pub(super) fn terraform(name: &str, subject: &Subject<'_>) -> String {
    let own = if name == "this" { String::new() } else { format!("_{name}") };
    let words = words(subject).join("_").to_ascii_lowercase();
    let start = if words.starts_with(|first: char| first.is_ascii_alphabetic()) { "" } else { "r_" };
    format!("{start}{words}{own}_{}", digits(subject))
}

/// A logical id of CloudFormation for what the remediation calls `name`.
pub(super) fn cloudformation(name: &str, subject: &Subject<'_>) -> String {
    let capital = |word: &String| {
        word.get(..1).map(str::to_ascii_uppercase).unwrap_or_default() + word.get(1..).unwrap_or_default()
    };
    let words: String = words(subject).iter().map(capital).collect();
    format!("{name}{words}{}", digits(subject))
}

/// The words of what names the resource: letters and digits, and not too many of them.
fn words(subject: &Subject<'_>) -> Vec<String> {
    let Subject { account, region, resource, .. } = subject;
    let name = match resource.starts_with("arn:") {
        true => resource.rsplit(['/', ':']).next().unwrap_or_default().to_owned(),
        false => format!("{account}-{region}"),
    };
    let words = name.split(|each: char| !each.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut room = LONGEST;
    let fits = |word: &&str| {
        room = room.saturating_sub(word.len());
        room > 0
    };
    words.take_while(fits).map(str::to_owned).collect()
}

fn digits(subject: &Subject<'_>) -> String {
    let Subject { account, region, resource, .. } = subject;
    let named = format!("{account}\n{region}\n{resource}");
    let hash = blake3::hash(named.as_bytes()).to_hex();
    hash[..DIGITS].to_owned()
}
