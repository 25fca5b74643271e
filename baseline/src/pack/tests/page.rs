//! The page on writing controls says what is: its files load without a problem, and their cases and examples hold.

use super::*;

const PAGE: &str = include_str!("../../../../docs/writing-controls.md");

/// The YAML block that starts with this.
fn block(start: &str) -> &'static str {
    let mut blocks = PAGE.split("```yaml\n").skip(1).filter_map(|block| block.split("```").next());
    blocks.find(|block| block.starts_with(start)).unwrap_or_else(|| panic!("no block starts with {start}"))
}

#[test]
fn names_definitions_and_variants_are_as_the_page_shows_them() {
    let mut sources = Pack::embedded_sources();
    sources.push(source("own/definitions/own.yaml", block("definitions:")));
    sources.push(source("own/controls/ec2/ec2-volume-recoverable.yaml", block("id: ec2-volume-recoverable")));
    let variants = "id: ec2-security-group-no-public-{variant}";
    sources.push(source("own/controls/ec2/ec2-security-group-no-public-{variant}.yaml", block(variants)));
    let (pack, problems) = Pack::load(sources, Catalog::embedded());
    assert!(problems.is_empty(), "{problems:#?}");
    let definition = &pack.definitions()["is_recent"];
    for example in &definition.examples {
        assert_eq!(crate::case::run_example(&pack, definition, example), None);
    }
    let mut cases = 0;
    for id in ["ec2-volume-recoverable", "ec2-security-group-no-public-telnet", "ec2-security-group-no-public-ftp"] {
        let control = pack.control(id).unwrap();
        for case in &control.control.cases {
            let outcome = crate::case::run(&pack, control, case);
            assert!(outcome.holds(), "{id}: {}: {outcome:?}", case.name);
            cases += 1;
        }
    }
    assert_eq!(cases, 3 + 3 + 4);
}
