//! The product of patterns' automata, breadth first: the shortest text, or the proof that there is none. A state is the
//! set of positions that the patterns may be at.

use std::collections::HashMap;

use rustc_hash::FxBuildHasher;

use super::{Found, STATES, Wanted};
use crate::policy::pattern::{Case, Pattern, Token};
use crate::policy::work::Work;

type Positions = Box<[u64]>;

/// A text that is wanted, of at least one character where it must not be empty.
pub(super) fn search(wanted: &Wanted<'_>, work: &Work, not_empty: bool) -> Found<String> {
    let automaton = Automaton::new(wanted);
    let words = automaton.starts.len();
    if !work.take(automaton.alphabet.len() * words * 64) {
        return Found::TooComplex;
    }
    let start = automaton.start();
    if automaton.is_dead(&start) {
        return Found::None;
    }
    if !not_empty && automaton.accepts(&start) {
        return Found::One(String::new());
    }
    // Each state with the state and the character that it was first reached by.
    let mut reached: Vec<(Positions, usize, char)> = vec![(start.clone(), 0, '\0')];
    let mut seen: HashMap<Positions, (), FxBuildHasher> = HashMap::default();
    seen.insert(start, ());
    let mut at = 0;
    let mut next = vec![0; reached[0].0.len()].into_boxed_slice();
    while at < reached.len() {
        for (number, (character, takes)) in automaton.alphabet.iter().enumerate() {
            // Where no pattern waits for it, it leads where a character leads that none names.
            let (_, other) = &automaton.alphabet[0];
            if number > 0 && are_alike(&reached[at].0, takes, other) {
                continue;
            }
            if !work.take(4 + words) {
                return Found::TooComplex;
            }
            automaton.step(&reached[at].0, takes, &mut next);
            if automaton.is_dead(&next) || seen.contains_key(&next) {
                continue;
            }
            let is_found = automaton.accepts(&next);
            seen.insert(next.clone(), ());
            reached.push((next.clone(), at, *character));
            if is_found {
                return Found::One(spell(&reached));
            }
            if reached.len() > STATES {
                return Found::TooComplex;
            }
        }
        at += 1;
    }
    Found::None
}

/// Whether two characters are taken at the same positions of a state.
fn are_alike(state: &[u64], one: &[u64], other: &[u64]) -> bool {
    state.iter().zip(one.iter().zip(other)).all(|(state, (one, other))| state & (one ^ other) == 0)
}

/// The characters that lead to the last state.
fn spell(reached: &[(Positions, usize, char)]) -> String {
    let mut at = reached.len() - 1;
    let mut characters = Vec::new();
    while at > 0 {
        let (_, from, character) = &reached[at];
        characters.push(*character);
        at = *from;
    }
    characters.into_iter().rev().collect()
}

/// All patterns side by side. Position `n` of a pattern means that its first `n` tokens have been passed.
struct Automaton {
    /// Positions whose token may take more than one character.
    repeats: Positions,
    /// Positions at which patterns begin.
    starts: Positions,
    /// For each group of wanted patterns: its positions, and those at the ends of its patterns.
    groups: Vec<(Positions, Positions)>,
    /// The ends of unwanted patterns.
    unwanted: Positions,
    /// Positions of unwanted patterns from which every text matches.
    lost: Positions,
    /// One character of each class that the patterns can tell apart, with the positions whose tokens take it.
    alphabet: Vec<(char, Positions)>,
}

impl Automaton {
    fn new(wanted: &Wanted<'_>) -> Self {
        let size = |pattern: &&Pattern| pattern.tokens().len() + 1;
        let total: usize = wanted.within.iter().flatten().chain(&wanted.without).map(size).sum();
        let empty = || vec![0_u64; total.div_ceil(64)].into_boxed_slice();
        let mut automaton = Self {
            repeats: empty(),
            starts: empty(),
            groups: Vec::new(),
            unwanted: empty(),
            lost: empty(),
            alphabet: alphabet(wanted).into_iter().map(|character| (character, empty())).collect(),
        };
        let mut offset = 0;
        for group in &wanted.within {
            let (mut all, mut ends) = (empty(), empty());
            for pattern in group {
                automaton.add(pattern, offset);
                (offset..offset + size(pattern)).for_each(|position| set(&mut all, position));
                offset += size(pattern);
                set(&mut ends, offset - 1);
            }
            automaton.groups.push((all, ends));
        }
        for pattern in &wanted.without {
            automaton.add(pattern, offset);
            offset += size(pattern);
            set(&mut automaton.unwanted, offset - 1);
            if pattern.tokens().last() == Some(&Token::Many) {
                set(&mut automaton.lost, offset - 2);
            }
        }
        automaton.merge_characters();
        automaton
    }

    fn add(&mut self, pattern: &Pattern, offset: usize) {
        set(&mut self.starts, offset);
        for (number, token) in pattern.tokens().iter().enumerate() {
            if token.repeats() {
                set(&mut self.repeats, offset + number);
            }
            for (character, takes) in &mut self.alphabet {
                if token.takes(pattern.case().fold(*character)) {
                    set(takes, offset + number);
                }
            }
        }
    }

    /// Leaves one of several characters that no pattern tells apart.
    fn merge_characters(&mut self) {
        let mut kept: Vec<(char, Positions)> = Vec::new();
        for (character, takes) in std::mem::take(&mut self.alphabet) {
            if !kept.iter().any(|(_, known)| *known == takes) {
                kept.push((character, takes));
            }
        }
        self.alphabet = kept;
    }

    fn start(&self) -> Positions {
        let mut state = self.starts.clone();
        self.close(&mut state);
        state
    }

    fn step(&self, state: &[u64], takes: &[u64], next: &mut [u64]) {
        let mut carry = 0;
        for (word, slot) in next.iter_mut().enumerate() {
            let taken = state[word] & takes[word];
            let moving = taken & !self.repeats[word];
            *slot = (moving << 1) | carry | (taken & self.repeats[word]);
            carry = moving >> 63;
        }
        self.close(next);
    }

    /// A wildcard may also take nothing.
    fn close(&self, state: &mut [u64]) {
        loop {
            let mut carry = 0;
            let mut has_changed = false;
            for (word, slot) in state.iter_mut().enumerate() {
                let passing = *slot & self.repeats[word];
                let more = *slot | (passing << 1) | carry;
                has_changed |= more != *slot;
                carry = passing >> 63;
                *slot = more;
            }
            if !has_changed {
                return;
            }
        }
    }

    fn is_dead(&self, state: &[u64]) -> bool {
        meets(state, &self.lost) || self.groups.iter().any(|(all, _)| !meets(state, all))
    }

    fn accepts(&self, state: &[u64]) -> bool {
        !meets(state, &self.unwanted) && self.groups.iter().all(|(_, ends)| meets(state, ends))
    }
}

fn set(positions: &mut [u64], position: usize) {
    positions[position / 64] |= 1 << (position % 64);
}

fn meets(one: &[u64], other: &[u64]) -> bool {
    one.iter().zip(other).any(|(a, b)| a & b != 0)
}

/// The characters that the patterns can tell apart: those that they name, in both cases where case may be ignored, and
/// one that none names.
fn alphabet(wanted: &Wanted<'_>) -> Vec<char> {
    let patterns = || wanted.within.iter().flatten().chain(&wanted.without);
    let ignores_case = patterns().any(|pattern| pattern.case() == Case::Ignored);
    let mut named: Vec<char> = Vec::new();
    for token in patterns().flat_map(|pattern| pattern.tokens()) {
        match token {
            Token::Literal(character) if ignores_case => {
                named.extend(character.to_lowercase().chain(character.to_uppercase()));
            }
            Token::Literal(character) => named.push(*character),
            Token::OneInField | Token::ManyInField => named.push(':'),
            Token::One | Token::Many => {}
        }
    }
    named.sort_unstable();
    named.dedup();
    let is_new = |character: &char| !named.contains(character);
    let other = ('a'..='z').rev().skip(2).chain('0'..='9').chain('A'..='Z').chain('\u{e000}'..='\u{e100}').find(is_new);
    other.into_iter().chain(named.iter().copied()).collect()
}
