//! `plumbline governance show`: what holds in one account, and where each line comes from.

use std::io::{self, Write};
use std::path::PathBuf;

use plumbline_baseline::suggest::Hint;
use plumbline_coordinator::report::{counted, printable};
use plumbline_governance::{Account, Attestation, Day, Effective, Exception, Owner, SaidBy};
use serde_json::{Value, json};

use crate::args::{ShowFormat, ShowGovernance};
use crate::clock;
use crate::config::Basics;
use crate::exit::Outcome;
use crate::failure::{Failure, Result};
use crate::governance::{Base, Folder, Known, Organization, today};
use crate::pack::Pack;
use crate::terminal::{self, say};

/// What holds in an account.
struct Here<'a> {
    account: Account<'a>,
    /// The scan that knows it; none where nothing but its id is known.
    scan: Option<&'a str>,
    today: Day,
    effective: Effective,
    exceptions: Vec<&'a Exception>,
    attestations: Vec<&'a Attestation>,
    owner: Option<Owner>,
}

/// Prints it.
pub(super) fn run(args: ShowGovernance, data_dir: Option<PathBuf>) -> Result<Outcome> {
    let place = Basics::resolve(&args.pack.config, data_dir, args.pack.pack)?.governed(&args.governance);
    let pack = Pack::load(&place.pack)?;
    let now = clock::now()?;
    let folder = Folder::named(&place, &pack, &now)?;
    folder.problems.iter().for_each(say);
    let organization = Organization::of(&place, args.scan.as_deref())?;
    let known = organization.as_ref().map(|organization| find(organization, &args.account)).transpose()?;
    let account = match known {
        Some(known) => known.account(),
        None => {
            id_alone(&args.account)?;
            say(
                "note: there is no scan, so unit and tags of the account are not known: what depends on them is not shown, \
                 but for what baselines strengthen",
            );
            Account::new(&args.account)
        }
    };
    let today = today(&now)?;
    let base = Base::of(&place, &pack)?;
    let governance = &folder.governance;
    let in_account = governance.in_account(&account, today);
    let holds = |attestation: &&Attestation| {
        attestation.attested.until >= today
            && attestation.reach.holds_for(&account) == plumbline_governance::scope::Holds::Yes
    };
    let here = Here {
        account,
        scan: organization.as_ref().map(|organization| organization.scan.as_str()),
        today,
        effective: governance.effective(&account, base.as_base()),
        exceptions: in_account.all_exceptions(),
        attestations: governance.attestations().iter().filter(holds).collect(),
        owner: governance.owner(&account, None),
    };
    here.effective.problems.iter().for_each(say);
    terminal::print(|out| match args.format {
        ShowFormat::Text => here.text(out),
        ShowFormat::Json => writeln!(out, "{:#}", here.json()),
    })?;
    Ok(Outcome::Done)
}

/// The account of this id or name.
fn find<'o>(organization: &'o Organization, wanted: &str) -> Result<&'o Known> {
    let accounts = organization.accounts();
    let mut found = accounts.iter().filter(|account| account.id == wanted || account.name == wanted);
    let attempt = || format!("show account {wanted}");
    match (found.next(), found.next()) {
        (Some(account), None) => Ok(account),
        (Some(_), Some(_)) => {
            Err(Failure::usage(attempt(), "several accounts have this name", "give the account's id"))
        }
        (None, _) => {
            let names = accounts.iter().flat_map(|account| [account.id.as_str(), account.name.as_str()]);
            let hint = Hint::new(wanted, names.filter(|name| !name.is_empty()), "there are");
            let meant = hint.closest.map(|name| format!("; did you mean `{name}`?")).unwrap_or(hint.listed);
            let cause = format!("scan {} has no such account{meant}", organization.scan);
            Err(Failure::usage(attempt(), cause, "give an id or a name of an account, or another --scan"))
        }
    }
}

/// Without a scan names mean nothing.
fn id_alone(wanted: &str) -> Result<()> {
    match wanted.parse::<plumbline_baseline::AccountId>() {
        Ok(_) => Ok(()),
        Err(error) => {
            let next_step = "give the account's id; its name is known where there is a scan (`plumbline scan`)";
            Err(Failure::usage(format!("show account {wanted}"), error, next_step))
        }
    }
}

fn by(said: &SaidBy) -> String {
    match said {
        SaidBy::Scan => String::new(),
        SaidBy::Baseline { .. } => said.to_string(),
    }
}

impl Here<'_> {
    fn text(&self, out: &mut impl Write) -> io::Result<()> {
        let Account { id, name, path, .. } = self.account;
        let place = path.filter(|path| !path.is_empty()).map(|path| format!(", in {path}")).unwrap_or_default();
        writeln!(out, "{id} {}{}", printable(name), printable(&place))?;
        match &self.owner {
            Some(owner) => writeln!(out, "owner: {} ({})", printable(&owner.name), printable(&owner.from.to_string()))?,
            None => writeln!(out, "owner: nobody is named")?,
        }
        let listed = |ids: &[std::sync::Arc<str>]| ids.iter().map(|id| printable(id)).collect::<Vec<_>>().join(", ");
        let Effective { controls, baselines, undecided, .. } = &self.effective;
        if baselines.is_empty() {
            writeln!(out, "baselines: none, so what the scan has holds")?;
        } else {
            writeln!(out, "baselines: {}", listed(baselines))?;
        }
        if !undecided.is_empty() {
            writeln!(out, "not known whether they hold, so they only strengthen: {}", listed(undecided))?;
        }
        let on = controls.values().filter(|control| control.is_on).count();
        writeln!(out, "\n{} in force, {} not", counted(on as u64, "control"), controls.len() - on)?;
        for (id, control) in controls {
            let state = if control.is_on { "on" } else { "off" };
            let from = by(&control.on_by);
            writeln!(
                out,
                "  {state:<3} {id:<44} {:<8} level {}  {}",
                control.severity,
                control.level,
                printable(&from)
            )?;
            if control.severity_by != SaidBy::Scan {
                writeln!(out, "      severity {} by {}", control.severity, printable(&by(&control.severity_by)))?;
            }
            for (name, (value, said)) in &control.settings {
                let line = format!("{name}: {} by {}", value.to_json(), by(said));
                writeln!(out, "      {}", printable(&line))?;
            }
        }
        writeln!(out, "\nexceptions: {}", self.exceptions.len())?;
        for exception in &self.exceptions {
            let expired = if exception.expires < self.today { ", which is past" } else { "" };
            let line =
                format!("{} until {}{expired}: {}", exception.id(), exception.expires, exception.accepted.reason);
            writeln!(out, "  {}", printable(&line))?;
        }
        writeln!(out, "attestations: {}", self.attestations.len())?;
        for attestation in &self.attestations {
            let attested = &attestation.attested;
            let line = format!("{} by {} until {}: {}", attested.step, attested.by, attested.until, attested.evidence);
            writeln!(out, "  {}", printable(&line))?;
        }
        Ok(())
    }

    fn json(&self) -> Value {
        let Effective { controls, baselines, undecided, problems } = &self.effective;
        let controls: Vec<Value> = controls
            .iter()
            .map(|(id, control)| {
                let settings: serde_json::Map<String, Value> = control
                    .settings
                    .iter()
                    .map(|(name, (value, said))| (name.clone(), json!({ "value": value, "by": said.to_string() })))
                    .collect();
                json!({
                    "control": id, "on": control.is_on, "on_by": control.on_by.to_string(), "level": control.level,
                    "severity": control.severity.as_str(), "severity_by": control.severity_by.to_string(),
                    "settings": settings,
                })
            })
            .collect();
        let exceptions: Vec<Value> = self
            .exceptions
            .iter()
            .map(|exception| {
                let said = &exception.accepted;
                json!({
                    "id": said.id, "until": exception.expires.to_string(), "expired": exception.expires < self.today,
                    "controls": exception.controls, "reason": said.reason, "owner": said.owner,
                    "approver": said.approver, "ticket": said.ticket,
                    "compensating_control": said.compensating_control,
                })
            })
            .collect();
        let attestations: Vec<Value> = self
            .attestations
            .iter()
            .map(|attestation| {
                let said = &attestation.attested;
                json!({
                    "step": said.step, "by": said.by, "on": said.on.to_string(), "until": said.until.to_string(),
                    "evidence": said.evidence, "note": attestation.note,
                })
            })
            .collect();
        let owner = self.owner.as_ref().map(|owner| json!({ "name": owner.name, "from": owner.from.to_string() }));
        json!({
            "account": self.account.id, "name": self.account.name, "ou": self.account.path, "scan": self.scan,
            "as_of": self.today.to_string(), "owner": owner, "baselines": baselines, "undecided": undecided,
            "controls": controls, "exceptions": exceptions, "attestations": attestations,
            "problems": problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })
    }
}
