//! Values that satisfy conditions, or the proof that there are none.

use super::*;
use crate::doc::Doc;
use crate::policy::document::Document;
use crate::policy::work::Work;

/// The first value of a domain that satisfies conditions, each with a wish.
fn values(domain: &Domain, conditions: &[(&str, bool)]) -> Found<Values> {
    let documents: Vec<Document> = conditions
        .iter()
        .map(|(condition, _)| {
            Document::parse(&Doc::string(format!(
                r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{condition}}}}}"#
            )))
        })
        .collect();
    let literals: Vec<Literal<'_>> = documents
        .iter()
        .zip(conditions)
        .map(|(document, (_, wanted))| Literal { condition: &document.statements()[0].conditions[0], wanted: *wanted })
        .collect();
    let found = domain.values(&literals, Reading::Strict, &Work::of(1_000_000));
    if let Found::One(values) = &found {
        for literal in &literals {
            let fact = values.as_ref().map_or(Fact::Absent, |values| Fact::Values(values));
            assert_eq!(holds(literal.condition, fact, &NoFacts), Holds::of(literal.wanted), "{values:?}");
        }
    }
    found
}

fn present(kind: Kind) -> Domain {
    Domain { may_be_absent: false, may_be_present: true, is_multivalued: false, kind, space: Space::Any }
}

#[test]
fn absence_comes_first() {
    let domain = Domain::unknown();
    assert_eq!(values(&domain, &[(r#"{"StringEquals":{"k":"a"}}"#, false)]), Found::One(None));
    assert_eq!(values(&domain, &[(r#"{"StringNotEquals":{"k":"a"}}"#, true)]), Found::One(None));
    let null = r#"{"Null":{"k":"true"}}"#;
    assert!(matches!(values(&domain, &[(null, false)]), Found::One(Some(_))));
    assert_eq!(values(&present(Kind::Text), &[(null, true)]), Found::None);
    assert_eq!(values(&Domain::absent(), &[(null, false)]), Found::None);
}

#[test]
fn a_number_between_two() {
    let domain = present(Kind::Number);
    let between = [(r#"{"NumericGreaterThan":{"k":"1.2"}}"#, true), (r#"{"NumericLessThan":{"k":"1.3"}}"#, true)];
    assert!(matches!(values(&domain, &between), Found::One(_)));
    let nothing = [(r#"{"NumericGreaterThan":{"k":"3"}}"#, true), (r#"{"NumericLessThan":{"k":"3"}}"#, true)];
    assert_eq!(values(&domain, &nothing), Found::None);
    let dates = [(r#"{"DateGreaterThan":{"k":"2026-01-01"}}"#, true), (r#"{"DateLessThan":{"k":"2026-01-02"}}"#, true)];
    assert!(matches!(values(&present(Kind::Date), &dates), Found::One(_)));
}

#[test]
fn an_address_outside_of_all_that_is_taken() {
    let taken = narrow(&[("203.0.113.0".parse().unwrap(), "203.0.113.255".parse().unwrap())]);
    let domain = Domain { space: Space::Addresses(Addresses::of_the_internet(taken)), ..present(Kind::Address) };
    assert_eq!(values(&domain, &[(r#"{"IpAddress":{"k":"203.0.113.0/24"}}"#, true)]), Found::None);
    assert!(matches!(values(&domain, &[(r#"{"IpAddress":{"k":"203.0.112.0/23"}}"#, true)]), Found::One(_)));
    assert_eq!(values(&domain, &[(r#"{"IpAddress":{"k":"192.168.0.0/16"}}"#, true)]), Found::None);
    assert!(matches!(values(&domain, &[(r#"{"IpAddress":{"k":"::/0"}}"#, true)]), Found::One(_)));
    // A range that is too wide is nobody's, and so are small ones that are too many.
    assert!(narrow(&[("0.0.0.0".parse().unwrap(), "127.255.255.255".parse().unwrap())]).is_empty());
    let many: Vec<Range> = (0..32_u8).map(|n| ([n, 0, 0, 0].into(), [n, 255, 255, 255].into())).collect();
    assert!(narrow(&many).is_empty());
}

#[test]
fn as_many_elements_as_are_needed() {
    let domain = Domain { may_be_absent: false, ..Domain::unknown() };
    let any = |value: &str| format!(r#"{{"ForAnyValue:StringEquals":{{"k":"{value}"}}}}"#);
    let (a, b) = (any("a"), any("b"));
    assert_eq!(values(&domain, &[(&a, true), (&b, true)]), Found::One(Some(vec!["a".to_owned(), "b".to_owned()])));
    let all = r#"{"ForAllValues:StringEquals":{"k":["a","c"]}}"#;
    assert_eq!(values(&domain, &[(&a, true), (&b, true), (all, true)]), Found::None);
    assert!(matches!(values(&domain, &[(&a, true), (all, false)]), Found::One(Some(both)) if both.len() == 2));
    assert_eq!(values(&domain, &[(&a, false), (all, true)]), Found::One(Some(vec!["c".to_owned()])));
}

#[test]
fn a_key_that_is_compared_in_two_ways() {
    let domain = present(Kind::Text);
    let both = [(r#"{"NumericLessThan":{"k":"5"}}"#, true), (r#"{"StringLike":{"k":"*4*"}}"#, true)];
    assert!(!matches!(values(&domain, &both), Found::None));
    let never = [(r#"{"NumericLessThan":{"k":"5"}}"#, true), (r#"{"NumericGreaterThan":{"k":"6"}}"#, true)];
    assert_eq!(values(&domain, &never), Found::None);
}
