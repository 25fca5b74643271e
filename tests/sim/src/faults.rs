//! Faults on demand: which calls are denied, throttled, broken or slow, and for how long.
//!
//! Rules may be added and removed while the server runs. They must not know the world: a rule matches by the names
//! in the request only.

use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Where a denial comes from; AWS says it in the error message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// No identity policy allows the action.
    Identity,
    /// A permissions boundary does not allow it.
    Boundary,
    /// The session policy does not allow it.
    Session,
    /// A service control policy denies it.
    ServiceControl,
    /// A resource control policy denies it.
    ResourceControl,
    /// A resource policy denies it.
    Resource,
    /// A VPC endpoint policy denies it.
    VpcEndpoint,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Access denied, with AWS's wording for this layer.
    Deny(Layer),
    /// The service's own throttling error.
    Throttle,
    /// An internal error of the service, HTTP 500.
    ServerError,
    /// A listing ends after its first page: that page is short and has a token, and asking for the next one fails.
    /// The answer of an operation without pages breaks off in the middle of the body.
    Truncate,
    /// HTTP 200 with a body that is not what the protocol says.
    Malformed,
    /// The connection ends in the middle of the body.
    Disconnect,
    /// The credentials have expired.
    Expired,
    /// The Region is not enabled for the account.
    RegionDisabled,
    /// The answer is delayed.
    Latency(Duration),
}

/// Which calls a fault hits. An empty name matches every call.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Service by botocore's name (`s3`).
    pub service: String,
    /// Operation (`GetBucketPolicy`).
    pub operation: String,
    /// Account id.
    pub account: String,
    /// Region.
    pub region: String,
    /// What happens.
    pub fault: Fault,
    /// How many calls it hits; all when `None`.
    pub times: Option<u32>,
}

impl Rule {
    /// This fault for every call of an operation; an empty name stands for any.
    pub fn new(service: &str, operation: &str, fault: Fault) -> Self {
        let (service, operation) = (service.to_owned(), operation.to_owned());
        Self { service, operation, account: String::new(), region: String::new(), fault, times: None }
    }

    /// Only in this account.
    #[must_use]
    pub fn in_account(mut self, account: &str) -> Self {
        self.account = account.to_owned();
        self
    }

    /// Only in this Region.
    #[must_use]
    pub fn in_region(mut self, region: &str) -> Self {
        self.region = region.to_owned();
        self
    }

    /// Only the first `times` calls.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    fn matches(&self, service: &str, operation: &str, account: &str, region: &str) -> bool {
        let fits = |wanted: &str, actual: &str| wanted.is_empty() || wanted == actual;
        fits(&self.service, service)
            && fits(&self.operation, operation)
            && fits(&self.account, account)
            && fits(&self.region, region)
            && self.times != Some(0)
    }
}

/// The rules of a running server. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    rules: Arc<Mutex<Vec<Rule>>>,
}

impl Faults {
    /// Adds a rule; of several that match, the first one added counts.
    pub fn add(&self, rule: Rule) {
        self.lock().push(rule);
    }

    /// Removes all rules.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// The fault that hits this call, if any, and counts it.
    pub(crate) fn hit(&self, service: &str, operation: &str, account: &str, region: &str) -> Option<Fault> {
        let mut rules = self.lock();
        let rule = rules.iter_mut().find(|rule| rule.matches(service, operation, account, region))?;
        if let Some(times) = &mut rule.times {
            *times -= 1;
        }
        Some(rule.fault)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Rule>> {
        self.rules.lock().expect("no code panics while it holds the rules")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_matching_rule_counts_and_wears_off() {
        let faults = Faults::default();
        faults.add(Rule::new("s3", "", Fault::Throttle).in_region("eu-west-1").times(1));
        faults.add(Rule::new("", "", Fault::ServerError));
        assert_eq!(faults.hit("s3", "ListBuckets", "1", "eu-west-1"), Some(Fault::Throttle));
        assert_eq!(faults.hit("s3", "ListBuckets", "1", "eu-west-1"), Some(Fault::ServerError));
        faults.clear();
        assert_eq!(faults.hit("s3", "ListBuckets", "1", "eu-west-1"), None);
    }
}
