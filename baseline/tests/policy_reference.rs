//! The reference evaluator against the table of cases that were derived by hand from AWS's pages.
//!
//! The test data of another simulator (`cloud-copilot/iam-simulate`, 356 cases of one request) were compared by hand as
//! well. It answers otherwise on documents that AWS refuses (a bare ARN as Principal, a Principal in an identity policy,
//! none in a resource's), which are unknown here; on `NotPrincipal` in a Deny without the account, where AWS says "might";
//! and on a session that a resource's policy names, which by AWS's page is not limited by its session policy. Resource
//! control policies, requests about patterns, and what is decided outside of policies (`sts:GetCallerIdentity`, AWS's own
//! roles, policies and aliases) are not part of the reference.

#[path = "reference/cases.rs"]
mod cases;
#[path = "reference/evaluator.rs"]
mod reference;

use cases::cases;
use reference::decide;

#[test]
fn the_reference_answers_every_case_as_aws_says() {
    let cases = cases();
    let answers = cases.iter().map(|case| (case, decide(&case.policies, &case.request)));
    let wrong: Vec<String> = answers
        .filter(|(case, found)| *found != case.expected)
        .map(|(case, found)| format!("{} ({}): {found:?}, not {:?}", case.name, case.principal, case.expected))
        .collect();
    assert!(cases.len() > 300, "only {} cases", cases.len());
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
