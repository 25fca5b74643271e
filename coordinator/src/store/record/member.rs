//! Who belongs to the deployment, on disk: agents, operators, the tokens they joined with, who is banned; and the log of who did what.

/// The deployment.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Deployment {
    /// Its id.
    #[prost(string, tag = "1")]
    pub id: String,
    /// Where agents find the coordinator: a host and a port. Machines join one port further.
    #[prost(string, tag = "2")]
    pub address: String,
    /// Since when, ISO-8601 UTC.
    #[prost(string, tag = "3")]
    pub since: String,
}

/// An agent.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Agent {
    /// What its certificates name.
    #[prost(string, tag = "1")]
    pub id: String,
    /// When it joined, ISO-8601 UTC.
    #[prost(string, tag = "2")]
    pub joined: String,
    /// The token that it joined with; empty when it joined by a role.
    #[prost(string, tag = "3")]
    pub token: String,
    /// What it may work for, as its next certificate says.
    #[prost(string, tag = "4")]
    pub bounds: String,
    /// Its certificates, the newest last; as many as may still be good.
    #[prost(message, repeated, tag = "5")]
    pub certificates: Vec<Certificate>,
    /// When it opened its last session, ISO-8601 UTC; empty for never.
    #[prost(string, tag = "6")]
    pub seen: String,
    /// The version of its binary.
    #[prost(string, tag = "7")]
    pub build: String,
    /// Its own Region; empty when it has none.
    #[prost(string, tag = "8")]
    pub home_region: String,
    /// The role at AWS that it joined by, as the ARN of its sessions up to their names; empty when it had a token.
    #[prost(string, tag = "9")]
    pub role: String,
}

/// An operator.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Operator {
    /// What its certificates name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// What it may do, as its next certificate says.
    #[prost(string, tag = "2")]
    pub role: String,
    /// When it was added, ISO-8601 UTC.
    #[prost(string, tag = "3")]
    pub added: String,
    /// Who added it.
    #[prost(string, tag = "4")]
    pub by: String,
    /// The one token with which it can join.
    #[prost(string, tag = "5")]
    pub token: String,
    /// When it joined, ISO-8601 UTC; empty before.
    #[prost(string, tag = "6")]
    pub joined: String,
    /// The version of the binary that it joined with.
    #[prost(string, tag = "7")]
    pub build: String,
    /// Its certificates, the newest last.
    #[prost(message, repeated, tag = "8")]
    pub certificates: Vec<Certificate>,
}

/// A certificate of an agent or an operator.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Certificate {
    /// Its number.
    #[prost(string, tag = "1")]
    pub serial: String,
    /// The last second in which it is good, since 1970.
    #[prost(uint64, tag = "2")]
    pub not_after: u64,
}

/// An enrolment token, without its secret.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Token {
    /// SHA-256 of its secret.
    #[prost(bytes = "vec", tag = "1")]
    pub hash: Vec<u8>,
    /// From which second on it is worth nothing, since 1970.
    #[prost(uint64, tag = "2")]
    pub expires: u64,
    /// Whom it lets in, and for what.
    #[prost(string, tag = "3")]
    pub scope: String,
    /// The key that it was used for; empty before.
    #[prost(bytes = "vec", tag = "4")]
    pub key: Vec<u8>,
    /// The agent or the operator that came of it; empty before.
    #[prost(string, tag = "5")]
    pub agent: String,
    /// Whether it is on record that another machine tried it, too.
    #[prost(bool, tag = "6")]
    pub is_contested: bool,
}

/// A ban.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Ban {
    /// Since when, ISO-8601 UTC.
    #[prost(string, tag = "1")]
    pub since: String,
    /// Who said so.
    #[prost(string, tag = "2")]
    pub by: String,
    /// Why.
    #[prost(string, tag = "3")]
    pub reason: String,
}

/// One entry of the log of who did what.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct AuditEntry {
    /// Its number, from 1, without gaps.
    #[prost(uint64, tag = "1")]
    pub sequence: u64,
    /// When, ISO-8601 UTC.
    #[prost(string, tag = "2")]
    pub time: String,
    /// Who did it.
    #[prost(string, tag = "3")]
    pub actor: String,
    /// What they did.
    #[prost(string, tag = "4")]
    pub action: String,
    /// To whom or what.
    #[prost(string, tag = "5")]
    pub subject: String,
    /// More of it.
    #[prost(string, tag = "6")]
    pub detail: String,
    /// The hash of the entry before it; empty in the first.
    #[prost(bytes = "vec", tag = "7")]
    pub previous: Vec<u8>,
}
