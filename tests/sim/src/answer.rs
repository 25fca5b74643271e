//! From a call to its output or error, by what AWS documents of each operation.
//!
//! One module a service. A handler reads the world and the input; it must not know the wire.

mod error;
mod organizations;
pub(crate) mod page;
mod sts;

use plumbline_baseline::Doc;

use crate::request::{Call, Dialect};
use crate::world::World;

pub(crate) use error::ApiError;

/// What one service's handler gives: `None` when it does not know the operation.
type Answer = Option<Result<Doc, ApiError>>;

/// The world as one call sees it.
pub(crate) struct Asked<'a> {
    pub(crate) world: &'a World,
    pub(crate) call: &'a Call,
}

/// The output of a call, not yet cut into pages.
pub(crate) fn answer(world: &World, call: &Call, dialect: &Dialect) -> Result<Doc, ApiError> {
    let asked = Asked { world, call };
    if call.service != "sts" {
        asked.check_account(dialect)?;
    }
    let answer = match call.service.as_str() {
        "sts" => sts::answer(&asked),
        "organizations" => organizations::answer(&asked),
        _ => None,
    };
    answer.unwrap_or_else(|| {
        let message = format!("the simulator does not answer {}:{}", call.service, call.operation);
        Err(ApiError::new(501, "NotImplemented", &message))
    })
}

impl Asked<'_> {
    /// Refuses credentials of unknown or suspended accounts, Regions that are not enabled and what an SCP denies.
    fn check_account(&self, dialect: &Dialect) -> Result<(), ApiError> {
        let organization = self.world.organization();
        let account = organization.account(&self.call.account).filter(|account| account.is_active());
        let account = account.ok_or_else(|| ApiError::invalid_token(dialect))?;
        if !organization.is_enabled(account, &self.call.region) {
            return Err(ApiError::invalid_token(dialect));
        }
        match self.world.denying_policy(&self.call.account, &self.call.service, &self.call.operation) {
            Some(layer) => Err(ApiError::denied(layer, self.call, dialect)),
            None => Ok(()),
        }
    }
}
