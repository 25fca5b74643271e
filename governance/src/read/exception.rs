//! An exception from text: what it is about, for how long, and who answers for it.

use std::sync::Arc;

use plumbline_baseline::Severity;
use plumbline_baseline::pack::reading::{Node, Section};

use super::{File, Known, words};
use crate::day::Day;
use crate::entry::{Exception, Settings, Until};
use crate::keys::EXCEPTION;
use crate::said::Accepted;

/// The conditions of which at least one has to be said.
const SCOPES: [&str; 5] = ["units", "accounts", "regions", "resources", "tags"];

/// Reads an exception; the report says what is wrong with it.
pub(super) fn read(node: &Node, file: &mut File, known: Known<'_>, settings: &Settings) -> Option<Exception> {
    let section = Section::open(node, &EXCEPTION, &mut file.report)?;
    let id = words::id(&section, file);
    section.required("controls", &mut file.report);
    let controls: Vec<Arc<str>> = words::controls(&section, "controls", file, known).into_keys().collect();
    if !SCOPES.iter().any(|key| section.get(key).is_some()) {
        let message = "the exception says nowhere where it holds: `units`, `accounts`, `regions`, `resources` or \
                       `tags`; `units: [Root]` is the whole organization";
        file.report.error(node.at, message);
    }
    let (approved, expires) = (words::day(&section, "approved", file), words::day(&section, "expires", file));
    let [reason, owner, approver] = ["reason", "owner", "approver"].map(|key| words::required(&section, key, file));
    let accepted = Accepted {
        id: id?,
        until: expires?,
        expired: false,
        reason: reason?,
        owner: owner?,
        approver: approver?,
        ticket: words::optional(&section, "ticket", file),
        compensating_control: words::optional(&section, "compensating_control", file),
    };
    let approved = approved?;
    let read = Exception {
        place: file.place(node.at),
        controls,
        units: words::units(&section, file),
        accounts: words::accounts(&section, file),
        regions: words::regions(&section, file),
        resources: resources(&section, file),
        tags: words::tags(&section, file),
        approved,
        expires: accepted.until,
        until: until(&accepted, approved, settings),
        accepted,
    };
    time(&read, &section, file, known, settings);
    Some(read)
}

fn resources(section: &Section<'_>, file: &mut File) -> Vec<Arc<str>> {
    let mut resources = Vec::new();
    for (text, at) in words::listed(section, "resources", file) {
        if text.chars().all(|letter| matches!(letter, '*' | '?' | ':')) {
            let message = format!("`{text}` is every resource: leave `resources` out, and say in which `units`");
            file.report.error(at, message);
        } else {
            resources.push(Arc::from(text));
        }
    }
    resources
}

/// Whether it holds for no longer than its findings allow.
fn time(read: &Exception, section: &Section<'_>, file: &mut File, known: Known<'_>, settings: &Settings) {
    let at = |key: &str| section.get(key).map_or(section.at(), |node| node.at);
    let Exception { approved, expires, .. } = *read;
    if approved > known.today {
        file.report.error(at("approved"), format!("`approved` {approved} is still to come: it is {}", known.today));
    }
    if expires < approved {
        file.report.error(at("expires"), format!("`expires` {expires} is before `approved` {approved}"));
        return;
    }
    let controls = read.controls.iter().filter_map(|id| known.pack.control(id));
    let worst = controls.map(|control| (control.control.severity, control.id())).max_by_key(|(severity, _)| *severity);
    if let Some((severity, control)) = worst {
        let days = settings.longest(severity);
        let last = approved.plus(days);
        if expires > last {
            let message = format!(
                "`expires` {expires} is too late: `{control}` is {severity}, and that is accepted for {days} days from \
                 its approval at most, until {last}"
            );
            file.report.error(at("expires"), message);
        }
    }
    if expires < known.today {
        let message =
            format!("`{}` expired on {expires}: its findings are back; have it approved anew, or remove it", read.id());
        file.report.warning(at("expires"), message);
    }
}

/// What rows say, made once: by severity, the least severe first, as they are numbered.
fn until(accepted: &Accepted, approved: Day, settings: &Settings) -> [Until; Severity::ALL.len()] {
    let mut severities = Severity::ALL;
    severities.sort();
    severities.map(|severity| {
        let day = accepted.until.min(approved.plus(settings.longest(severity)));
        let says = |expired| Arc::new(Accepted { until: day, expired, ..accepted.clone() });
        Until { day, holds: says(false), expired: says(true) }
    })
}
