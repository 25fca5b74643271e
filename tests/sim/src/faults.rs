//! Faults on demand: which calls are denied, throttled, broken or slow, and for how long.
//!
//! Rules may be added and removed while the server runs. They must not know the world: a rule matches by the names
//! in the request only.

mod spelling;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::chance::Chance;

/// Chance is asked for the latency first, and for each rule after it.
const FIRST_PURPOSE: u64 = 2;

/// Services that a guardrail by Region has to spare, because they are asked in one Region for all.
const GLOBAL_SERVICES: [&str; 6] = ["account", "budgets", "iam", "organizations", "s3control", "sts"];

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
    /// The same, and the answer says how long to wait (`Retry-After`, in whole seconds).
    ThrottleFor(Duration),
    /// An internal error of the service, HTTP 500.
    ServerError,
    /// A listing ends after its first page: that page is short and has a token, and asking for the next one fails.
    /// The answer of an operation without pages breaks off in the middle of the body.
    Truncate,
    /// HTTP 200 with a body of somebody else: a proxy's page, another service's object.
    Strange(&'static str),
    /// The connection ends in the middle of the body.
    Disconnect,
    /// The connection ends without an answer, as one that is refused or reset does.
    Reset,
    /// The connection stays open and no answer ever comes.
    Hang,
    /// The credentials have expired.
    Expired,
    /// The Region is not enabled for the account.
    RegionDisabled,
    /// The answer is delayed.
    Latency(Duration),
}

/// Which calls a fault hits. An empty name matches every call.
#[derive(Clone, Debug, PartialEq)]
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
    /// Which share of the calls it hits, by chance; 1 for all.
    pub share: f64,
    /// Regions in which it hits nothing.
    pub spared_regions: Vec<String>,
    /// Services of which it hits nothing.
    pub spared_services: Vec<String>,
}

impl Rule {
    /// This fault for every call of an operation; an empty name stands for any.
    pub fn new(service: &str, operation: &str, fault: Fault) -> Self {
        Self {
            service: service.to_owned(),
            operation: operation.to_owned(),
            account: String::new(),
            region: String::new(),
            fault,
            times: None,
            share: 1.0,
            spared_regions: Vec::new(),
            spared_services: Vec::new(),
        }
    }

    /// A Region that does not work: every call there hangs, or is reset.
    pub fn dead_region(region: &str, fault: Fault) -> Self {
        Self::new("", "", fault).in_region(region)
    }

    /// The usual guardrail: a service control policy that denies every Region but these. What is global is spared.
    pub fn only_in_regions(regions: &[&str]) -> Self {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            spared_regions: owned(regions),
            spared_services: owned(&GLOBAL_SERVICES),
            ..Self::new("", "", Fault::Deny(Layer::ServiceControl))
        }
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

    /// Only this share of the calls, by chance.
    #[must_use]
    pub fn share(mut self, share: f64) -> Self {
        self.share = share;
        self
    }

    fn matches(&self, service: &str, operation: &str, account: &str, region: &str) -> bool {
        let fits = |wanted: &str, actual: &str| wanted.is_empty() || wanted == actual;
        fits(&self.service, service)
            && fits(&self.operation, operation)
            && fits(&self.account, account)
            && fits(&self.region, region)
            && self.times != Some(0)
            && !self.spared_regions.iter().any(|spared| spared == region)
            && !self.spared_services.iter().any(|spared| spared == service)
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
    pub(crate) fn hit(
        &self,
        (service, operation): (&str, &str),
        (account, region): (&str, &str),
        chance: Chance,
    ) -> Option<Fault> {
        let mut rules = self.lock();
        let hits = |(number, rule): &(usize, &mut Rule)| {
            let by_chance = || rule.share >= 1.0 || chance.share(FIRST_PURPOSE + *number as u64) < rule.share;
            rule.matches(service, operation, account, region) && by_chance()
        };
        let (_, rule) = rules.iter_mut().enumerate().find(hits)?;
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

    fn hit(faults: &Faults, service: &str, region: &str, number: u32) -> Option<Fault> {
        faults.hit((service, "ListThings"), ("1", region), Chance::new(1, ["1", region, service], number))
    }

    #[test]
    fn the_first_matching_rule_counts_and_wears_off() {
        let faults = Faults::default();
        faults.add(Rule::new("s3", "", Fault::Throttle).in_region("eu-west-1").times(1));
        faults.add(Rule::new("", "", Fault::ServerError));
        assert_eq!(hit(&faults, "s3", "eu-west-1", 0), Some(Fault::Throttle));
        assert_eq!(hit(&faults, "s3", "eu-west-1", 1), Some(Fault::ServerError));
        faults.clear();
        assert_eq!(hit(&faults, "s3", "eu-west-1", 2), None);
    }

    #[test]
    fn a_share_of_the_calls_fails() {
        let faults = Faults::default();
        faults.add(Rule::new("", "", Fault::ServerError).share(0.02));
        let hits = (0..10_000).filter(|number| hit(&faults, "s3", "eu-west-1", *number).is_some()).count();
        assert!((150..250).contains(&hits), "{hits}");
    }

    #[test]
    fn a_guardrail_denies_other_regions_and_spares_what_is_global() {
        let faults = Faults::default();
        faults.add(Rule::only_in_regions(&["eu-west-1", "eu-central-1"]));
        assert_eq!(hit(&faults, "s3", "eu-central-1", 0), None);
        assert_eq!(hit(&faults, "iam", "us-east-1", 0), None);
        assert_eq!(hit(&faults, "cloudtrail", "us-east-1", 0), Some(Fault::Deny(Layer::ServiceControl)));
    }
}
