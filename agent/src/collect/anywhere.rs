//! Calls about what belongs to no Region, or to all: made in any Region that answers, the home Region first. A policy that
//! allows some Regions only is ordinary, and a Region may be dead; neither hides what every Region knows. Which Region
//! answered is remembered for the process, so that it is found out once. Must not know what is asked.

use std::sync::Arc;

use plumbline_aws::{CallError, DeniedLayer, ErrorClass};
use plumbline_baseline::Doc;

use super::collector::Collector;

/// Asks Region after Region until one answers. When none does, the first one's refusal is the reason: that of the home
/// Region, unless another one has answered before.
///
/// # Errors
/// When a Region answers that the call fails, or all refuse.
pub(crate) async fn fetch(
    collector: &Collector,
    service: &str,
    operation: &str,
    input: &Doc,
) -> Result<Arc<Doc>, Arc<CallError>> {
    let place = &collector.place;
    let answered = collector.answering.region(&place.partition, service);
    let home = place.anywhere.first();
    let mut refusals: Vec<(&str, Arc<CallError>)> = Vec::new();
    for region in in_order(&place.anywhere, answered.as_deref()) {
        match collector.calls.fetch(region, service, operation, input.clone()).await {
            Ok(answer) => {
                if answered.as_deref().or(home.map(String::as_str)) != Some(region) {
                    tracing::info!(service, operation, region, "a Region answers for the one that refuses");
                }
                collector.answering.remember(&place.partition, service, region);
                return Ok(answer);
            }
            Err(error) if is_of_the_region(error.class) => refusals.push((region, error)),
            Err(error) => return Err(error),
        }
    }
    let of_home = refusals.iter().position(|(region, _)| home.is_some_and(|home| home == region)).unwrap_or(0);
    Err(refusals.swap_remove(of_home).1)
}

/// The Region that answered before, then the others as they come.
fn in_order<'a>(regions: &'a [String], answered: Option<&'a str>) -> impl Iterator<Item = &'a str> {
    let first = answered.filter(|answered| regions.iter().any(|region| region == answered));
    first.into_iter().chain(regions.iter().map(String::as_str).filter(move |region| Some(*region) != first))
}

/// Whether another Region may answer what this one refused.
fn is_of_the_region(class: ErrorClass) -> bool {
    match class {
        // Policies of the role, the session or the thing itself say the same everywhere.
        ErrorClass::Denied { layer } => {
            !matches!(layer, DeniedLayer::IdentityPolicy | DeniedLayer::SessionPolicy | DeniedLayer::ResourcePolicy)
        }
        ErrorClass::Throttled
        | ErrorClass::RegionDisabled
        | ErrorClass::NotInRegion
        | ErrorClass::NoEndpoint
        | ErrorClass::NotAuthenticated
        | ErrorClass::NotSubscribed
        | ErrorClass::NotSupported
        | ErrorClass::WrongRegion
        | ErrorClass::Transient => true,
        ErrorClass::Absent
        | ErrorClass::Vanished
        | ErrorClass::AbsentOrVanished
        | ErrorClass::Expired
        | ErrorClass::Deadline
        | ErrorClass::NoCredentials
        | ErrorClass::TooLarge
        | ErrorClass::Bug => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_answered_before_is_asked_first_and_the_rest_once_each() {
        let regions = ["us-east-1", "eu-west-1", "eu-central-1"].map(str::to_owned);
        let order = |answered| in_order(&regions, answered).collect::<Vec<_>>();
        assert_eq!(order(None), ["us-east-1", "eu-west-1", "eu-central-1"]);
        assert_eq!(order(Some("eu-central-1")), ["eu-central-1", "us-east-1", "eu-west-1"]);
        assert_eq!(order(Some("ap-south-1")), ["us-east-1", "eu-west-1", "eu-central-1"], "not one of the account's");
    }
}
