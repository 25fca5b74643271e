//! Frameworks: the catalogues of requirements that controls refer to. The checked form of `frameworks/*.yaml`.

use std::collections::BTreeMap;

/// One framework.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Framework {
    /// `cis-aws-foundations`: the file's name, and what controls write.
    pub id: String,
    /// How reports call it.
    pub name: String,
    /// Where it is published.
    pub url: String,
    /// Its versions, the oldest first; empty when it is not versioned.
    pub versions: Vec<String>,
    /// The ids of its requirements, by version (empty when it is not versioned); `S3.*` is every number of that
    /// beginning. What has none here is not checked.
    pub requirements: BTreeMap<String, Vec<String>>,
}

/// Whether a requirement is among those that are known.
pub(super) fn is_known(requirement: &str, known: &[String]) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    known.iter().any(|known| match known.strip_suffix('*') {
        Some(beginning) => requirement.strip_prefix(beginning).is_some_and(is_number),
        None => known == requirement,
    })
}
