//! `plumbline explain`: what is written about something, in processes, guides, controls and the map of logs.

use std::io::Write;

use plumbline_handbook::{Kind, Searched, find};

use crate::args::ExplainArgs;
use crate::config::Basics;
use crate::exit::Outcome;
use crate::failure::{Failure, Result};
use crate::pack::Pack;
use crate::terminal;

/// Prints what was found, the best first.
pub(crate) fn run(args: ExplainArgs) -> Result<Outcome> {
    let pack = Pack::load(&Basics::resolve(&args.pack.config, None, args.pack.pack)?.pack)?;
    let handbook = pack.handbook();
    let query = args.words.join(" ");
    let all = Searched::all(handbook, pack.inner());
    let hits = find(&query, &all);
    if hits.is_empty() {
        let next_step = "try fewer or other words; `plumbline handbook` lists what there is";
        return Err(Failure::usage(format!("explain {query}"), "nothing is written about that", next_step));
    }
    let limit = usize::from(args.limit);
    terminal::print(|out| {
        for hit in hits.iter().take(limit) {
            let Searched { kind, id, title, says, .. } = hit.found;
            writeln!(out, "{}  ({})", terminal::safe(title), kind.as_str())?;
            if !says.is_empty() && says != title {
                writeln!(out, "    {}", terminal::safe(says))?;
            }
            let command = match kind {
                Kind::Guide | Kind::Process => format!("plumbline handbook show {id}"),
                Kind::Control => format!("plumbline controls show {id}"),
                Kind::LogSource => format!("logs.html#{id} of the handbook's site"),
            };
            writeln!(out, "    {command}\n")?;
        }
        match hits.len().saturating_sub(limit) {
            0 => Ok(()),
            more => writeln!(out, "and {more} more: --limit {}", hits.len()),
        }
    })?;
    Ok(Outcome::Done)
}
