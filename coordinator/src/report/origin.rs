//! Where a finding comes from: what one change would close it with others that come from the same.
//!
//! Plain data. An origin is only claimed where it is known. Its name is a stranger's text.

use std::sync::Arc;

/// What one change would close, with all that come from it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// What it is, for machines: one of [`KINDS`].
    pub kind: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
}

/// A stack set of CloudFormation.
pub const STACK_SET: &str = "stack_set";
/// A stack of CloudFormation, by its id.
pub const STACK: &str = "stack";
/// A module of infrastructure as code, by what a tag says.
pub const MODULE: &str = "module";
/// A launch template of EC2.
pub const LAUNCH_TEMPLATE: &str = "launch_template";
/// An Auto Scaling group: account, Region and name.
pub const AUTO_SCALING_GROUP: &str = "auto_scaling_group";
/// A cluster of EKS: account, Region and name.
pub const EKS_CLUSTER: &str = "eks_cluster";
/// An image of EC2.
pub const IMAGE: &str = "image";
/// A policy that several resources have, each with its own ARN in it: by its hash.
pub const POLICY: &str = "policy";
/// A setting that no account of a unit has, by the unit's path.
pub const UNIT: &str = "unit";
/// The same in one Region: path and Region.
pub const UNIT_IN_REGION: &str = "unit_in_region";

/// All kinds, in the order in which one counts before another, each with its words.
pub const KINDS: [(&str, &str); 10] = [
    (STACK_SET, "stack set"),
    (STACK, "stack"),
    (MODULE, "module"),
    (LAUNCH_TEMPLATE, "launch template"),
    (AUTO_SCALING_GROUP, "Auto Scaling group"),
    (EKS_CLUSTER, "EKS cluster"),
    (IMAGE, "image"),
    (POLICY, "same policy"),
    (UNIT, "all accounts of"),
    (UNIT_IN_REGION, "all accounts of"),
];

impl Origin {
    /// An origin of a kind.
    pub fn new(kind: &str, name: &str) -> Self {
        Self { kind: kind.into(), name: name.into() }
    }

    /// `kind: name`.
    pub fn text(&self) -> String {
        format!("{}: {}", self.kind, self.name)
    }

    /// In a reader's words: `stack set logging`. Of a stack its name, which its id has.
    pub fn says(&self) -> String {
        let words = KINDS.iter().find(|(kind, _)| *kind == &*self.kind).map_or(&*self.kind, |(_, words)| words);
        let name = match &*self.kind {
            STACK => self.name.split('/').nth(1).unwrap_or(&self.name),
            _ => &self.name,
        };
        format!("{words} {name}")
    }
}
