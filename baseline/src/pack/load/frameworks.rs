//! The frameworks of a pack, each with what other files add to it.

use std::collections::BTreeMap;

use super::files::{File, Kind};
use crate::pack::Pack;
use crate::pack::framework::{self, Framework};

/// The frameworks of all files. They name controls, and so come after them.
pub(super) fn read(files: &mut [(Kind, File)], pack: &Pack) -> BTreeMap<String, Framework> {
    let of_controls = files.iter().filter(|(kind, _)| *kind == Kind::Control);
    let written = of_controls.map(|(_, file)| file.stem.clone()).chain(pack.refused.keys().cloned()).collect();
    let controls = framework::Controls { loaded: &pack.controls, written };
    let mut frameworks = BTreeMap::new();
    let mut extensions = Vec::new();
    for (_, file) in files.iter_mut().filter(|(kind, _)| *kind == Kind::Framework) {
        match framework::read(&file.node, &mut file.report) {
            None => {}
            Some(framework::File::Extension(written)) => extensions.push((written, file)),
            Some(framework::File::Framework(written)) => {
                let checked = framework::check(&written, &file.stem, &controls, &mut file.report);
                frameworks.extend(checked.map(|framework| (framework.id.clone(), framework)));
            }
        }
    }
    for (written, file) in extensions {
        framework::extend(&mut frameworks, &written, &controls, &mut file.report);
    }
    frameworks
}
