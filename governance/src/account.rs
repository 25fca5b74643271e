//! What has to be known of an account and of a finding to say what governance says of them. What could not be read is not
//! known, which is another thing than empty. Must not know where it comes from.

use std::collections::BTreeMap;

use plumbline_baseline::Severity;

/// Tags by key.
pub type Tags = BTreeMap<String, String>;

/// An account.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// Twelve digits.
    pub id: &'a str,
    /// Its name, which is a stranger's text; empty where it is not known.
    pub name: &'a str,
    /// The path of its unit, `Root/Workloads/Payments`; empty without an organization, `None` where it is not known.
    pub path: Option<&'a str>,
    /// The ids of the units on the way from the root to it; `None` where they are not known, as in a stored scan.
    pub units: Option<&'a [String]>,
    /// Its tags; `None` where they are not known.
    pub tags: Option<&'a Tags>,
}

impl<'a> Account<'a> {
    /// An account of which nothing but its id is known.
    pub fn new(id: &'a str) -> Self {
        Self { id, name: "", path: None, units: None, tags: None }
    }
}

/// A finding: a row that reads FAIL.
#[derive(Clone, Copy, Debug)]
pub struct Finding<'a> {
    /// The control.
    pub control: &'a str,
    /// How much it matters in this account.
    pub severity: Severity,
    /// Where it is; `aws-global` for what belongs to no Region.
    pub region: &'a str,
    /// The ARN of what failed; empty where the row is about the account as a whole.
    pub resource: &'a str,
    /// The tags of the resource; `None` where they are not known.
    pub tags: Option<&'a Tags>,
}
