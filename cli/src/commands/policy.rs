//! `plumbline policy`: the least-privilege IAM policy for the enabled controls.

use std::io::Write;

use plumbline_baseline::api::Catalog;
use plumbline_baseline::{permissions, plan};

use crate::args::PolicyArgs;
use crate::config::{Basics, names};
use crate::exit::Outcome;
use crate::failure::{OrFail, Result};
use crate::pack::Pack;
use crate::terminal;

/// Prints the policy.
pub(crate) fn run(args: PolicyArgs) -> Result<Outcome> {
    let place = Basics::resolve(&args.pack.config, None, args.pack.pack)?;
    let pack = Pack::load(&place.pack)?;
    let (only, except) = place.controls;
    let enabled = pack.select(&names(args.controls, only), &names(args.exclude_controls, except))?;
    let calls = plan::CallPlan::new(pack.inner(), enabled.iter().map(|id| &**id));
    let policy = permissions::policy(&permissions::of_plan(&calls, Catalog::embedded()));
    let text = serde_json::to_string_pretty(&policy).or_fail("print the policy", "report this as a bug")?;
    terminal::print(|out| writeln!(out, "{text}"))?;
    Ok(Outcome::Done)
}
