//! What expressions know besides resources: the account, its organization, the Region, the scan's start.

use std::sync::Arc;

use plumbline_baseline::Doc;
use plumbline_baseline::evaluate::Context;
use plumbline_proto::agent_v1::JobSpec;
use plumbline_proto::facts::account;

/// The facts of one job.
#[derive(Clone, Debug)]
pub struct Facts {
    /// `account`.
    pub account: Doc,
    /// `organization`, the same for all jobs of a scan.
    pub organization: Arc<Doc>,
    /// `region`.
    pub region: String,
    /// `now`.
    pub now: String,
}

impl Facts {
    /// The facts of a job, in this organization.
    pub fn of_job(spec: &JobSpec, organization: &Arc<Doc>) -> Self {
        let account = account(&spec.account.clone().unwrap_or_default(), &spec.partition);
        Self { account, organization: Arc::clone(organization), region: spec.region.clone(), now: spec.now.clone() }
    }

    /// What a control with these settings sees.
    pub fn context<'a>(&'a self, settings: &'a Doc) -> Context<'a> {
        let Self { account, organization, region, now } = self;
        Context { account, organization, region, settings, now }
    }
}
