//! From a call to its output or error, by what AWS documents of each operation.
//!
//! One module a service. A handler reads the world and the input; it must not know the wire.

mod account;
mod aggregator;
mod audit;
mod backup;
mod containers;
mod ec2;
mod error;
mod generic;
mod iam;
mod organizations;
pub(crate) mod page;
mod s3;
mod sts;
mod tagging;
mod workload;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use plumbline_baseline::Doc;
use time::format_description::well_known::Rfc3339;

use crate::request::{Call, Dialect};
use crate::sessions::Sessions;
use crate::world::World;

pub(crate) use error::ApiError;

/// What one service's handler gives: `None` when it does not know the operation.
type Answer = Option<Result<Doc, ApiError>>;

/// What earlier calls changed: a reading scanner assumes roles, and starts IAM's credential report.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) sessions: Sessions,
    reports: Mutex<BTreeSet<String>>,
}

impl Memory {
    /// Of a server whose sessions live so long; as long as was asked for when `None`.
    pub(crate) fn new(session_lifetime: Option<Duration>) -> Self {
        Self { sessions: Sessions::new(session_lifetime), reports: Mutex::default() }
    }
}

/// The world as one call sees it.
pub(crate) struct Asked<'a> {
    pub(crate) world: &'a World,
    pub(crate) call: &'a Call,
    memory: &'a Memory,
}

/// The output of a call, not yet cut into pages.
pub(crate) fn answer(world: &World, memory: &Memory, call: &Call, dialect: &Dialect) -> Result<Doc, ApiError> {
    let asked = Asked { world, call, memory };
    if call.service != "sts" {
        asked.check_account(dialect)?;
    }
    let answer = match call.service.as_str() {
        "sts" => sts::answer(&asked),
        "organizations" => organizations::answer(&asked),
        "account" => account::account(&asked),
        "accessanalyzer" => account::accessanalyzer(&asked),
        "budgets" => account::budgets(&asked),
        "iam" => iam::answer(&asked),
        "s3" => s3::answer(&asked),
        "s3control" => s3::control(&asked),
        "ec2" => ec2::answer(&asked),
        "backup" => backup::answer(&asked),
        "cloudtrail" => audit::cloudtrail(&asked),
        "cloudcontrol" => generic::cloudcontrol(&asked),
        "config" => audit::config(&asked),
        "logs" => audit::logs(&asked),
        "cloudwatch" => audit::cloudwatch(&asked),
        "sns" => audit::sns(&asked),
        "guardduty" => audit::guardduty(&asked),
        "securityhub" => audit::securityhub(&asked),
        "ecs" => containers::ecs(&asked),
        "codebuild" => containers::codebuild(&asked),
        "resourcegroupstaggingapi" => tagging::answer(&asked),
        "elbv2" => workload::elbv2(&asked),
        "lambda" => workload::lambda(&asked),
        "wafv2" => workload::wafv2(&asked),
        "rds" => workload::rds(&asked),
        "dynamodb" => workload::dynamodb(&asked),
        "sqs" => workload::sqs(&asked),
        "secretsmanager" => workload::secretsmanager(&asked),
        "kms" => workload::kms(&asked),
        _ => None,
    };
    answer.unwrap_or_else(|| {
        let message = format!("the simulator does not answer {}:{}", call.service, call.operation);
        Err(ApiError::new(501, "NotImplemented", &message))
    })
}

impl Asked<'_> {
    /// The account's resources of one type in the Region of the call.
    fn here(&self, type_name: &str) -> Vec<Doc> {
        self.in_region(&self.call.region, type_name)
    }

    /// The account's resources of one type in some Region.
    fn in_region(&self, region: &str, type_name: &str) -> Vec<Doc> {
        self.world.resources(&self.call.account, region, type_name).to_vec()
    }

    /// The one of them that is meant.
    fn found(&self, region: &str, type_name: &str, is_meant: impl Fn(&Doc) -> bool) -> Option<Doc> {
        self.world.resources(&self.call.account, region, type_name).iter().find(|doc| is_meant(doc)).cloned()
    }

    /// All Regions and the account's opt-in status in each.
    fn regions(&self) -> Vec<(String, &'static str)> {
        let organization = self.world.organization();
        let opted_in = organization.account(&self.call.account).map(|account| account.opted_in.as_slice());
        let always = organization.regions.iter().map(|region| (region.clone(), "opt-in-not-required"));
        let optional = organization.opt_in_regions.iter().map(|region| {
            let is_in = opted_in.unwrap_or_default().contains(region);
            (region.clone(), if is_in { "opted-in" } else { "not-opted-in" })
        });
        always.chain(optional).collect()
    }

    fn enabled_regions(&self) -> Vec<String> {
        let enabled = self.regions().into_iter().filter(|(_, status)| *status != "not-opted-in");
        enabled.map(|(name, _)| name).collect()
    }

    /// Whether this request starts the account's credential report.
    fn is_first_report_request(&self) -> bool {
        self.reports().insert(self.call.account.clone())
    }

    fn has_report(&self) -> bool {
        self.reports().contains(&self.call.account)
    }

    fn reports(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.memory.reports.lock().expect("no code panics while it holds the reports")
    }

    /// The world's time in the form of documents.
    fn timestamp(&self) -> String {
        let now = self.world.now();
        now.replace_nanosecond(0).unwrap_or(now).format(&Rfc3339).unwrap_or_default()
    }

    /// Refuses credentials of unknown or suspended accounts, Regions that are not enabled and what an SCP denies.
    fn check_account(&self, dialect: &Dialect) -> Result<(), ApiError> {
        let organization = self.world.organization();
        let account = organization.account(&self.call.account).filter(|account| account.is_active());
        let account = account.ok_or_else(|| ApiError::invalid_token(dialect))?;
        let is_always_there = self.call.service == "s3control" && self.call.region == s3::MULTI_REGION;
        if !is_always_there && !organization.is_enabled(account, &self.call.region) {
            return Err(ApiError::invalid_token(dialect));
        }
        match self.world.denying_policy(&self.call.account, &self.call.service, &self.call.operation) {
            Some(layer) => Err(ApiError::denied(layer, self.call, dialect)),
            None => Ok(()),
        }
    }
}
