//! `plumbline fix`: the remediation of a control for each of its findings, with what is real. It only prints.

use std::cell::Cell;
use std::io::{self, Write};
use std::path::PathBuf;

use plumbline_baseline::Status;
use plumbline_baseline::fill::{self, Format};
use plumbline_baseline::pack::control::Control;
use plumbline_coordinator::read::ScanView;
use plumbline_coordinator::report::{FixWriter, Fixing, caveats, counted};

use crate::args::{FilterOptions, FixArgs, FixFormat};
use crate::config::{Basics, at_home};
use crate::exit::Outcome;
use crate::failure::{Failure, OrFail, Result, did_you_mean};
use crate::governed::{self, Packs};
use crate::pack::Pack;
use crate::results::{Stop, open_store};
use crate::rows::Rows;
use crate::terminal::{self, say};
use crate::whole_file::WholeFile;

/// The formats, as options name them.
const FORMATS: [(&str, Format); 3] =
    [("cli", Format::Cli), ("terraform", Format::Terraform), ("cloudformation", Format::CloudFormation)];

/// Prints to standard output or to a file.
pub(crate) fn run(args: FixArgs, data_dir: Option<PathBuf>) -> Result<Outcome> {
    let place = Basics::resolve(&args.scan.config, data_dir, args.pack)?.governed(&args.scan.governance);
    let pack = Pack::load(&place.pack)?;
    let control = control(&pack, &args.control)?;
    let format = format(control, args.format)?;
    let store = open_store(&place.data_dir)?;
    let view = governed::open(&store, &args.scan.scan, &place, Packs::Read(&pack))?;
    let options = FilterOptions {
        accounts: args.accounts,
        ou: args.ou,
        regions: args.regions,
        resource: args.resource,
        controls: vec![args.control],
        ..FilterOptions::default()
    };
    let mut rows = Rows::of(&view, options)?;
    rows.filter.statuses = vec![Status::Fail];
    let summary = view.summary();
    caveats(&summary).iter().for_each(|caveat| say(format_args!("note: {caveat}")));
    let types = |name: &str| pack.inner().resource_type(name).map(|known| &*known.declared);
    let fixing = Fixing { control, format, scan: &summary.scan, partition: view.partition(), types: &types };
    let fix = Fix { view: &view, rows: &rows, fixing, with_accepted: args.accepted, left_out: Cell::new(0) };
    let written = match args.output.map(at_home) {
        None => {
            let mut written = 0;
            terminal::print(|out| {
                written = fix.write(out)?;
                Ok(())
            })?;
            written
        }
        Some(path) => {
            let write = || {
                let mut file = WholeFile::create(&path)?;
                let written = fix.write(&mut file)?;
                file.keep()?;
                Ok::<_, io::Error>(written)
            };
            write().or_fail(format!("write {}", path.display()), "check the path given with --output, and the disk")?
        }
    };
    if written == 0 {
        say(format_args!("note: nothing of what is asked for fails {}", control.id));
    }
    if fix.left_out.get() > 0 {
        let findings = counted(fix.left_out.get(), "finding");
        say(format_args!("note: {findings} that exceptions accept are left out; --accepted prints them, too"));
    }
    Ok(Outcome::Done)
}

/// The control of an id.
fn control<'p>(pack: &'p Pack, id: &str) -> Result<&'p Control> {
    pack.control(id).ok_or_else(|| {
        let known = pack.inner().controls().map(|control| &**control.id());
        let suggestion = did_you_mean(id, known);
        Failure::usage(
            format!("find the control `{id}`"),
            format!("the pack has none of that id{suggestion}"),
            "`plumbline controls list` shows them all",
        )
    })
}

/// The format, where the control has something in it.
fn format(control: &Control, wanted: FixFormat) -> Result<Format> {
    let wanted = match wanted {
        FixFormat::Cli => Format::Cli,
        FixFormat::Terraform => Format::Terraform,
        FixFormat::Cloudformation => Format::CloudFormation,
    };
    let has = |format: Format| !fill::text(&control.remediation, format).trim().is_empty();
    if has(wanted) {
        return Ok(wanted);
    }
    let others: Vec<&str> = FORMATS.into_iter().filter(|(_, format)| has(*format)).map(|(word, _)| word).collect();
    let next_step = match others.is_empty() {
        true => format!("`plumbline controls show {}` has the steps", control.id),
        false => format!("it has --format {}", others.join(" and --format ")),
    };
    Err(Failure::usage(
        format!("print the remediation of {}", control.id),
        "the control has none in this format",
        next_step,
    ))
}

struct Fix<'a> {
    view: &'a ScanView,
    rows: &'a Rows,
    fixing: Fixing<'a>,
    with_accepted: bool,
    /// Findings that are accepted, and left out.
    left_out: Cell<u64>,
}

impl Fix<'_> {
    fn write(&self, out: &mut impl Write) -> io::Result<u64> {
        let mut writer = FixWriter::new(out, self.fixing);
        let wants = |row: &plumbline_coordinator::report::ReportRow| {
            if !self.rows.filter.matches(row) {
                return false;
            }
            let is_left_out = row.is_accepted() && !self.with_accepted;
            self.left_out.set(self.left_out.get() + u64::from(is_left_out));
            !is_left_out
        };
        self.view.for_each_failing(wants, |row, document| Ok::<_, Stop>(writer.add(row, document)?))?;
        writer.finish()
    }
}
