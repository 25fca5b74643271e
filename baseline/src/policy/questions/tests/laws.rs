//! What holds for every policy, tried on many: nobody gets past an answer that says so, every witness gets through, and
//! the answers agree with each other. Policies are made to be hard: denials that share keys, nested ranges, two conditions
//! on one key, operators on sets, policy variables.

mod policies;
mod requests;
mod transport;

use super::*;
use crate::policy::search::{Layers, allowing};
use policies::{Dice, Draft, Piece};

fn ask(draft: &Draft) -> Answer {
    policy(&draft.text()).is_public(&deputies(), &world())
}

fn kind(answer: &Answer) -> &'static str {
    match answer {
        Answer::Yes(_) => "open",
        Answer::No(_) => "closed",
        Answer::Unknown(_) => "unknown",
    }
}

/// Whether a request gets through a policy, by the evaluator alone.
fn gets_through(policy: &Policy, request: &crate::policy::request::Request) -> bool {
    let documents = std::slice::from_ref(policy.document());
    allowing(request, &Layers::of(&[documents])).is_some()
}

#[test]
fn nobody_gets_past_what_is_closed_and_every_witness_gets_through() {
    let mut dice = Dice::new(7);
    let (mut open, mut closed, mut unknown, mut tried) = (0, 0, 0, 0);
    for _ in 0..1_500 {
        let draft = Draft::roll(&mut dice);
        let policy = policy(&draft.text());
        assert!(policy.document().unread().is_none(), "{}", draft.text());
        match ask(&draft) {
            Answer::Yes(Why::Witness(witness)) => {
                open += 1;
                assert!(gets_through(&policy, &witness.request), "{}\n{}", draft.text(), witness.sentence());
            }
            Answer::Yes(other) => panic!("{}", other.sentence()),
            Answer::No(_) => {
                closed += 1;
                for _ in 0..60 {
                    let request = requests::outsider(&mut dice, &draft);
                    tried += 1;
                    assert!(!gets_through(&policy, &request), "{}\n{request:?}", draft.text());
                }
            }
            Answer::Unknown(_) => unknown += 1,
        }
    }
    tell(&format!("{open} open, {closed} closed, {unknown} unknown; {tried} requests of outsiders stopped"));
    assert!(open > 300 && closed > 300 && unknown < 300, "{open} {closed} {unknown}");
}

#[test]
fn small_policies_are_decided_as_by_trying_everything() {
    let mut dice = Dice::new(11);
    let (mut tried, mut unknown) = (0, 0);
    for _ in 0..400 {
        let draft = Draft::roll_small(&mut dice);
        let policy = policy(&draft.text());
        let all = requests::everything();
        tried += all.len();
        let is_open = all.iter().any(|request| gets_through(&policy, request));
        let answer = ask(&draft);
        assert_ne!(kind(&answer), if is_open { "closed" } else { "open" }, "{}\n{answer:?}", draft.text());
        // Only whether an empty text is null is not said.
        assert!(kind(&answer) != "unknown" || draft.text().contains("Null"), "{}", draft.text());
        unknown += usize::from(kind(&answer) == "unknown");
    }
    assert!(unknown < 5, "{unknown} unknown");
    tell(&format!("{tried} requests, every one that there is"));
}

#[test]
fn names_and_order_change_nothing() {
    let mut dice = Dice::new(13);
    for _ in 0..300 {
        let draft = Draft::roll(&mut dice);
        let expected = kind(&ask(&draft));
        assert_eq!(kind(&ask(&draft.shuffled(&mut dice))), expected, "{}", draft.text());
        let renamed = draft.text().replace("111111111111", "333333333333").replace("222222222222", "444444444444");
        let world = World { account: Some("333333333333".to_owned()), ..world() };
        assert_eq!(kind(&policy(&renamed).is_public(&deputies(), &world)), expected, "{}", draft.text());
    }
}

#[test]
fn a_denial_never_opens_and_a_grant_never_closes() {
    let mut dice = Dice::new(17);
    for _ in 0..300 {
        let draft = Draft::roll(&mut dice);
        let before = ask(&draft);
        let mut denied = draft.clone();
        denied.pieces.push(Piece::roll(&mut dice, "Deny"));
        assert!(kind(&before) != "closed" || kind(&ask(&denied)) != "open", "{}\n{}", draft.text(), denied.text());
        let mut granted = draft.clone();
        granted.pieces.push(Piece::roll(&mut dice, "Allow"));
        assert!(kind(&before) != "open" || kind(&ask(&granted)) != "closed", "{}\n{}", draft.text(), granted.text());
    }
}

#[test]
fn larger_bounds_contradict_no_smaller_ones() {
    let mut dice = Dice::new(19);
    for _ in 0..300 {
        let draft = Draft::roll(&mut dice);
        let large = kind(&ask(&draft));
        for (steps, fillings) in [(20, 1), (300, 3), (2_000, 10)] {
            let bounds = Bounds { steps, fillings };
            let small = kind(&policy(&draft.text()).is_public_within(&deputies(), &world(), bounds));
            assert!(small == "unknown" || small == large, "{small} {large}: {}", draft.text());
        }
    }
}

#[test]
fn a_denial_of_everything_is_what_the_search_finds() {
    let mut dice = Dice::new(23);
    let world = World { organization: Some("o-a1b2c3d4e5".to_owned()), ..world() };
    let seen = std::cell::Cell::new(0);
    let (mut stopped, mut open) = (0, 0);
    for _ in 0..1_000 {
        let statements = transport::roll(&mut dice);
        let policy = policy(&statements);
        assert!(policy.document().unread().is_none(), "{statements}");
        let at_once = policy.transport(None, &world, |layers, mentions, callers| {
            let outcome = crate::policy::search::blanket(layers, mentions, callers);
            seen.set(seen.get() + usize::from(outcome.is_some()));
            outcome
        });
        let searched = policy.transport(None, &world, |_, _, _| None);
        assert!(at_once == searched || kind(&searched) == "unknown", "{statements}\n{at_once:?}\n{searched:?}");
        stopped += usize::from(kind(&searched) == "open");
        open += usize::from(kind(&searched) == "closed");
    }
    let seen = seen.get();
    tell(&format!("{stopped} policies stop everybody, of which {seen} at once; {open} do not"));
    assert!(seen > 50 && stopped > seen + 20 && open > 300, "{seen} {stopped} {open}");
}

/// How much was tried, for whoever asks the tests to show what they print.
fn tell(text: &str) {
    let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("{text}\n"));
}
