//! A pack that is loaded to scan with decides as ever, and keeps nothing that is written for people.

use super::*;

#[test]
fn what_decides_is_the_same() {
    let (lean, problems) = Pack::load_for_scanning(Pack::embedded_sources(), Catalog::embedded());
    assert!(problems.is_empty(), "{problems:#?}");
    let whole = Pack::embedded();
    assert_eq!(lean.digest(), whole.digest());
    assert_eq!(lean.controls().len(), whole.controls().len());
    for (lean_control, control) in lean.controls().zip(whole.controls()) {
        let (few, all) = (&lean_control.control, &control.control);
        assert!(few.cases.is_empty() && few.references.is_empty() && few.why == "-" && few.remediation.cli.is_empty());
        assert_eq!((&few.id, &few.title, &few.finding), (&all.id, &all.title, &all.finding));
        for case in &all.cases {
            let verdict = crate::case::run(whole, lean_control, case).verdict;
            assert_eq!(verdict, crate::case::run(whole, control, case).verdict, "{}: {}", few.id, case.name);
        }
    }
}

#[test]
fn what_does_not_decide_is_refused_in_either() {
    let text =
        CONTROL.replace("pass_when: >-\n  resource.Name != null &&\n  size(resource.Name) > settings.shortest\n", "");
    let sources = [source("collectors/s3.yaml", COLLECTOR), source("controls/s3/s3-bucket-named.yaml", text)];
    let (pack, problems) = Pack::load_for_scanning(sources, Catalog::embedded());
    assert!(problems[0].message.contains("needs `pass_when`"), "{problems:?}");
    assert_eq!(pack.controls().len(), 0);
}
