//! What answers say in words. All sentences about policies are made here.

use std::fmt;

use super::callers::Who;
use super::questions::Why;
use super::search::{Obstacle, Witness};

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anybody => f.write_str("anybody, unsigned"),
            Self::AnyAccount => f.write_str("anybody with an AWS account"),
            Self::ServiceForAnybody(name) => write!(f, "{name}, acting for anybody"),
            Self::ServiceForThisAccount(name) => write!(f, "{name}"),
            Self::AnyToken(provider) => write!(f, "anybody with a token of {provider}"),
            Self::Guest => f.write_str("a guest of the identity pool"),
            Self::ThisAccount => f.write_str("somebody in this account"),
            Self::Account(account) => write!(f, "account {account}"),
            Self::Named(name) => f.write_str(name),
            Self::Organization(organization) => write!(f, "somebody in organization {organization}"),
        }
    }
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} on {}", self.who, self.request.action, self.request.resource)?;
        for (number, (key, values)) in self.request.context.iter().enumerate() {
            f.write_str(if number == 0 { " with " } else { ", " })?;
            write!(f, "{key} = {}", values.join(" and "))?;
        }
        match self.statements.as_slice() {
            [] => Ok(()),
            [one] => write!(f, ", by statement {one}"),
            several => write!(f, ", by statements {}", several.join(", ")),
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotNamed => f.write_str("no statement allows it"),
            Self::Conditions(names) => write!(f, "cannot meet what {} asks for", statements(names)),
            Self::Denied(names) => write!(f, "denied by {}", statements(names)),
        }
    }
}

fn statements(names: &[String]) -> String {
    match names {
        [one] => format!("statement {one}"),
        several => format!("statements {}", several.join(", ")),
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Witness(witness) => witness.fmt(f),
            Self::All(witnesses) => join(f, witnesses),
            Self::Stopped(obstacles) if obstacles.is_empty() => f.write_str("no statement allows it"),
            Self::Stopped(obstacles) => {
                let sentences: Vec<String> =
                    obstacles.iter().map(|(who, obstacle)| format!("{who}: {obstacle}")).collect();
                join(f, &sentences)
            }
        }
    }
}

fn join(f: &mut fmt::Formatter<'_>, parts: &[impl fmt::Display]) -> fmt::Result {
    for (number, part) in parts.iter().enumerate() {
        if number > 0 {
            f.write_str("; ")?;
        }
        part.fmt(f)?;
    }
    Ok(())
}
