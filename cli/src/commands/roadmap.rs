//! `plumbline roadmap`: how far the organization, a unit or an account is along the handbook, and what comes next.

mod nights;

use std::io::Write;
use std::path::PathBuf;

use plumbline_coordinator::report::caveats;
use plumbline_handbook::roadmap::{Scope, TextStyle};
use plumbline_handbook::{Roadmap, Standing};

use crate::args::{RoadmapArgs, RoadmapFormat};
use crate::config::Basics;
use crate::exit::Outcome;
use crate::failure::{Failure, Result, did_you_mean, listed};
use crate::governed::{self, Packs};
use crate::hints;
use crate::pack::Pack;
use crate::results::open_store;
use crate::standing;
use crate::terminal::{self, say};

/// Prints what was asked for.
pub(crate) fn run(args: RoadmapArgs, data_dir: Option<PathBuf>) -> Result<Outcome> {
    let place = Basics::resolve(&args.scan.config, data_dir, args.pack)?.governed(&args.scan.governance);
    let pack = Pack::load(&place.pack)?;
    let store = open_store(&place.data_dir)?;
    let view = governed::open(&store, &args.scan.scan, &place, Packs::Read(&pack))?;
    if args.nights {
        return nights::print(&view, args.format);
    }
    let standing = standing::of(&view, &pack)?;
    let roadmap = standing::roadmap(&standing, &pack);
    let summary = view.summary();
    let one = one(&roadmap, args.account.as_deref(), args.ou.as_deref())?;
    let caveats = caveats(&summary);
    if args.format == RoadmapFormat::Text {
        let style = terminal::style();
        let options = hints::of_scan(&place.data_dir, &summary.scan);
        let style = TextStyle { is_coloured: style.colour, width: usize::from(style.width), options };
        let text = roadmap.text(&one.unwrap_or_else(|| roadmap.organization()), &style);
        terminal::print(|out| {
            caveats.iter().try_for_each(|caveat| writeln!(out, "{}", terminal::safe(caveat)))?;
            out.write_all(text.as_bytes())
        })?;
        return Ok(Outcome::Done);
    }
    // Who reads the lines has to know what they are lines of.
    caveats.iter().for_each(|caveat| say(format_args!("note: {caveat}")));
    terminal::print(|out| match (&one, args.format) {
        (Some(scope), _) => roadmap.write_line(out, scope),
        (None, RoadmapFormat::Json) => roadmap.write_document(out),
        (None, _) => roadmap.write_lines(out),
    })?;
    Ok(Outcome::Done)
}

/// The account or the unit that was asked for.
fn one<'r>(roadmap: &Roadmap<'r>, account: Option<&str>, unit: Option<&str>) -> Result<Option<Scope<'r>>> {
    if let Some(wanted) = account {
        return Ok(Some(roadmap.account(&account_called(roadmap.standing(), wanted)?)));
    }
    let Some(wanted) = unit else { return Ok(None) };
    let units = roadmap.units();
    let path = wanted.trim_end_matches('/');
    if units.iter().any(|unit| unit == path) {
        return Ok(Some(roadmap.unit(path)));
    }
    let cause = format!("the scan has no accounts in it{}", did_you_mean(wanted, units.iter().map(String::as_str)));
    let next_step = format!("correct --ou; there are: {}", listed(&units.into_iter().collect::<Vec<_>>()));
    Err(Failure::usage(format!("show the unit {wanted}"), cause, next_step))
}

/// The id of the account with this id or name.
fn account_called(standing: &Standing, wanted: &str) -> Result<String> {
    let wanted = wanted.trim();
    let all = || standing.accounts().map(|(id, account)| (id.to_string(), account.name.as_str()));
    if let Some((id, _)) = all().find(|(id, _)| id == wanted) {
        return Ok(id);
    }
    let attempt = format!("show the account {wanted}");
    let called: Vec<String> = all().filter(|(_, name)| *name == wanted).map(|(id, _)| id).collect();
    match called.as_slice() {
        [id] => Ok(id.clone()),
        [] => {
            let names: Vec<(String, &str)> = all().collect();
            let known = names.iter().flat_map(|(id, name)| [id.as_str(), *name]);
            let cause = format!("the scan has none of that id or name{}", did_you_mean(wanted, known));
            Err(Failure::usage(attempt, cause, "`plumbline roadmap --format ndjson` names those that it has"))
        }
        ids => {
            let cause = format!("{} accounts are called so", ids.len());
            Err(Failure::usage(attempt, cause, format!("give one of their ids: {}", listed(ids))))
        }
    }
}
