//! Names: variables of macros, parameters, the roots of the language, and the names of the control.

use std::sync::Arc;

use super::scope::{Bound, Context};
use super::{Known, Lowering, Origin, PARENT, nothing};
use crate::doc::Doc;
use crate::expr::node::{Label, Named, Node, Root};
use crate::expr::syntax::Span;
use crate::expr::typing::{Type, account_type, organization_type};
use crate::suggest::closest;

/// What can be named everywhere.
const EVERYWHERE: [&str; 7] = ["account", "organization", "region", "now", "true", "false", "null"];

impl Lowering<'_> {
    pub(super) fn name(&mut self, span: Span, name: &str, top: bool) -> (Node, Known) {
        match self.context.find(name).cloned() {
            Some(Bound::Slot { slot, known }) => return (Node::Slot(slot), known),
            Some(Bound::Once { named, known }) => return (Node::Named(named), known),
            Some(Bound::Expression { tree, context }) => {
                let here = std::mem::replace(&mut self.context, context);
                let lowered = self.lower_part(&tree, top);
                self.context = here;
                return lowered;
            }
            None => {}
        }
        if let Some(root) = self.root(name) {
            return root;
        }
        let visible = &self.env.lets[..self.context.lets];
        match visible.iter().position(|each| &*each.name == name) {
            Some(index) => self.named_by_control(index),
            None => self.no_such_name(span, name),
        }
    }

    /// What expressions start from, as far as it can be seen here.
    pub(super) fn root(&mut self, name: &str) -> Option<(Node, Known)> {
        Some(match name {
            "resource" if self.context.has_resource => {
                (Node::Root(Root::Resource), Known::from(self.env.resource.clone(), Origin::Resource))
            }
            PARENT if self.context.has_resource => {
                (Node::Root(Root::Parent), Known::from(self.env.parent.clone()?, Origin::Parent))
            }
            "account" => {
                (Node::Root(Root::Account), Known::from(Type::Object(Arc::new(account_type())), Origin::Account))
            }
            "organization" => {
                let kind = Type::Object(Arc::new(organization_type()));
                (Node::Root(Root::Organization), Known::from(kind, Origin::Organization))
            }
            "region" => {
                self.reads.region = true;
                (Node::Root(Root::Region), Known::of(Type::String))
            }
            "now" => {
                self.reads.now = true;
                (Node::Root(Root::Now), Known::of(Type::String))
            }
            "settings" if self.context.has_settings => (Node::Root(Root::Settings), Known::of(Type::Any)),
            "variant" if self.context.has_settings => (Node::Constant(self.env.variant?.clone()), Known::of(Type::Any)),
            _ => return None,
        })
    }

    /// One of the control's names: written out once, evaluated once a resource, and only where it is needed.
    pub(super) fn named_by_control(&mut self, index: usize) -> (Node, Known) {
        let named = &self.env.lets[index];
        self.reads.lets.insert(named.name.to_string());
        if let Some((node, known)) = &self.lets[index] {
            return (Node::Named(Arc::clone(node)), known.clone());
        }
        let Some(body) = &named.body else { return nothing() };
        let here = std::mem::replace(&mut self.context, Context::of_let(&named.name, index));
        let (body, known) = self.lower_part(body, true);
        self.context = here;
        let label = Label::Name(Arc::clone(&named.name));
        let node = Arc::new(Named { label, memo: Some(self.memo()), fresh: Vec::new(), body });
        self.lets[index] = Some((Arc::clone(&node), known.clone()));
        (Node::Named(node), known)
    }

    fn no_such_name(&mut self, span: Span, name: &str) -> (Node, Known) {
        let later = self.env.lets[self.context.lets..].iter().any(|each| &*each.name == name);
        let message = match name {
            _ if later && self.context.has_settings => {
                format!("`{name}` stands further down: a name sees those before it")
            }
            "resource" | "settings" | "variant" if !self.context.has_settings => {
                format!("there is no `{name}` here: what it needs is given to it")
            }
            "variant" => "the control has no variants".to_owned(),
            PARENT if self.context.has_resource => return self.no_parent(span),
            _ => format!("there is no variable `{name}`"),
        };
        let visible = self.env.lets[..self.context.lets].iter().map(|each| &*each.name);
        let of_control = [
            ("resource", self.context.has_resource),
            (PARENT, self.context.has_resource && self.env.parent.is_some()),
            ("settings", self.context.has_settings),
        ];
        let of_control = of_control.into_iter().filter_map(|(name, is_there)| is_there.then_some(name));
        let names = EVERYWHERE.into_iter().chain(of_control).chain(visible).chain(self.context.names());
        let suggestion = closest(name, names).map(str::to_owned);
        self.problem(span, message, suggestion);
        nothing()
    }

    /// `parent`, where there is none: what a resource keeps of the one that it is listed for is a member of it.
    fn no_parent(&mut self, span: Span) -> (Node, Known) {
        let members = match &self.env.resource {
            Type::Object(object) => object.members.iter().collect(),
            _ => Vec::new(),
        };
        let is_kept = |kind: &Type| matches!(kind, Type::Object(object) if object.kept.is_some());
        let kept = members.iter().find(|(_, kind)| is_kept(kind)).map(|(name, _)| format!("resource.{name}"));
        let message = match kept {
            Some(_) => "there is no variable `parent`: what a resource keeps of its parent is a member of it",
            None => {
                "there is no variable `parent`: of what a resource is listed for, it has what its listing keeps, `parent: \
                 { Member: […] }`, as `resource.Member`"
            }
        };
        self.problem(span, message.to_owned(), kept);
        nothing()
    }

    /// A member of `variant`: the same every time.
    pub(super) fn of_variant(&mut self, span: Span, values: &Doc, name: &str) -> (Node, Known) {
        let value = values.get(name);
        if value.is_null() {
            let names = values.as_map().into_iter().flat_map(|map| map.iter().map(|(key, _)| key.as_str()));
            let suggestion = closest(name, names).map(str::to_owned);
            self.problem(span, format!("the variants have no `{name}`"), suggestion);
        }
        let kind = Type::of_value(value);
        let node = match value {
            Doc::Bool(value) => Node::Bool(*value),
            Doc::Int(value) => Node::Int(*value),
            Doc::Double(value) => Node::Double(*value),
            Doc::String(text) => Node::String(text.clone()),
            other => Node::Constant(other.clone()),
        };
        (node, Known::of(kind))
    }
}
