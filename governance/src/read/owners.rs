//! `owners` of all files together. What two files say differently, the first one says.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbline_baseline::pack::reading::{Name, Node, Section};

use super::{File, words};
use crate::entry::{Owners, Placed};
use crate::keys::OWNERS;
use crate::scope::Named;

/// Reads them, on top of those of earlier files.
pub(super) fn read(node: &Node, file: &mut File, owners: &mut Owners) {
    let Some(section) = Section::open(node, &OWNERS, &mut file.report) else { return };
    keys(&section, "resource_tags", file, &mut owners.resource_tags);
    keys(&section, "account_tags", file, &mut owners.account_tags);
    for (name, value) in section.entries("accounts", &mut file.report) {
        if let Some(named) = words::account(&name.text, name.at, file) {
            owner(named, name, value, file, &mut owners.accounts);
        }
    }
    for (name, value) in section.entries("units", &mut file.report) {
        if let Some(named) = words::unit(&name.text, name.at, file) {
            owner(named, name, value, file, &mut owners.units);
        }
    }
}

fn keys(section: &Section<'_>, key: &str, file: &mut File, found: &mut Vec<Arc<str>>) {
    for (tag, _) in words::listed(section, key, file) {
        let tag = Arc::from(tag);
        if !found.contains(&tag) {
            found.push(tag);
        }
    }
}

fn owner(named: Named, name: &Name, value: &Node, file: &mut File, found: &mut BTreeMap<Arc<str>, Placed<Arc<str>>>) {
    let Some(text) = value.text().map(str::trim).filter(|text| !text.is_empty()) else {
        file.report.error(value.at, format!("the owner of `{}` is a text", name.text));
        return;
    };
    match found.get(&named.text) {
        Some(first) if *first.value != *text => {
            let message =
                format!("`{}` is owned by {} in {}:{}", name.text, first.value, first.place.file, first.place.line);
            file.report.error(name.at, message);
        }
        _ => drop(found.insert(named.text, Placed { value: Arc::from(text), place: named.place })),
    }
}
