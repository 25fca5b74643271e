//! `plumbline policy`: the least-privilege IAM policy for the controls that some account has.

use std::io::Write;

use plumbline_baseline::api::Catalog;
use plumbline_baseline::{permissions, plan};

use crate::args::PolicyArgs;
use crate::clock;
use crate::config::{Basics, names};
use crate::exit::Outcome;
use crate::failure::{OrFail, Result};
use crate::governance::Folder;
use crate::pack::Pack;
use crate::terminal;

/// Prints the policy.
pub(crate) fn run(args: PolicyArgs) -> Result<Outcome> {
    let place = Basics::resolve(&args.pack.config, None, args.pack.pack)?.governed(&args.governance);
    let pack = Pack::load(&place.pack)?;
    let (only, except) = place.controls;
    // What baselines switch on in some accounts besides, as far as options ask for it.
    let (given, left_out) = (names(args.controls, Vec::new()), names(args.exclude_controls, Vec::new()));
    let folder = Folder::load(place.governance.as_deref(), &pack, &clock::now()?)?;
    let asked = pack.select(&given, &left_out)?;
    let besides = folder.governance.baselines().iter().flat_map(|baseline| baseline.on.keys());
    let mut enabled = pack.select(&names(given, only), &names(left_out, except))?;
    enabled.extend(besides.filter(|id| asked.contains(*id)).cloned());
    let calls = plan::CallPlan::new(pack.inner(), enabled.iter().map(|id| &**id));
    let policy = permissions::policy(&permissions::of_plan(&calls, Catalog::embedded()));
    let text = serde_json::to_string_pretty(&policy).or_fail("print the policy", "report this as a bug")?;
    terminal::print(|out| writeln!(out, "{text}"))?;
    Ok(Outcome::Done)
}
