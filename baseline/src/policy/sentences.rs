//! What answers say, for people and for machines. All sentences about policies are made here.

use std::fmt::Write;

use super::callers::Who;
use super::keys::KEYS;
use super::questions::Why;
use super::search::{Obstacle, Witness};
use crate::doc::{Doc, Key};
use crate::witness::{Witness as Shown, quoted};

impl Who {
    /// Who it is, in words.
    pub fn sentence(&self) -> String {
        match self {
            Self::Anybody => "anybody, unsigned".to_owned(),
            Self::AnyAccount => "anybody with an AWS account".to_owned(),
            Self::ServiceForAnybody(name) => format!("{}, acting for anybody", quoted(name)),
            Self::ServiceForThisAccount(name) | Self::Named(name) => quoted(name),
            Self::AnyToken(provider) => format!("anybody with a token of {}", quoted(provider)),
            Self::Guest => "a guest of the identity pool".to_owned(),
            Self::ThisAccount => "somebody in this account".to_owned(),
            Self::Account(account) => format!("account {}", quoted(account)),
            Self::Organization(organization) => format!("somebody in organization {}", quoted(organization)),
        }
    }
}

impl Witness {
    /// The request, in one sentence.
    pub fn sentence(&self) -> String {
        let request = &self.request;
        let mut text = format!("{}: {} on {}", self.who.sentence(), quoted(&request.action), quoted(&request.resource));
        for (number, (key, values)) in request.context.iter().enumerate() {
            let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
            let word = if number == 0 { " with" } else { "," };
            // Writing to a string does not fail.
            let _ = write!(text, "{word} {} = {}", quoted(key), values.join(" and "));
            if KEYS.is_chosen(key) {
                text.push_str(", which the caller chooses");
            }
        }
        if !self.statements.is_empty() {
            let _ = write!(text, ", by {}", statements(&self.statements));
        }
        text
    }

    fn parts(&self) -> [(&'static str, Doc); 5] {
        let texts = |values: &[String]| Doc::List(values.iter().map(|value| Doc::from(value.as_str())).collect());
        let context = self.request.context.iter().map(|(key, values)| (Key::new(key), texts(values))).collect();
        [
            ("caller", Doc::from(self.who.sentence())),
            ("action", Doc::from(self.request.action.as_str())),
            ("resource", Doc::from(self.request.resource.as_str())),
            ("context", Doc::Map(context)),
            ("statements", texts(&self.statements)),
        ]
    }
}

impl Obstacle {
    fn statements(&self) -> &[String] {
        match self {
            Self::NotNamed => &[],
            Self::Conditions(names) | Self::Denied(names) => names,
        }
    }

    /// What stops somebody, in words.
    pub fn sentence(&self) -> String {
        match self {
            Self::NotNamed => "no statement allows it".to_owned(),
            Self::Conditions(names) => format!("cannot meet what {} asks for", statements(names)),
            Self::Denied(names) => format!("denied by {}", statements(names)),
        }
    }
}

fn statements(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    let word = if names.len() == 1 { "statement" } else { "statements" };
    format!("{word} {}", quoted.join(", "))
}

impl Why {
    /// What an answer rests on, in one sentence.
    pub fn sentence(&self) -> String {
        let sentences: Vec<String> = match self {
            Self::Witness(witness) => vec![witness.sentence()],
            Self::All(witnesses) => witnesses.iter().map(Witness::sentence).collect(),
            Self::Stopped(obstacles) => {
                let each =
                    obstacles.iter().map(|(who, obstacle)| format!("{}: {}", who.sentence(), obstacle.sentence()));
                each.collect()
            }
        };
        if sentences.is_empty() { Obstacle::NotNamed.sentence() } else { sentences.join("; ") }
    }

    /// What an answer rests on, as evidence. That nobody is named needs no witness.
    pub fn shown(&self) -> Option<Shown> {
        let with = |shown: Shown, witness: &Witness| {
            witness.parts().into_iter().fold(shown, |shown, (name, part)| shown.with(name, part))
        };
        let shown = Shown::new(self.sentence());
        match self {
            Self::Witness(witness) => Some(with(shown, witness)),
            Self::All(witnesses) => {
                let requests = witnesses.iter().map(|witness| Doc::map(witness.parts()));
                Some(shown.with("requests", Doc::List(requests.collect())))
            }
            Self::Stopped(obstacles) if obstacles.is_empty() => None,
            Self::Stopped(obstacles) => {
                let stopped =
                    obstacles.iter().map(|(who, obstacle)| (Key::new(&who.sentence()), Doc::from(obstacle.sentence())));
                let mut names: Vec<&str> =
                    obstacles.values().flat_map(Obstacle::statements).map(String::as_str).collect();
                names.sort_unstable();
                names.dedup();
                let names = Doc::List(names.into_iter().map(Doc::from).collect());
                Some(shown.with("stopped", Doc::Map(stopped.collect())).with("statements", names))
            }
        }
    }
}
