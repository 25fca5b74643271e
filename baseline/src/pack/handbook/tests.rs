//! Handbooks that are right, and everything that can be wrong with one.

use super::*;
use crate::pack::Problem;

const FIRST: &str = "\
id: first-thing
title: Do the first thing
question: What comes first?
chapter: logging
level: 1
who: security
how_often: account
effort: hours
needs: []
why: Because of [this](control:cloudtrail-multi-region), and [the guide](guide:how).
steps:
  - id: begin
    title: Begin
    by: cli
    do: Begin.
    cli: aws cloudtrail describe-trails
    look: It has begun.
    controls: [cloudtrail-multi-region]
  - id: confirm
    title: Confirm
    who: platform
    by: console
    do: Look at it.
    look: It is there.
    attest: { confirm: It is there, days: 90 }
references: [\"https://docs.aws.amazon.com/\"]
";
const GUIDE: &str = "---\nid: how\ntitle: How?\nchapter: identity\n---\nLike [this](process:first-thing#begin).\n";

fn source(path: &str, text: &str) -> Source {
    Source { path: path.to_owned(), text: text.to_owned() }
}

/// The two files above, changed, with what is wrong with them; controls without a step are not told.
fn loaded(process: &str, guide: &str) -> (Handbook, Vec<String>) {
    let sources = [source("p/processes/logging/first-thing.yaml", process), source("p/guides/how.md", guide)];
    of(sources.into())
}

fn of(sources: Vec<Source>) -> (Handbook, Vec<String>) {
    let (handbook, problems) = Handbook::load(sources, Pack::embedded());
    let told = problems.iter().filter(|problem| !is_alone(problem)).map(ToString::to_string).collect();
    (handbook, told)
}

fn is_alone(problem: &Problem) -> bool {
    problem.message.starts_with("no process has a step")
}

#[test]
fn what_is_right_is_read_whole() {
    let (handbook, problems) = loaded(FIRST, GUIDE);
    assert_eq!(problems, Vec::<String>::new());
    let process = handbook.process("first-thing").expect("it is right");
    assert_eq!(
        (process.level, process.how_often, process.effort),
        (1, process::HowOften::Account, process::Effort::Hours)
    );
    assert_eq!(process.steps[0].who, process::Who::Security);
    assert_eq!(process.steps[1].who, process::Who::Platform);
    assert_eq!(process.steps[1].attest.as_ref().map(|attest| attest.days), Some(90));
    assert_eq!(handbook.guide("how").expect("it is right").body, "Like [this](process:first-thing#begin).\n");
    let proven: Vec<_> = handbook.proven_by("cloudtrail-multi-region").map(|(_, step)| step.id.as_str()).collect();
    assert_eq!(proven, ["begin"]);
}

#[test]
fn what_is_wrong_says_where_and_what_was_meant() {
    for (was, is, expected) in [
        ("first-thing\ntitle", "first-think\ntitle", "1:5: error: the id is `first-think` and the file is called"),
        ("first-thing\ntitle", "First Thing\ntitle", "1:5: error: `First Thing` is no id"),
        ("chapter: logging", "chapter: loging", "4:10: error: `chapter` is one of organization,"),
        ("level: 1", "level: 4", "5:8: error: `level` is 1 (essential)"),
        ("how_often: account", "how_often: acount", "7:12: error: `how_often` is one of organization, account, region"),
        ("how_often: account", "how_often: every 0 days", "7:12: error: `how_often` is one of"),
        ("effort: hours", "efort: hours", "8:1: error: a process has no key `efort`; did you mean `effort`?"),
        ("first?", "first", "3:11: error: `question` ends with a question mark"),
        (
            "needs: []",
            "needs: [frist-thing]",
            "9:9: error: there is no process `frist-thing`; did you mean `first-thing`?",
        ),
        ("needs: []", "needs: [first-thing]", "9:9: error: needs form a circle: first-thing needs first-thing"),
        (
            "controls: [cloudtrail-multi-region]",
            "controls: [cloudtrail-multi-regoin]",
            "18:16: error: there is no control",
        ),
        ("    controls: [cloudtrail-multi-region]\n", "", "12:5: error: nothing proves the step `begin`"),
        ("    cli: aws cloudtrail describe-trails\n", "", "12:5: error: the step `begin` is done with the AWS CLI"),
        ("by: console", "by: iac", "19:5: error: the step `confirm` is infrastructure as code"),
        ("id: confirm", "id: begin", "19:5: error: there is already a step `begin`"),
        ("days: 90", "days: 0", "25:43: error: `days` is a whole number"),
        ("guide:how", "guide:hwo", "1:1: error: in `why`: there is no guide `hwo`"),
        ("guide:how", "page:how", "1:1: error: in `why`: a link leads to https://"),
        ("https://docs", "http://docs", "26:14: error: `references` is an https URL"),
    ] {
        assert!(FIRST.contains(was), "{was}");
        let (handbook, problems) =
            loaded(&FIRST.replace(was, is), &GUIDE.replace("process:first-thing#begin", "https://a"));
        let found = problems.iter().any(|problem| problem.contains(&format!("first-thing.yaml:{expected}")));
        assert!(found, "{is}: {problems:#?}");
        assert!(handbook.process("first-thing").is_none() && handbook.process("first-think").is_none(), "{is}");
    }
}

#[test]
fn guides_are_held_as_strictly() {
    for (was, is, expected) in [
        ("---\nid", "id", "1:1: error: a guide begins with a head"),
        ("id: how", "id: who", "2:5: error: the id is `who`"),
        ("chapter: identity", "chaptr: identity", "4:1: error: the head of a guide has no key `chaptr`"),
        ("#begin", "#begun", "6:1: error: there is no step of first-thing called `begun`; did you mean `begin`?"),
        ("process:first-thing#begin", "process:first", "6:1: error: there is no process `first`"),
    ] {
        let process = FIRST.replace(", and [the guide](guide:how)", "");
        let (handbook, problems) = loaded(&process, &GUIDE.replace(was, is));
        assert!(problems.iter().any(|problem| problem.contains(&format!("how.md:{expected}"))), "{is}: {problems:#?}");
        assert!(handbook.guides().is_empty(), "{is}");
    }
}

#[test]
fn what_needs_comes_after_what_is_needed_and_lower_levels_first() {
    let process = |id: &str, level: u8, needs: &str| {
        let text = FIRST.replace("first-thing", id).replace("level: 1", &format!("level: {level}"));
        let text = text.replace("needs: []", &format!("needs: [{needs}]")).replace(", and [the guide](guide:how)", "");
        source(&format!("p/processes/logging/{id}.yaml"), &text)
    };
    let (handbook, problems) =
        of(vec![process("a", 1, "c"), process("b", 1, ""), process("c", 3, ""), process("d", 2, "a")]);
    assert_eq!(problems, Vec::<String>::new());
    let order: Vec<&str> = handbook.processes().map(|process| process.id.as_str()).collect();
    assert_eq!(order, ["c", "a", "b", "d"]);
    let (handbook, problems) =
        of(vec![process("a", 1, "b"), process("b", 1, "c"), process("c", 1, "a"), process("d", 1, "")]);
    assert!(problems.iter().any(|problem| problem.contains("a needs b needs c needs a")), "{problems:#?}");
    assert!(handbook.process("d").is_some() && handbook.process("a").is_none());
}

#[test]
fn a_pack_is_the_same_with_and_without_a_handbook() {
    let sources = || Pack::embedded_sources().into_iter();
    let with = sources().chain([source("p/processes/logging/first-thing.yaml", FIRST), source("p/guides/how.md", "?")]);
    let (pack, problems) = Pack::load(with, crate::api::Catalog::embedded());
    assert_eq!(problems, []);
    assert_eq!(pack.digest(), Pack::embedded().digest());
}
