//! Levels, states and what comes next: cases in a handbook of three processes, and what holds of every scan in the real one.

mod hostile;
mod properties;

use plumbline_baseline::Status;
use plumbline_baseline::pack::{Level, Source};

use super::*;
use crate::standing::{Account, Attestation, Row};

/// A process with steps as `id: controls`, where `*` stands for what a person confirms.
pub(super) fn process(head: &str, steps: &[&str]) -> Source {
    let id = head.split(' ').next().unwrap();
    let mut text = format!("id: {id}\ntitle: Title of {id}\nquestion: What is {id}?\nchapter: data\nwho: security\n");
    for part in head.split(' ').skip(1) {
        let (key, value) = part.split_once('=').unwrap();
        text += &format!("{key}: {value}\n");
    }
    text += "why: |\n  Because.\nsteps:\n";
    for step in steps {
        let (id, controls) = step.split_once(": ").unwrap();
        text += &format!(
            "  - id: {id}\n    title: Step {id}\n    by: console\n    do: |\n      Do it.\n    look: |\n      Look.\n"
        );
        let controls: Vec<&str> = controls.split(' ').collect();
        let measured: Vec<&str> = controls.iter().filter(|control| **control != "*").copied().collect();
        if !measured.is_empty() {
            text += &format!("    controls: [{}]\n", measured.join(", "));
        }
        if controls.contains(&"*") {
            text += "    attest: { confirm: \"It is so\", days: 90 }\n";
        }
    }
    text += "references:\n  - https://docs.aws.amazon.com/x.html\n";
    Source { path: format!("processes/data/{id}.yaml"), text }
}

fn handbook(processes: &[Source]) -> Handbook {
    let (handbook, problems) = Handbook::load(processes.to_vec(), Pack::embedded());
    let wrong: Vec<_> = problems.iter().filter(|problem| problem.level == Level::Error).collect();
    assert!(wrong.is_empty(), "a process of the test is not valid: {wrong:#?}");
    handbook
}

pub(super) fn account(unit: &str) -> Account {
    Account { name: String::new(), unit: unit.to_owned() }
}

pub(super) fn row<'r>(account: &'r str, control: &'r str, status: Status) -> Row<'r> {
    let severity = Pack::embedded().control(control).unwrap().control.severity;
    Row { account, control, severity, status, is_accepted: false, since: "" }
}

fn standing(rows: &[(&str, &str, Status)]) -> Standing {
    let accounts = [("1", "Root/A"), ("2", "Root/A/B"), ("3", "Root/AB")];
    let accounts = accounts.map(|(id, unit)| (id.to_owned(), account(unit)));
    let mut standing = Standing::new("01X", "2026-11-27T02:00:00Z", accounts).with_pack(Pack::embedded());
    rows.iter().for_each(|(account, control, status)| standing.add(row(account, control, *status)));
    standing
}

const KEYS: &str = "s3-bucket-tls-only";
const ROOT: &str = "iam-root-mfa";
const ONCE: &str = "org-all-features";

/// One of the organization, and two of each account, of which the second needs both others.
fn three() -> Handbook {
    handbook(&[
        process("first level=1 how_often=organization effort=hours", &["all: org-all-features"]),
        process("own level=1 how_often=account effort=minutes", &["root: iam-root-mfa", "said: *"]),
        process("later level=2 how_often=region effort=days needs=[first,own]", &["tls: s3-bucket-tls-only"]),
    ])
}

fn said(accounts: Option<&[&str]>) -> Attestation {
    let accounts = accounts.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect());
    Attestation { process: "own".into(), step: "said".into(), accounts, by: "Ann".into(), until: "2026-12-31".into() }
}

/// All passes in all accounts, and what is asked once in the first.
fn all_pass() -> Vec<(&'static str, &'static str, Status)> {
    let rows = ["1", "2", "3"].into_iter().flat_map(|id| [(id, ROOT, Status::Pass), (id, KEYS, Status::Pass)]);
    rows.chain([("1", ONCE, Status::Pass)]).collect()
}

fn with(changed: &[(&'static str, &'static str, Status)]) -> Vec<(&'static str, &'static str, Status)> {
    let mut rows = all_pass();
    for change in changed {
        rows.iter_mut().find(|row| (row.0, row.1) == (change.0, change.1)).unwrap().2 = change.2;
    }
    rows
}

fn states(scope: &Scope<'_>) -> Vec<(String, Progress)> {
    scope.processes.iter().map(|placed| (placed.process.id.clone(), placed.progress)).collect()
}

#[test]
fn a_level_asks_for_all_processes_of_it_and_below() {
    let (handbook, pack) = (three(), Pack::embedded());
    let levels = |rows: &[(&str, &str, Status)], attested: Option<Option<&[&str]>>| {
        let standing = standing(rows).with_attestations("2026-11-27", attested.map(said));
        let roadmap = Roadmap::new(&handbook, pack, &standing);
        let scopes = [roadmap.organization(), roadmap.unit("Root/A"), roadmap.account("1"), roadmap.account("3")];
        scopes.map(|scope| (scope.level, scope.level_once_confirmed))
    };
    // What nobody confirmed is not done.
    assert_eq!(levels(&all_pass(), None), [(0, 2), (0, 2), (0, 2), (0, 2)]);
    assert_eq!(levels(&all_pass(), Some(None)), [(2, 2), (2, 2), (2, 2), (2, 2)]);
    // Not in the third account: that one keeps the organization down, and not the unit that it is not in.
    assert_eq!(levels(&all_pass(), Some(Some(&["1", "2"]))), [(0, 2), (2, 2), (2, 2), (0, 2)]);
    // What could not be read is not done.
    for status in [Status::Unknown, Status::Fail] {
        assert_eq!(levels(&with(&[("2", KEYS, status)]), Some(None)), [(1, 1), (1, 1), (2, 2), (2, 2)]);
        assert_eq!(levels(&with(&[("3", ROOT, status)]), Some(None)), [(0, 0), (2, 2), (2, 2), (0, 0)]);
        // What is done once for the organization keeps no account down.
        assert_eq!(levels(&with(&[("1", ONCE, status)]), Some(None)), [(0, 0), (2, 2), (2, 2), (2, 2)]);
    }
    // Neither is what nobody asked, in one account or anywhere.
    let without = |id: &str, control: &str| {
        let mut rows = all_pass();
        rows.retain(|row| (row.0 != id && !id.is_empty()) || row.1 != control);
        rows
    };
    assert_eq!(levels(&without("3", ROOT), Some(None)), [(0, 0), (2, 2), (2, 2), (0, 0)]);
    assert_eq!(levels(&without("", KEYS), Some(None)), [(1, 1), (1, 1), (1, 1), (1, 1)]);
    assert_eq!(levels(&without("1", ONCE), Some(None)), [(0, 0), (2, 2), (2, 2), (2, 2)]);
}

#[test]
fn an_organization_that_could_not_be_listed_has_reached_nothing() {
    let (handbook, pack) = (three(), Pack::embedded());
    let mut standing = standing(&all_pass()).with_attestations("2026-11-27", [said(None)]);
    standing.is_whole = false;
    let roadmap = Roadmap::new(&handbook, pack, &standing);
    assert_eq!((roadmap.organization().level, roadmap.organization().level_once_confirmed), (0, 0));
    assert_eq!(roadmap.account("1").level, 2, "what is known of an account stays known");
    let empty = Standing::new("01X", "", []).with_pack(pack);
    let nobody = Roadmap::new(&handbook, pack, &empty).organization();
    assert_eq!((nobody.level, nobody.processes.len()), (0, 0));
}

#[test]
fn a_process_is_blocked_by_what_is_known_to_be_missing_and_by_nothing_else() {
    let (handbook, pack) = (three(), Pack::embedded());
    let check = |changed: &[(&'static str, &'static str, Status)], expected: Progress, waits_for: &[&str]| {
        let standing = standing(&with(changed)).with_attestations("2026-11-27", [said(None)]);
        let scope = Roadmap::new(&handbook, pack, &standing).account("2");
        let later = scope.processes.iter().find(|placed| placed.process.id == "later").unwrap();
        assert_eq!((later.progress, later.waits_for.as_slice()), (expected, waits_for), "{changed:?}");
        let names: Vec<String> = states(&scope).into_iter().map(|(id, _)| id).collect();
        assert!(!names.contains(&"first".to_owned()), "it is the organization's");
    };
    check(&[], Progress::Done, &[]);
    check(&[("2", KEYS, Status::Fail)], Progress::Open, &[]);
    check(&[("2", KEYS, Status::Fail), ("2", ROOT, Status::Unknown)], Progress::Open, &[]);
    check(&[("2", KEYS, Status::Fail), ("2", ROOT, Status::Fail)], Progress::Blocked, &["own"]);
    check(&[("2", KEYS, Status::Fail), ("1", ROOT, Status::Fail)], Progress::Open, &[]);
    check(&[("2", KEYS, Status::Fail), ("1", ONCE, Status::Fail)], Progress::Blocked, &["first"]);
    check(&[("2", KEYS, Status::Unknown), ("1", ONCE, Status::Fail)], Progress::Unknown, &["first"]);
}

#[test]
fn what_is_done_once_counts_once_and_the_rest_in_each_account() {
    let (handbook, pack) = (three(), Pack::embedded());
    let standing = standing(&with(&[("2", KEYS, Status::Fail)])).with_attestations("2026-11-27", [said(None)]);
    let roadmap = Roadmap::new(&handbook, pack, &standing);
    let whole = roadmap.organization();
    assert_eq!((whole.places_done, whole.places), (6, 7), "one once, two in each of three accounts");
    assert_eq!(whole.accounts_by_level, [0, 1, 2, 0]);
    let later = whole.processes.iter().find(|placed| placed.process.id == "later").unwrap();
    assert_eq!((later.progress, later.done_in, later.of), (Progress::UnderWay, 2, 3));
    let unit = roadmap.unit("Root/A");
    assert_eq!((unit.accounts, unit.places_done, unit.places), (2, 3, 4), "Root/AB is another unit");
    assert_eq!(roadmap.units(), ["Root", "Root/A", "Root/A/B", "Root/AB"]);
    assert_eq!(whole.attested(), 1);
}

#[test]
fn the_next_steps_are_the_most_valuable_and_come_after_what_they_need() {
    let (handbook, pack) = (three(), Pack::embedded());
    let next = |changed: &[(&'static str, &'static str, Status)], place: &str| {
        let standing = standing(&with(changed)).with_attestations("2026-11-27", [said(None)]);
        let roadmap = Roadmap::new(&handbook, pack, &standing);
        let scope = if place.is_empty() { roadmap.organization() } else { roadmap.account(place) };
        let next = scope.next.iter().map(|next| (next.process.id.clone(), next.value, next.after.join(" ")));
        next.collect::<Vec<_>>()
    };
    let of = |id: &str, value: f64, after: &str| (id.to_owned(), value, after.to_owned());
    let severity = |id: &str| f64::from(severity_counts(pack.control(id).unwrap().control.severity));
    assert_eq!(next(&[], ""), []);
    let tls = [("1", KEYS, Status::Fail), ("2", KEYS, Status::Fail), ("3", KEYS, Status::Fail)];
    let worth = 3.0 * severity(KEYS) / 16.0;
    assert_eq!(next(&tls, ""), [of("later", worth, "")]);
    assert_eq!(next(&tls, "1"), [of("later", worth / 3.0, "")]);
    let open = [tls[0], tls[1], tls[2], ("1", ONCE, Status::Fail), ("3", ROOT, Status::Fail)];
    let expected =
        [of("own", severity(ROOT), ""), of("first", severity(ONCE) / 4.0, ""), of("later", worth, "first own")];
    assert_eq!(next(&open, ""), expected);
    // In an account, what waits for the organization comes after all else.
    let here = [("3", KEYS, Status::Fail), ("1", ONCE, Status::Fail)];
    assert_eq!(next(&here, "3"), [of("later", worth / 3.0, "first")]);
    // What could not be read is to be found out, whatever it is worth.
    let unknown = [("1", KEYS, Status::Fail), ("1", ROOT, Status::Unknown)];
    assert_eq!(next(&unknown, "1"), [of("later", worth / 3.0, ""), of("own", severity(ROOT), "")]);
}

#[test]
fn nobody_is_sent_for_what_is_accepted_and_it_is_not_done_either() {
    let (handbook, pack) = (three(), Pack::embedded());
    let mut standing = standing(&all_pass()).with_attestations("2026-11-27", [said(None)]);
    standing.add(Row { is_accepted: true, ..row("1", KEYS, Status::Fail) });
    let scope = Roadmap::new(&handbook, pack, &standing).account("1");
    assert_eq!((scope.level, scope.next.len()), (1, 0));
    standing.add(row("1", KEYS, Status::Fail));
    assert_eq!(Roadmap::new(&handbook, pack, &standing).account("1").next.len(), 1);
}

#[test]
fn a_person_can_check_the_value_and_confirms_what_is_left() {
    let (handbook, pack) = (three(), Pack::embedded());
    let standing = standing(&with(&[("1", ROOT, Status::Fail)]));
    let scope = Roadmap::new(&handbook, pack, &standing).organization();
    let sums: Vec<String> = scope.next.iter().map(NextStep::sum).collect();
    assert_eq!(sums, ["(critical 8 × 1 account) ÷ minutes 1 = 8", "nothing measures it"]);
    let actions: Vec<(Action, u64)> = scope.next.iter().map(|next| (next.action, next.accounts)).collect();
    assert_eq!(actions, [(Action::Take, 1), (Action::Confirm, 3)]);
}
