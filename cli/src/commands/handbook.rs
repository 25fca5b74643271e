//! `plumbline handbook`: lists and shows what is to be done, and writes it as a site.

use std::io::Write;
use std::path::{Path, PathBuf};

use plumbline_baseline::pack::handbook::Handbook;
use plumbline_handbook::{Page, Site, Standing, guide_text, process_text};

use crate::args::{HandbookArgs, HandbookCommand, PackOptions};
use crate::config::{Basics, at_home};
use crate::exit::Outcome;
use crate::failure::{Failure, OrFail, Result, did_you_mean};
use crate::governed::{self, Packs};
use crate::pack::Pack;
use crate::results::open_store;
use crate::standing;
use crate::terminal::{self, say};
use crate::whole_file::WholeFile;

/// Runs what was asked for.
pub(crate) fn run(args: HandbookArgs, data_dir: Option<PathBuf>) -> Result<Outcome> {
    if let Some(HandbookCommand::Show { id, pack }) = args.command {
        return show(&id, pack);
    }
    let place = Basics::resolve(&args.pack.config, data_dir, args.pack.pack)?.governed(&args.governance);
    let pack = Pack::load(&place.pack)?;
    let handbook = pack.handbook();
    match args.output.map(at_home) {
        None => list(handbook),
        Some(directory) => {
            let standing = args.scan.map(|scan| standing_of(&place, &scan, &pack)).transpose()?;
            let site = Site { handbook, pack: pack.inner(), standing: standing.as_ref() };
            write(&directory, &site.pages())
        }
    }
}

fn list(handbook: &Handbook) -> Result<Outcome> {
    terminal::print(|out| {
        let mut chapter = None;
        for process in handbook.processes() {
            if chapter != Some(process.chapter) {
                let gap = if chapter.is_some() { "\n" } else { "" };
                writeln!(out, "{gap}{}", process.chapter.title())?;
                chapter = Some(process.chapter);
            }
            writeln!(out, "  {:<42} {}  {}", process.id, process.level, terminal::safe(&process.title))?;
        }
        writeln!(out, "\nQuestions")?;
        for guide in handbook.guides() {
            writeln!(out, "  {:<42}    {}", guide.id, terminal::safe(&guide.title))?;
        }
        Ok(())
    })?;
    Ok(Outcome::Done)
}

fn show(id: &str, options: PackOptions) -> Result<Outcome> {
    let pack = Pack::load(&Basics::resolve(&options.config, None, options.pack)?.pack)?;
    let handbook = pack.handbook();
    let text = match (handbook.process(id), handbook.guide(id)) {
        (Some(process), _) => process_text(process, handbook, pack.inner()),
        (None, Some(guide)) => guide_text(guide),
        (None, None) => {
            let processes = handbook.processes().map(|process| process.id.as_str());
            let guides = handbook.guides();
            let known = processes.chain(guides.iter().map(|guide| guide.id.as_str()));
            let cause = format!("there is no such process or guide{}", did_you_mean(id, known));
            return Err(Failure::usage(format!("show {id}"), cause, "`plumbline handbook` lists what there is"));
        }
    };
    terminal::print(|out| out.write_all(text.as_bytes()))?;
    Ok(Outcome::Done)
}

/// Where the accounts of a stored scan stand.
fn standing_of(place: &Basics, scan: &str, pack: &Pack) -> Result<Standing> {
    let store = open_store(&place.data_dir)?;
    standing::of(&governed::open(&store, scan, place, Packs::Read(pack))?, pack)
}

/// Writes the files; what else is in the directory stays.
fn write(directory: &Path, pages: &[Page]) -> Result<Outcome> {
    let put = |page: &Page| {
        let path = directory.join(&page.path);
        std::fs::create_dir_all(path.parent().unwrap_or(directory))?;
        let mut file = WholeFile::create(&path)?;
        file.write_all(page.content.as_bytes())?;
        file.keep()
    };
    for page in pages {
        put(page).or_fail(
            format!("write {}", directory.join(&page.path).display()),
            "check the directory given with --output, and the disk",
        )?;
    }
    say(format_args!("{} pages: open {}", pages.len(), directory.join("index.html").display()));
    Ok(Outcome::Done)
}
