//! Whether the credentials of a job are accepted in its Regions. A Region that refuses them refuses them to every
//! service: that is found out once. Pure.

use rustc_hash::FxHashMap;

use crate::error::{CallError, ErrorClass};

/// One service may refuse for a reason of its own.
const PROOF: usize = 2;

/// What is known of the job's credentials, by Region.
#[derive(Debug, Default)]
pub(super) struct Acceptance {
    regions: FxHashMap<String, Known>,
}

#[derive(Debug, Default)]
struct Known {
    is_accepted: bool,
    /// The services that refused, and what the last one said.
    refused_by: Vec<String>,
    error: Option<CallError>,
}

impl Acceptance {
    /// The error of a call that need not be made.
    pub(super) fn refusal(&self, region: &str, operation: &str) -> Option<CallError> {
        let known = self.regions.get(region)?;
        let is_refused = !known.is_accepted && known.refused_by.len() >= PROOF;
        let error = known.error.as_ref().filter(|_| is_refused)?;
        Some(CallError { operation: operation.to_owned(), ..error.clone() })
    }

    /// A call ended.
    pub(super) fn learn<T>(&mut self, region: &str, service: &str, result: &Result<T, CallError>) {
        let known = match self.regions.get_mut(region) {
            Some(known) => known,
            None => self.regions.entry(region.to_owned()).or_default(),
        };
        match result {
            Err(error) if error.class == ErrorClass::NotAuthenticated => {
                if !known.refused_by.iter().any(|other| other == service) {
                    known.refused_by.push(service.to_owned());
                }
                known.error = Some(error.clone());
            }
            // An error without a status is no answer.
            Err(error) if error.http_status.is_none() => {}
            _ => known.is_accepted = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(service: &str) -> Result<(), CallError> {
        let error = CallError::local(ErrorClass::NotAuthenticated, format!("{service}:List"), "token");
        Err(CallError { http_status: Some(403), ..error })
    }

    #[test]
    fn two_refusals_and_no_acceptance_stop_the_calls_of_a_region() {
        let mut acceptance = Acceptance::default();
        acceptance.learn("r", "ec2", &refused("ec2"));
        acceptance.learn("r", "ec2", &refused("ec2"));
        assert_eq!(acceptance.refusal("r", "kms:List"), None);
        acceptance.learn("r", "s3", &refused("s3"));
        let error = acceptance.refusal("r", "kms:List").unwrap();
        assert_eq!((error.class, error.operation.as_str()), (ErrorClass::NotAuthenticated, "kms:List"));
        assert_eq!(acceptance.refusal("other", "kms:List"), None);
    }

    #[test]
    fn one_acceptance_shows_that_the_refusals_were_the_services_own() {
        let mut acceptance = Acceptance::default();
        let denied = CallError::local(ErrorClass::Bug, "kms:List".to_owned(), "m");
        acceptance.learn("r", "kms", &Err::<(), _>(CallError { http_status: Some(400), ..denied }));
        acceptance.learn("r", "ec2", &refused("ec2"));
        acceptance.learn("r", "s3", &refused("s3"));
        assert_eq!(acceptance.refusal("r", "kms:List"), None);
    }
}
