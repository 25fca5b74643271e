//! What all cases of a question stand on: the statements taken apart into atoms, the domains of the variables, each kept
//! once, and the values that were found in them. The same small questions come back in case after case.

use std::borrow::Cow;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::Layers;
use super::atom::{Atom, Wish};
use crate::policy::document::Statement;
use crate::policy::domain::{Domain, Literal, Reading, Space, Values};
use crate::policy::language::{Found, Wanted};
use crate::policy::mentions::Mentions;
use crate::policy::text::Text;
use crate::policy::work::Work;

/// The number of a domain.
pub(super) type DomainId = usize;

/// What was found, by the wishes.
type Answers = FxHashMap<Vec<Wish>, Found<Rc<Values>>>;

/// What the cases of a question share.
pub(super) struct Ground<'a> {
    /// What may still be tried.
    pub(super) work: Work,
    /// The statements, by number.
    pub(super) outlines: Vec<Outline<'a>>,
    atoms: Vec<Atom<'a>>,
    domains: Vec<Domain>,
    /// For each domain, strictly and leniently read.
    found: Vec<[Answers; 2]>,
}

/// A statement, taken apart.
pub(super) struct Outline<'a> {
    pub(super) statement: &'a Statement,
    pub(super) layer: usize,
    /// The condition keys that it reads, by their number among those mentioned, as they are written.
    pub(super) keys: Vec<(usize, &'a str)>,
    /// What it says of the resource.
    pub(super) resource: Part,
    /// What it says of each condition key, by the key's number.
    pub(super) conditions: Vec<(usize, Part)>,
}

/// One thing that a statement says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Nothing: it covers all.
    Nothing,
    /// This atom.
    Atom(usize),
    /// What depends on policy variables.
    Variable,
}

impl<'a> Ground<'a> {
    pub(super) fn new(layers: &Layers<'a>, mentions: &Mentions<'a>, work: Work) -> Self {
        let (outlines, atoms, domains, found) = Default::default();
        let mut ground = Self { work, outlines, atoms, domains, found };
        for (layer, statement) in layers.statements() {
            let outline = ground.outline(*layer, statement, mentions);
            ground.outlines.push(outline);
        }
        ground
    }

    fn outline(&mut self, layer: usize, statement: &'a Statement, mentions: &Mentions<'a>) -> Outline<'a> {
        let mut keys: Vec<(usize, &'a str)> = Vec::new();
        let mut note = |key: &str, written: &'a str| {
            let number = mentions.keys.iter().position(|known| *known == key).expect("every key is among the mentions");
            if !keys.iter().any(|(known, _)| *known == number) {
                keys.push((number, written));
            }
            number
        };
        let texts = statement.resources.iter().flat_map(|patterns| &patterns.texts);
        texts.flat_map(|text| text.variables()).for_each(|key| {
            note(key, key);
        });
        let mut conditions = Vec::with_capacity(statement.conditions.len());
        for condition in &statement.conditions {
            let key = note(&condition.key, &condition.written_key);
            let mut is_fixed = true;
            for variable in condition.variables() {
                is_fixed = false;
                note(variable, variable);
            }
            let part = if is_fixed { self.part(Atom::Condition(Cow::Borrowed(condition))) } else { Part::Variable };
            conditions.push((key, part));
        }
        Outline { statement, layer, keys, resource: self.resource(statement), conditions }
    }

    fn resource(&mut self, statement: &'a Statement) -> Part {
        let Some(resources) = &statement.resources else { return Part::Nothing };
        let mut patterns = Vec::with_capacity(resources.texts.len());
        for text in &resources.texts {
            match text {
                Text::Fixed(pattern) => patterns.extend(pattern.as_ref().map(Cow::Borrowed)),
                Text::Variable(_) => return Part::Variable,
            }
        }
        if !resources.inverted && patterns.iter().any(|pattern| pattern.takes_everything()) {
            return Part::Nothing;
        }
        self.part(Atom::Resource { patterns, inverted: resources.inverted })
    }

    /// An atom of several statements is one.
    fn part(&mut self, atom: Atom<'a>) -> Part {
        match self.atoms.iter().position(|known| known.is_same(&atom)) {
            Some(known) => Part::Atom(known),
            None => Part::Atom(self.add(atom)),
        }
    }

    /// Adds an atom, and returns its number.
    pub(super) fn add(&mut self, atom: Atom<'a>) -> usize {
        self.atoms.push(atom);
        self.atoms.len() - 1
    }

    /// An atom.
    pub(super) fn atom(&self, number: usize) -> &Atom<'a> {
        &self.atoms[number]
    }

    /// The number of a domain, which is one of some numbers if it is the same as theirs.
    pub(super) fn keep(&mut self, domain: Domain, among: &mut Vec<DomainId>) -> DomainId {
        if let Some(known) = among.iter().find(|known| self.domains[**known] == domain) {
            return *known;
        }
        self.domains.push(domain);
        self.found.push(Default::default());
        among.push(self.domains.len() - 1);
        self.domains.len() - 1
    }

    /// A domain.
    pub(super) fn domain(&self, number: DomainId) -> &Domain {
        &self.domains[number]
    }

    /// Values of a variable that fulfil wishes.
    pub(super) fn values(&mut self, domain: DomainId, wishes: &[Wish], reading: Reading) -> Found<Rc<Values>> {
        let place = usize::from(reading == Reading::Lenient);
        if let Some(known) = self.found[domain][place].get(wishes) {
            return known.clone();
        }
        if !self.work.take(20 + 2 * wishes.len()) {
            return Found::TooComplex;
        }
        let found = self.find(&self.domains[domain], wishes, reading);
        self.found[domain][place].insert(wishes.to_vec(), found.clone());
        found
    }

    fn find(&self, domain: &Domain, wishes: &[Wish], reading: Reading) -> Found<Rc<Values>> {
        let atoms = || wishes.iter().map(|wish| (&self.atoms[wish.atom], wish.wanted));
        let found = match atoms().next() {
            Some((Atom::Resource { .. }, _)) => resource(domain, atoms(), &self.work),
            _ => {
                let literals = atoms().filter_map(|(atom, wanted)| match atom {
                    Atom::Condition(condition) => Some(Literal { condition, wanted }),
                    Atom::Resource { .. } => None,
                });
                domain.values(&literals.collect::<Vec<_>>(), reading, &self.work)
            }
        };
        match found {
            Found::One(values) => Found::One(Rc::new(values)),
            Found::None => Found::None,
            Found::TooComplex => Found::TooComplex,
        }
    }
}

fn resource<'a>(domain: &Domain, atoms: impl Iterator<Item = (&'a Atom<'a>, bool)>, work: &Work) -> Found<Values> {
    let Space::Texts { within, without } = &domain.space else { return Found::None };
    let mut wanted = Wanted {
        within: within.iter().map(|group| group.iter().collect()).collect(),
        without: without.iter().collect(),
    };
    for (atom, wish) in atoms {
        let Atom::Resource { patterns, inverted } = atom else { continue };
        let patterns = patterns.iter().map(|pattern| &**pattern);
        if wish != *inverted {
            wanted.within.insert(0, patterns.collect());
        } else {
            wanted.without.extend(patterns);
        }
    }
    match wanted.text(work) {
        Found::One(text) => Found::One(Some(vec![text])),
        Found::None => Found::None,
        Found::TooComplex => Found::TooComplex,
    }
}
