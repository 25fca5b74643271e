//! Members and indexes: looked up in the type, and noted as read.

use super::{Known, Lowering, Origin};
use crate::expr::node::{Node, Root};
use crate::expr::syntax::{Expr, Kind, Span};
use crate::expr::typing::{Member, Type};
use crate::suggest::closest;

impl Lowering<'_> {
    /// Notes that a member of a value is read.
    pub(super) fn note_member(&mut self, origin: &Origin, name: &str) {
        match origin {
            Origin::Resource => {
                self.reads.resource_members.insert(name.to_owned());
            }
            Origin::Parent => {
                self.reads.parent_members.insert(name.to_owned());
            }
            Origin::Account => {
                self.reads.account_members.insert(name.to_owned());
            }
            Origin::ElementOf(listing) => {
                self.reads.listings.entry(listing.clone()).or_default().insert(name.to_owned());
            }
            Origin::Organization => {
                self.reads.organization_members.insert(name.to_owned());
            }
            Origin::Listing(_) | Origin::Elsewhere => {}
        }
    }

    pub(super) fn member(&mut self, span: Span, operand: &Expr, name: &str, top: bool) -> (Node, Known) {
        let (of, known) = self.lower_part(operand, false);
        if let (Node::Constant(values), Kind::Name(variant)) = (&of, &operand.kind)
            && variant == "variant"
        {
            return self.of_variant(span, &values.clone(), name);
        }
        if let Some(derived) = known.kind.derived(name).cloned() {
            return self.derived_member(span, operand, of, &known, &derived);
        }
        self.note_member(&known.origin, name);
        if matches!(of, Node::Root(Root::Settings)) {
            return self.setting(span, of, name);
        }
        let kind = match known.kind.member(name) {
            Member::Known(kind) => kind,
            Member::Missing => {
                let (message, suggestion) = known.kind.lacks(name);
                self.problem(span, message, suggestion);
                Type::Any
            }
        };
        // What is known of the account and its organization is always there.
        let is_given = matches!(known.origin, Origin::Account | Origin::Organization);
        let may_be_absent = (!is_given).then(|| name.to_owned());
        let known = Known { may_be_absent, ..Known::of(kind) };
        (Node::Member { of: Box::new(of), name: name.into(), top }, known)
    }

    /// `x["name"]` is the member, `x[0]` an element.
    pub(super) fn index(&mut self, operand: &Expr, key: &Expr, top: bool) -> (Node, Known) {
        if let Some(name) = key.as_text() {
            return self.member(key.span, operand, name, top);
        }
        let (of, known) = self.lower_part(operand, false);
        if matches!(of, Node::Root(Root::Settings)) {
            self.problem(key.span, "a setting is named where it is read: settings.name".into(), None);
        }
        let key = Box::new(self.lower(key).0);
        let kind = match &known.kind {
            Type::List(item) | Type::Map(item) => (**item).clone(),
            _ => Type::Any,
        };
        let origin = match known.origin {
            Origin::Listing(name) => Origin::ElementOf(name),
            _ => {
                self.whole(&known);
                Origin::Elsewhere
            }
        };
        (Node::Index { of: Box::new(of), key, top }, Known::from(kind, origin))
    }

    fn setting(&mut self, span: Span, of: Node, name: &str) -> (Node, Known) {
        self.reads.settings.insert(name.to_owned());
        let kind = match self.env.settings.get(name) {
            Some(kind) => kind.clone(),
            None => {
                let suggestion = closest(name, self.env.settings.keys().map(String::as_str)).map(str::to_owned);
                self.problem(span, format!("the control declares no setting `{name}`"), suggestion);
                Type::Any
            }
        };
        (Node::Member { of: Box::new(of), name: name.into(), top: false }, Known::of(kind))
    }
}
