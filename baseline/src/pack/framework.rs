//! Frameworks: the catalogues of requirements that controls refer to. The checked form of `frameworks/*.yaml`.

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
}
