//! The rules of standing, each by itself, and as laws over whatever a scan may say.

use std::sync::LazyLock;

use plumbline_baseline::api::Catalog;
use plumbline_baseline::pack::{Pack, Source};
use proptest::prelude::*;

use super::*;

/// One requirement of each kind, as a framework's file says it.
const REQUIREMENTS: &str = r"
  - { id: none, says: It }
  - { id: person, says: It, decided: manual }
  - { id: whole, says: It, controls: [org-a-b], covers: all }
  - { id: manual, says: It, decided: manual, controls: [org-a-b], covers: all }
  - { id: part, says: It, controls: [org-a-b], covers: part, note: N }
  - { id: stricter, says: It, controls: [org-a-b], covers: all, stricter: true, note: N }
  - { id: both, says: It, controls: [org-a-b, org-c-d], covers: all }
";

fn requirement(id: &str) -> &'static Requirement {
    static FRAMEWORK: LazyLock<Edition> = LazyLock::new(framework);
    FRAMEWORK.requirements.iter().find(|each| each.id == id).expect("it is one of the kinds")
}

fn framework() -> Edition {
    let control = |id: &str| Source {
        path: format!("controls/org/{id}.yaml"),
        text: format!(
            "id: {id}\ntitle: A\nfinding: {{ one: B, other: \"{{count}} B\" }}\nseverity: low\nlevel: 1\n\
             fix: {{ by: iac }}\nresource: AWS::S3::Bucket\npass_when: \
             resource.Name != 'bad'\nwhy: B.\nremediation: {{ steps: C. }}\ncases:\n  - {{ name: p, resource: {{ Name: \
             good }}, expect: pass }}\n  - {{ name: f, resource: {{ Name: bad }}, expect: fail }}\n  - {{ name: u, unknown: \
             [Name], expect: unknown }}\n"
        ),
    };
    let text = format!("id: acme\nname: ACME\nurl: https://example.com\nrequirements:\n{REQUIREMENTS}");
    let collectors = Pack::embedded_sources().into_iter().filter(|source| source.path.ends_with("collectors/s3.yaml"));
    let framework = Source { path: "frameworks/acme.yaml".into(), text };
    let sources = collectors.chain([control("org-a-b"), control("org-c-d"), framework]);
    let (pack, problems) = Pack::load(sources, Catalog::embedded());
    assert!(problems.is_empty(), "{problems:#?}");
    pack.frameworks()["acme"].newest().clone()
}

const GOOD: Option<Told> = Some(Told { failing: 0, open: 0, manual: 0 });
const BAD: Option<Told> = Some(Told { failing: 1, open: 0, manual: 0 });
const OPEN: Option<Told> = Some(Told { failing: 0, open: 1, manual: 0 });
const BOTH_WAYS: Option<Told> = Some(Told { failing: 1, open: 1, manual: 0 });
const LOOK: Option<Told> = Some(Told { failing: 0, open: 0, manual: 1 });

#[test]
fn a_requirement_stands_as_its_controls_say() {
    let check = |id: &str, controls: &[Option<Told>], expected: Standing| {
        assert_eq!(Standing::of(requirement(id), controls), expected, "{id} {controls:?}");
    };
    check("none", &[], Standing::NotAnswered);
    check("person", &[], Standing::Person);
    check("whole", &[GOOD], Standing::Holds);
    check("whole", &[BAD], Standing::Fails);
    check("whole", &[OPEN], Standing::NotDecided);
    check("whole", &[BOTH_WAYS], Standing::Fails);
    check("whole", &[None], Standing::NotDecided);
    check("whole", &[LOOK], Standing::Person);
    check("part", &[GOOD], Standing::PartHolds);
    check("part", &[BAD], Standing::Fails);
    check("part", &[OPEN], Standing::NotDecided);
    check("stricter", &[GOOD], Standing::Holds);
    check("stricter", &[BAD], Standing::NotDecided);
    check("both", &[GOOD, GOOD], Standing::Holds);
    check("both", &[GOOD, BAD], Standing::Fails);
    check("both", &[GOOD, None], Standing::NotDecided);
    check("both", &[BAD, None], Standing::Fails);
    check("both", &[OPEN, BAD], Standing::Fails);
    check("both", &[GOOD, LOOK], Standing::Person);
    check("manual", &[GOOD], Standing::Holds);
}

fn told() -> impl Strategy<Value = Option<Told>> {
    proptest::option::of((0..3_u64, 0..3_u64, 0..2_u64).prop_map(|(failing, open, manual)| Told {
        failing,
        open,
        manual,
    }))
}

proptest! {
    #[test]
    fn what_is_not_known_never_makes_a_requirement_hold(first in told(), second in told(), index in 0..2_usize) {
        for id in ["whole", "part", "stricter", "both"] {
            let requirement = requirement(id);
            let before = [first, second][..requirement.controls.len()].to_vec();
            let mut after = before.clone();
            let changed = index % after.len();
            // One more check with an UNKNOWN, of a control that may have had no row before.
            after[changed].get_or_insert_default().open += 1;
            let standing = Standing::of(requirement, &after);
            prop_assert!(!matches!(standing, Standing::Holds | Standing::PartHolds | Standing::Person), "{:?}", standing);
            let earlier = Standing::of(requirement, &before);
            prop_assert!(earlier != Standing::Fails || standing == Standing::Fails);
        }
    }

    #[test]
    fn what_is_answered_in_part_never_holds(controls in proptest::collection::vec(told(), 1)) {
        prop_assert_ne!(Standing::of(requirement("part"), &controls), Standing::Holds);
    }
}

#[test]
fn counts_add_up_to_the_requirements() {
    let pack = Pack::embedded();
    for framework in pack.frameworks().values() {
        for edition in &framework.editions {
            let standing = FrameworkStanding::of(framework, edition, |id| match id.len() % 4 {
                0 => GOOD,
                1 => BAD,
                2 => OPEN,
                _ => None,
            });
            let sum: u64 = Standing::ALL.into_iter().map(|each| standing.count(each)).sum();
            assert_eq!(sum, edition.requirements.len() as u64);
            let seen =
                standing.requirements.iter().all(|each| each.standing != Standing::Holds || each.unseen.is_empty());
            assert!(seen && standing.count(Standing::NotAnswered) == edition.count(Answered::No) as u64);
        }
    }
}

#[test]
fn counts_read_as_a_sentence() {
    assert_eq!(Standing::Holds.counted(1), "1 holds");
    assert_eq!(Standing::Holds.counted(1200), "1,200 hold");
    assert_eq!(Standing::PartHolds.counted(2), "2 hold in part");
    assert_eq!(Standing::Person.counted(2), "2 left to a person");
}
