//! The question whether service control policies keep all member accounts from something. What policies mean is said in
//! [`crate::policy`]; here is how the language asks.

use std::sync::Arc;

use super::call::{Call, Outcome, Returned};
use super::policy::condition_keys;
use super::signature::{Named, Parameter};
use super::world::unplaced;
use crate::doc::{Doc, Map};
use crate::expr::items::items_of;
use crate::expr::typing::Class;
use crate::expr::value::{Value, mistake};
use crate::policy::{Context, Guardrails, KnownLevels, Principal, Request, Stopped, World};
use crate::reason::Unread;
use crate::witness::{Witness, quoted};

/// What the accounts are kept from.
pub(super) const REQUESTS: &[Named] = &[
    Named { name: "actions", value: Parameter::Texts, is_required: true },
    Named { name: "resource", value: Parameter::Of(&[Class::Text]), is_required: true },
    Named { name: "context", value: Parameter::Of(&[Class::Map]), is_required: false },
];

/// What it reads beside its arguments.
pub(super) const READS: &[&str] =
    &["organization.accounts", "account.organization_id", "account.management_account_id", "account.partition"];

/// The name of a role that no policy makes an exception for, but by accident.
const ROLE: &str = "somebody-without-exception";
/// What stands for the account in a resource.
const ACCOUNT: &str = "{account}";
/// How many accounts a witness names.
const NAMED: usize = 3;

/// Whether a role that no policy names is kept from each of the actions in every member account of the organization.
pub(super) fn scps_deny<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    let mut guardrails = Guardrails::default();
    for policy in items_of(call.value(0))?.iter() {
        match policy {
            Value::Unknown(why) => guardrails.may_be_more(&why),
            policy => guardrails.add(&policy.to_doc()),
        }
    }
    let question = Question::of(call)?;
    let members = members(call)?;
    let mut known = KnownLevels::default();
    let (mut open, mut unread) = (Vec::new(), None);
    for (account, path) in members {
        match question.stopped(&guardrails, &mut known, account, path) {
            Ok(None) => {}
            Ok(Some(action)) => open.push((account, action)),
            Err(why) => unread = unread.or(Some(why)),
        }
    }
    match (open.is_empty(), unread) {
        (false, _) => Ok(Returned::from(false).because(question.witness(&open))),
        (true, Some(why)) => Err(why),
        (true, None) => Ok(true.into()),
    }
}

/// The member accounts and where they are. Service control policies do not apply to the management account.
fn members<'a>(call: &Call<'_, 'a>) -> Result<Vec<(&'a str, &'a str)>, Arc<Unread>> {
    let management = match call.inputs.account.get("management_account_id") {
        Doc::Unread(why) => return Err(Arc::clone(why)),
        id => id.as_str().ok_or_else(|| mistake("the account belongs to no organization"))?,
    };
    match call.inputs.organization.get("accounts") {
        Doc::Map(accounts) => {
            let each = accounts.iter().filter(|(id, _)| id.as_str() != management);
            Ok(each.map(|(id, path)| (id.as_str(), path.as_str().unwrap_or_default())).collect())
        }
        Doc::Unread(why) => Err(Arc::clone(why)),
        Doc::List(items) => Err(items.iter().find_map(Doc::unread).cloned().unwrap_or_else(unplaced)),
        _ => Err(mistake("who belongs to the organization is not said")),
    }
}

struct Question<'a> {
    actions: Vec<String>,
    resource: String,
    context: Context,
    partition: &'a str,
    organization: Option<String>,
}

impl<'a> Question<'a> {
    fn of(call: &Call<'_, 'a>) -> Result<Self, Arc<Unread>> {
        Ok(Self {
            actions: call.option("actions")?.unwrap_or_default(),
            resource: call.option("resource")?.unwrap_or_default(),
            context: condition_keys(call)?,
            partition: call.inputs.account.get("partition").as_str().unwrap_or("aws"),
            organization: call.inputs.account.get("organization_id").as_str().map(str::to_owned),
        })
    }

    /// The first action that an account is not kept from.
    fn stopped(
        &self,
        guardrails: &Guardrails,
        known: &mut KnownLevels,
        account: &str,
        path: &str,
    ) -> Result<Option<&str>, Arc<Unread>> {
        let mut unread = None;
        for action in &self.actions {
            match guardrails.stop(known, account, path, &self.request(account, path, action)?) {
                Stopped::Yes => {}
                Stopped::No => return Ok(Some(action)),
                Stopped::Unknown(why) => unread = unread.or(Some(why)),
            }
        }
        unread.map_or(Ok(None), Err)
    }

    fn request(&self, account: &str, path: &str, action: &str) -> Result<Request, Arc<Unread>> {
        let role = format!("arn:{}:iam::{account}:role/{ROLE}", self.partition);
        let principal = Principal::parse(&role).ok_or_else(|| mistake(&format!("{} is no role", quoted(&role))))?;
        let world = World {
            account: Some(account.to_owned()),
            organization: self.organization.clone(),
            members: [(account.to_owned(), path.to_owned())].into(),
            ..World::default()
        };
        let request = Request {
            principal,
            action: action.to_owned(),
            resource: self.resource.replace(ACCOUNT, account),
            resource_account: Some(account.to_owned()),
            context: self.context.clone(),
        };
        Ok(world.with_organization_of(request).with_derived_keys())
    }

    fn witness(&self, open: &[(&str, &str)]) -> Witness {
        let (_, action) = open[0];
        let shown: Vec<&str> = open.iter().take(NAMED).map(|(account, _)| *account).collect();
        let more = match open.len() - shown.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let shown = shown.join(", ");
        let sentence = format!(
            "no service control policy keeps a role of {shown}{more} from {} on {}",
            quoted(action),
            quoted(&self.resource)
        );
        let each = open.iter().map(|(account, action)| ((*account).into(), Doc::from(*action)));
        Witness::new(sentence).with("accounts", Doc::Map(each.collect::<Map>()))
    }
}
