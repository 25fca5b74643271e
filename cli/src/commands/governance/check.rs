//! `plumbline governance check`: every problem of the folder, with file, line and column.

use std::io::Write;
use std::path::PathBuf;

use plumbline_coordinator::report::counted;

use crate::args::CheckGovernance;
use crate::clock;
use crate::config::Basics;
use crate::exit::Outcome;
use crate::failure::Result;
use crate::governance::{Base, Folder, Organization, errors, today};
use crate::pack::Pack;
use crate::terminal::{self, say};

/// Prints the problems.
pub(super) fn run(args: CheckGovernance, data_dir: Option<PathBuf>) -> Result<Outcome> {
    let place = Basics::resolve(&args.pack.config, data_dir, args.pack.pack)?.governed(&args.governance);
    let pack = Pack::load(&place.pack)?;
    let now = clock::now()?;
    let mut folder = Folder::named(&place, &pack, &now)?;
    let organization = if args.without_scan { None } else { Organization::of(&place, args.scan.as_deref())? };
    let base = Base::of(&place, &pack)?;
    let against = match organization {
        None => "no scan: whether units, accounts and findings are there is not known".to_owned(),
        Some(organization) => {
            let scan = organization.scan.clone();
            let found = organization.survey(&folder, today(&now)?, base.as_base())?;
            folder.problems.extend(found.problems);
            format!("scan {scan}")
        }
    };
    folder.problems.sort();
    folder.problems.dedup();
    let broken = errors(&folder.problems);
    terminal::print(|out| {
        for problem in &folder.problems {
            writeln!(out, "{}", terminal::safe(problem))?;
        }
        let says = &folder.governance;
        let counts = [
            counted(says.baselines().len() as u64, "baseline"),
            counted(says.exceptions().len() as u64, "exception"),
            counted(says.attestations().len() as u64, "attestation"),
        ];
        let warnings = folder.problems.len() - broken;
        let found = [counted(broken as u64, "error"), counted(warnings as u64, "warning")].join(", ");
        writeln!(out, "{} in {}: {found}", counts.join(", "), counted(folder.sources.len() as u64, "file"))
    })?;
    say(format_args!("held against {against}"));
    Ok(if broken == 0 { Outcome::Done } else { Outcome::Failed })
}
