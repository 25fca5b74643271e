//! What a snapshot is asked for, and why that may make no sense. Plain data.

/// What to take a snapshot of.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The account id.
    pub account: String,
    /// The Region, or `aws-global`.
    pub region: String,
    /// The partition (`aws`).
    pub partition: String,
    /// The role to assume; the caller's own credentials when absent.
    pub role_arn: Option<String>,
    /// The external id that the role asks for.
    pub external_id: Option<String>,
    /// Whether the account is the organization's management account, which alone has organization-wide types.
    pub is_management: bool,
    /// Resource types; all that live in such a Region when empty.
    pub types: Vec<String>,
}

/// Why the types that were asked for cannot be collected.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A type that no collector declares.
    #[error("collect `{name}`: no collector has this type{}", suggested(.suggestion.as_deref()))]
    UnknownType {
        /// What was asked for.
        name: String,
        /// What may have been meant.
        suggestion: Option<String>,
    },
    /// A type that the partition does not have.
    #[error("collect `{name}`: there is none in {partition}")]
    WrongPartition {
        /// The type.
        name: String,
        /// The partition.
        partition: String,
    },
    /// A type that lives elsewhere.
    #[error("collect `{name}` in {region}: it is not a type of that Region; try {instead}")]
    WrongRegion {
        /// The type.
        name: String,
        /// The Region that was asked for.
        region: String,
        /// Where the type lives.
        instead: String,
    },
}

fn suggested(name: Option<&str>) -> String {
    name.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}
