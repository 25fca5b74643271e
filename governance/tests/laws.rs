//! Whatever a folder holds, nothing is better for what is wrong with it: findings are accepted only by exceptions that say
//! why, who and until when, and what is weakened has a reason and an owner, in accounts of which all is known. Folders are
//! made of right and wrong pieces, and of a right one that somebody hit with a hammer.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use plumbline_baseline::Severity;
use plumbline_baseline::pack::handbook::Handbook;
use plumbline_baseline::pack::{Pack, Source};
use plumbline_governance::scope::{Holds, Reach};
use plumbline_governance::{Account, Baseline, Day, Effective, Finding, Governance, SaidBy, ScanBase, Tags};
use proptest::prelude::*;
use proptest::strategy::ValueTree;

/// The folder that is handed out, as one file.
const SAMPLE: &str = concat!(
    include_str!("../../deploy/governance/organization.yaml"),
    include_str!("../../deploy/governance/exceptions.yaml"),
    include_str!("../../deploy/governance/attestations.yaml"),
);

fn today() -> Day {
    "2026-11-27".parse().unwrap()
}

fn load(files: &[String]) -> Governance {
    let sources =
        files.iter().enumerate().map(|(number, text)| Source { path: format!("{number}.yaml"), text: text.clone() });
    let (governance, problems) = Governance::load(sources, Pack::embedded(), Handbook::embedded(), today());
    for problem in &problems {
        assert!(problem.line > 0 && problem.column > 0, "{problem}");
    }
    governance
}

/// One of a few texts, mostly a right one; the empty one leaves the key out.
fn one_of(key: &'static str, right: &'static [&'static str], wrong: &'static [&'static str]) -> BoxedStrategy<String> {
    let any = prop_oneof![14 => prop::sample::select(right), 1 => prop::sample::select(wrong)];
    any.prop_map(move |value| if value.is_empty() { String::new() } else { format!("{key}: {value}, ") }).boxed()
}

/// All of these keys, one after the other.
fn all_of(keys: Vec<BoxedStrategy<String>>) -> impl Strategy<Value = String> {
    keys.prop_map(|keys| keys.concat())
}

/// Exactly one of these keys; sometimes all of them.
fn one_scope(keys: Vec<BoxedStrategy<String>>) -> BoxedStrategy<String> {
    prop_oneof![9 => prop::strategy::Union::new(keys.clone()), 1 => all_of(keys)].boxed()
}

const WORDS: (&[&str], &[&str]) = (&["words"], &["", "' '", "~", "[a]", "7"]);
const IDS: (&[&str], &[&str]) = (&["a", "b", "c", "d", "e", "f", "g", "h"], &["", "'=x'", "[a]"]);
const CONTROLS: (&[&str], &[&str]) = (
    &["[s3-bucket-tls-only]", "[s3-bucket-tls-only, s3-bucket-versioned]"],
    &["['s3-*']", "['*']", "[s3-bucket-x]", "[]", "{}"],
);

fn units() -> BoxedStrategy<String> {
    one_of("units", &["[Root]", "[Root/Workloads]", "[Root/Gone]", "[ou-abcd-11111111]"], &["[]", "~", "[7, /x]", "''"])
}

fn accounts_key() -> BoxedStrategy<String> {
    one_of("accounts", &["['111111111111']", "[111111111111, '222222222222']"], &["[12]", "[]", "~"])
}

fn tags_key() -> BoxedStrategy<String> {
    one_of(
        "tags",
        &["{ Environment: prod }", "{ Environment: [prod, dev] }", "{ Environment: p*, a: b }"],
        &["{ Environment: }", "{}"],
    )
}

/// A key that is mostly left out.
fn sometimes(key: BoxedStrategy<String>) -> BoxedStrategy<String> {
    prop_oneof![2 => Just(String::new()), 1 => key].boxed()
}

fn baseline() -> impl Strategy<Value = String> {
    all_of(vec![
        one_of("id", IDS.0, IDS.1),
        one_scope(vec![units(), accounts_key(), tags_key()]),
        one_of("level", &["1", "2", "3", ""], &["4", "high"]),
        sometimes(one_of("controls", CONTROLS.0, CONTROLS.1)),
        sometimes(one_of("exclude_controls", &["[s3-bucket-tls-only]", "['iam-*']"], CONTROLS.1)),
        sometimes(one_of(
            "severities",
            &["{ s3-bucket-tls-only: low }", "{ 's3-*': critical }", "{ '*': low }"],
            &["{ x: low }", "{ 's3-*': x }"],
        )),
        sometimes(one_of(
            "settings",
            &["{ iam-access-key-rotated: { max_age_days: 400 } }", "{ iam-access-key-rotated: { max_age_days: 30 } }"],
            &["{ iam-access-key-rotated: { x: 1 } }", "[]"],
        )),
        one_of("reason", &["words", "words", ""], WORDS.1),
        one_of("owner", WORDS.0, WORDS.1),
        one_of("oner", &[""], &["x"]),
    ])
}

fn exception() -> impl Strategy<Value = String> {
    all_of(vec![
        one_of("id", IDS.0, IDS.1),
        one_of("controls", CONTROLS.0, CONTROLS.1),
        prop::strategy::Union::new([units(), accounts_key(), Just(String::new()).boxed()]).boxed(),
        sometimes(tags_key()),
        sometimes(one_of("regions", &["[eu-central-1]"], &["[]", "[Europe]"])),
        sometimes(one_of("resources", &["['arn:aws:s3:::w*']", "arn:aws:s3:::www"], &["['*']", "[]"])),
        one_of("reason", WORDS.0, WORDS.1),
        one_of("owner", WORDS.0, WORDS.1),
        one_of("approver", WORDS.0, WORDS.1),
        one_of("approved", &["2026-11-01", "2026-11-27", "2026-06-30"], &["2026-11-28", "soon", "", "~"]),
        one_of("expires", &["2026-12-20", "2026-11-26", "2026-11-27", "2027-01-31"], &["2031-01-01", "never", "", "~"]),
    ])
}

fn attestation() -> impl Strategy<Value = String> {
    let once = Just("step: identity-break-glass/drill, organization: true, ".to_owned()).boxed();
    let here =
        one_of("step", &["identity-federation/provider", "identity-roles/partners"], &["identity-center/x", "x/y", ""]);
    let here = (here, one_scope(vec![units(), accounts_key()])).prop_map(|(step, scope)| step + &scope).boxed();
    all_of(vec![
        prop_oneof![once, here].boxed(),
        one_of("by", WORDS.0, WORDS.1),
        one_of("evidence", &["'https://x.example'"], &["trust", "", "{ file: a }", "{}"]),
        one_of("on", &["2026-11-01", "2026-11-27"], &["2026-11-28", "", "soon"]),
        one_of("until", &["2026-12-20", "2026-11-27", "2026-11-28"], &["2026-11-01", "2031-01-01", "never", ""]),
    ])
}

fn file() -> impl Strategy<Value = String> {
    let lists = (
        prop::collection::vec(baseline(), 0..4),
        prop::collection::vec(exception(), 0..5),
        prop::collection::vec(attestation(), 0..3),
        prop::sample::select(
            &["", "settings: { longest_exception: { high: 10 } }\n", "settings: { longest_exception: 9 }\n"][..],
        ),
    );
    lists.prop_map(|(baselines, exceptions, attestations, settings)| {
        let mut text = settings.to_owned();
        for (key, entries) in [("baselines", baselines), ("exceptions", exceptions), ("attestations", attestations)] {
            writeln!(text, "{key}:").unwrap();
            entries.iter().for_each(|entry| writeln!(text, "  - {{ {entry} }}").unwrap());
        }
        text
    })
}

/// Accounts of which all, something and nothing is known.
fn accounts(tags: &Tags) -> [Account<'_>; 4] {
    let known = Account { path: Some("Root/Workloads/Web"), tags: Some(tags), ..Account::new("111111111111") };
    [known, Account { tags: None, ..known }, Account { path: None, ..known }, Account::new("222222222222")]
}

/// What is weaker than the pack is so by a baseline that says why and who, and holds for certain. A later one may have made it
/// stricter again, and is then the one that is named.
fn weakens_with_reason(governance: &Governance, account: &Account<'_>, effective: &Effective) {
    let is_founded = |baseline: &&Baseline| {
        let says = [&baseline.reason, &baseline.owner].iter().all(|text| !text.trim().is_empty());
        says && !baseline.is_broken && baseline.reach.holds_for(account).0 == Holds::Yes
    };
    let founded: Vec<&Baseline> = governance.baselines().iter().filter(is_founded).collect();
    let weakened = |what: &str, says: &dyn Fn(&Baseline) -> bool| {
        assert!(
            founded.iter().any(|baseline| says(baseline)),
            "nobody may weaken {what}: {:#?}",
            governance.baselines()
        );
    };
    for (id, control) in &effective.controls {
        let own = &Pack::embedded().control(id).unwrap().control;
        if !control.is_on {
            assert_ne!(control.on_by, SaidBy::Scan);
            let is_below = |baseline: &Baseline| baseline.level.as_ref().is_some_and(|level| level.value < own.level);
            weakened(id, &|baseline| baseline.off.contains_key(id) || is_below(baseline));
        }
        if control.severity < own.severity {
            let lowers =
                |baseline: &Baseline| baseline.severities.get(id).is_some_and(|each| each.value < own.severity);
            weakened(id, &lowers);
        }
        for (name, (value, _)) in &control.settings {
            let is_as_strict =
                own.setting_rules.get(name).and_then(|rule| rule.is_as_strict(value, &own.settings[name]));
            if is_as_strict != Some(true) {
                weakened(id, &|baseline| baseline.settings.get(id).is_some_and(|settings| settings.contains_key(name)));
            }
        }
    }
}

fn check(governance: &Governance) {
    let tags = Tags::from([("Environment".to_owned(), "prod".to_owned())]);
    let on: BTreeSet<Arc<str>> = Pack::embedded().controls().map(|control| Arc::clone(control.id())).collect();
    let by_id: BTreeMap<&str, _> = governance.exceptions().iter().map(|each| (&**each.id(), each)).collect();
    assert_eq!(by_id.len(), governance.exceptions().len(), "an id means one exception");
    for account in accounts(&tags) {
        let effective = governance.effective(&account, ScanBase { pack: Pack::embedded(), on: &on, within: None });
        assert_eq!(effective.controls.len(), on.len());
        weakens_with_reason(governance, &account, &effective);
        let here = governance.in_account(&account, today());
        for severity in Severity::ALL {
            for resource in ["", "arn:aws:s3:::www", "arn:aws:s3:::logs"] {
                let finding =
                    Finding { control: "s3-bucket-tls-only", severity, region: "eu-central-1", resource, tags: None };
                let Some(accepted) = here.accepted(&finding) else { continue };
                let exception = by_id[&*accepted.id];
                assert!(
                    [&accepted.reason, &accepted.owner, &accepted.approver].iter().all(|text| !text.trim().is_empty())
                );
                assert!(exception.approved <= today() && accepted.until <= exception.expires);
                assert!(accepted.until <= exception.approved.plus(governance.settings().longest(severity)));
                assert_eq!(accepted.expired, accepted.until < today());
                assert!(exception.tags.is_empty(), "what tags the resource has nobody knows");
                assert!(exception.units.is_empty() || account.path.is_some());
                let is_scoped = [
                    exception.units.len(),
                    exception.accounts.len(),
                    exception.regions.len(),
                    exception.resources.len(),
                ];
                assert!(is_scoped.iter().any(|count| *count > 0));
            }
        }
        for control in Pack::embedded().controls() {
            let Some(attested) = here.attested(control.id()) else { continue };
            let (process, step) = attested.step.split_once('/').unwrap();
            let step = Handbook::embedded().process(process).unwrap().step(step).unwrap();
            let days = step.attest.as_ref().unwrap().days;
            assert!(attested.on <= today() && today() <= attested.until && attested.until <= attested.on.plus(days));
            assert!(!attested.by.trim().is_empty() && step.controls.contains(control.id()));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_better_for_what_is_wrong(files in prop::collection::vec(file(), 1..3)) {
        check(&load(&files));
    }

    #[test]
    fn a_folder_that_somebody_hit_with_a_hammer_is_read(hits in prop::collection::vec((any::<u16>(), 0..6_u8, any::<char>()), 1..12)) {
        let mut text: Vec<char> = SAMPLE.chars().collect();
        for (place, kind, letter) in hits {
            let at = usize::from(place) % text.len();
            match kind {
                0 => drop(text.remove(at)),
                1 => text.insert(at, letter),
                2 => text[at] = ['{', '}', '[', ']', ':', '-', '\'', '"', '&', '*', '!', '|', '\n', '\t', ' ', '#'][usize::from(place) % 16],
                3 => text.truncate(at.max(1)),
                4 => {
                    let until = (at + 40).min(text.len());
                    let part: Vec<char> = text[at..until].to_vec();
                    text.splice(at..at, part);
                }
                _ => drop(text.drain(at..(at + 12).min(text.len()))),
            }
            if text.is_empty() {
                text.push('-');
            }
        }
        check(&load(&[text.into_iter().collect()]));
    }
}

#[test]
fn the_folder_that_is_handed_out_is_right_and_the_schema_takes_it() {
    let sources = [Source { path: "sample.yaml".to_owned(), text: SAMPLE.to_owned() }];
    let (governance, problems) = Governance::load(sources, Pack::embedded(), Handbook::embedded(), today());
    assert_eq!(problems, []);
    assert_eq!(
        (governance.baselines().len(), governance.exceptions().len(), governance.attestations().len()),
        (3, 2, 2)
    );
    check(&governance);
    let schema = jsonschema::draft202012::new(&plumbline_governance::keys::DOCUMENT.schema()).unwrap();
    let document: serde_json::Value = serde_saphyr::from_str(SAMPLE).unwrap();
    let errors: Vec<String> = schema.iter_errors(&document).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
}

/// No file is so deep that a reader falls into it.
#[test]
fn deep_files_are_refused() {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", ""), ("- - - [", "")] {
        let text = format!("exceptions:\n  {}x{}\n", open.repeat(50_000), close.repeat(50_000));
        assert!(load(&[text]).is_empty());
    }
}

#[test]
fn the_generator_makes_what_is_read_too() {
    // Without it, a mistake in the generator would make every law hold.
    let runner = &mut proptest::test_runner::TestRunner::deterministic();
    let (mut baselines, mut weakening, mut exceptions, mut attestations) = (0, 0, 0, 0);
    for _ in 0..600 {
        let governance = load(&[file().new_tree(runner).unwrap().current()]);
        baselines += governance.baselines().len();
        weakening += governance
            .baselines()
            .iter()
            .filter(|each| each.may_weaken() && matches!(each.reach, Reach::Units(_)))
            .count();
        exceptions += governance.exceptions().len();
        attestations += governance.attestations().len();
    }
    let counts = [baselines, weakening, exceptions, attestations];
    assert!(counts.iter().all(|count| *count > 50), "{counts:?}");
}
