//! Arguments of functions, held against the parameters: kinds of values, words of a choice, patterns, options.
//!
//! Here alone a map may be written. Its names are names, with or without quotes, and its values may be anything that
//! expressions are; one that is the same every time is made once.

use super::{Known, Lowering, Origin, constant, listed};
use crate::doc::{Doc, Key};
use crate::expr::functions::{Named, Parameter, compile_pattern};
use crate::expr::node::Node;
use crate::expr::syntax::{Expr, Kind, Span};
use crate::expr::typing::Type;
use crate::suggest::closest;

impl Lowering<'_> {
    /// An argument of a function; what cannot be one is refused.
    pub(super) fn argument(&mut self, function: &str, parameter: &Parameter, part: &Expr) -> Node {
        match (parameter, &part.kind) {
            (Parameter::Options(options), Kind::Map(entries)) => self.options(function, options, part.span, entries),
            (Parameter::Options(_), _) => {
                self.problem(part.span, format!("the options of `{function}` are written out: {{name: value}}"), None);
                Node::Null
            }
            (Parameter::Pattern, Kind::Text(pattern)) => self.pattern(part.span, pattern),
            (Parameter::Choice(words), Kind::Text(word)) => {
                self.word(part.span, words, word);
                Node::String(word.as_str().into())
            }
            (Parameter::Members(members), _) => {
                let (node, known) = self.lower_part(part, false);
                members.iter().for_each(|member| self.note_member(&known.origin, member));
                self.accept(function, parameter, part.span, &known.kind);
                node
            }
            (Parameter::Counted, _) => {
                let (node, known) = self.lower_part(part, true);
                // The size of a listing reads no member of its resources.
                if !matches!(known.origin, Origin::Listing(_)) {
                    self.whole(&known);
                }
                self.accept(function, parameter, part.span, &known.kind);
                node
            }
            _ => {
                let (node, known) = self.written(part);
                self.accept(function, parameter, part.span, &known.kind);
                node
            }
        }
    }

    fn accept(&mut self, function: &str, parameter: &Parameter, span: Span, kind: &Type) {
        if !parameter.accepts(kind) {
            self.problem(span, format!("`{function}` cannot work with {kind}"), None);
        }
    }

    fn pattern(&mut self, span: Span, pattern: &str) -> Node {
        match compile_pattern(pattern) {
            Ok(pattern) => Node::Pattern(pattern),
            Err(error) => {
                self.problem(span, error.to_string().lines().last().unwrap_or_default().to_owned(), None);
                Node::Null
            }
        }
    }

    fn word(&mut self, span: Span, words: &[&str], word: &str) {
        if !words.contains(&word) {
            let suggestion = closest(word, words.iter().copied()).map(str::to_owned);
            self.problem(span, format!("`{word}` is none of {}", words.join(", ")), suggestion);
        }
    }

    /// Options, each with a name that the function knows and a value that it can work with.
    fn options(&mut self, function: &str, known: &[Named], span: Span, entries: &[(Expr, Expr)]) -> Node {
        let mut members: Vec<(Key, Node)> = Vec::new();
        for entry in entries {
            let Some((name, value)) = self.entry(entry, &members) else { continue };
            let Some(option) = known.iter().find(|option| option.name == name) else {
                let suggestion = closest(&name, known.iter().map(|option| option.name)).map(str::to_owned);
                self.problem(entry.0.span, format!("`{function}` has no option `{name}`"), suggestion);
                continue;
            };
            let node = self.argument(function, &option.value, value);
            members.push((Key::new(&name), node));
        }
        let is_there = |name: &str| members.iter().any(|(key, _)| key.as_str() == name);
        for missing in known.iter().filter(|option| option.is_required && !is_there(option.name)) {
            self.problem(span, format!("`{function}` needs the option `{}`", missing.name), None);
        }
        map_of(members)
    }

    /// A value in which maps may be written.
    pub(super) fn written(&mut self, expr: &Expr) -> (Node, Known) {
        match &expr.kind {
            Kind::Map(entries) => {
                let mut members: Vec<(Key, Node)> = Vec::new();
                for entry in entries {
                    let Some((name, value)) = self.entry(entry, &members) else { continue };
                    let (node, known) = self.written(value);
                    if matches!(known.kind, Type::Policy) {
                        self.problem(value.span, format!("a map cannot hold {}", known.kind), None);
                    }
                    members.push((Key::new(&name), node));
                }
                (map_of(members), Known::of(Type::Map(Box::default())))
            }
            Kind::List(items) => listed(items.iter().map(|item| self.written(item)).collect()),
            _ => self.lower(expr),
        }
    }

    /// Name and value of an entry that is not there yet.
    fn entry<'e>(&mut self, (key, value): &'e (Expr, Expr), before: &[(Key, Node)]) -> Option<(String, &'e Expr)> {
        let (Kind::Name(name) | Kind::Text(name)) = &key.kind else {
            self.problem(key.span, "a map's names are text".into(), None);
            return None;
        };
        if before.iter().any(|(known, _)| known.as_str() == name) {
            self.problem(key.span, format!("`{name}` is there twice"), None);
            return None;
        }
        Some((name.clone(), value))
    }
}

/// A map of these, in a form of its own when it is the same every time.
fn map_of(members: Vec<(Key, Node)>) -> Node {
    let constants = members.iter().map(|(name, node)| Some((name.clone(), constant(node)?))).collect();
    match constants {
        Some(members) => Node::Constant(Doc::Map(members)),
        None => Node::Map(members),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::expr::syntax::parse;
    use crate::expr::typing::{Class, TypeSource};
    use crate::expr::{Env, Problem};

    struct NoTypes;

    impl TypeSource for NoTypes {
        fn resource_type(&self, _: &str) -> Option<Type> {
            None
        }
        fn resource_type_names(&self) -> Vec<String> {
            Vec::new()
        }
    }

    const INNER: &[Named] = &[Named { name: "services", value: Parameter::Of(&[Class::Bool]), is_required: false }];
    const REQUEST: Parameter = Parameter::Options(&[
        Named { name: "action", value: Parameter::Of(&[Class::Text]), is_required: true },
        Named { name: "principals", value: Parameter::Texts, is_required: false },
        Named { name: "context", value: Parameter::Of(&[Class::Map]), is_required: false },
        Named { name: "callers", value: Parameter::Options(INNER), is_required: false },
    ]);

    /// The argument as it is lowered, and what is wrong with it.
    fn lowered(source: &str) -> (Node, Vec<Problem>) {
        let env = Env {
            types: &NoTypes,
            resource: Type::Any,
            parent: None,
            settings: BTreeMap::new(),
            lets: &[],
            variant: None,
        };
        let tree = parse(source).unwrap();
        let mut lowering = Lowering::new(&env);
        let node = lowering.argument("allows", &REQUEST, &tree);
        (node, lowering.problems)
    }

    fn check(source: &str, expected: &[&str]) {
        let messages: Vec<String> = lowered(source).1.into_iter().map(|problem| problem.message).collect();
        assert_eq!(messages, expected, "{source}");
    }

    #[test]
    fn what_is_needed_has_to_be_there() {
        check("{action: 's3:GetObject'}", &[]);
        check("{action: resource.Action}", &[]);
        check("{}", &["`allows` needs the option `action`"]);
        check("{principals: ['a']}", &["`allows` needs the option `action`"]);
    }

    #[test]
    fn values_are_of_the_kind_that_the_option_has() {
        check("{action: 'a', principals: ['a', resource.B]}", &[]);
        check("{action: 'a', principals: [1]}", &["`allows` cannot work with a list"]);
        check("{action: 'a', principals: 'a'}", &["`allows` cannot work with text"]);
        check("{action: 'a', context: {'aws:SourceIp': ['192.0.2.1', null]}}", &[]);
        check("{action: 'a', context: [1]}", &["`allows` cannot work with a list"]);
        check("{action: 'a', callers: {services: true}}", &[]);
        check("{action: 'a', callers: {service: true}}", &["`allows` has no option `service`"]);
        check("{action: 'a', callers: {services: 'yes'}}", &["`allows` cannot work with text"]);
    }

    #[test]
    fn what_is_the_same_every_time_is_made_once() {
        let (node, _) = lowered("{action: 'a', context: {n: [1, {b: true}]}}");
        let Node::Constant(doc) = node else { panic!("{node:?}") };
        assert_eq!(doc.to_json(), r#"{"action":"a","context":{"n":[1,{"b":true}]}}"#);
        assert!(matches!(lowered("{action: resource.A}").0, Node::Map(_)));
    }
}
