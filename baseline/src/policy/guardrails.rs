//! Service control policies down the tree of an organization: what they together say of a request that a member account
//! makes. A request has to get past every level from the root to the account. Pure.

use std::collections::HashMap;
use std::sync::Arc;

use super::decide::{Outcome, Policies, decide};
use super::document::Document;
use super::request::Request;
use crate::doc::Doc;
use crate::reason::{Unread, UnreadReason};

/// What a principal may do that nothing but the organization limits.
const EVERYTHING: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// The service control policies of an organization, by what they are attached to.
#[derive(Debug, Default)]
pub struct Guardrails {
    documents: Vec<Document>,
    by_target: HashMap<String, Vec<usize>>,
    /// Why there may be more policies, or more targets of those there are.
    unread: Option<Arc<Unread>>,
}

/// Whether a request is stopped.
#[derive(Clone, Debug, PartialEq)]
pub enum Stopped {
    /// It is.
    Yes,
    /// It gets through.
    No,
    /// That depends on what was not read.
    Unknown(Arc<Unread>),
}

/// The policies of each level, by their numbers.
type Levels = Vec<Vec<usize>>;

/// The policies of levels that were needed before: most accounts of a unit have the same.
#[derive(Debug, Default)]
pub struct Known(HashMap<Levels, Policies>);

impl Guardrails {
    /// Adds a policy, as Organizations describes it: `Targets` with a `TargetId` each, and the text in `Content`.
    pub fn add(&mut self, policy: &Doc) {
        let number = self.documents.len();
        self.documents.push(Document::parse(policy.get("Content")));
        match policy.get("Targets") {
            Doc::List(targets) => {
                for target in targets {
                    match (target, target.get("TargetId")) {
                        (Doc::Unread(why), _) | (_, Doc::Unread(why)) => self.may_be_more(why),
                        (_, id) => {
                            let id = id.as_str().unwrap_or_default().to_owned();
                            self.by_target.entry(id).or_default().push(number);
                        }
                    }
                }
            }
            Doc::Unread(why) => self.may_be_more(why),
            // AWS leaves out what is empty.
            _ => {}
        }
    }

    /// Says that there may be policies, or targets, that are not known.
    pub fn may_be_more(&mut self, why: &Arc<Unread>) {
        self.unread.get_or_insert_with(|| Arc::clone(why));
    }

    /// Whether they stop a request of an account at this place of the organization, `o-…/r-…/ou-…/`.
    pub fn stop(&self, known: &mut Known, account: &str, path: &str, request: &Request) -> Stopped {
        let Some((_, units)) = path.split_once('/').filter(|(_, units)| !units.is_empty()) else {
            return Stopped::Unknown(Arc::new(Unread::new(
                UnreadReason::PartialListing,
                "organizations:ListAccountsForParent",
                format!("where the account {account} is in the organization is not known"),
            )));
        };
        let places = units.split('/').filter(|unit| !unit.is_empty()).chain([account]);
        // Nothing is attached nowhere: where a level has no policy, policies of the kind are not enabled.
        let levels: Levels = places.filter_map(|place| self.by_target.get(place).cloned()).collect();
        let policies = known.0.entry(levels).or_insert_with_key(|levels| self.policies(levels));
        let decision = decide(policies, request);
        match (decision.outcome, &self.unread) {
            (Outcome::ExplicitDeny, _) | (Outcome::ImplicitDeny, None) => Stopped::Yes,
            (Outcome::Allow, None) => Stopped::No,
            (Outcome::Unknown, _) => Stopped::Unknown(decision.unread.unwrap_or_else(undecided)),
            (Outcome::ImplicitDeny | Outcome::Allow, Some(why)) => Stopped::Unknown(Arc::clone(why)),
        }
    }

    fn policies(&self, levels: &Levels) -> Policies {
        let everything = Document::parse(&Doc::from(EVERYTHING));
        let level = |numbers: &Vec<usize>| numbers.iter().map(|number| self.documents[*number].clone()).collect();
        Policies { identity: vec![everything], scps: levels.iter().map(level).collect(), ..Policies::default() }
    }
}

fn undecided() -> Arc<Unread> {
    Arc::new(Unread::new(UnreadReason::ControlError, "", "AWS does not say what the policies do with the request"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Context, Principal};

    const DENY: &str = r#"{"Statement":{"Effect":"Deny","Action":"cloudtrail:*","Resource":"*"}}"#;
    const NO_TRAILS: &str = r#"{"Statement":{"Effect":"Allow","NotAction":"cloudtrail:*","Resource":"*"}}"#;
    const EXCEPT: &str = r#"{"Statement":{"Effect":"Deny","Action":"cloudtrail:*","Resource":"*",
        "Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/Admin"}}}}"#;

    fn request(role: &str) -> Request {
        let arn = format!("arn:aws:iam::222222222222:role/{role}");
        Request {
            principal: Principal::parse(&arn).expect("a role"),
            action: "cloudtrail:StopLogging".to_owned(),
            resource: "arn:aws:cloudtrail:us-east-1:222222222222:trail/t".to_owned(),
            resource_account: None,
            context: Context::new(),
        }
        .with_derived_keys()
    }

    /// What policies, as pairs of targets and text, say of a request from `o-1/r-1/ou-1/`.
    fn stopped(policies: &[(&[&str], &str)], role: &str) -> Stopped {
        stopped_with(policies, role, None)
    }

    fn stopped_with(policies: &[(&[&str], &str)], role: &str, unread: Option<&Arc<Unread>>) -> Stopped {
        let mut guardrails = Guardrails::default();
        for (targets, content) in policies {
            let target = |id: &&str| Doc::map([("TargetId", Doc::from(*id))]);
            let targets = Doc::List(targets.iter().map(target).collect());
            guardrails.add(&Doc::map([("Content", Doc::from(*content)), ("Targets", targets)]));
        }
        unread.into_iter().for_each(|why| guardrails.may_be_more(why));
        guardrails.stop(&mut Known::default(), "222222222222", "o-1/r-1/ou-1/", &request(role))
    }

    #[test]
    fn a_denial_at_any_level_above_the_account_stops() {
        let full: (&[&str], &str) = (&["r-1", "ou-1", "222222222222"], EVERYTHING);
        assert_eq!(stopped(&[full], "any"), Stopped::No);
        for target in ["r-1", "ou-1", "222222222222"] {
            assert_eq!(stopped(&[full, (&[target], DENY)], "any"), Stopped::Yes, "{target}");
        }
        assert_eq!(stopped(&[full, (&["ou-2", "333333333333"], DENY)], "any"), Stopped::No);
        assert_eq!(stopped(&[full, (&["r-1"], EXCEPT)], "any"), Stopped::Yes);
        assert_eq!(stopped(&[full, (&["r-1"], EXCEPT)], "Admin"), Stopped::No);
    }

    #[test]
    fn every_level_has_to_allow() {
        let at = |level: &'static [&'static str]| [(&["r-1", "222222222222"][..], EVERYTHING), (level, NO_TRAILS)];
        assert_eq!(stopped(&at(&["ou-1"]), "any"), Stopped::Yes, "a list of what is allowed");
        assert_eq!(stopped(&at(&["r-1"]), "any"), Stopped::No, "FullAWSAccess stands beside it");
        assert_eq!(stopped(&[], "any"), Stopped::No, "policies of the kind are not enabled");
    }

    #[test]
    fn what_was_not_read_may_deny_and_may_allow() {
        let why = Arc::new(Unread::new(UnreadReason::AccessDenied, "organizations:ListTargetsForPolicy", ""));
        let unknown = Stopped::Unknown(Arc::clone(&why));
        let full: (&[&str], &str) = (&["r-1", "ou-1", "222222222222"], EVERYTHING);
        assert_eq!(stopped_with(&[full], "any", Some(&why)), unknown);
        assert_eq!(stopped_with(&[full, (&["ou-1"], NO_TRAILS)], "any", Some(&why)), unknown);
        assert_eq!(stopped_with(&[full, (&["ou-1"], DENY)], "any", Some(&why)), Stopped::Yes);
        assert!(matches!(stopped(&[full, (&["ou-1"], "no JSON")], "any"), Stopped::Unknown(_)));
        let mut guardrails = Guardrails::default();
        guardrails.add(&Doc::map([("Targets", Doc::Unread(Arc::clone(&why)))]));
        assert_eq!(guardrails.stop(&mut Known::default(), "222222222222", "o-1/r-1/", &request("any")), unknown);
        let nowhere = guardrails.stop(&mut Known::default(), "222222222222", "", &request("any"));
        assert!(matches!(nowhere, Stopped::Unknown(_)));
    }
}
