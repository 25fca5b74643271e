//! Words of remediations that stand for something: what a type's collector says of them, and which everybody knows. Must
//! not fill them in: that takes a finding, and a format that it is quoted for.

use std::collections::BTreeMap;

/// What stands for the identifiers of a resource in the remediations of the controls that are about its type: by word, the
/// path of the member that has the value, `arn`, or what the job knows (`account`, `region`, `partition`); with [`LAST`] at
/// its end, what the value has after its last one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// Words of commands: `BUCKET`.
    pub cli: BTreeMap<String, String>,
    /// References in Terraform: `aws_s3_bucket.this.id`.
    pub terraform: BTreeMap<String, String>,
    /// References in CloudFormation: `!Ref Bucket`, `!GetAtt Bucket.Arn`.
    pub cloudformation: BTreeMap<String, String>,
}

/// At the end of a path: only what stands after the last of these (`clusterArn/`, `arn/`).
pub const LAST: char = '/';

/// The words of commands that mean the same everywhere.
pub const GENERAL: [(&str, &str); 4] =
    [("ACCOUNT", "account"), ("ARN", "arn"), ("PARTITION", "partition"), ("REGION", "region")];

/// The capital words of a text, each with where it starts: two letters at least, with digits and `_`, and no other letter
/// beside them.
pub fn capital_words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_part = |each: char| each.is_ascii_alphanumeric() || each == '_';
    let mut rest = 0;
    std::iter::from_fn(move || {
        let start = rest + text[rest..].find(is_part)?;
        let end = text[start..].find(|each| !is_part(each)).map_or(text.len(), |length| start + length);
        rest = end;
        Some((start, &text[start..end]))
    })
    .filter(|(_, word)| is_capital(word))
}

/// Whether a word is one of those.
pub(super) fn is_capital(word: &str) -> bool {
    let is_in = |each: u8| each.is_ascii_uppercase() || each.is_ascii_digit() || each == b'_';
    word.len() > 1 && word.starts_with(|first: char| first.is_ascii_uppercase()) && word.bytes().all(is_in)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole_and_capital() {
        let words = |text: &str| capital_words(text).map(|(_, word)| word.to_owned()).collect::<Vec<_>>();
        assert_eq!(
            words("--bucket BUCKET/ --arn arn:aws:s3:::LOG_BUCKET,A DB-NEW"),
            ["BUCKET", "LOG_BUCKET", "DB", "NEW"]
        );
        assert_eq!(words("BucketName sseAWS AWSService HTTP_301 1ST _X"), ["HTTP_301"]);
        assert!(words("").is_empty() && words("é BÉ").is_empty());
    }
}
