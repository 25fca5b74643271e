//! Every control of the pack, on the documents of its own cases, with each place in turn not read or replaced by what
//! nobody expects there. What was not read may make a verdict unknown and never another one; and nothing that an
//! account can contain makes an evaluation fail.

use std::fmt::Write;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use plumbline_baseline::case;
use plumbline_baseline::pack::control::Case;
use plumbline_baseline::pack::{CompiledControl, Pack};
use plumbline_baseline::{Doc, Status, Unread, UnreadReason, Verdict};

fn not_read() -> Doc {
    let unread = Unread::new(UnreadReason::AccessDenied, "", "hidden");
    Doc::Unread(Arc::new(unread))
}

/// What may stand anywhere: names and tags are chosen by people, and types by services that change.
fn hostile() -> Vec<Doc> {
    let texts = [
        "",
        "*",
        "\0",
        "\u{202e}gnp.exe",
        "<script>alert(1)</script>",
        "=cmd|'/c calc'!A1",
        "\x1b[2J",
        "${aws:x}",
        "😀:/",
        "9999-99-99T99:99:99Z",
        "-1",
        "1e999",
        "arn:::::",
        "0.0.0.0/33",
    ];
    let mut all: Vec<Doc> = texts.into_iter().map(Doc::from).collect();
    all.push(Doc::from("a?*".repeat(400)));
    all.extend([Doc::Null, Doc::Bool(true), Doc::Int(i64::MIN), Doc::Double(f64::NAN), Doc::List(Vec::new())]);
    all.push(Doc::List(vec![Doc::Null, Doc::List(vec![Doc::Int(1)]), Doc::map([("", Doc::Null)])]));
    all.push(Doc::map([("Statement", Doc::map([("Effect", Doc::from("Allow")), ("Principal", Doc::from("*"))]))]));
    all
}

/// The number of places in a document.
fn places(doc: &Doc) -> usize {
    1 + match doc {
        Doc::List(items) => items.iter().map(places).sum(),
        Doc::Map(map) => map.iter().map(|(_, value)| places(value)).sum(),
        _ => 0,
    }
}

/// The document with another value at one place, counted from the root.
fn replaced(doc: &Doc, place: &mut usize, value: &Doc) -> Doc {
    if *place == 0 {
        *place = usize::MAX;
        return value.clone();
    }
    *place -= 1;
    match doc {
        Doc::List(items) => Doc::List(items.iter().map(|item| replaced(item, place, value)).collect()),
        Doc::Map(map) => Doc::Map(map.iter().map(|(key, item)| (key.clone(), replaced(item, place, value))).collect()),
        doc => doc.clone(),
    }
}

/// The case with another value at each place of its documents in turn.
fn variants<'a>(case: &'a Case, value: &'a Doc) -> impl Iterator<Item = Case> + 'a {
    let own = (0..places(&case.resource)).map(move |mut place| {
        let resource = replaced(&case.resource, &mut place, value);
        Case { resource, ..case.clone() }
    });
    let others = case.others.iter().flat_map(move |(name, docs)| {
        (0..docs.len()).flat_map(move |index| {
            (0..places(&docs[index])).map(move |mut place| {
                let mut changed = case.clone();
                let doc = replaced(&docs[index], &mut place, value);
                changed.others.get_mut(name).expect("the name comes from the same map")[index] = doc;
                changed
            })
        })
    });
    own.chain(others)
}

/// Looks at every case of every control, on all processors.
fn each(look: impl Fn(&CompiledControl, &Case, &Verdict) + Sync) {
    let controls: Vec<_> = Pack::embedded().controls().collect();
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(control) = controls.get(next.fetch_add(1, Ordering::Relaxed)) {
            for case in &control.control.cases {
                look(control, case, &case::run(Pack::embedded(), control, case).verdict);
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
}

#[test]
fn what_is_not_read_never_turns_a_verdict_round() {
    let wrong = Mutex::new(String::new());
    let tried = AtomicUsize::new(0);
    each(|control, case, known| {
        for changed in variants(case, &not_read()) {
            tried.fetch_add(1, Ordering::Relaxed);
            let verdict = case::run(Pack::embedded(), control, &changed).verdict;
            if verdict.status != Status::Unknown && verdict.status != known.status {
                let mut wrong = wrong.lock().unwrap_or_else(PoisonError::into_inner);
                let _ = writeln!(wrong, "{} · {}: {} became {}", control.id(), case.name, known.status, verdict.status);
            }
        }
    });
    assert!(tried.into_inner() > 2_500);
    assert_eq!(wrong.into_inner().unwrap_or_else(PoisonError::into_inner), "");
}

#[test]
fn nothing_that_an_account_contains_makes_an_evaluation_fail() {
    each(|control, case, _| {
        for value in hostile() {
            for changed in variants(case, &value) {
                // A panic fails the test; and what is shown of a verdict stays small.
                let verdict = case::run(Pack::embedded(), control, &changed).verdict;
                assert!(verdict.grounds.evidence.len() <= 21, "{} · {}", control.id(), case.name);
                let longest = verdict.grounds.evidence.iter().map(|evidence| evidence.value.len()).max();
                assert!(longest.unwrap_or(0) <= 600, "{} · {}: {longest:?}", control.id(), case.name);
            }
        }
    });
}
