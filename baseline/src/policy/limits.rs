//! Resource control policies: what an organization denies everybody on the resources of a member account. They only deny;
//! the one that allows, AWS attaches everywhere, and nobody can take it away. Pure.

use std::sync::{Arc, LazyLock};

use super::document::{Document, Kind, Patterns, Statement};
use super::pattern::{Case, Pattern, Token};
use super::table;
use super::text::Text;
use crate::doc::Doc;
use crate::reason::Unread;

/// Services whose resources are limited.
static SERVICES: LazyLock<Vec<Service>> =
    LazyLock::new(|| parse(table::RESOURCE_CONTROL).expect("a test reads the table"));

/// A service, and the action of it that is spared; both in lower case.
struct Service {
    prefix: String,
    spared: String,
}

fn parse(text: &str) -> Result<Vec<Service>, String> {
    let rows = table::rows(text, &["service", "spared", "source"])?;
    let rows = rows.iter().map(|row| {
        let field = |number: usize| row.get(number).unwrap_or_default().to_lowercase();
        let service = Service { prefix: field(0), spared: field(1) };
        let is_usable = !service.prefix.is_empty()
            && (service.spared.is_empty() || prefix(&service.spared) == Some(&*service.prefix));
        is_usable.then_some(service).ok_or_else(|| format!("line {}: this is no service", table::line(row)))
    });
    rows.collect()
}

fn prefix(action: &str) -> Option<&str> {
    action.split_once(':').map(|(prefix, _)| prefix)
}

/// Whether resource control policies leave an action alone, whatever they name.
pub(crate) fn spares(action: &str) -> bool {
    SERVICES.iter().any(|service| service.spared.eq_ignore_ascii_case(action))
}

/// Whether they can stop an action at all.
pub(crate) fn can_stop(action: &str) -> bool {
    let is_of = |service: &Service| prefix(action).is_some_and(|prefix| service.prefix.eq_ignore_ascii_case(prefix));
    SERVICES.iter().any(is_of) && !spares(action)
}

/// Where an account is.
#[derive(Clone, Debug)]
pub enum Place {
    /// Below these roots and units: `o-…/r-…/ou-…/`.
    Path(String),
    /// Nobody knows.
    Unknown(Arc<Unread>),
}

/// What is denied on the resources of one account.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// The policies that apply, by name, with what they say.
    policies: Vec<(String, Doc)>,
    /// Why there may be more.
    unread: Option<Arc<Unread>>,
}

/// The statements that deny something that a question is about.
pub(crate) struct Denials {
    pub(crate) statements: Vec<Statement>,
    /// Why there may be more.
    pub(crate) unread: Option<Arc<Unread>>,
}

impl Limits {
    /// Of an account of which nobody knows what is denied there.
    pub fn unknown(why: Arc<Unread>) -> Self {
        Self { policies: Vec::new(), unread: Some(why) }
    }

    /// Those of a list that apply to a member account: each as Organizations describes it, with its `Name`, its text in
    /// `Content`, and `Targets` with a `TargetId` each.
    pub fn of(policies: &[Doc], account: &str, place: &Place) -> Self {
        let mut limits = Self::default();
        for policy in policies {
            match applies(policy, account, place) {
                Applies::Yes => {
                    let name = policy.get("Name").as_str().unwrap_or("without a name").to_owned();
                    limits.policies.push((name, policy.get("Content").clone()));
                }
                Applies::Perhaps(why) if may_deny(policy.get("Content")) => {
                    limits.unread.get_or_insert(why);
                }
                Applies::Perhaps(_) | Applies::No => {}
            }
        }
        limits
    }

    /// What they deny of some services; of all that they can limit, where none is named.
    pub(crate) fn denials(&self, services: &[String]) -> Denials {
        let mut denials = Denials { statements: Vec::new(), unread: self.unread.clone() };
        for (name, content) in &self.policies {
            let mut document = Document::parse(content);
            let unread = document.unread_as(Kind::Resource);
            denials.unread = denials.unread.or(unread);
            for mut statement in document.statements_mut().drain(..) {
                statement.actions.texts = limited(&statement.actions, services);
                if !statement.allows()
                    && statement.misfit(Kind::Resource).is_none()
                    && !statement.actions.texts.is_empty()
                {
                    statement.name = format!("{} of the resource control policy {name}", statement.name);
                    denials.statements.push(statement);
                }
            }
        }
        denials
    }
}

enum Applies {
    Yes,
    No,
    Perhaps(Arc<Unread>),
}

/// Whether a policy is attached to the account, or to something above it. There is one root, above all.
fn applies(policy: &Doc, account: &str, place: &Place) -> Applies {
    let mut found = Applies::No;
    let targets = match policy {
        Doc::Unread(why) => return Applies::Perhaps(Arc::clone(why)),
        policy => match policy.get("Targets") {
            Doc::List(targets) => targets.as_slice(),
            Doc::Unread(why) => return Applies::Perhaps(Arc::clone(why)),
            _ => &[],
        },
    };
    for target in targets {
        let id = target.get("TargetId");
        match (id.as_str(), place) {
            (None, _) => {
                if let Some(why) = id.unread() {
                    found = Applies::Perhaps(Arc::clone(why));
                }
            }
            (Some(id), _) if id == account || id.starts_with("r-") => return Applies::Yes,
            (Some(id), Place::Path(path)) if path.split('/').any(|unit| unit == id && !id.is_empty()) => {
                return Applies::Yes;
            }
            (Some(id), Place::Unknown(why)) if id.starts_with("ou-") => found = Applies::Perhaps(Arc::clone(why)),
            (Some(_), _) => {}
        }
    }
    found
}

/// Whether a policy has, or may have, a statement that denies.
fn may_deny(content: &Doc) -> bool {
    let document = Document::parse(content);
    document.unread().is_some() || document.statements().iter().any(|statement| !statement.allows())
}

/// The actions of a statement that are limited at all, of these services. AWS takes no `NotAction` there.
fn limited(actions: &Patterns, services: &[String]) -> Vec<Text> {
    let is_meant = |service: &str| services.is_empty() || services.iter().any(|meant| meant == service);
    let meant = || SERVICES.iter().filter(|service| is_meant(&service.prefix));
    let of_text = |text: &Text| -> Vec<Text> {
        match text.fixed() {
            Some(pattern) if pattern.takes_everything() => {
                let all = |service: &Service| Pattern::glob(&format!("{}:*", service.prefix), Case::Ignored);
                meant().map(|service| Text::Fixed(Some(all(service)))).collect()
            }
            Some(pattern) if meant().any(|service| is_of(pattern, &service.prefix)) => vec![text.clone()],
            _ => Vec::new(),
        }
    };
    if actions.inverted { Vec::new() } else { actions.texts.iter().flat_map(of_text).collect() }
}

/// Whether a pattern of actions names this service in full.
fn is_of(pattern: &Pattern, service: &str) -> bool {
    let named = pattern.tokens().iter().take_while(|token| **token != Token::Literal(':'));
    named.copied().eq(service.chars().map(Token::Literal))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reason::UnreadReason;

    const DENY: &str = r#"{"Version":"2012-10-17","Statement":{"Sid":"No","Effect":"Deny","Principal":"*","Action":["s3:Get*","ec2:*"],"Resource":"*"}}"#;
    const FULL: &str =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;

    fn why() -> Arc<Unread> {
        Arc::new(Unread::new(UnreadReason::AccessDenied, "organizations:ListTargetsForPolicy", ""))
    }

    fn policy(content: Doc, targets: Doc) -> Doc {
        Doc::map([("Name", Doc::from("perimeter")), ("Content", content), ("Targets", targets)])
    }

    fn targets(ids: &[&str]) -> Doc {
        Doc::List(ids.iter().map(|id| Doc::map([("TargetId", Doc::from(*id))])).collect())
    }

    /// The names of what is denied in an account, and whether there may be more.
    fn denied(policies: &[Doc], place: &Place, services: &[&str]) -> (Vec<String>, bool) {
        let services: Vec<String> = services.iter().map(|service| (*service).to_owned()).collect();
        let denials = Limits::of(policies, "222222222222", place).denials(&services);
        (denials.statements.into_iter().map(|statement| statement.name).collect(), denials.unread.is_some())
    }

    fn path() -> Place {
        Place::Path("o-1/r-1/ou-1/ou-2/".to_owned())
    }

    #[test]
    fn the_table_is_read() {
        assert!(can_stop("s3:GetObject") && can_stop("STS:AssumeRole") && can_stop("kms:Decrypt"));
        assert!(can_stop("dynamodb:GetItem") && can_stop("ecr-public:PutImage") && can_stop("events:PutEvents"));
        assert!(!can_stop("sns:Publish") && !can_stop("kms:RetireGrant") && !can_stop("s3"));
        assert!(
            !can_stop("lambda:InvokeFunction") && !can_stop("es:ESHttpGet") && !can_stop("s3express:CreateSession")
        );
        assert!(spares("KMS:RetireGrant"));
        assert!(parse("service,spared,source\n,,x\n").is_err_and(|why| why.contains("line 2")));
        assert!(parse("service,spared,source\nkms,s3:GetObject,x\n").is_err());
    }

    #[test]
    fn what_is_attached_on_the_way_to_the_account_applies() {
        let name = vec!["No of the resource control policy perimeter".to_owned()];
        for target in ["r-1", "ou-1", "ou-2", "222222222222"] {
            let found = denied(&[policy(DENY.into(), targets(&[target]))], &path(), &[]);
            assert_eq!(found, (name.clone(), false), "{target}");
        }
        for target in ["ou-3", "333333333333", "ou-", ""] {
            assert_eq!(denied(&[policy(DENY.into(), targets(&[target]))], &path(), &[]), (vec![], false), "{target}");
        }
        assert_eq!(denied(&[policy(DENY.into(), Doc::Null)], &path(), &[]), (vec![], false));
    }

    #[test]
    fn what_was_not_read_may_deny() {
        let unread = Doc::Unread(why());
        let root = targets(&["r-1"]);
        assert_eq!(denied(&[policy(unread.clone(), root.clone())], &path(), &[]), (vec![], true));
        assert_eq!(denied(&[policy(DENY.into(), unread.clone())], &path(), &[]), (vec![], true));
        assert_eq!(denied(&[policy(FULL.into(), unread.clone())], &path(), &[]), (vec![], false));
        assert_eq!(denied(std::slice::from_ref(&unread), &path(), &[]), (vec![], true));
        assert_eq!(denied(&[policy("no JSON".into(), root.clone())], &path(), &[]), (vec![], true));
        let partly = Doc::List(vec![unread]);
        assert_eq!(denied(&[policy(DENY.into(), partly)], &path(), &[]), (vec![], true));
        let nowhere = Place::Unknown(why());
        assert_eq!(denied(&[policy(DENY.into(), targets(&["ou-1"]))], &nowhere, &[]), (vec![], true));
        assert_eq!(denied(&[policy(DENY.into(), targets(&["333333333333"]))], &nowhere, &[]), (vec![], false));
        assert_eq!(denied(&[policy(DENY.into(), root)], &nowhere, &[]).0.len(), 1);
    }

    #[test]
    fn only_denials_of_services_that_are_limited_count() {
        let root = || targets(&["r-1"]);
        let one = |content: &str, services: &[&str]| denied(&[policy(content.into(), root())], &path(), services);
        assert_eq!(one(FULL, &[]), (vec![], false));
        assert_eq!(one(DENY, &["s3", "sns"]).0.len(), 1);
        assert_eq!(one(DENY, &["ec2"]).0, Vec::<String>::new());
        assert_eq!(one(&DENY.replace("\"Action\"", "\"NotAction\""), &[]).0, Vec::<String>::new());
        assert_eq!(one(&DENY.replace(r#""Principal":"*","#, ""), &[]), (vec![], true));
        let all = DENY.replace(r#"["s3:Get*","ec2:*"]"#, "\"*\"");
        assert_eq!((one(&all, &["kms"]).0.len(), one(&all, &["sns"]).0.len()), (1, 0));
    }
}
