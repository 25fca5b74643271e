//! Frameworks: what is right is loaded and sorted, every mistake is placed and explained, and costs nothing else.

use std::sync::Arc;

use super::*;
use crate::api::Catalog;
use crate::pack::{Pack, Source};

const COLLECTOR: &str = "service: s3\nresources:\n  - type: AWS::S3::Bucket\n    scope: regional\n    \
    list: { call: ListBuckets, with: { BucketRegion: $region }, items: Buckets }\n    arn: \"arn:{partition}:s3:::{Name}\"\n";

const FRAMEWORK: &str = r#"id: acme
name: ACME's rules
url: https://example.com/rules
id_form: "[0-9]+([.][0-9]+)*"
versions: ["2024", "2025", "2026"]
requirements:
  - says: Buckets have a name
    level: { "2024": 1, "2026": 2 }
    assessed: { "2024": automated, "2025": manual }
    ids: { "2024": "1.10", "2025": "2.10", "2026": "2.10" }
    controls: [s3-bucket-named]
    covers: all
  - says: Buckets have an owner
    ids: { "2024": "1.2", "2025": "2.2", "2026": "2.2" }
    controls: [s3-bucket-owned]
    covers: part
    stricter: true
    note: Looks at tags.
  - { says: Somebody looks after buckets, decided: manual, ids: { "2026": "2.1" } }
  - { says: Buckets are few, ids: { "2026": "10" } }
"#;

fn control(id: &str) -> Source {
    let text = format!(
        "id: {id}\ntitle: Buckets\nfinding: {{ one: The bucket is bad, other: \"{{count}} buckets are bad\" }}\nseverity: low\nlevel: 1\nfix: {{ by: iac }}\nresource: AWS::S3::Bucket\n\
         pass_when: resource.Name != 'bad'\nwhy: Because.\nremediation: {{ steps: Name it. }}\ncases:\n  \
         - {{ name: good, resource: {{ Name: good }}, expect: pass }}\n  - {{ name: bad, resource: {{ Name: bad }}, \
         expect: fail }}\n  - {{ name: unread, unknown: [Name], expect: unknown }}\n"
    );
    source(&format!("controls/s3/{id}.yaml"), &text)
}

fn manual(id: &str) -> Source {
    let text = format!(
        "id: {id}\ntitle: Somebody looks\nseverity: low\nlevel: 1\nfix: {{ by: console }}\nmanual: true\nwhy: Because.\n\
         remediation: {{ steps: Look. }}\n"
    );
    source(&format!("controls/org/{id}.yaml"), &text)
}

fn source(path: &str, text: &str) -> Source {
    Source { path: path.to_owned(), text: text.to_owned() }
}

/// The framework, beside it what is added to it, and what is wrong with them.
fn load(framework: &str, extension: &str) -> (Pack, Vec<String>) {
    let mut sources = vec![
        source("collectors/s3.yaml", COLLECTOR),
        source("frameworks/acme.yaml", framework),
        control("s3-bucket-named"),
        control("s3-bucket-owned"),
        control("s3-bucket-mine"),
        manual("org-somebody-looks"),
    ];
    if !extension.is_empty() {
        sources.push(source("mine/frameworks/mine.yaml", extension));
    }
    let (pack, problems) = Pack::load(sources, Catalog::embedded());
    (pack, problems.iter().map(ToString::to_string).collect())
}

fn requirement<'p>(pack: &'p Pack, version: &str, id: &str) -> &'p Requirement {
    let edition = pack.frameworks()["acme"].edition(version).unwrap();
    edition.requirements.iter().find(|requirement| requirement.id == id).unwrap()
}

#[test]
fn a_file_says_every_version() {
    let (pack, problems) = load(FRAMEWORK, "");
    assert!(problems.is_empty(), "{problems:#?}");
    let framework = &pack.frameworks()["acme"];
    assert_eq!(framework.versions().collect::<Vec<_>>(), ["2024", "2025", "2026"]);
    let ids = |edition: &Edition| edition.requirements.iter().map(|each| each.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(framework.newest()), ["2.1", "2.2", "2.10", "10"]);
    assert_eq!(ids(&framework.editions[0]), ["1.2", "1.10"]);
    let named = |version, id| {
        let each = requirement(&pack, version, id);
        (each.level, each.decided.as_str(), each.assessed.as_str())
    };
    assert_eq!(named("2024", "1.10"), (Some(1), "automated", "automated"));
    assert_eq!(named("2025", "2.10"), (Some(1), "automated", "manual"));
    assert_eq!(named("2026", "2.10"), (Some(2), "automated", "manual"));
    let answered = |id| requirement(&pack, "2026", id).answered();
    assert_eq!(["2.10", "2.2", "2.1", "10"].map(answered), Answered::ALL);
    assert!(requirement(&pack, "2026", "2.2").stricter && !requirement(&pack, "2026", "2.10").stricter);
}

#[test]
fn what_a_control_answers_is_derived() {
    let (pack, _) = load(FRAMEWORK, "");
    let ids = |version: &str| pack.answers("s3-bucket-named")["acme"][version].join(" ");
    assert_eq!(["2024", "2025", "2026"].map(ids), ["1.10", "2.10", "2.10"]);
    assert!(pack.answers("s3-bucket-mine").is_empty() && pack.answers("nothing").is_empty());
}

/// One text of the framework, what stands instead, and what is said of that.
const MISTAKES: &[(&str, &str, &str)] = &[
    ("id: acme", "id: acne", "acme.yaml:1:5: error: the id is `acne` and the file is called `acme`"),
    ("https:", "http:", ":3:6: error: `url` is an https URL"),
    ("requirements:", "requirement:", "a framework has no key `requirement`; did you mean `requirements`?"),
    ("[0-9]+(", "[0-9]+((", ":4:10: error: `id_form` is no regular expression: error: unclosed group"),
    ("\"2025\", \"2026\"]", "\"2025\", \"2025\"]", ":5:28: error: version 2025 is there twice"),
    ("\"2026\"]", "\"2026\", \"2027\"]", ":5:36: error: no requirement has an id in version 2027"),
    ("\"2026\": \"2.10\"", "\"2062\": \"2.10\"", ":10:44: error: `acme` has no version `2062`; did you mean `2026`?"),
    ("\"2026\": 2 }", "\"2066\": 2 }", ":8:25: error: `acme` has no version `2066`; did you mean `2026`?"),
    ("\"1.10\"", "\"1.10 \"", ":10:20: error: `1.10 ` is not in the form of this framework's ids"),
    ("\"1.2\"", "\"1.10\"", ":14:20: error: `1.10` of 2024 is already there in line 10"),
    ("covers: all", "covers: al", ":12:13: error: `covers` is one of all, part, not `al`; did you mean `all`?"),
    ("    covers: all\n", "", ":11:16: error: `controls` need `covers`: all of the requirement, or part of it"),
    ("    controls: [s3-bucket-named]\n", "", ":11:13: error: `covers` speaks of controls, and there are none"),
    ("    note: Looks at tags.\n", "", ":16:13: error: say in `note` what is left open"),
    ("covers: all", "covers: all\n    stricter: true", ":13:15: error: say in `note` what the controls ask for"),
    ("[s3-bucket-named]", "[s3-bucket-name]", ":11:16: error: there is no control `s3-bucket-name`; did you mean"),
    ("[s3-bucket-named]", "[s3-bucket-named, s3-bucket-named]", ":11:33: error: `s3-bucket-named` is there twice"),
    ("decided: manual", "decided: manually", "is one of automated, manual, not `manually`; did you mean `manual`?"),
    ("level: { \"2024\": 1,", "level: { \"2025\": 1,", ":7:5: error: `level` says nothing of version 2024"),
    ("\"2026\": 2 }", "\"2026\": two }", ":8:33: error: `level` is a number from 1 on"),
    ("ids: { \"2026\": \"10\" }", "id: \"10\"", ":20:34: error: `acme` has versions: write { \"2026\": … }"),
    ("says: Buckets are few, ", "", "a requirement needs `says`"),
    (", ids: { \"2026\": \"10\" }", "", ":20:5: error: a requirement needs `ids`, by version, or `id`"),
    ("ids: { \"2026\": \"10\" }", "id: \"10\", ids: { \"2026\": \"10\" }", "has `id` or `ids`, and not both"),
];

#[test]
fn mistakes_are_placed_and_explained() {
    let mut wrong = Vec::new();
    for (from, to, expected) in MISTAKES {
        assert!(FRAMEWORK.contains(from), "{from}");
        let (pack, problems) = load(&FRAMEWORK.replacen(from, to, 1), "");
        assert_eq!(pack.controls().len(), 4);
        if !problems.iter().any(|problem| problem.contains(expected)) {
            wrong.push(format!("`{to}` should say `{expected}`, not {problems:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_mistake_costs_what_it_is_about_and_nothing_else() {
    let (pack, problems) = load(&FRAMEWORK.replacen("[s3-bucket-named]", "[s3-bucket-named, s3-none]", 1), "");
    assert_eq!(problems.len(), 1, "{problems:#?}");
    let half = requirement(&pack, "2026", "2.10");
    assert_eq!((half.controls.len(), half.answered()), (1, Answered::Part), "what cannot be used answers nothing");
    let (pack, _) = load(&FRAMEWORK.replacen("[s3-bucket-named]", "[s3-none]", 1), "");
    assert_eq!(requirement(&pack, "2026", "2.10").answered(), Answered::No);
}

#[test]
fn a_control_that_is_broken_answers_nothing_and_is_reported_once() {
    let broken = source("mine/controls/s3-bucket-named.yaml", "id: s3-bucket-named\n");
    let sources = [
        source("collectors/s3.yaml", COLLECTOR),
        source("frameworks/acme.yaml", FRAMEWORK),
        control("s3-bucket-named"),
        control("s3-bucket-owned"),
        broken,
    ];
    let (pack, problems) = Pack::load(sources, Catalog::embedded());
    assert!(!problems.iter().any(|problem| problem.file.contains("acme")), "{problems:#?}");
    assert_eq!(requirement(&pack, "2026", "2.10").answered(), Answered::No);
}

#[test]
fn a_pack_adds_to_the_framework_of_another() {
    let extension = r#"extends: acme
answers:
  "2026":
    "10": [s3-bucket-mine]
    "2.1": [org-somebody-looks]
    "2.2": { controls: [s3-bucket-mine], covers: all, note: With ours. }
    "2.10": s3-bucket-mine
requirements:
  - { says: Buckets are ours, ids: { "2026": "2.11" }, controls: [s3-bucket-mine], covers: all }
"#;
    let (pack, problems) = load(FRAMEWORK, extension);
    assert!(problems.is_empty(), "{problems:#?}");
    let of = |id| {
        let each = requirement(&pack, "2026", id);
        (each.controls.iter().map(|id| &**id).collect::<Vec<_>>().join(" "), each.answered())
    };
    assert_eq!(of("10"), ("s3-bucket-mine".to_owned(), Answered::Whole));
    assert_eq!(of("2.1"), ("org-somebody-looks".to_owned(), Answered::Person), "a manual control is a person's");
    assert_eq!(of("2.2"), ("s3-bucket-owned s3-bucket-mine".to_owned(), Answered::Whole));
    assert_eq!(of("2.10"), ("s3-bucket-named s3-bucket-mine".to_owned(), Answered::Whole));
    assert_eq!(of("2.11"), ("s3-bucket-mine".to_owned(), Answered::Whole));
    assert_eq!(requirement(&pack, "2025", "2.10").controls, [Arc::from("s3-bucket-named")], "other versions stay");
    assert_eq!(pack.answers("s3-bucket-mine")["acme"]["2026"], ["2.2", "2.10", "2.11", "10"]);
}

#[test]
fn mistakes_of_an_addition_are_placed_and_explained() {
    let check = |extension: &str, expected: &str| {
        let (pack, problems) = load(FRAMEWORK, extension);
        assert!(problems.iter().any(|problem| problem.contains(expected)), "`{expected}`: {problems:#?}");
        assert_eq!(pack.frameworks().len(), 1);
    };
    let answers = |text: &str| format!("extends: acme\nanswers: {text}\n");
    check("extends: acne\nanswers: {}\n", "mine.yaml:1:10: error: there is no framework `acne`; did you mean `acme`?");
    check("extends: acme\nanswer: {}\n", "an extension of a framework has no key `answer`; did you mean `answers`?");
    check(&answers("{ \"2027\": { \"10\": [s3-bucket-mine] } }"), ":2:12: error: `acme` has no version `2027`");
    check(
        &answers("{ \"2026\": { \"2.12\": [s3-bucket-mine] } }"),
        ":2:22: error: `acme 2026` has no requirement `2.12`",
    );
    check(&answers("{ \"10\": [s3-bucket-mine] }"), "`acme` has versions: write { \"2026\": … }");
    check(
        &answers("{ \"2026\": { \"10\": [s3-bucket-min] } }"),
        "no control `s3-bucket-min`; did you mean `s3-bucket-mine`?",
    );
    check(&answers("{ \"2026\": { \"10\": [] } }"), "`10` names no control");
    check(
        &answers("{ \"2026\": { \"10\": { controls: [s3-bucket-mine], covers: part } } }"),
        "say in `note` what is left open",
    );
}

#[test]
fn a_framework_without_versions_has_ids_alone() {
    let text = "id: acme\nname: ACME\nurl: https://example.com\nas_of: \"2026-08-31\"\nrequirements:\n  \
                - { id: S3.10, says: Ten }\n  - { id: S3.9, says: Nine, controls: [s3-bucket-named], covers: all }\n";
    let (pack, problems) = load(text, "extends: acme\nanswers: { S3.10: [s3-bucket-mine] }\n");
    assert!(problems.is_empty(), "{problems:#?}");
    let framework = &pack.frameworks()["acme"];
    assert_eq!(framework.versions().count(), 0);
    assert_eq!(framework.newest().count(Answered::Whole), 2);
    assert_eq!(framework.newest().requirements[0].id, "S3.9");
    assert_eq!(pack.answers("s3-bucket-mine")["acme"][""], ["S3.10"]);
    let problems = load(text, "extends: acme\nanswers: { \"1\": { S3.10: [s3-bucket-mine] } }\n").1;
    assert!(problems[0].contains("`acme` has no versions: write the id alone"), "{problems:#?}");
    let problems = load(&text.replace("2026-08-31", "August"), "").1;
    assert!(problems[0].contains(":4:8: error: `as_of` is a day such as 2026-08-31, not `August`"), "{problems:#?}");
}

/// Requirements of each version, as published: a line that is lost shows here.
#[test]
fn the_built_in_frameworks_are_whole() {
    let pack = Pack::embedded();
    let counts = |id: &str| -> Vec<(&str, usize)> {
        let editions = &pack.frameworks()[id].editions;
        editions.iter().map(|edition| (edition.version.as_str(), edition.requirements.len())).collect()
    };
    let expected = [58, 63, 64, 62, 64, 63, 63, 70];
    let versions = ["1.4.0", "1.5.0", "2.0.0", "3.0.0", "4.0.1", "5.0.0", "6.0.0", "7.0.0"];
    assert_eq!(counts("cis-aws-foundations"), versions.into_iter().zip(expected).collect::<Vec<_>>());
    assert_eq!(counts("aws-fsbp"), [("", 375)]);
    for edition in &pack.frameworks()["cis-aws-foundations"].editions {
        no_number_is_left_out(edition);
        assert!(edition.requirements.iter().all(|each| each.level.is_some()), "{}", edition.version);
    }
}

/// Within a section, CIS numbers without gaps.
fn no_number_is_left_out(edition: &Edition) {
    let mut sections: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for requirement in &edition.requirements {
        let (section, number) = requirement.id.rsplit_once('.').unwrap();
        sections.entry(section).or_default().push(number.parse().unwrap());
    }
    for (section, numbers) in sections {
        // Sections below take numbers of their own, before those of this one.
        assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "{} {section}: {numbers:?}", edition.version);
    }
}

/// What an earlier form of the pack claimed, and what was not so.
#[test]
fn claims_that_go_too_far_are_none() {
    let pack = Pack::embedded();
    let ids = |control: &str, framework: &str, version: &str| -> String {
        pack.answers(control).get(framework).and_then(|of| of.get(version)).map(|ids| ids.join(" ")).unwrap_or_default()
    };
    assert_eq!(ids("iam-user-credentials-used", "aws-fsbp", ""), "IAM.8");
    assert_eq!(ids("iam-user-credentials-used-lately", "aws-fsbp", ""), "");
    assert_eq!(ids("iam-user-credentials-used-lately", "cis-aws-foundations", "7.0.0"), "2.11");
    let requirement = |framework: &str, id: &str| {
        let edition = pack.frameworks()[framework].newest();
        edition.requirements.iter().find(|each| each.id == id).unwrap_or_else(|| panic!("{id}"))
    };
    for id in ["EC2.19", "ELB.5", "Config.1", "IAM.1", "S3.8"] {
        assert_eq!(requirement("aws-fsbp", id).answered(), Answered::Part, "{id}");
    }
    for id in ["4.4", "6.3", "6.4"] {
        let each = requirement("cis-aws-foundations", id);
        assert_eq!((each.answered(), each.stricter), (Answered::Part, true), "{id}");
    }
}
