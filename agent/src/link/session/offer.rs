//! Whether an offer can be taken: what it asks for makes sense. Pure.

use plumbline_baseline::arn::Arn;
use plumbline_proto::agent_v1::LeaseOffer;
use plumbline_proto::agent_v1::lease_reject::Reason;

/// Why the offer cannot be taken, if it cannot.
pub(super) fn refusal(offer: &LeaseOffer, knows_organization: bool) -> Option<(Reason, String)> {
    let bad = |detail: &str| Some((Reason::BadSpec, detail.to_owned()));
    let Some(spec) = &offer.spec else { return bad("there is no job in the offer") };
    // Without it, members of the organization would be judged as strangers.
    if spec.has_organization && !knows_organization {
        return Some((Reason::AgentTrouble, "the scan's organization did not reach this agent".to_owned()));
    }
    let Some(account) = &spec.account else { return bad("the job names no account") };
    if !is_account_id(&account.id) {
        return bad("the account id is not twelve digits");
    }
    if spec.region.is_empty() || spec.partition.is_empty() || spec.now.is_empty() {
        return bad("the job lacks its Region, its partition or its time");
    }
    let role = spec.access.as_ref().map_or("", |access| access.role_arn.as_str());
    // A role of another account would report that account's resources under this one's name.
    if !role.is_empty() && Arn::account_of(role) != Some(account.id.as_str()) {
        return bad("the role belongs to another account");
    }
    None
}

fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use plumbline_proto::agent_v1::{Access, Account, JobSpec};

    fn check(change: impl FnOnce(&mut JobSpec), expected: Option<Reason>) {
        let mut spec = JobSpec {
            account: Some(Account { id: "111122223333".into(), ..Account::default() }),
            region: "eu-west-1".into(),
            partition: "aws".into(),
            now: "2026-01-15T00:00:00Z".into(),
            ..JobSpec::default()
        };
        change(&mut spec);
        let offer = LeaseOffer { spec: Some(spec), ..LeaseOffer::default() };
        let knows = offer.spec.as_ref().is_some_and(|spec| spec.scan_id == "scan");
        assert_eq!(refusal(&offer, knows).map(|(reason, _)| reason), expected);
    }

    #[test]
    fn only_jobs_that_make_sense_are_taken() {
        let role = |arn: &str| Some(Access { role_arn: arn.into(), ..Access::default() });
        check(|_| {}, None);
        check(|spec| spec.access = role("arn:aws:iam::111122223333:role/R"), None);
        check(|spec| spec.access = role("arn:aws:iam::444455556666:role/R"), Some(Reason::BadSpec));
        check(|spec| spec.access = role("R"), Some(Reason::BadSpec));
        check(|spec| spec.account = None, Some(Reason::BadSpec));
        check(|spec| (spec.has_organization, spec.scan_id) = (true, "scan".into()), None);
        check(|spec| (spec.has_organization, spec.scan_id) = (true, "other".into()), Some(Reason::AgentTrouble));
        check(|spec| spec.account = Some(Account { id: "12".into(), ..Account::default() }), Some(Reason::BadSpec));
        check(|spec| spec.region.clear(), Some(Reason::BadSpec));
        assert!(refusal(&LeaseOffer::default(), false).is_some());
    }
}
