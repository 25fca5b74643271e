//! Tests of positions: each character of an expression is found again in its file, however it is written.

use super::*;

/// Finds `mark` in the text of `key` and in the file, and compares the places.
fn check_position(source: &str, key: &str, mark: &str) {
    let node = parse(source).unwrap();
    let value = node.get(key).unwrap();
    let offset = value.text().unwrap().find(mark).unwrap();
    let at = value.position_in(source, offset);
    let expected = place(source, source.find(mark).unwrap());
    assert_eq!((at.line, at.column), (expected.line, expected.column), "{mark} in {source}");
}

#[test]
fn every_style_of_text_keeps_its_positions() {
    check_position("a: x\nwhen: resource.Mark == 1\n", "when", "Mark");
    check_position("when: \"resource.Mark == 'x'\"\n", "when", "Mark");
    check_position("when: 'resource.Name == ''x'' && resource.Mark'\n", "when", "Mark");
    check_position("when: |\n  resource.A &&\n    resource.Mark\n", "when", "Mark");
    check_position("when: >-\n  resource.A ==\n  'ä' && resource.Mark\n", "when", "Mark");
    check_position("when: >- # why\n\n  resource.A &&\n\n  resource.Mark\n", "when", "Mark");
    check_position("when: resource.A &&\n  resource.Mark\n", "when", "Mark");
}

#[test]
fn keys_and_values_know_where_they_stand() {
    let node = parse("a: 1\nb:\n  - x: [y, z]\n").unwrap();
    assert_eq!(node.key("b").map(|at| (at.line, at.column)), Some((2, 1)));
    let items = node.get("b").and_then(Node::items).unwrap();
    let list = items[0].get("x").unwrap();
    assert_eq!((list.at.line, list.at.column), (3, 8));
    let z = &list.items().unwrap()[1];
    assert_eq!((z.at.line, z.at.column), (3, 12));
}

#[test]
fn scalars_follow_the_core_schema() {
    let doc = |text: &str| parse(&format!("v: {text}")).unwrap().get("v").unwrap().to_doc();
    assert_eq!(doc("null"), Doc::Null);
    assert_eq!(doc(""), Doc::Null);
    assert_eq!(doc("true"), Doc::Bool(true));
    assert_eq!(doc("yes"), Doc::from("yes"));
    assert_eq!(doc("-12"), Doc::Int(-12));
    assert_eq!(doc("1.5"), Doc::Double(1.5));
    assert_eq!(doc("2026-01-01"), Doc::from("2026-01-01"));
    assert_eq!(doc("\"12\""), Doc::from("12"));
    assert_eq!(doc("nan"), Doc::from("nan"));
    assert_eq!(doc("{ a: [1, x] }"), Doc::map([("a", Doc::List(vec![Doc::Int(1), Doc::from("x")]))]));
}

fn check_refused(source: &str, line: usize, message: &str) {
    let error = parse(source).unwrap_err();
    assert_eq!(error.at.line, line, "{}", error.message);
    assert!(error.message.contains(message), "{}", error.message);
}

#[test]
fn what_a_pack_does_not_use_is_refused() {
    check_refused("", 1, "empty");
    check_refused("a: 1\nb: 2\na: 3\n", 3, "already set in line 1");
    check_refused("a: &x 1\nb: *x\n", 1, "anchors");
    check_refused("a: !thing 1\n", 1, "tags");
    check_refused("a: 1\n---\nb: 1\n", 2, "one document");
    check_refused("a: [1,\nb: 2\n", 1, "unclosed");
}

#[test]
fn a_tab_is_told_in_its_own_line() {
    let check = |text: &str, line: usize| {
        let error = parse(text).unwrap_err();
        assert_eq!((error.at.line, error.message.as_str()), (line, "a tab stands where blanks have to"), "{text:?}");
    };
    check("a: 1\nfix:\n\tby: iac\n", 3);
    check("cases:\n  - name: x\n\texpect: pass\n", 3);
    check("cases:\n  - name: x\n    expect: pass\n  \tother: 1\n", 4);
    check("a:\n  b: 1\n\tc: 2\nd: 3\n", 3);
    check("a: 1\n\tb: 2\n", 2);
    check("list:\n\t- a\n", 2);
    check("resources:\n  - type: A\n    list:\n\t  call: B\n", 4);
}
