//! Who joins by AWS identity, as the configuration says, and whom the coordinator asks about it.

use std::sync::Arc;

use plumbline_aws::credentials;
use plumbline_aws::proof::Verifier;
use plumbline_coordinator::joining::ByRole;

use crate::cloud::{Cloud, credentials_failure};
use crate::config::Settings;
use crate::failure::Result;

/// What lets machines in by their role; nothing where no role is listed.
///
/// # Errors
/// When the coordinator's Region belongs to no known partition.
pub(crate) fn by_role(settings: &Settings, cloud: &Cloud) -> Result<Option<Arc<ByRole>>> {
    let roles = settings.service.aws_roles.clone();
    if roles.is_empty() {
        return Ok(None);
    }
    let verifier = Verifier::new(&cloud.client, cloud.caller.region());
    let verifier = verifier.map_err(|error| credentials_failure(&credentials::Error::NoEndpoint(error)))?;
    Ok(Some(Arc::new(ByRole::new(roles, verifier))))
}
