//! AWS Backup: plans, what they select, what they have backed up, and what the Region has opted in for.

use plumbline_baseline::Doc;

use super::{Answer, ApiError, Asked};

pub(super) fn answer(asked: &Asked<'_>) -> Answer {
    let of = |type_name: &str| asked.here(type_name);
    Some(match asked.call.operation.as_str() {
        "DescribeRegionSettings" => {
            let settings = of("Plumbline::Backup::RegionSettings").into_iter().next().unwrap_or_default();
            Ok(Doc::map([("ResourceTypeOptInPreference", settings.get("OptIn").clone())]))
        }
        "ListBackupPlans" => Ok(Doc::map([("BackupPlansList", Doc::List(of("AWS::Backup::BackupPlan")))])),
        "ListBackupSelections" => {
            selections(asked).map(|listed| Doc::map([("BackupSelectionsList", Doc::List(listed))]))
        }
        "GetBackupSelection" => selection(asked),
        "ListProtectedResources" => Ok(Doc::map([("Results", Doc::List(of("Plumbline::Backup::ProtectedResource")))])),
        _ => return None,
    })
}

/// The selections of the plan that is meant, without what they select.
fn selections(asked: &Asked<'_>) -> Result<Vec<Doc>, ApiError> {
    let plan = asked.call.input.get("BackupPlanId");
    let is_meant = |each: &Doc| each.get("BackupPlanId") == plan;
    if asked.found(&asked.call.region, "AWS::Backup::BackupPlan", is_meant).is_none() {
        return Err(not_found("plan"));
    }
    let all = asked.here("AWS::Backup::BackupSelection").into_iter();
    Ok(all.filter(is_meant).collect())
}

fn selection(asked: &Asked<'_>) -> Result<Doc, ApiError> {
    let id = asked.call.input.get("SelectionId");
    let found = selections(asked)?.into_iter().find(|each| each.get("SelectionId") == id);
    let found = found.ok_or_else(|| not_found("selection"))?;
    Ok(Doc::map([
        ("BackupPlanId", found.get("BackupPlanId").clone()),
        ("SelectionId", id.clone()),
        ("BackupSelection", found.get("Selection").clone()),
    ]))
}

fn not_found(what: &str) -> ApiError {
    ApiError::new(400, "ResourceNotFoundException", &format!("Cannot find Backup {what} with the given ID"))
}
