//! Calls: of functions, found in their table, and of `all("…")` and `events("…")`, which name what the pack has.

use std::collections::BTreeSet;

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue};

use super::{Known, Lowering, Origin};
use crate::doc::Doc;
use crate::expr::functions::{FUNCTIONS, Function};
use crate::expr::node::Node;
use crate::expr::typing::Type;
use crate::suggest::closest;

/// Lists the resources of a type. It is no function: what it lists has to be collected.
const LISTING: &str = "all";
/// Sample events of the pack. It is no function: which there are, the pack says.
const EVENTS: &str = "events";

impl Lowering<'_> {
    pub(super) fn call(&mut self, id: u64, call: &CallExpr) -> (Node, Known) {
        if let Some(lowered) = self.operator(call) {
            return lowered;
        }
        if call.target.is_none() && call.func_name == LISTING {
            return self.listing(id, call);
        }
        if call.target.is_none() && call.func_name == EVENTS {
            return self.events(id, call);
        }
        let parts: Vec<&IdedExpr> = call.target.as_deref().into_iter().chain(&call.args).collect();
        let Some(function) = find(&call.func_name, parts.len()) else {
            self.no_such_function(id, &call.func_name);
            return (Node::Null, Known::of(Type::Any));
        };
        for name in function.reads {
            self.note_variable(name);
        }
        let arguments = parts.iter().zip(function.parameters);
        let arguments = arguments.map(|(part, parameter)| self.argument(function.name, parameter, part)).collect();
        (Node::Call { function, arguments }, Known::of((function.result)()))
    }

    fn no_such_function(&mut self, id: u64, name: &str) {
        let mut numbers = FUNCTIONS.iter().filter(|each| each.name == name).map(Function::arguments).peekable();
        if numbers.peek().is_some() {
            let numbers: Vec<String> = numbers.collect();
            self.problem(id, format!("`{name}` takes {}, the receiver included", numbers.join(" or ")), None);
            return;
        }
        let names: BTreeSet<&str> = FUNCTIONS.iter().map(|each| each.name).chain([LISTING, EVENTS]).collect();
        let suggestion = closest(name, names).map(str::to_owned);
        self.problem(id, format!("there is no function `{name}`"), suggestion);
    }

    /// Notes what a function reads beside its arguments.
    fn note_variable(&mut self, name: &str) {
        match name.split_once('.') {
            Some(("account", member)) => {
                self.reads.account_members.insert(member.to_owned());
            }
            _ => {
                self.ident(0, name);
            }
        }
    }

    fn events(&mut self, id: u64, call: &CallExpr) -> (Node, Known) {
        let [IdedExpr { expr: Expr::Literal(LiteralValue::String(name)), .. }] = call.args.as_slice() else {
            self.problem(id, "`events` takes the name of a group of sample events as text".into(), None);
            return (Node::Null, Known::of(Type::Any));
        };
        self.note_member(&Origin::Account, "id");
        let events = self.env.types.sample_events(name.inner()).unwrap_or_else(|| {
            let names = self.env.types.sample_event_names();
            let suggestion = closest(name.inner(), names.iter().map(String::as_str)).map(str::to_owned);
            self.problem(id, format!("the pack has no sample events `{}`", name.inner()), suggestion);
            Doc::Null
        });
        (Node::Events(events), Known::of(Type::List(Box::default())))
    }

    fn listing(&mut self, id: u64, call: &CallExpr) -> (Node, Known) {
        let [IdedExpr { expr: Expr::Literal(LiteralValue::String(name)), .. }] = call.args.as_slice() else {
            self.problem(id, "`all` takes the name of a resource type as text".into(), None);
            return (Node::Null, Known::of(Type::Any));
        };
        let name = name.inner();
        self.reads.listings.entry(name.to_owned()).or_default();
        let kind = self.env.types.resource_type(name).unwrap_or_else(|| {
            let names = self.env.types.resource_type_names();
            let suggestion = closest(name, names.iter().map(String::as_str)).map(str::to_owned);
            self.problem(id, format!("no collector has the type `{name}`"), suggestion);
            Type::Any
        });
        let known = Known::from(Type::List(Box::new(kind)), Origin::Listing(name.to_owned()));
        (Node::Listing(name.into()), known)
    }
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
            let is_known = ["now", "region", "organization"].contains(name) || name.starts_with("account.");
            assert!(is_known, "{name}");
        }
    }
}
