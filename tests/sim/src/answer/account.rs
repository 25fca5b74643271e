//! Account management, access analyzers, budgets.

use plumbline_baseline::Doc;

use super::{Answer, ApiError, Asked};
use crate::world::GLOBAL;

/// Account management.
pub(super) fn account(asked: &Asked<'_>) -> Answer {
    Some(match asked.call.operation.as_str() {
        "ListRegions" => Ok(list_regions(asked)),
        "GetAlternateContact" => alternate_contact(asked),
        "GetContactInformation" => match asked.in_region(GLOBAL, "AWS::Account::Contact").into_iter().next() {
            Some(contact) => Ok(Doc::map([("ContactInformation", contact)])),
            None => Err(ApiError::new(404, "ResourceNotFoundException", "No contact information found.")),
        },
        _ => return None,
    })
}

fn list_regions(asked: &Asked<'_>) -> Doc {
    let wanted = asked.call.input.get("RegionOptStatusContains").as_list().unwrap_or_default();
    let listed = asked.regions().into_iter().map(|(name, status)| {
        let status = match status {
            "opt-in-not-required" => "ENABLED_BY_DEFAULT",
            "opted-in" => "ENABLED",
            _ => "DISABLED",
        };
        (name, status)
    });
    let listed = listed.filter(|(_, status)| wanted.is_empty() || wanted.iter().any(|w| w.as_str() == Some(status)));
    let docs = listed
        .map(|(name, status)| Doc::map([("RegionName", Doc::from(name)), ("RegionOptStatus", Doc::from(status))]));
    Doc::map([("Regions", Doc::List(docs.collect()))])
}

fn alternate_contact(asked: &Asked<'_>) -> Result<Doc, ApiError> {
    let kind = asked.call.text("AlternateContactType");
    let contacts = asked.in_region(GLOBAL, "AWS::Account::AlternateContact").into_iter();
    let mut of_kind = contacts.filter(|contact| contact.get("AlternateContactType").as_str() == Some(kind));
    let contact = of_kind.next().ok_or_else(|| {
        ApiError::new(404, "ResourceNotFoundException", "No contact of the inputted alternate contact type found.")
    })?;
    Ok(Doc::map([("AlternateContact", contact)]))
}

/// IAM Access Analyzer.
pub(super) fn accessanalyzer(asked: &Asked<'_>) -> Answer {
    (asked.call.operation == "ListAnalyzers").then(|| {
        let kind = asked.call.text("type");
        let analyzers = asked.here("AWS::AccessAnalyzer::Analyzer").into_iter();
        let listed = analyzers.filter(|analyzer| kind.is_empty() || analyzer.get("type").as_str() == Some(kind));
        Ok(Doc::map([("analyzers", Doc::List(listed.collect()))]))
    })
}

/// Budgets, of the account that the request names.
pub(super) fn budgets(asked: &Asked<'_>) -> Answer {
    if asked.call.operation != "DescribeBudgets" {
        return None;
    }
    if asked.call.text("AccountId") != asked.call.account {
        return Some(Err(ApiError::new(400, "AccessDeniedException", "Access to the account is denied.")));
    }
    match asked.in_region(GLOBAL, "AWS::Budgets::Budget") {
        // An account without budgets has no list.
        budgets if budgets.is_empty() => Some(Ok(Doc::Map(plumbline_baseline::Map::new()))),
        budgets => Some(Ok(Doc::map([("Budgets", Doc::List(budgets))]))),
    }
}
