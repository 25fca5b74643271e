//! Files that are generated from the pack, or from the tables of its readers, and checked in: each has to be what the generator makes today.
//!
//! `PLUMBLINE_WRITE_GENERATED=1 cargo test -p plumbline-baseline --test generated` writes them.

use std::path::Path;
use std::{env, fs};

use plumbline_baseline::api::Catalog;
use plumbline_baseline::pack::{DOCUMENTS, Pack};
use plumbline_baseline::permissions;
use plumbline_baseline::plan::CallPlan;

fn check(path: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    if env::var_os("PLUMBLINE_WRITE_GENERATED").is_some() {
        fs::create_dir_all(path.parent().expect("a file below the workspace")).expect("a writable checkout");
        fs::write(&path, expected).expect("a writable checkout");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "{} is not what the pack makes today: run PLUMBLINE_WRITE_GENERATED=1 cargo test -p plumbline-baseline \
         --test generated",
        path.display()
    );
}

#[test]
fn the_member_role_allows_what_all_controls_need() {
    let pack = Pack::embedded();
    let plan = CallPlan::new(pack, pack.controls().map(|control| &**control.id()));
    let actions = permissions::of_plan(&plan, Catalog::embedded());
    check("deploy/cloudformation/member-role.yaml", &permissions::member_role(&actions));
}

#[test]
fn the_catalogue_names_all_controls() {
    check("docs/controls.md", &Pack::embedded().catalogue());
}

#[test]
fn the_page_on_frameworks_names_all_requirements() {
    check("docs/frameworks.md", &Pack::embedded().coverage());
}

#[test]
fn editors_get_the_schema_of_every_kind_of_file() {
    for document in &DOCUMENTS {
        check(&format!("schemas/{}", document.file()), &document.text());
    }
}
