//! `settings` of all files together. Where two files differ on a length of time, the shorter one holds.

use std::collections::BTreeMap;

use plumbline_baseline::pack::facts::Place;
use plumbline_baseline::pack::reading::Section;
use plumbline_baseline::{Doc, Severity};

use super::{File, words};
use crate::entry::Settings;
use crate::keys::{LONGEST, SETTINGS};

/// Reads them.
pub(super) fn read(files: &mut [File]) -> Settings {
    let mut settings = Settings::default();
    let mut set: BTreeMap<Severity, (u32, Place)> = BTreeMap::new();
    for file in files {
        let Some(mut node) = file.at("settings") else { continue };
        file.mend(&mut node, &SETTINGS);
        let Some(section) = Section::open(&node, &SETTINGS, &mut file.report) else { continue };
        for (tag, _) in words::listed(&section, "module_tags", file) {
            settings.module_tags.push(tag.into());
        }
        let Some(longest) = section.get("longest_exception") else { continue };
        let Some(longest) = Section::open(longest, &LONGEST, &mut file.report) else { continue };
        for severity in Severity::ALL {
            let Some(node) = longest.get(severity.as_str()) else { continue };
            let days = match node.to_doc() {
                Doc::Int(days) => u32::try_from(days).ok().filter(|days| (1..=3_650).contains(days)),
                _ => None,
            };
            let Some(days) = days else {
                file.report.error(node.at, format!("`{severity}` is a number of days from 1 to 3650"));
                continue;
            };
            let place = file.place(node.at);
            match set.get(&severity) {
                Some((other, first)) if *other != days => {
                    let message =
                        format!("`{severity}` is {other} days in {}:{}; the shorter one holds", first.file, first.line);
                    file.report.error(node.at, message);
                    set.insert(severity, (days.min(*other), place));
                }
                _ => drop(set.insert(severity, (days, place))),
            }
        }
    }
    for (severity, (days, _)) in set {
        settings.longest_exception.insert(severity, days);
    }
    settings
}
