//! Calls: of functions, found in their table, and of `all("…")` and `events("…")`, which name what the pack has.

use std::collections::BTreeSet;

use super::{Known, Lowering, Origin, nothing};
use crate::doc::Doc;
use crate::expr::functions::{FUNCTIONS, Function};
use crate::expr::node::Node;
use crate::expr::syntax::{Expr, Span};
use crate::expr::typing::Type;
use crate::suggest::closest;

/// Lists the resources of a type. It is no function: what it lists has to be collected.
const LISTING: &str = "all";
/// Sample events of the pack. It is no function: which there are, the pack says.
const EVENTS: &str = "events";

impl Lowering<'_> {
    pub(super) fn call(
        &mut self,
        expr: &Expr,
        receiver: Option<&Expr>,
        name: &str,
        arguments: &[Expr],
    ) -> (Node, Known) {
        match (receiver, name) {
            (None, LISTING) => return self.listing(expr.span, arguments),
            (None, EVENTS) => return self.events(expr.span, arguments),
            _ => {}
        }
        let parts: Vec<&Expr> = receiver.into_iter().chain(arguments).collect();
        if let Some(definition) = self.env.types.definition(name) {
            return self.defined(expr.span, definition, &parts);
        }
        let Some(function) = find(name, parts.len()) else {
            self.no_such_function(expr.span, name);
            return nothing();
        };
        for name in function.reads {
            self.note_variable(name);
        }
        let arguments = parts.iter().zip(function.parameters);
        let arguments = arguments.map(|(part, parameter)| self.argument(function.name, parameter, part)).collect();
        (Node::Call { function, arguments }, Known::of((function.result)()))
    }

    fn no_such_function(&mut self, span: Span, name: &str) {
        let mut numbers = FUNCTIONS.iter().filter(|each| each.name == name).map(Function::arguments).peekable();
        if numbers.peek().is_some() {
            let numbers: Vec<String> = numbers.collect();
            self.problem(span, format!("`{name}` takes {}, the receiver included", numbers.join(" or ")), None);
            return;
        }
        let defined = self.env.types.definition_names();
        let names: BTreeSet<&str> = names().chain(defined.iter().map(String::as_str)).collect();
        let suggestion = closest(name, names).map(str::to_owned);
        self.problem(span, format!("there is no function `{name}`"), suggestion);
    }

    /// Notes what a function reads beside its arguments.
    fn note_variable(&mut self, name: &str) {
        match name.split_once('.') {
            Some(("account", member)) => {
                self.reads.account_members.insert(member.to_owned());
            }
            Some(("organization", member)) => {
                self.reads.organization_members.insert(member.to_owned());
            }
            _ => {
                self.root(name);
            }
        }
    }

    fn events(&mut self, span: Span, arguments: &[Expr]) -> (Node, Known) {
        let [Some(name)] = arguments.iter().map(Expr::as_text).collect::<Vec<_>>()[..] else {
            self.problem(span, "`events` takes the name of a group of sample events as text".into(), None);
            return nothing();
        };
        self.note_member(&Origin::Account, "id");
        let events = self.env.types.sample_events(name).unwrap_or_else(|| {
            let names = self.env.types.sample_event_names();
            let suggestion = closest(name, names.iter().map(String::as_str)).map(str::to_owned);
            self.problem(arguments[0].span, format!("the pack has no sample events `{name}`"), suggestion);
            Doc::Null
        });
        (Node::Events(events), Known::of(Type::List(Box::default())))
    }

    fn listing(&mut self, span: Span, arguments: &[Expr]) -> (Node, Known) {
        let [Some(name)] = arguments.iter().map(Expr::as_text).collect::<Vec<_>>()[..] else {
            self.problem(span, "`all` takes the name of a resource type as text".into(), None);
            return nothing();
        };
        self.reads.listings.entry(name.to_owned()).or_default();
        let kind = self.env.types.resource_type(name).unwrap_or_else(|| {
            let names = self.env.types.resource_type_names();
            let (message, suggestion) = match self.env.types.is_broken(name) {
                true => (format!("`{name}` cannot be used: its collector has errors"), None),
                false => {
                    let suggestion = closest(name, names.iter().map(String::as_str)).map(str::to_owned);
                    (format!("no collector has the type `{name}`"), suggestion)
                }
            };
            self.problem(arguments[0].span, message, suggestion);
            Type::Any
        });
        let known = Known::from(Type::List(Box::new(kind)), Origin::Listing(name.to_owned()));
        (Node::Listing(name.into()), known)
    }
}

/// What the language calls functions.
fn names<'n>() -> impl Iterator<Item = &'n str> {
    FUNCTIONS.iter().map(|each| each.name).chain([LISTING, EVENTS])
}

/// Whether the language has something of this name that is called.
pub(in crate::expr) fn is_function(name: &str) -> bool {
    const MACROS: [&str; 7] = ["has", "exists", "exists_one", "existsOne", "filter", "map", "all"];
    MACROS.contains(&name) || names().any(|each| each == name)
}

/// The function of a name with so many arguments.
fn find(name: &str, arguments: usize) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|each| each.name == name && each.takes(arguments))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_functions_read_has_a_name() {
        for name in FUNCTIONS.iter().flat_map(|function| function.reads) {
            let has_members = ["account.", "organization."].iter().any(|of| name.starts_with(of));
            let is_known = ["now", "region"].contains(name) || has_members;
            assert!(is_known, "{name}");
        }
    }
}
