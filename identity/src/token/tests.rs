//! A token is itself or nothing: no change of its text is another token, and its one use is one.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::lifetimes::{TOKEN, from_seconds};

fn token(address: &str, scope: &str) -> Token {
    Token {
        id: TokenId([1; 16]),
        deployment: Deployment::from_bytes([2; 16]),
        pin: Pin::from_bytes([3; 32]),
        secret: Secret([4; 32]),
        address: address.parse().unwrap(),
        scope: scope.parse().unwrap(),
    }
}

fn sample() -> Token {
    token("coordinator.example:7443", "accounts=111111111111 regions=aws-global,eu-central-1")
}

fn error(text: &str) -> Invalid {
    text.parse::<Token>().unwrap_err()
}

#[test]
fn a_token_is_read_as_it_was_written() {
    for token in [
        sample(),
        token("[fd00::5]:7443", "any"),
        token("10.0.0.5:1", "units=ou-abcd-11111111"),
        token("a:1", "operator=anna role=viewer"),
    ] {
        assert_eq!(token.text().parse(), Ok(token.clone()));
        assert_eq!(format!(" {}\r\n", token.text()).parse(), Ok(token.clone()), "around it is nothing of it");
        assert!(!token.text().contains(char::is_whitespace));
        assert!(!format!("{token:?}").contains("4, 4"), "its secret is not printed");
    }
}

#[test]
fn what_is_wrong_with_a_token_is_said() {
    let text = sample().text();
    let length = text.len();
    assert_eq!(error(""), Invalid::NotAToken);
    assert_eq!(error("hvs.CAESIJ"), Invalid::NotAToken);
    assert_eq!(error(&text[1..]), Invalid::NotAToken);
    assert_eq!(error("plumbline."), Invalid::NotAToken);
    assert_eq!(error(&text.replacen("plumbline1", "plumbline2", 1)), Invalid::Version("2".to_owned()));
    for end in 15..length {
        assert_eq!(error(&text[..end]), Invalid::CutOff { found: end, expected: length });
    }
    assert!(matches!(error(&text[..12]), Invalid::CutOff { .. }));
    assert_eq!(error(&format!("{text}A")), Invalid::TooLong { found: length + 1, expected: length });
    let wrapped = format!("{}\n{}", &text[..80], &text[80..]);
    assert_eq!(error(&wrapped), Invalid::Character { at: 81, found: '\n' });
    assert_eq!(error(&format!("{text}.")), Invalid::Character { at: length + 1, found: '.' });
    let other = if &text[100..101] == "A" { "B" } else { "A" };
    assert_eq!(error(&format!("{}{other}{}", &text[..100], &text[101..])), Invalid::Mistyped);
}

/// Every character replaced by every other one: all of them, not some.
#[test]
fn no_single_wrong_character_is_a_token() {
    let text = sample().text();
    for at in 0..text.len() {
        for other in (0x20..0x7f_u8).map(char::from).filter(|other| !text[at..].starts_with(*other)) {
            let mut changed = text.clone();
            changed.replace_range(at..=at, &other.to_string());
            match changed.parse::<Token>() {
                Err(_) => {}
                // A space at an end is around it.
                Ok(found) => panic!("{found:?} from {changed}"),
            }
        }
    }
}

#[derive(Clone, Debug)]
enum Change {
    Replace(usize, char),
    Insert(usize, char),
    Remove(usize),
    Swap(usize, usize),
    Cut(usize),
    Case(usize),
    Double(usize, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let letter = prop_oneof![
        proptest::char::ranges(vec!['a'..='z', 'A'..='Z', '0'..='9', '-'..='.', '_'..='_'].into()),
        any::<char>(),
    ];
    let at = 0..1000_usize;
    prop_oneof![
        (at.clone(), letter.clone()).prop_map(|(at, letter)| Change::Replace(at, letter)),
        (at.clone(), letter).prop_map(|(at, letter)| Change::Insert(at, letter)),
        at.clone().prop_map(Change::Remove),
        (at.clone(), at.clone()).prop_map(|(one, two)| Change::Swap(one, two)),
        at.clone().prop_map(Change::Cut),
        at.clone().prop_map(Change::Case),
        (at.clone(), at).prop_map(|(from, to)| Change::Double(from, to)),
    ]
}

fn apply(letters: &mut Vec<char>, change: &Change) {
    if letters.is_empty() {
        return;
    }
    let length = letters.len();
    match *change {
        Change::Replace(at, letter) => letters[at % length] = letter,
        Change::Insert(at, letter) => letters.insert(at % length, letter),
        Change::Remove(at) => drop(letters.remove(at % length)),
        Change::Swap(one, two) => letters.swap(one % length, two % length),
        Change::Cut(at) => letters.truncate(at % length),
        Change::Case(at) => {
            let letter = &mut letters[at % length];
            *letter =
                if letter.is_ascii_lowercase() { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() };
        }
        Change::Double(from, to) => {
            let (from, to) = (from % length, to % length);
            let part: Vec<char> = letters[from.min(to)..from.max(to)].to_vec();
            letters.splice(from..from, part);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_change_of_the_text_is_another_token(changes in proptest::collection::vec(change(), 1..6)) {
        let token = sample();
        let mut letters: Vec<char> = token.text().chars().collect();
        changes.iter().for_each(|change| apply(&mut letters, change));
        let text: String = letters.into_iter().collect();
        if let Ok(found) = text.parse::<Token>() {
            prop_assert_eq!(text.trim_ascii(), token.text(), "another text");
            prop_assert_eq!(found, token);
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>(), body in "[A-Za-z0-9_-]{0,300}") {
        prop_assert!(text.parse::<Token>().is_err());
        let token = format!("plumbline1.{body}").parse::<Token>();
        prop_assert!(token.is_err());
    }
}

#[test]
fn a_token_lets_in_one_machine_once() {
    let token = sample();
    let now = from_seconds(1_000_000);
    let stored = token.stored(now, TOKEN);
    let (mine, theirs) = (Pin::from_bytes([7; 32]), Pin::from_bytes([8; 32]));
    assert_eq!(stored.redeem(&token.secret, mine, now), Ok(Redeemed::First));
    let used = stored.clone().used_by(mine, "a");
    assert_eq!(used.redeem(&token.secret, theirs, now), Err(TokenRefused::Used));
    assert_eq!(used.redeem(&token.secret, mine, now), Ok(Redeemed::Again("a".to_owned())), "the answer was lost");
    assert_eq!(used.redeem(&Secret([5; 32]), mine, now), Err(TokenRefused::WrongSecret));
    assert_eq!(
        stored.redeem(&Secret([5; 32]), mine, now + TOKEN),
        Err(TokenRefused::WrongSecret),
        "and not that it ended"
    );
    assert_eq!(stored.redeem(&token.secret, mine, now + TOKEN - Duration::from_secs(1)), Ok(Redeemed::First));
    assert_eq!(stored.redeem(&token.secret, mine, now + TOKEN), Err(TokenRefused::Expired));
    assert_eq!(used.redeem(&token.secret, mine, now + TOKEN), Err(TokenRefused::Expired));
    assert!(!stored.hash.windows(8).any(|part| token.secret.bytes().windows(8).any(|other| other == part)));
}
