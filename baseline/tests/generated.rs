//! Files that are generated from the pack, or from the tables of its readers, and checked in: each has to be what the generator makes today.
//!
//! `PLUMBLINE_WRITE_GENERATED=1 cargo test -p plumbline-baseline --test generated` writes them.

use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs};

use plumbline_baseline::Doc;
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
fn the_roles_of_member_accounts_allow_what_all_controls_need() {
    let pack = Pack::embedded();
    let plan = CallPlan::new(pack, pack.controls().map(|control| &**control.id()));
    let actions = permissions::of_plan(&plan, Catalog::embedded());
    check("deploy/cloudformation/member-role.yaml", &permissions::member_role(&actions));
    check("deploy/cloudformation/agent-account.yaml", &permissions::agent_account(&actions));
}

#[test]
fn the_roles_of_the_audit_account_allow_what_a_caller_needs() {
    check("deploy/cloudformation/audit-roles.yaml", &permissions::audit_roles());
    check("deploy/cloudformation/delegation.yaml", &permissions::delegation());
}

/// That a scan calls exactly what the page says is tested where there are scans.
#[test]
fn the_page_on_running_it_says_what_the_templates_allow() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/operations.md");
    let page = fs::read_to_string(page).expect("the page is there");
    let policy = page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).expect("the policy");
    let policy = Doc::from_json(policy).expect("the policy is JSON");
    let statements = policy.get("Statement").as_list().unwrap_or_default();
    let actions = |statement: &Doc| -> BTreeSet<String> {
        let actions = statement.get("Action").as_list().unwrap_or_default();
        actions.iter().filter_map(|action| action.as_str().map(str::to_owned)).collect()
    };
    let told: Vec<BTreeSet<String>> = statements.iter().map(actions).collect();
    let allowed = [permissions::ORGANIZATION_READS, permissions::REGION_READS, permissions::MEMBER_ENTRY];
    let allowed = allowed.map(|actions| actions.iter().map(|action| (*action).to_owned()).collect::<BTreeSet<_>>());
    assert_eq!(told, allowed);
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
