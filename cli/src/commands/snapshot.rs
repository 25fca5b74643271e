//! `plumbline snapshot`: resource documents as controls see them, secrets redacted, one a line; from AWS as it is now, or
//! from the store as it was.

mod stored;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use plumbline_agent as agent;
use plumbline_agent::snapshot::{self, Item, Request};
use plumbline_baseline::pack::collector::Scope;
use plumbline_baseline::{AccountId, Doc, Key, Map};
use plumbline_coordinator::organization::{Account, Organization, Place};
use plumbline_coordinator::plan::{Baselines, GLOBAL, Selection, plan};

use crate::args::SnapshotArgs;
use crate::cloud::{Cloud, discovery_failure};
use crate::config::{Basics, DEFAULT_ROLE, names};
use crate::exit::Outcome;
use crate::failure::{Failure, Result};
use crate::pack::Pack;
use crate::redaction_key;
use crate::snapshot_lines::{account_line, complete_line, incomplete_line, resource_line};
use crate::terminal::{self, Reader, say};

/// Prints the documents.
pub(crate) async fn run(mut args: SnapshotArgs, data_dir: Option<PathBuf>) -> Result<Outcome> {
    let place = Basics::resolve(&args.pack.config, data_dir, std::mem::take(&mut args.pack.pack))?;
    let pack = Pack::load(&place.pack)?;
    if args.night.is_given() {
        return stored::print(args, &place.data_dir, &pack);
    }
    let account = one(&args.accounts, "--accounts")?;
    let region = one(&args.regions, "--regions")?;
    let key = redaction_key::of(&place.data_dir)?;
    args.role = args.role.or(place.role);
    args.external_id = args.external_id.or(place.external_id);
    let cloud = Cloud::from_env(args.endpoint_url.as_deref().or(place.endpoint_url.as_deref())).await?;
    let named = account.as_deref().map(account_id).transpose()?;
    let organization = cloud.discovery().one(named.as_ref()).await.map_err(|error| discovery_failure(&error))?;
    for gap in &organization.gaps {
        say(format_args!("warning: {gap}"));
    }
    let account = account.unwrap_or_else(|| organization.caller_account.to_string());
    let region = region.unwrap_or_else(|| cloud.caller.region().to_owned());
    let request = request(&args, &organization, account, region)?;
    let mut options = agent::Options::new(cloud.caller.clone(), cloud.client.clone());
    options.redaction_key = key.into();
    pack.give_to(&mut options);

    let mut types = requested_types(&pack, &request);
    let (account, region) = (request.account.clone(), request.region.clone());
    let about = about(&organization, &request);
    let mut items = snapshot::take(options, request).await.map_err(|error| refused(&error))?;
    let head = account_line(&account, &region, &about);
    if terminal::print(|out| writeln!(out, "{head}"))? == Reader::Left {
        return Ok(Outcome::Done);
    }
    let mut is_complete = true;
    while let Some(item) = items.recv().await {
        let line = match &item {
            Item::Resource(resource) => resource_line(&account, &region, resource),
            Item::Incomplete { type_name, unread } => {
                is_complete = false;
                types.remove(type_name);
                say(format_args!("warning: {type_name} is incomplete: {unread}"));
                incomplete_line(&account, &region, type_name, unread)
            }
        };
        if terminal::print(|out| writeln!(out, "{line}"))? == Reader::Left {
            // Nobody reads the rest: dropping the items ends the calls.
            return Ok(Outcome::Done);
        }
    }
    terminal::print(|out| {
        types.iter().try_for_each(|name| writeln!(out, "{}", complete_line(&account, &region, name)))
    })?;
    Ok(if is_complete { Outcome::Done } else { Outcome::Incomplete })
}

fn account_id(text: &str) -> Result<AccountId> {
    text.parse().map_err(|error| Failure::usage("take a snapshot", error, "correct --account"))
}

/// The one name of a list; `None` when it is empty.
fn one(given: &[String], option: &str) -> Result<Option<String>> {
    match names(given.to_vec(), Vec::new()).as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one.clone())),
        several => Err(Failure::usage(
            "take a snapshot",
            format!("{option} names {} of them, and one place is read at a time", several.len()),
            "name one, or read a stored scan with --scan or --at",
        )),
    }
}

fn request(args: &SnapshotArgs, organization: &Organization, account: String, region: String) -> Result<Request> {
    let role = args.role.clone().unwrap_or_else(|| DEFAULT_ROLE.to_owned());
    let selection = Selection {
        accounts: vec![account.clone()],
        regions: vec![region.clone()],
        role,
        external_id: args.external_id.clone(),
        ..Selection::default()
    };
    let planned = plan(organization, &selection, Vec::new(), &Baselines::default()).map_err(|error| {
        Failure::usage(
            "take a snapshot",
            error,
            "correct --accounts or --regions; `plumbline plan` shows what there is",
        )
    })?;
    let role_arn = planned.accounts.first().map(|planned| planned.role_arn.clone()).filter(|arn| !arn.is_empty());
    Ok(Request {
        is_management: organization.management_account.as_ref().is_some_and(|id| id == account.as_str()),
        account,
        region,
        partition: organization.partition.clone(),
        role_arn,
        external_id: args.external_id.clone(),
        types: names(args.types.clone(), Vec::new()),
    })
}

/// What a snapshot learns of its account. It does not ask for names, units and tags; outside an organization there are
/// none.
fn about(organization: &Organization, request: &Request) -> Doc {
    let mut about = Map::new();
    let mut known = |name: &str, value: Doc| about.insert(Key::new(name), value);
    known("id", request.account.as_str().into());
    let text = |text: Option<&str>| text.map_or(Doc::Null, Doc::from);
    let belonging = [
        ("organization_id", text(organization.id.as_deref())),
        ("management_account_id", text(organization.management_account.as_ref().map(AccountId::as_str))),
        ("is_management", request.is_management.into()),
    ];
    let unread = organization.description_unread().map(|why| Doc::Unread(Arc::new(why.clone())));
    for (name, value) in belonging {
        known(name, unread.clone().unwrap_or(value));
    }
    let is_outside = |account: &Account| account.id == *request.account && account.place == Place::Outside;
    if organization.accounts.iter().any(is_outside) {
        for (name, nothing) in [("name", Doc::Null), ("ou_path", Doc::Null), ("tags", Doc::Map(Map::new()))] {
            known(name, nothing);
        }
    }
    Doc::Map(about)
}

/// The types whose listing the snapshot is going to prove complete, if nothing goes wrong.
fn requested_types(pack: &Pack, request: &Request) -> BTreeSet<Arc<str>> {
    let is_here = |scope| match scope {
        Scope::Regional => request.region != GLOBAL,
        Scope::Global => request.region == GLOBAL,
        Scope::Organization => request.region == GLOBAL && request.is_management,
        Scope::Findings => false,
    };
    let is_wanted = |name: &str| request.types.is_empty() || request.types.iter().any(|wanted| wanted == name);
    let types = pack.inner().resource_types().map(|each| &each.declared);
    types
        .filter(|declared| is_here(declared.scope) && is_wanted(&declared.name))
        .map(|each| Arc::clone(&each.name))
        .collect()
}

fn refused(error: &snapshot::Error) -> Failure {
    match error {
        snapshot::Error::Credentials { .. } => Failure::new(
            "take a snapshot",
            error,
            "create the role there (deploy/cloudformation/member-role.yaml), or name it with --role and --external-id",
        ),
        other => Failure::usage(
            "take a snapshot",
            other,
            "correct --type or --regions; `plumbline controls list` names the types",
        ),
    }
}
