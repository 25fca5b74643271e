//! Who may make a request: an unsigned caller, a stranger, a service that acts for a stranger, and so on, each with what it
//! can make of every condition key. A kind of caller is several callers where the policies can tell them apart: with and
//! without an organization, over the internet and through an endpoint.

mod domain;
mod identity;
mod shapes;
mod variants;

use std::collections::BTreeMap;
use std::hash::Hash;
use std::rc::Rc;

use super::keys::{Signed, With};
use super::limits::Limits;
use super::mentions::Mentions;
use super::request::{Fact, Facts, Principal, Request};

pub(crate) use domain::domain;
pub(crate) use variants::variants;

/// A service that no statement names, for statements that name everybody.
pub(crate) const ANY_SERVICE: &str = "any-service.amazonaws.com";

/// Who a caller is, for sentences.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Who {
    /// Anybody, unsigned.
    Anybody,
    /// Anybody with an AWS account.
    AnyAccount,
    /// An AWS service that acts for anybody.
    ServiceForAnybody(String),
    /// An AWS service that acts for this account.
    ServiceForThisAccount(String),
    /// Anybody who gets a token of a public provider.
    AnyToken(String),
    /// A guest of an identity pool.
    Guest,
    /// Somebody in this account.
    ThisAccount,
    /// An account that the policies name.
    Account(String),
    /// A user or role that the policies name.
    Named(String),
    /// Somebody in an organization that the policies name.
    Organization(String),
}

/// What is known of the world around a resource.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// The account that owns the resource.
    pub account: Option<String>,
    /// The organization that the account belongs to; empty for none.
    pub organization: Option<String>,
    /// Members of the organization, among the accounts that a question can name, and where they are in it:
    /// `o-…/r-…/ou-…/`, empty where that is not known.
    pub members: BTreeMap<String, String>,
    /// Whether other accounts may be members, too.
    pub may_have_other_members: bool,
    /// What the organization denies on the resources of the account; none where nobody says that there is anything.
    pub limits: Option<Rc<Limits>>,
    /// The time, in seconds since 1970. A grant that begins later is none.
    pub now: Option<i64>,
}

impl World {
    /// A request with the keys that AWS derives from the organization, where they are not set already: of the account that
    /// owns the resource, and of a principal that is known to be a member.
    #[must_use]
    pub fn with_organization_of(&self, mut request: Request) -> Request {
        let Some(organization) = self.organization.as_deref().filter(|id| !id.is_empty()) else { return request };
        let is_own = |account: &str| self.account.as_deref() == Some(account);
        let account = request.principal.account();
        let is_member = account.is_some_and(|account| is_own(account) || self.members.contains_key(account));
        let path = account.and_then(|account| self.members.get(account)).filter(|path| !path.is_empty());
        let owns = request.resource_account.as_deref().is_some_and(is_own);
        let keys = [
            ("aws:PrincipalOrgID", is_member.then_some(organization)),
            ("aws:PrincipalOrgPaths", path.map(String::as_str)),
            ("aws:ResourceOrgID", owns.then_some(organization)),
        ];
        for (key, value) in keys {
            if let Some(value) = value
                && request.context.fact(key) == Fact::Absent
            {
                request.context.set(key, [value]);
            }
        }
        request
    }
}

/// Some alternatives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Alternatives(u16);

impl Alternatives {
    /// Adds one.
    pub(crate) fn add(&mut self, with: With) {
        self.0 |= 1 << with as u16;
    }

    /// Whether one is among them.
    pub(crate) fn contain(self, with: With) -> bool {
        self.0 & (1 << with as u16) != 0
    }
}

/// A caller.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Caller {
    /// Who it is.
    pub(crate) who: Who,
    /// As what it appears in the Principal elements.
    pub(crate) principal: Principal,
    /// How its requests are signed.
    pub(crate) signed: Signed,
    /// Its account, or that of the resource that a service acts for, or that of an endpoint on the way.
    pub(crate) account: String,
    /// The organization of that account.
    pub(crate) organization: Option<String>,
    /// The alternatives that it is an example of.
    pub(crate) with: Alternatives,
    /// What somebody outside cannot have, it can: networks, ids and names that the policies name.
    pub(crate) is_inside: bool,
    /// The ARN of the resource that a service acts for names no account, as those of buckets.
    pub(crate) has_nameless_source: bool,
    /// Whether names that policies fix, and that can be taken over, are its own.
    pub(crate) takes_names_over: bool,
    /// Whether the resources that it asks for carry nothing that somebody gave them, such as tags.
    pub(crate) asks_for_the_untagged: bool,
    /// Keys whose values the question fixes.
    pub(crate) fixed: Rc<[(String, Option<String>)]>,
}

impl Caller {
    pub(crate) fn new(who: Who, principal: Principal, signed: Signed, account: &str) -> Self {
        Self {
            who,
            principal,
            signed,
            account: account.to_owned(),
            organization: None,
            with: Alternatives::default(),
            is_inside: false,
            has_nameless_source: false,
            takes_names_over: false,
            asks_for_the_untagged: false,
            fixed: Rc::default(),
        }
    }

    /// Anybody, unsigned.
    pub(crate) fn anybody() -> Self {
        Self::new(Who::Anybody, Principal::Anonymous, Signed::Not, "")
    }

    /// Anybody with an account.
    pub(crate) fn any_account() -> Self {
        Self::new(Who::AnyAccount, Principal::Anonymous, Signed::ByPrincipal, "")
    }

    /// A service that acts for anybody.
    pub(crate) fn service_for_anybody(name: &str) -> Self {
        let principal = Principal::Service { name: name.to_owned() };
        Self::new(Who::ServiceForAnybody(name.to_owned()), principal, Signed::ByService, "")
    }

    /// A service that acts for an account.
    pub(crate) fn service_for(name: &str, account: &str) -> Self {
        let principal = Principal::Service { name: name.to_owned() };
        let caller = Self::new(Who::ServiceForThisAccount(name.to_owned()), principal, Signed::ByService, account);
        Self { is_inside: true, ..caller }
    }

    /// Whoever shows a token of a provider.
    pub(crate) fn token(who: Who, provider: &str) -> Self {
        let principal = Principal::Federated { provider: provider.to_owned() };
        Self::new(who, principal, Signed::ByToken, "")
    }

    /// Somebody in an account.
    pub(crate) fn of_account(who: Who, account: &str) -> Self {
        Self { is_inside: true, ..Self::new(who, Principal::Anonymous, Signed::ByPrincipal, account) }
    }

    /// A principal that is named.
    pub(crate) fn named(who: Who, principal: Principal) -> Self {
        let account = principal.account().unwrap_or_default().to_owned();
        let signed = match &principal {
            Principal::Service { .. } => Signed::ByService,
            Principal::Federated { .. } => Signed::ByToken,
            Principal::Anonymous => Signed::Not,
            _ => Signed::ByPrincipal,
        };
        Self { is_inside: true, ..Self::new(who, principal, signed, &account) }
    }

    /// All that decides what it can make of condition keys, but for the alternatives.
    pub(crate) fn without_alternatives(&self) -> impl Hash + Eq {
        let flags = [self.is_inside, self.has_nameless_source, self.takes_names_over, self.asks_for_the_untagged];
        (&self.who, &self.principal, self.signed, &self.account, &self.organization, flags, &self.fixed)
    }

    /// Whether its account is not fixed yet.
    fn is_of_any_account(&self) -> bool {
        self.account.is_empty()
    }
}

/// Whether a caller that the policies do not name can come from an organization, an endpoint and so on, as far as they
/// can tell.
fn tells_apart(mentions: &Mentions<'_>, is_telling: impl Fn(&super::keys::Key) -> bool) -> bool {
    mentions.keys.iter().filter_map(|key| super::keys::KEYS.get(key)).any(is_telling)
}
