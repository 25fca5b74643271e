//! The search's list, as a script: pages opened from a disk may not fetch anything.

use serde_json::json;

use super::{Site, link};
use crate::search::{Kind, Searched};

pub(super) fn script(site: &Site<'_>) -> String {
    let all = Searched::all(site.handbook, site.pack);
    let entries: Vec<serde_json::Value> = all
        .iter()
        .map(|each| {
            let address = match each.kind {
                Kind::Guide => link::guide(&each.id),
                Kind::Process => link::process(&each.id),
                Kind::Control => link::control(&each.id),
                Kind::LogSource => format!("{}#{}", link::LOGS, each.id),
            };
            json!([each.kind.as_str(), address, each.title, each.says, each.head(), each.words()])
        })
        .collect();
    // A script of its own: nothing in it can end an element of a page.
    format!("window.plumblineSearch = {};\n", serde_json::Value::Array(entries))
}
