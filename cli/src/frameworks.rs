//! Which versions of which frameworks are meant: those that were named, or the newest of each.

use plumbline_baseline::pack::Pack;
use plumbline_baseline::pack::framework::{Edition, Framework};

use crate::failure::{Failure, Result, did_you_mean, listed};

/// A version of a framework.
pub(crate) type Chosen<'p> = (&'p Framework, &'p Edition);

/// What names such as `cis-aws-foundations` and `cis-aws-foundations:3.0.0` mean; the newest version of each framework when
/// there are none.
///
/// # Errors
/// When a name leads nowhere, with what may have been meant.
pub(crate) fn chosen<'p>(pack: &'p Pack, names: &[String]) -> Result<Vec<Chosen<'p>>> {
    if names.is_empty() {
        return Ok(pack.frameworks().values().map(|framework| (framework, framework.newest())).collect());
    }
    names.iter().map(|name| named(pack, name)).collect()
}

/// The same, where a name that the pack does not have is no mistake: an older scan may know it.
pub(crate) fn known<'p>(pack: &'p Pack, names: &[String]) -> Vec<Chosen<'p>> {
    if names.is_empty() {
        return chosen(pack, names).unwrap_or_default();
    }
    names.iter().filter_map(|name| named(pack, name).ok()).collect()
}

fn named<'p>(pack: &'p Pack, name: &str) -> Result<Chosen<'p>> {
    let (id, version) = name.split_once(':').map_or((name, None), |(id, version)| (id, Some(version)));
    let framework = framework(pack, id)?;
    match version {
        None => Ok((framework, framework.newest())),
        Some(version) => Ok((framework, edition(framework, version)?)),
    }
}

/// A framework by its id.
///
/// # Errors
/// When there is none, with what may have been meant.
pub(crate) fn framework<'p>(pack: &'p Pack, id: &str) -> Result<&'p Framework> {
    pack.frameworks().get(id).ok_or_else(|| {
        let ids = pack.frameworks().keys().map(String::as_str);
        let cause = format!("there is no such framework{}", did_you_mean(id, ids));
        Failure::usage(format!("find framework {id}"), cause, "see `plumbline frameworks list`")
    })
}

/// A version of a framework.
///
/// # Errors
/// When there is none, with what may have been meant.
pub(crate) fn edition<'p>(framework: &'p Framework, version: &str) -> Result<&'p Edition> {
    framework.edition(version).filter(|edition| !edition.version.is_empty()).ok_or_else(|| {
        let attempt = format!("find version {version} of {}", framework.id);
        let versions: Vec<String> = framework.versions().map(str::to_owned).collect();
        if versions.is_empty() {
            return Failure::usage(attempt, "the framework has no versions", "leave the version out");
        }
        let cause = format!("there is no such version{}", did_you_mean(version, versions.iter().map(String::as_str)));
        Failure::usage(attempt, cause, format!("name one of {}", listed(&versions)))
    })
}
